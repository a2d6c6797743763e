"""完成率 and 序时进度: how far the investment is, against how far the time is. Percentages with one decimal, half-up."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel, ConfigDict

from domain.policy.source import ours

PROGRESS = ours("序时进度")
_TENTH = Decimal("0.1")


class Progress(BaseModel):
    """完成率, 序时进度 and their gap in percentage points."""

    model_config = ConfigDict(frozen=True)

    completion: Decimal | None  # None: no planned total is known
    time: Decimal
    gap: Decimal | None


def progress(done: Decimal, plan: Decimal | None, months: int) -> Progress:
    """`done` and `plan` in the same unit; `months` elapsed of twelve. Rounded last, from the exact ratios."""
    time = Decimal(min(months, 12)) * 100 / 12
    if not plan:
        return Progress(completion=None, time=_tenth(time), gap=None)
    completion = done * 100 / plan
    return Progress(completion=_tenth(completion), time=_tenth(time), gap=_tenth(completion - time))


def months_into_pilot(pilot_start: date, day: date) -> int:
    """Months of the pilot that have passed on `day`, the month of the start counted as the first."""
    return max((day.year - pilot_start.year) * 12 + day.month - pilot_start.month + 1, 0)


def _tenth(value: Decimal) -> Decimal:
    rounded = value.quantize(_TENTH, ROUND_HALF_UP)
    return rounded or Decimal("0.0")
