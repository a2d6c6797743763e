"""Bases with what they reported, written down directly: for what is read from the records alone."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert

from domain.forms.registry import FORMS
from domain.ids import obligation_id
from domain.lifecycle import Stage, Step
from domain.policy.rounds import ROUND_2021
from domain.terms import City, LeadKind, Level, ObligationKind, ObligationState
from persistence import tables
from persistence.database import Database
from persistence.rounds import Rounds
from tests.support import at

BASE = "base-2021-03-1"
OTHER = "base-2021-04-1"
ENTERPRISE = "示例智造有限公司"

_OPENS = at("2026-07-01 09:10")


async def a_base(database: Database, base_id: str = BASE, **known: Any) -> str:
    """A base of 太原 for the direction in its id, in its pilot since July 2025; its id."""
    row = {
        "id": base_id,
        "code": base_id,
        "round": ROUND_2021.slug,
        "direction": int(base_id.split("-")[2]),
        "name": f"示例基地 {base_id}",
        "lead": "示例职业技术大学",
        "lead_kind": LeadKind.SCHOOL,
        "level": Level.PROVINCE,
        "city": City.TAIYUAN,
        "planned_total": Decimal(5000),
        "stage": Stage.PILOT,
        "step": Step.PILOT,
        "since": at("2025-07-01 09:00"),
        "waiting_for": "时间",
        "pilot_start": date(2025, 7, 1),
    }
    async with database.transaction() as tx:
        await Rounds(tx).add(ROUND_2021)
        await tx.execute(insert(tables.bases).values(row | known))
    return base_id


async def an_enterprise(database: Database, base_id: str = BASE, **known: Any) -> str:
    """A base that an enterprise leads; its id."""
    return await a_base(database, base_id, **({"lead": ENTERPRISE, "lead_kind": LeadKind.ENTERPRISE} | known))


async def applied(database: Database, base_id: str, *, expedited: bool = False, **values: str) -> None:
    """What the base said in its application."""
    async with database.transaction() as tx:
        await tx.execute(
            insert(tables.applications).values(
                base_id=base_id,
                values=values,
                draft={},
                expedited=expedited,
                updated_at=_OPENS,
                updated_by="contact:1",
            )
        )


async def reported(
    database: Database,
    base_id: str,
    kind: ObligationKind,
    period: str,
    values: Mapping[str, str] | None = None,
    *,
    state: ObligationState = ObligationState.ACCEPTED,
    on_time: bool | None = True,
    version: int = 1,
) -> str:
    """An obligation as it stands, with a version of its figures; its id. Nothing is handed in without values."""
    known = obligation_id(base_id, kind, period)
    row = {"id": known, "base_id": base_id, "kind": kind, "period": period, "tentative": False}
    row |= {"opens": _OPENS, "due": _OPENS + timedelta(days=7), "locks": _OPENS + timedelta(days=21)}
    changing = {"state": state, "on_time": on_time, "version": version if values else 0}
    async with database.transaction() as tx:
        written = upsert(tables.obligations).values(row | changing)
        await tx.execute(written.on_conflict_do_update(index_elements=["id"], set_=changing))
        if values:
            handed = {"at": _OPENS, "role": "lead", "actor": "contact:1"}
            handed |= {"obligation_id": known, "version": version}
            await tx.execute(insert(tables.submissions).values(handed))
            await tx.execute(insert(tables.figures), _figures(known, kind, version, values))
    return known


def _figures(
    known: str, kind: ObligationKind, version: int, values: Mapping[str, str]
) -> list[dict[str, Any]]:
    of = FORMS[kind].by_key
    return [
        {
            "obligation_id": known,
            "version": version,
            "key": key,
            "number": Decimal(value) if of[key].is_number else None,
            "text": None if of[key].is_number else value,
        }
        for key, value in values.items()
    ]
