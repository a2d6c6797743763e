"""When messages go out: on working days 09:00-11:30 and 14:30-17:30, spread by a stable jitter, never on :00 or :30.

Source: 本系统约定 (发送时间), after WeCom's own advice not to send on the hour.
"""

import hashlib
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from domain.calendar import DAY, SHANGHAI, WorkingDays, business_day
from domain.policy.source import CALL_DATE, Dated, ours


class Window(NamedTuple):
    """Part of a working day; `end` is exclusive."""

    start: time
    end: time

    @property
    def minutes(self) -> int:
        """How long it is."""
        return (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute


MORNING = Window(time(9, 0), time(11, 30))
AFTERNOON = Window(time(14, 30), time(17, 30))
OFFICE_HOURS = (Dated(CALL_DATE, (MORNING, AFTERNOON), ours("发送时间")),)

_SOON_MINUTES = 30
"""What waits for offices to open goes out in their first half hour."""


def message_instant(day: date, key: str, window: Window = MORNING, within: int | None = None) -> datetime:
    """When on `day` the message with this key goes out: the same instant whenever it is asked for.

    `within` keeps it to the first minutes of the window.
    """
    minutes = [m for m in range(within or window.minutes) if m % 30]
    digest = hashlib.sha256(key.encode()).digest()
    minute = minutes[int.from_bytes(digest[:4], "big") % len(minutes)]
    return datetime.combine(day, window.start, SHANGHAI) + timedelta(minutes=minute, seconds=digest[4] % 60)


def is_office_time(instant: datetime, days: WorkingDays) -> bool:
    """Whether a message may leave at `instant`."""
    local = instant.astimezone(SHANGHAI)
    return days.is_working(local.date()) and any(
        w.start <= local.time() < w.end for w in (MORNING, AFTERNOON)
    )


def office_instant(instant: datetime, days: WorkingDays, key: str) -> datetime:
    """`instant` itself if a message may leave then; otherwise soon after offices open again."""
    if is_office_time(instant, days):
        return instant
    local = instant.astimezone(SHANGHAI)
    if days.is_working(local.date()):
        for window in (MORNING, AFTERNOON):
            if local.time() < window.start:
                return message_instant(local.date(), key, window, _SOON_MINUTES)
    return message_instant(days.nth(business_day(instant) + DAY, 1), key, MORNING, _SOON_MINUTES)
