"""Assessments of a year (A10, A12, A15): where each stands, its timeline, and what people wrote about it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.assessment import AssessmentState, Phase
from domain.decisions import Actor
from domain.errors import NotFound
from domain.policy.effectiveness import Grade, ReportingRecord, Result
from domain.terms import ObligationKind, ObligationState
from persistence.bases import answers_for
from persistence.tables import assessment_texts, assessment_timeline, assessments, bases, obligations

_NOT_COUNTED = (ObligationKind.ASSESSMENT, ObligationKind.RECTIFICATION)
"""The self-assessment is weighed by itself; 整改 is no regular report."""


class AssessmentRow(BaseModel):
    """An assessment as the lists show it."""

    model_config = ConfigDict(frozen=True)

    id: str
    base_id: str
    base_name: str
    city: str
    level: str
    year: str
    self_report: str
    phase: Phase
    since: datetime
    due: datetime | None
    waiting_for: str
    scoring_closed_at: datetime | None
    result: Result | None
    score: Decimal | None
    grade: Grade | None
    appeal_until: datetime | None
    appealed_at: datetime | None
    appeal: str | None
    appeal_state: str | None
    resolution: str | None
    published_on: date | None
    document_no: str | None


class AssessmentEvent(BaseModel):
    """One entry of an assessment's timeline; texts by their digests."""

    model_config = ConfigDict(frozen=True)

    seq: int
    at: datetime
    kind: str
    phase: str
    role: str
    actor: str
    detail: dict[str, Any]


class Published(NamedTuple):
    """What the public sees of a base."""

    base_name: str
    lead: str
    city: str
    level: str
    grade: str
    published_on: date
    document_no: str


class AssessmentFilter(BaseModel):
    """What a list of assessments can be narrowed to."""

    model_config = ConfigDict(frozen=True)

    year: Annotated[str, Field(pattern=r"^\d{4}$")] | None = None
    state: Phase | None = None
    grade: Grade | None = None
    base: str | None = None
    city: str | None = None
    contact: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class Assessments:
    """Repository of assessments."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def put(self, state: AssessmentState) -> None:
        """Show the newest state; an older one that comes late changes nothing."""
        facts = state.facts
        known = facts.model_dump(include={"base_id", "year", "self_report"})
        shown = _projection(state)
        new = insert(assessments).values(id=facts.id, **known, **shown)
        newer = new.on_conflict_do_update(
            index_elements=["id"],
            set_={name: new.excluded[name] for name in shown},
            where=assessments.c.seq < state.seq,
        )
        await self._tx.execute(newer)

    async def append(
        self, state: AssessmentState, at: datetime, kind: str, by: Actor, detail: Mapping[str, Any]
    ) -> None:
        """Write an entry of the timeline once."""
        entry = insert(assessment_timeline).values(
            assessment_id=state.facts.id,
            seq=state.seq,
            at=at,
            kind=kind,
            phase=state.phase,
            role=by.role,
            actor=by.id,
            detail=dict(detail),
        )
        await self._tx.execute(entry.on_conflict_do_nothing())

    async def hold(self, assessment_id: str) -> Phase:
        """Its phase, which does not end before this transaction does. Raises NotFound."""
        return await self._locked(assessment_id, reading=True)

    async def close(self, assessment_id: str, now: datetime) -> None:
        """Unseal the evaluations; waits for those that are being written. Again changes nothing. Raises NotFound."""
        await self._locked(assessment_id, reading=False)
        waiting = assessments.update().where(
            assessments.c.id == assessment_id, assessments.c.scoring_closed_at.is_(None)
        )
        await self._tx.execute(waiting.values(scoring_closed_at=now))

    async def _locked(self, assessment_id: str, *, reading: bool) -> Phase:
        query = select(assessments.c.phase, assessments.c.scoring_closed_at)
        query = query.where(assessments.c.id == assessment_id).with_for_update(read=reading)
        row = (await self._tx.execute(query)).first()
        if row is None:
            raise NotFound("assessment.not_found", id=assessment_id)
        return Phase.PROPOSAL if row.scoring_closed_at else Phase(row.phase)

    async def get(self, assessment_id: str) -> AssessmentRow:
        """One assessment. Raises NotFound."""
        row = (await self._tx.execute(_rows().where(assessments.c.id == assessment_id))).mappings().first()
        if row is None:
            raise NotFound("assessment.not_found", id=assessment_id)
        return AssessmentRow.model_validate(dict(row))

    async def find(self, wanted: AssessmentFilter, after: str = "", limit: int = 50) -> list[AssessmentRow]:
        """Assessments by id, `limit` after the cursor."""
        query = _rows().where(assessments.c.id > after).order_by(assessments.c.id).limit(limit)
        for name, column in (
            ("year", assessments.c.year),
            ("state", assessments.c.phase),
            ("grade", assessments.c.grade),
            ("base", assessments.c.base_id),
            ("city", bases.c.city),
        ):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(column == value)
        if wanted.contact is not None:
            query = query.where(answers_for(wanted.contact))
        return [AssessmentRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def timeline(self, assessment_id: str) -> list[AssessmentEvent]:
        """What happened, oldest first."""
        query = select(assessment_timeline).where(assessment_timeline.c.assessment_id == assessment_id)
        rows = (await self._tx.execute(query.order_by(assessment_timeline.c.seq))).mappings()
        return [AssessmentEvent.model_validate(dict(row)) for row in rows]

    async def appealable(self, contact_id: int, now: datetime) -> list[AssessmentRow]:
        """Assessments of a contact's bases within the time for an appeal, also those that were appealed against.

        In one order: what stands at a place stays there until the time is over.
        """
        query = _rows().where(answers_for(contact_id), assessments.c.appeal_until > now)
        rows = (await self._tx.execute(query.order_by(assessments.c.id))).mappings()
        return [AssessmentRow.model_validate(dict(row)) for row in rows]

    async def published(self, year: str, today: date) -> list[Published]:
        """What of a year is public by `today`, the best first."""
        columns = (bases.c.name, bases.c.lead, bases.c.city, bases.c.level)
        shown = (assessments.c.grade, assessments.c.published_on, assessments.c.document_no)
        query = (
            select(*columns, *shown)
            .join(bases, bases.c.id == assessments.c.base_id)
            .where(assessments.c.year == year, assessments.c.published_on <= today)
            .order_by(assessments.c.base_id)
        )
        order = list(Grade)
        rows = [Published(*row) for row in await self._tx.execute(query)]
        return sorted(rows, key=lambda row: order.index(Grade(row.grade)))

    async def published_years(self, today: date) -> list[str]:
        """Years of which something is public by `today`, the newest first."""
        query = select(assessments.c.year).where(assessments.c.published_on <= today).distinct()
        return list((await self._tx.scalars(query.order_by(assessments.c.year.desc()))).all())

    async def record_of(self, base_id: str, year: str) -> ReportingRecord:
        """How the base reported for the year's periods, as far as they have ended."""
        missing = obligations.c.state == ObligationState.MISSING
        handed_in = obligations.c.on_time.is_not(None) & ~missing
        query = select(
            func.count().filter(handed_in & obligations.c.on_time).label("on_time"),
            func.count().filter(handed_in & ~obligations.c.on_time).label("late"),
            func.count().filter(missing).label("missing"),
        ).where(
            obligations.c.base_id == base_id,
            obligations.c.kind.not_in(_NOT_COUNTED),
            obligations.c.period.startswith(year),
        )
        return ReportingRecord.model_validate(dict((await self._tx.execute(query)).mappings().one()))

    # What people wrote

    async def write_down(self, assessment_id: str, digest: str, text: str) -> None:
        """Keep a text by its digest; the same again changes nothing."""
        new = insert(assessment_texts).values(assessment_id=assessment_id, digest=digest, text=text)
        await self._tx.execute(new.on_conflict_do_nothing())

    async def texts(self, assessment_id: str) -> dict[str, str]:
        """Everything that was written about an assessment, by digest."""
        query = select(assessment_texts).where(assessment_texts.c.assessment_id == assessment_id)
        return {row.digest: row.text for row in await self._tx.execute(query)}


def _projection(state: AssessmentState) -> dict[str, Any]:
    appeal = state.model_dump(include={"appeal_until", "appealed_at", "appeal", "appeal_state", "resolution"})
    paper = state.model_dump(include={"grade", "document_no", "published_on", "phase", "since", "due", "seq"})
    result = state.result
    return {
        **appeal,
        **paper,
        "waiting_for": state.waiting_for(),
        "scoring_closed_at": state.closed_at,
        "result": result.model_dump(mode="json") if result else None,
        "score": result.total if result else None,
    }


def _rows() -> Select[Any]:
    shown = (bases.c.name.label("base_name"), bases.c.city, bases.c.level)
    return select(assessments, *shown).join(bases, bases.c.id == assessments.c.base_id)
