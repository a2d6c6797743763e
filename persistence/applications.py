"""Applications on file: the answers given so far, and everything that their check looks at."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import Application, Dossier, HubFact, HubRole
from domain.decisions import Actor
from domain.errors import NotFound
from domain.lifecycle import EXITS, REPORTING, Step
from domain.terms import City, LeadKind, Level
from persistence.bases import BaseRow
from persistence.credit import Credit
from persistence.credit_accounts import CreditAccounts
from persistence.materials import Materials
from persistence.rounds import Rounds
from persistence.tables import applications, bases

_REMEMBERED = 50
_role, _hub = (applications.c["values"][key].astext for key in ("hub_role", "hub"))


class ApplicationRow(BaseModel):
    """One application as it stands."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    values: dict[str, str]
    draft: dict[str, Any]
    revision: int
    handled: list[str]
    answered: dict[str, datetime]  # when each question was answered last
    expedited: bool
    updated_at: datetime


class Applications:
    """Repository of applications."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def create(self, base_id: str, by: Actor, now: datetime) -> None:
        """An empty application; one that is there stays."""
        new = insert(applications).values(
            base_id=base_id, values={}, draft={}, updated_at=now, updated_by=by.id
        )
        await self._tx.execute(new.on_conflict_do_nothing())

    async def get(self, base_id: str, *, lock: bool = False) -> ApplicationRow:
        """One application, if asked so locked until the transaction ends. Raises NotFound."""
        query = select(applications).where(applications.c.base_id == base_id)
        row = (await self._tx.execute(query.with_for_update() if lock else query)).mappings().first()
        if row is None:
            raise NotFound("application.not_found", id=base_id)
        return ApplicationRow.model_validate(dict(row))

    async def save(
        self,
        known: ApplicationRow,
        by: Actor,
        now: datetime,
        *,
        values: Mapping[str, str],
        answered: Iterable[str] = (),
        draft: Mapping[str, Any] | None = None,
        update_id: str | None = None,
    ) -> None:
        """The next state of an application that `get` locked: `answered` are the questions that were answered now,
        `update_id` is remembered as dealt with."""
        times = {key: at.isoformat() for key, at in known.answered.items()}
        handled = [*known.handled, update_id][-_REMEMBERED:] if update_id else known.handled
        await self._tx.execute(
            update(applications)
            .where(applications.c.base_id == known.base_id)
            .values(
                values=dict(values),
                answered={**times, **{key: now.isoformat() for key in answered}},
                draft=known.draft if draft is None else dict(draft),
                revision=known.revision + 1,
                handled=handled,
                updated_at=now,
                updated_by=by.id,
            )
        )

    async def expedite(self, base_id: str) -> None:
        """The office has decided on 简化遴选 (B4)."""
        await self._tx.execute(
            update(applications).where(applications.c.base_id == base_id).values(expedited=True)
        )

    async def lead_department(self, base_id: str) -> str | None:
        """The competent department that the lead named; None if it named none, or there is no application."""
        query = select(applications.c["values"]).where(applications.c.base_id == base_id)
        values = await self._tx.scalar(query)
        lead = Application.of(values).lead if values else None
        return (lead.department or None) if lead else None

    async def dossier(self, row: BaseRow) -> Dossier:
        """Everything that the check of an application looks at."""
        found = await self.get(row.id)
        application = Application.of(found.values)
        accounts = CreditAccounts(self._tx)
        parties = [(row.lead, ""), *((p.name, p.credit_code) for p in application.parties)]
        return Dossier(
            base_id=row.id,
            level=Level(row.level),
            city=City(row.city),
            lead_kind=LeadKind(row.lead_kind),
            direction=row.direction,
            lead=row.lead,
            values=found.values,
            materials=await Materials(self._tx).items(row.id),
            credit=tuple(await Credit(self._tx).about(parties)),
            standings=await accounts.standings(await accounts.lead_of(row.id)),
            others=tuple(await self._hubs(row)),
            called_on=(await Rounds(self._tx).get(row.round)).announced_on,
            expedited=found.expedited,
        )

    async def _hubs(self, row: BaseRow) -> list[HubFact]:
        """What the other applications of the round, and the bases that there are, say of their part in 一主多分."""
        query = (
            select(applications.c.base_id, _role, _hub, bases.c.direction, bases.c.step)
            .join(bases, bases.c.id == applications.c.base_id)
            .where(bases.c.id != row.id, bases.c.step.not_in(EXITS))
            .where(or_(bases.c.round == row.round, bases.c.step.in_(REPORTING)))
            .where(_role.is_not(None))
        )
        return [
            HubFact(
                base_id=base_id,
                direction=direction,
                hub_role=HubRole(role),
                hub=hub or "",
                draft=step == Step.PREPARING,
                settled=step in REPORTING,
            )
            for base_id, role, hub, direction, step in await self._tx.execute(query)
        ]
