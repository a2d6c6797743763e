"""Third-party evaluation (A12): who evaluates which bases, from what they are recused, and their sealed points."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import Application
from domain.assessment import Phase
from domain.errors import NotAllowed, NotFound, Refused, Stale
from domain.ids import assessment_id
from domain.policy.effectiveness import EFFECTIVENESS
from domain.policy.recusal import OWN_ORGANISATION, RECUSAL, takes_part
from persistence.assessments import Assessments
from persistence.people import digest
from persistence.tables import applications, assessments, bases, evaluations, evaluator_bases, evaluators

_TOKEN_BYTES = 32  # 256 bits


class EvaluatorRow(BaseModel):
    """Somebody of a third party who evaluates bases of a year."""

    model_config = ConfigDict(frozen=True)

    id: int
    year: str
    name: str
    organisation: str
    expires_at: datetime
    revoked_at: datetime | None


class EvaluatorSummary(BaseModel):
    """How far an evaluator has come."""

    model_config = ConfigDict(frozen=True)

    evaluator: EvaluatorRow
    bases: list[str]
    evaluated: int
    recused: int


class EvaluationTask(BaseModel):
    """A base that an evaluator was given."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    name: str
    lead: str
    lead_kind: str
    recused: str | None  # why
    phase: str | None  # of the assessment; None: it has not begun
    given: Decimal | None  # the evaluator's own total


class EvaluationRow(BaseModel):
    """One evaluator's points for one base."""

    model_config = ConfigDict(frozen=True)

    evaluator_id: int
    base_id: str
    items: dict[str, Decimal]
    total: Decimal
    comment: str
    at: datetime


class Evaluators:
    """Repository of evaluators and of what they are given."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def invite(
        self, year: str, name: str, organisation: str, base_ids: Iterable[str], expires_at: datetime
    ) -> tuple[int, str]:
        """An evaluator's id and link token, of which only the hash is kept. Again for the same: more bases, a new link.

        Raises NotFound for a base that does not exist.
        """
        wanted = sorted(set(base_ids))
        await self._check_bases(wanted)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        known = {"year": year, "name": name, "organisation": organisation}
        link = {"token_hash": digest(token), "expires_at": expires_at, "revoked_at": None}
        again = insert(evaluators).values(**known, **link)
        done = await self._tx.execute(
            again.on_conflict_do_update(index_elements=list(known), set_=link).returning(evaluators.c.id)
        )
        number = int(done.scalar_one())
        rows = [{"evaluator_id": number, "base_id": base_id} for base_id in wanted]
        await self._tx.execute(insert(evaluator_bases).values(rows).on_conflict_do_nothing())
        return number, token

    async def _check_bases(self, wanted: Sequence[str]) -> None:
        known = set((await self._tx.scalars(select(bases.c.id).where(bases.c.id.in_(wanted)))).all())
        if unknown := [base_id for base_id in wanted if base_id not in known]:
            raise NotFound("base.not_found", id="、".join(unknown))

    async def by_token(self, token: str, now: datetime) -> EvaluatorRow:
        """Whose link it is. Raises NotFound if it is unknown, revoked, or `now` is past its end."""
        query = select(evaluators).where(
            evaluators.c.token_hash == digest(token),
            evaluators.c.revoked_at.is_(None),
            evaluators.c.expires_at > now,
        )
        row = (await self._tx.execute(query)).mappings().first()
        if row is None:
            raise NotFound("evaluator.invalid_link")
        return EvaluatorRow.model_validate(dict(row))

    async def revoke(self, evaluator_id: int, now: datetime) -> None:
        """The link no longer works; points given stay. Raises NotFound."""
        mine = update(evaluators).where(evaluators.c.id == evaluator_id)
        done = await self._tx.execute(
            mine.values(revoked_at=func.coalesce(evaluators.c.revoked_at, now)).returning(evaluators.c.id)
        )
        if done.first() is None:
            raise NotFound("evaluator.not_found", id=evaluator_id)

    async def of_year(self, year: str) -> list[EvaluatorSummary]:
        """All evaluators of a year and how far each has come."""
        query = select(evaluators).where(evaluators.c.year == year).order_by(evaluators.c.id)
        known = [EvaluatorRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]
        return [_summary(one, await self._given_to(one)) for one in known]

    async def tasks(self, evaluator: EvaluatorRow, now: datetime) -> list[EvaluationTask]:
        """What the evaluator has to do, and what not. Recusals that come by themselves are put on record."""
        found = await self._given_to(evaluator)
        for own in (task for task in found if task.recused == OWN_ORGANISATION):
            await self._recuse(evaluator.id, own.base_id, OWN_ORGANISATION, now)
        return found

    async def task(self, evaluator: EvaluatorRow, base_id: str) -> EvaluationTask:
        """One that can be evaluated now, and can until this transaction ends.

        Raises NotFound if it was not given to the evaluator, NotAllowed if recused, Stale before and after its time.
        """
        found = next((t for t in await self._given_to(evaluator, base_id)), None)
        if found is None:
            raise NotFound("evaluation.not_assigned", id=base_id)
        if found.recused is not None:
            raise NotAllowed("evaluation.recused", RECUSAL)
        if found.phase is None:
            raise Stale("evaluation.not_open", EFFECTIVENESS)
        if await Assessments(self._tx).hold(assessment_id(base_id, evaluator.year)) is not Phase.EVALUATION:
            raise Stale("evaluation.closed", EFFECTIVENESS)
        return found

    async def recuse(self, evaluator: EvaluatorRow, base_id: str, reason: str, now: datetime) -> None:
        """The evaluator asks not to evaluate a base; points given before are taken back. Raises as `task`."""
        await self.task(evaluator, base_id)
        given = (evaluations.c.evaluator_id == evaluator.id) & (evaluations.c.base_id == base_id)
        await self._tx.execute(delete(evaluations).where(given))
        await self._recuse(evaluator.id, base_id, reason, now)

    async def _recuse(self, evaluator_id: int, base_id: str, reason: str, now: datetime) -> None:
        mine = (evaluator_bases.c.evaluator_id == evaluator_id) & (evaluator_bases.c.base_id == base_id)
        still = update(evaluator_bases).where(mine, evaluator_bases.c.recused.is_(None))
        await self._tx.execute(still.values(recused=reason, recused_at=now))

    async def _given_to(self, evaluator: EvaluatorRow, base_id: str | None = None) -> list[EvaluationTask]:
        query = _tasks(evaluator)
        if base_id is not None:
            query = query.where(bases.c.id == base_id)
        rows = (await self._tx.execute(query)).mappings()
        return [_task(evaluator, dict(row)) for row in rows]


def _tasks(evaluator: EvaluatorRow) -> Select[Any]:
    own = (evaluations.c.base_id == bases.c.id) & (evaluations.c.evaluator_id == evaluator.id)
    of_year = (assessments.c.base_id == bases.c.id) & (assessments.c.year == evaluator.year)
    joined = evaluator_bases.join(bases).outerjoin(applications, applications.c.base_id == bases.c.id)
    return (
        select(
            bases.c.id.label("base_id"),
            *(bases.c.name, bases.c.lead, bases.c.lead_kind),
            evaluator_bases.c.recused,
            assessments.c.phase,
            evaluations.c.total.label("given"),
            applications.c["values"].label("application"),
        )
        .select_from(joined.outerjoin(assessments, of_year).outerjoin(evaluations, own))
        .where(evaluator_bases.c.evaluator_id == evaluator.id)
        .order_by(bases.c.id)
    )


def _task(evaluator: EvaluatorRow, row: dict[str, Any]) -> EvaluationTask:
    application = Application.of(row["application"] or {})
    named = [party.name for party in (application.lead, *application.partners) if party]
    parties = [row["lead"], application.operator, *named]
    if row["recused"] is None and takes_part(evaluator.organisation, parties):
        row["recused"] = OWN_ORGANISATION
    return EvaluationTask.model_validate(row)


def _summary(evaluator: EvaluatorRow, found: list[EvaluationTask]) -> EvaluatorSummary:
    return EvaluatorSummary(
        evaluator=evaluator,
        bases=[task.base_id for task in found],
        evaluated=sum(task.given is not None and task.recused is None for task in found),
        recused=sum(task.recused is not None for task in found),
    )


class Evaluations:
    """Repository of the points that evaluators give."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def put(
        self,
        evaluator: EvaluatorRow,
        base_id: str,
        items: Mapping[str, Decimal],
        total: Decimal,
        comment: str,
        now: datetime,
    ) -> None:
        """Give or correct points. Raises as `Evaluators.task`; after the closing never anything else than Stale."""
        await Evaluators(self._tx).task(evaluator, base_id)
        points = {key: str(value) for key, value in items.items()}
        said = {"items": points, "total": total, "comment": comment, "at": now}
        new = insert(evaluations).values(evaluator_id=evaluator.id, base_id=base_id, **said)
        await self._tx.execute(
            new.on_conflict_do_update(index_elements=["evaluator_id", "base_id"], set_=said)
        )

    async def own(self, evaluator: EvaluatorRow, base_id: str) -> EvaluationRow | None:
        """What the evaluator has given so far."""
        query = select(evaluations).where(
            evaluations.c.evaluator_id == evaluator.id, evaluations.c.base_id == base_id
        )
        row = (await self._tx.execute(query)).mappings().first()
        return EvaluationRow.model_validate(dict(row)) if row else None

    async def count(self, base_id: str, year: str) -> int:
        """How many evaluations of a base there are: that much is told while they are sealed."""
        return len(await self._of(base_id, year))

    async def of(self, base_id: str, year: str) -> list[EvaluationRow]:
        """All evaluations of a base, by evaluator. Raises NotFound, and Refused while they are sealed."""
        if await Assessments(self._tx).hold(assessment_id(base_id, year)) is Phase.EVALUATION:
            raise Refused("evaluation.sealed", EFFECTIVENESS)
        return await self._of(base_id, year)

    async def _of(self, base_id: str, year: str) -> list[EvaluationRow]:
        query = (
            select(evaluations)
            .join(evaluators, evaluators.c.id == evaluations.c.evaluator_id)
            .where(evaluations.c.base_id == base_id, evaluators.c.year == year)
            .order_by(evaluations.c.evaluator_id)
        )
        return [EvaluationRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]
