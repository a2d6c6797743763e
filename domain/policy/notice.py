"""公示 (B14): a public notice runs for at least five working days."""

from datetime import date

from domain.calendar import DAY, WorkingDays
from domain.errors import Refused
from domain.policy.source import CALL_DATE, Dated, call, on, ours

NOTICE = call("五(三)")
NOTICE_LENGTH = ours("公示期")
MINIMUM_WORKING_DAYS = (Dated(CALL_DATE, 5, NOTICE_LENGTH),)
LONGEST_NOTICE_DAYS = 180
"""A last day further off than this is a slip of the pen."""


def check_window(first: date, last: date, days: WorkingDays, minimum: int | None = None) -> None:
    """Refuse a window of fewer working days than `minimum`, or than the rule in force on its first day asks for."""
    rule = on(MINIMUM_WORKING_DAYS, first)
    wanted = max(minimum or 0, rule.value)
    worked = days.count(first, last)
    if worked < wanted:
        raise Refused("window.too_short", rule.clause, first=first, last=last, days=worked, minimum=wanted)


def rest_of_window(stopped: date, last: date, resumed: date, days: WorkingDays) -> date:
    """The new last day of a window that stood still from `stopped` to `resumed`: the working days left run after it.

    The day on which the clock stopped is not counted as run. A clock that stopped before the window began leaves it
    all its days.
    """
    return days.nth(resumed + DAY, max(days.count(stopped, last), 1))
