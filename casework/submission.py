"""Filling in an application, handing it in, and putting right what was returned (B17, B20)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import Dossier
from domain.calendar import BusinessTime, business_day
from domain.decisions import Actor, DecisionRequest, Object, Submit, Supplement
from domain.errors import Refusal, Refused
from domain.forms.application import BY_KEY
from domain.lifecycle import Step
from domain.policy.eligibility import check_submission
from domain.policy.formal_review import FORMAL_REVIEW, FormalReview
from domain.policy.materials import MATERIALS
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


@dataclass
class Casework:
    """What applicants do, whichever way they come."""

    database: Database
    gateway: Gateway
    clock: BusinessTime

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
        """Write answers (canonical texts by key) into an application. Raises Refused, NotFound."""
        now = self.clock.now()
        async with self.database.transaction() as tx:
            row = await Bases(tx).get(base_id, now)
        await self.check_may_change(row, frozenset(values))
        async with self.database.transaction() as tx:
            known = await Applications(tx).get(base_id, lock=True)
            await Applications(tx).save(known, by, now, values={**known.values, **values}, answered=values)
            return await Applications(tx).dossier(row)

    async def submit(
        self, base_id: str, by: Actor, update_id: str, started: datetime | None = None
    ) -> BaseSnapshot:
        """Hand an application in. `started`: when the upload began that it comes with. Raises DomainError.

        An application that no round runs is handed in as it is: its materials are on paper.
        """
        now = self.clock.now()
        async with self.database.transaction() as tx:
            row = await Bases(tx).get(base_id, now)
            dossier = await Applications(tx).dossier(row) if row.in_round else None
        decision = Submit(started=started)
        if dossier and row.step == Step.PREPARING:
            checked = check_submission(dossier, business_day(started or now))
            decision = Submit(duties=checked.duties, claims=checked.claims, started=started)
        return await self.gateway.decide(base_id, DecisionRequest(decision=decision, by=by), update_id)

    async def submit_with_upload(self, base_id: str, by: Actor, started: datetime) -> None:
        """Hand an application in from the upload page. Raises DomainError."""
        await self.submit(base_id, by, f"upload:{uuid.uuid4()}", started)

    async def object(self, base_id: str, objection: int) -> None:
        """Stop the clock of a base's public notice for an objection that is on file. Raises DomainError."""
        by = Actor(role=Role.PUBLIC, id=f"objection:{objection}")
        request = DecisionRequest(decision=Object(objection=objection), by=by)
        await self.gateway.decide(base_id, request, f"objection:{objection}")

    async def supplement(self, base_id: str, by: Actor, update_id: str) -> BaseSnapshot:
        """Hand in again what was returned; every returned item must have been put right. Raises DomainError."""
        now = self.clock.now()
        review = (await self.gateway.base(base_id)).state.review
        if review and review.returned:
            async with self.database.transaction() as tx:
                row = await Bases(tx).get(base_id, now)
                dossier = await Applications(tx).dossier(row)
                untouched = await _untouched(tx, base_id, review)
            if untouched:
                raise Refused.of_all("supplement.incomplete", FORMAL_REVIEW, untouched, count=len(untouched))
            check_submission(dossier, business_day(now))
        return await self.gateway.decide(base_id, DecisionRequest(decision=Supplement(), by=by), update_id)


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
