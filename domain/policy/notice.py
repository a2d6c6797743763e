"""公示 (B14): a public notice runs for at least five working days."""

from datetime import date

from domain.calendar import WorkingDays
from domain.errors import Refused
from domain.policy.source import CALL_DATE, Dated, call, on, ours

NOTICE = call("五(三)")
NOTICE_LENGTH = ours("公示期")
MINIMUM_WORKING_DAYS = (Dated(CALL_DATE, 5, NOTICE_LENGTH),)
LONGEST_NOTICE_DAYS = 180
"""A last day further off than this is a slip of the pen."""


def check_window(first: date, last: date, days: WorkingDays) -> None:
    """Refuse a window of fewer working days than the rule in force on its first day asks for."""
    minimum = on(MINIMUM_WORKING_DAYS, first)
    worked = days.count(first, last)
    if worked < minimum.value:
        raise Refused(
            "window.too_short", minimum.clause, first=first, last=last, days=worked, minimum=minimum.value
        )


def shortest_window_end(first: date, days: WorkingDays) -> date:
    """The earliest last day that the rule allows for a notice starting on `first`."""
    return days.nth(first, on(MINIMUM_WORKING_DAYS, first).value)
