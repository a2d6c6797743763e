"""试点培育 and 认定 (B15, B16): how long the pilot lasts, when to remind, when an application lapses."""

from datetime import date, datetime, timedelta

from domain.calendar import DAY, WorkingDays, corresponding_day, end_of
from domain.office_hours import message_instant
from domain.policy.source import Clause, Document, call, ours

PILOT_LENGTH = call("五(四)")
CERTIFICATION = call("五(五)")
PERIOD_OF_A_YEAR = Clause(
    document=Document.CIVIL_CODE, article="第二百零二条", effective_from=date(2021, 1, 1)
)
CERTIFICATION_LAPSE = ours("认定申请期限")

PILOT_YEARS = 1
REMINDER_DAYS = (60, 30, 7)
LAPSE_DAYS = 30


def pilot_last_day(published: date) -> date:
    """Last day of the pilot: the corresponding day one year after publication; 29 February ends on the 28th."""
    return corresponding_day(published, PILOT_YEARS)


def pilot_end(published: date) -> datetime:
    """First instant after the pilot: from here on 认定 can be applied for."""
    return end_of(pilot_last_day(published))


def lapse_at(published: date, asked_on: date | None = None) -> datetime:
    """First instant at which a base without an application has given up (视为放弃).

    A base that was asked for its application late, because it was taken over after its pilot had ended, has the
    same number of days from `asked_on`.
    """
    last = pilot_last_day(published)
    counted_from = max(last, asked_on - DAY) if asked_on else last
    return end_of(counted_from + timedelta(days=LAPSE_DAYS))


def reminder_instants(published: date, days: WorkingDays, key: str) -> dict[int, datetime]:
    """Instant of each reminder by days left; one that falls on a day off goes out on the next working day."""
    last = pilot_last_day(published)
    return {
        left: message_instant(days.nth(last - timedelta(days=left), 1), f"{key}:{left}")
        for left in REMINDER_DAYS
    }
