"""How many bases there are to be (B2), and what the province's layout leaves to a city (B12)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.errors import Refused
from domain.policy.ranking import Ranked
from domain.policy.source import CALL_DATE, Dated, call
from domain.terms import City, Level

PER_DIRECTION = call("附件1说明1")
TOTAL = call("二")
LAYOUT = call("五")


class Quotas(NamedTuple):
    """Provincial bases: at most so many for a direction, about so many in all."""

    per_direction: int
    total: int


QUOTAS = (Dated(CALL_DATE, Quotas(per_direction=2, total=10), PER_DIRECTION),)


class Selected(NamedTuple):
    """One base on the list."""

    base_id: str
    direction: int
    level: Level


class Proposal(BaseModel):
    """Who fits into the quotas by score. Nobody here is selected yet."""

    model_config = ConfigDict(frozen=True)

    proposed: tuple[str, ...]  # best first
    undecided: tuple[str, ...]  # equal, with fewer places left than they are: for the conference
    outside: tuple[str, ...]  # no place left, or not ranked


class _Share(NamedTuple):
    taken: list[Ranked]
    undecided: list[Ranked]


def propose(ranked: Iterable[Ranked], quotas: Quotas) -> Proposal:
    """The provincial list by score. Where equals do not all fit, none of them is proposed, nor anybody behind them."""
    province = [r for r in ranked if r.level is Level.PROVINCE]
    placed = sorted((r for r in province if r.rank is not None), key=lambda r: (r.direction, r.rank))
    shares = [
        _fill([list(same) for _, same in groupby(group, key=lambda r: r.rank)], quotas.per_direction)
        for _, group in groupby(placed, key=lambda r: r.direction)
    ]
    by_score = sorted((r for share in shares for r in share.taken), key=_score, reverse=True)
    whole = _fill([list(same) for _, same in groupby(by_score, key=_score)], quotas.total)
    proposed = _ids(whole.taken)
    cut = _cut(whole, quotas.total)
    undecided = _ids(r for share in (*shares, whole) for r in share.undecided if _score(r) >= cut)
    outside = tuple(i for i in _ids(province) if i not in proposed and i not in undecided)
    return Proposal(proposed=proposed, undecided=undecided, outside=outside)


def _fill(groups: Sequence[list[Ranked]], room: int) -> _Share:
    """Take whole groups of equals, best first, as long as there is room."""
    taken: list[Ranked] = []
    for group in groups:
        left = room - len(taken)
        if len(group) > left:
            return _Share(taken, group if left else [])
        taken += group
    return _Share(taken, [])


def _cut(whole: _Share, total: int) -> Decimal:
    """The score below which nobody gets in, as all places are gone; 0 while there is room."""
    reached = [*whole.taken, *whole.undecided]
    return min(map(_score, reached)) if len(reached) >= total else Decimal(0)


def _score(ranked: Ranked) -> Decimal:
    return ranked.score or Decimal(0)


def _ids(ranked: Iterable[Ranked]) -> tuple[str, ...]:
    return tuple(r.base_id for r in ranked)


def check_list(selected: Iterable[Selected], quotas: Quotas, reason_for_more: str = "") -> None:
    """Refuse more provincial bases for a direction than the call allows, and more than about ten without a reason."""
    province = [s.direction for s in selected if s.level is Level.PROVINCE]
    for direction in sorted(set(province)):
        count = province.count(direction)
        if count > quotas.per_direction:
            raise Refused(
                "list.direction_full",
                PER_DIRECTION,
                direction=direction,
                count=count,
                most=quotas.per_direction,
            )
    if len(province) > quotas.total and not reason_for_more.strip():
        raise Refused("list.too_many", TOTAL, count=len(province), about=quotas.total)


def check_layout(direction: int, city: City, layout: Mapping[City, Sequence[int]]) -> None:
    """Refuse a 县级 base that the province has not laid out for this city; without any layout all are let through."""
    if layout and direction not in layout.get(city, ()):
        raise Refused("layout.not_laid_out", LAYOUT, direction=direction, city=city)
