"""The two stories that the demo can begin with: the 2021 call, or bases that run already when the reports begin."""

from datetime import date, timedelta
from decimal import Decimal

from demo.people import APPLICANTS, BASES, SampleApplicant, SampleBase
from domain.calendar import corresponding_day
from domain.lifecycle import Stage
from domain.policy.rounds import ROUND_2021
from domain.policy.source import MEASURES_DATE

FIRST_MONTH = MEASURES_DATE.replace(day=1)
"""The later story begins here at the earliest: before, nothing but 月调度 is owed."""

_NOT_SELECTED = "示例-2021-06"
_STILL_IN_PILOT = "示例-2021-03"
_PUBLISHED = date(2022, 3, 21)
_INTO_PILOT = timedelta(days=280)
"""So that certification is applied for within the story's first months."""
_UNTIL_CERTIFIED = timedelta(days=60)


def bases_of(rounds: list[str], today: date) -> tuple[SampleBase, ...]:
    """The bases that were taken over at the beginning of the story that is being played. `rounds`: those called."""
    return BASES if ROUND_2021.slug in rounds else later_bases(today)


def later_bases(today: date) -> tuple[SampleBase, ...]:
    """What the office takes over when the 2021 round is history: all but one are certified."""
    published = (_as_base(a, today) for a in APPLICANTS if a.code != _NOT_SELECTED)
    return (*(_certified(base) for base in BASES), *published)


def _as_base(applicant: SampleApplicant, today: date) -> SampleBase:
    in_pilot = applicant.code == _STILL_IN_PILOT
    known = {field: value for field, value in applicant._asdict().items() if field in SampleBase._fields}
    base = SampleBase(
        **known,
        stage=Stage.PILOT,
        pilot_start=today - _INTO_PILOT if in_pilot else _PUBLISHED,
        invested=_so_far(applicant.planned_total, applicant.merit),
    )
    return base if in_pilot else _certified(base)


def _certified(base: SampleBase) -> SampleBase:
    return base._replace(
        stage=Stage.CERTIFIED,
        certified_on=corresponding_day(base.pilot_start, 1) + _UNTIL_CERTIFIED,
        invested=_so_far(base.planned_total, base.merit),
    )


def _so_far(planned: Decimal, merit: int) -> Decimal:
    return planned * merit / 100
