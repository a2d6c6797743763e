"""Ranking (B2, B13): by mean score within a direction and level; at equal score B7, B8, A9 decide, in this order."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, pairwise
from statistics import median

from pydantic import BaseModel, ConfigDict

from domain.errors import Refusal
from domain.policy.eligibility import Claim
from domain.policy.rubric import CENT, MIN_SCORES
from domain.policy.source import CALL_DATE, Clause, Dated, call, measures, on, ours
from domain.terms import City, LeadKind, Level

CONFERENCE = call("五(三)")
OUTLIER_POINTS = (Dated(CALL_DATE, Decimal(15), ours("离群分")),)
"""A score further than this from the median is pointed out; it counts all the same."""

CLAIM_CLAUSE = {
    Claim.DOUBLE_HIGH: call("三-5"),
    Claim.MAJOR_TRANSFER: call("三-6"),
    Claim.HONEST: measures("七"),
}
"""What comes first at equal score, in this order."""


class Scored(BaseModel):
    """One application with the scores that experts gave it."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    direction: int
    level: Level
    city: City
    lead_kind: LeadKind
    scores: tuple[Decimal, ...] = ()
    claims: tuple[Claim, ...] = ()


class Remark(BaseModel):
    """One sentence of the explanation, by its code, with the rule behind it."""

    model_config = ConfigDict(frozen=True)

    code: str
    params: dict[str, str] = {}
    clause: Clause

    @property
    def refusal(self) -> Refusal:
        """In the shape that the words of any code and clause are made from."""
        return Refusal(kind="refused", code=self.code, params=self.params, clause=self.clause)


class Ranked(BaseModel):
    """Where an application stands among those of its direction and level."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    direction: int
    level: Level
    city: City
    rank: int | None  # None: too few scores
    score: Decimal | None  # the mean, two decimals, half up; None: too few scores
    count: int
    outliers: tuple[int, ...]  # which of the scores
    tied: bool = False  # the rank is shared: for the conference to decide
    notes: tuple[Remark, ...] = ()


class _Entry(BaseModel):
    """An application on its way to a rank."""

    scored: Scored
    mean: Decimal
    rank: int = 0
    notes: list[Remark] = []

    @property
    def order(self) -> tuple[Decimal, tuple[bool, ...]]:
        return -self.mean, tuple(claim not in self.scored.claims for claim in Claim)


def rank(applications: Iterable[Scored], day: date) -> tuple[Ranked, ...]:
    """Everybody's place by the values in force on `day`, best first; 市级 and 县级 are ranked within their city."""
    field = sorted(applications, key=_field)
    return tuple(r for _, same in groupby(field, key=_field) for r in _ranked(list(same), day))


def _field(scored: Scored) -> tuple[int, str, str]:
    return scored.direction, scored.level, "" if scored.level is Level.PROVINCE else scored.city


def _ranked(field: Sequence[Scored], day: date) -> list[Ranked]:
    minimum = on(MIN_SCORES, day)
    enough = [s for s in field if len(s.scores) >= minimum.value]
    entries = sorted((_Entry(scored=s, mean=mean(s.scores)) for s in enough), key=lambda e: e.order)
    places = [list(same) for _, same in groupby(entries, key=lambda e: e.order)]
    before = 0
    for place in places:
        for entry in place:
            entry.rank = before + 1
        before += len(place)
    for better, worse in pairwise(places):
        _explain(better, worse)
    ranked = [_placed(entry, len(place), day) for place in places for entry in place]
    return ranked + [_unranked(s, minimum, day) for s in field if s not in enough]


def mean(scores: Sequence[Decimal]) -> Decimal:
    """The mean, two decimals, half up."""
    return (sum(scores, Decimal(0)) / len(scores)).quantize(CENT, ROUND_HALF_UP)


def _explain(better: Sequence[_Entry], worse: Sequence[_Entry]) -> None:
    """Say on both sides what decided between neighbours of equal score."""
    first, second = better[0], worse[0]
    if first.mean != second.mean:
        return
    claim = next(c for c in Claim if (c in first.scored.claims) != (c in second.scored.claims))
    known = {"score": str(first.mean), "claim": str(claim)}
    for entry in better:
        entry.notes.append(_remark("ranking.before", CLAIM_CLAUSE[claim], other=second.rank, **known))
    for entry in worse:
        entry.notes.append(_remark("ranking.after", CLAIM_CLAUSE[claim], other=first.rank, **known))


def _placed(entry: _Entry, sharing: int, day: date) -> Ranked:
    notes = list(entry.notes)
    if sharing > 1:
        notes.append(_remark("ranking.tied", CONFERENCE, count=sharing, score=entry.mean, rank=entry.rank))
    return _outcome(entry.scored, day, notes, rank=entry.rank, score=entry.mean, tied=sharing > 1)


def _unranked(scored: Scored, minimum: Dated[int], day: date) -> Ranked:
    note = _remark("ranking.too_few", minimum.clause, count=len(scored.scores), minimum=minimum.value)
    return _outcome(scored, day, [note], rank=None, score=None, tied=False)


def _outcome(
    scored: Scored, day: date, notes: list[Remark], *, rank: int | None, score: Decimal | None, tied: bool
) -> Ranked:
    limit = on(OUTLIER_POINTS, day)
    far = outliers(scored.scores, limit.value)
    if far:
        notes.append(_remark("ranking.outliers", limit.clause, count=len(far), points=limit.value))
    return Ranked(
        base_id=scored.base_id,
        direction=scored.direction,
        level=scored.level,
        city=scored.city,
        rank=rank,
        score=score,
        count=len(scored.scores),
        outliers=far,
        tied=tied,
        notes=tuple(notes),
    )


def outliers(scores: Sequence[Decimal], points: Decimal) -> tuple[int, ...]:
    """Which scores are further than `points` from the median."""
    if not scores:
        return ()
    middle = median(scores)
    return tuple(n for n, score in enumerate(scores) if abs(score - middle) > points)


def _remark(code: str, clause: Clause, **params: object) -> Remark:
    return Remark(code=code, clause=clause, params={k: str(v) for k, v in params.items()})
