"""Filling in an application, handing it in, and putting right what was returned (B17, B20)."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import Dossier
from domain.calendar import BusinessTime, business_day
from domain.decisions import Actor, Decision, DecisionRequest, Object, SignOff, Submit, Supplement
from domain.errors import Refusal, Refused, Stale
from domain.forms.application import BY_KEY, asked
from domain.lifecycle import Step
from domain.policy.eligibility import check_submission, current
from domain.policy.formal_review import FORMAL_REVIEW, FormalReview
from domain.policy.materials import MATERIALS, required
from domain.policy.rounds import SUBMISSION
from domain.policy.uploads import check_open
from domain.terms import Role
from persistence.applications import Applications
from persistence.bases import BaseRow, Bases
from persistence.database import Database
from persistence.materials import Materials
from workflows.gateway import Gateway
from workflows.messages import BaseSnapshot

LABELS = {item.key: item.label for item in MATERIALS} | {key: q.label for key, q in BY_KEY.items()}
"""What materials and answers are called."""

_COUNTERS = 4
"""Applications that are handed in at once: each keeps a connection until its workflow, which needs some as well, has
recorded it."""


@dataclass
class Casework:
    """What applicants do, whichever way they come."""

    database: Database
    gateway: Gateway
    clock: BusinessTime
    _counter: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_COUNTERS))

    async def dossier(self, base_id: str) -> Dossier:
        """Everything on file about an application. Raises NotFound."""
        async with self.database.transaction() as tx:
            return await Applications(tx).dossier(await Bases(tx).get(base_id, self.clock.now()))

    async def returned(self, base_id: str) -> frozenset[str]:
        """Keys of the materials and answers that the formal review has asked for again."""
        async with self.database.transaction() as tx:
            row = await Bases(tx).get(base_id, self.clock.now())
        if row.step != Step.FORMAL_REVIEW or not row.in_round:
            return frozenset()
        review = (await self.gateway.base(base_id)).state.review
        return review.returned_items if review else frozenset()

    async def check_may_change(self, row: BaseRow, keys: frozenset[str]) -> None:
        """Refuse changes of answers after the deadline, or of others than were asked for again."""
        now = self.clock.now()
        if Step(row.step) is not Step.FORMAL_REVIEW:
            check_open(Step(row.step), row.next_due, now, asked_again=False)
            return
        not_asked = keys - await self.returned(row.id)
        if not_asked:
            items = "、".join(sorted(LABELS.get(key, key) for key in not_asked))
            raise Refused("supplement.not_asked", FORMAL_REVIEW, items=items)

    async def fill_in(self, base_id: str, values: Mapping[str, str], by: Actor) -> Dossier:
        """Write answers (canonical texts by key) into an application. Raises DomainError."""
        now = self.clock.now()
        async with self.database.transaction() as tx:
            row = await Bases(tx).get(base_id, now)
        await self.check_may_change(row, frozenset(values))
        async with self.database.transaction() as tx:
            known = await Applications(tx).get(base_id, lock=True)
            if (await Bases(tx).get(base_id, now)).step != row.step:  # handed in meanwhile
                raise Stale("application.closed", SUBMISSION, step=row.step)
            await Applications(tx).save(known, by, now, values={**known.values, **values}, answered=values)
            return await Applications(tx).dossier(row)

    async def submit(
        self, base_id: str, by: Actor, update_id: str, started: datetime | None = None
    ) -> BaseSnapshot:
        """Hand an application in. `started`: when the upload began that it comes with. Raises DomainError.

        Its answers are locked until that is recorded: what was checked is what is handed in. An application that no
        round runs is handed in as it is: its materials are on paper.
        """
        now = self.clock.now()  # when it came, not when its turn comes
        async with self._counter, self.database.transaction() as tx:
            row = await Bases(tx).get(base_id, now)
            decision = Submit(started=started or now)
            if row.in_round and row.step == Step.PREPARING:
                await Applications(tx).get(base_id, lock=True)
                checked = check_submission(await Applications(tx).dossier(row), business_day(started or now))
                decision = Submit(started=started or now, **checked.model_dump())
            return await self._decide(base_id, decision, by, update_id)

    async def sign_off(self, base_id: str, decision: SignOff, by: Actor, update_id: str) -> BaseSnapshot:
        """A department's signature. What it returns must be something that this applicant can put right."""
        dossier = await self.dossier(base_id) if decision.items else None
        if dossier:
            asked_for = [q.key for q in asked(dossier.lead_kind, dossier.direction, dossier.values)]
            known = [*(m.key for m in required(dossier.lead_kind, current(dossier))), *asked_for]
            unknown = [item for item in decision.items if item not in known]
            if unknown:
                items, listed = "、".join(unknown), "、".join(known)
                raise Refused("sign_off.unknown_item", FORMAL_REVIEW, items=items, known=listed)
        return await self._decide(base_id, decision, by, update_id)

    async def _decide(self, base_id: str, decision: Decision, by: Actor, update_id: str) -> BaseSnapshot:
        return await self.gateway.decide(base_id, DecisionRequest(decision=decision, by=by), update_id)

    async def submit_with_upload(self, base_id: str, by: Actor, started: datetime) -> None:
        """Hand an application in from the upload page. Raises DomainError."""
        await self.submit(base_id, by, f"upload:{uuid.uuid4()}", started)

    async def object(self, base_id: str, objection: int) -> None:
        """Stop the clock of a base's public notice for an objection that is on file. Raises DomainError."""
        by = Actor(role=Role.PUBLIC, id=f"objection:{objection}")
        request = DecisionRequest(decision=Object(objection=objection), by=by)
        await self.gateway.decide(base_id, request, f"objection:{objection}")

    async def untouched(self, base_id: str) -> list[Refusal]:
        """Returned items that nothing has come in for since."""
        review = (await self.gateway.base(base_id)).state.review
        if review is None or not review.returned:
            return []
        async with self.database.transaction() as tx:
            return await _untouched(tx, base_id, review)

    async def supplement(self, base_id: str, by: Actor, update_id: str) -> BaseSnapshot:
        """Hand in again what was returned; every returned item must have been put right. Raises DomainError."""
        now = self.clock.now()
        untouched = await self.untouched(base_id)
        if untouched:
            raise Refused.of_all("supplement.incomplete", FORMAL_REVIEW, untouched, count=len(untouched))
        async with self._counter, self.database.transaction() as tx:
            row = await Bases(tx).get(base_id, now)
            decision = Supplement()
            if row.in_round and row.step == Step.FORMAL_REVIEW:
                await Applications(tx).get(base_id, lock=True)
                checked = check_submission(await Applications(tx).dossier(row), business_day(now))
                decision = Supplement(**checked.model_dump())
            return await self._decide(base_id, decision, by, update_id)


async def _untouched(tx: AsyncConnection, base_id: str, review: FormalReview) -> list[Refusal]:
    """Returned items that nothing has come in for since."""
    touched = {m.item: m.stored_at for m in await Materials(tx).of(base_id)}
    touched |= (await Applications(tx).get(base_id)).answered
    return [
        Refused("supplement.untouched", FORMAL_REVIEW, item=LABELS.get(item, item)).refusal
        for signed in review.returned.values()
        for item in signed.items
        if item not in touched or touched[item] <= signed.at
    ]
