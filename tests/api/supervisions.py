"""Supervisions to ask about over HTTP: begun as after a self-check, at any base."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import httpx
from sqlalchemy import update
from temporalio.client import Client

from domain.ids import supervision_id
from domain.lifecycle import Step
from domain.terms import City, Level, ObligationState
from persistence.tables import bases
from tests.api.site import OWN, Json, Site, serving
from tests.support import eventually
from workflows import queues
from workflows.messages import FollowUpInput
from workflows.supervision import Supervision

BASE, OTHER_BASE = "base-2021-03-1", "base-2021-04-1"
PERIOD = "2026-Q1"
NOON = "2026-04-10 12:00"
GUIDE = "省教育厅"
"""The department of the caller `department`."""

ORDER = {"requirement": "清理消防通道", "owner": "示例责任人"}
NOTED: Json = {"item": "other", "severity": "一般", "text": "台账不全"}
ORDERED: Json = {"item": "safety", "severity": "严重", "text": "消防通道堵塞", "order": ORDER}


@asynccontextmanager
async def in_april(client: Client, database_url: str, home: Path) -> AsyncIterator[Site]:
    """The API at noon of 10 April 2026, with a place for documents."""
    async with serving(client, database_url, NOON, home=home) as site:
        yield site


async def supervised(
    site: Site,
    base_id: str = BASE,
    *,
    city: City = OWN,
    level: Level = Level.PROVINCE,
    self_report: ObligationState = ObligationState.SUBMITTED,
    period: str = PERIOD,
    guide: str | None = GUIDE,
) -> str:
    """A base whose quarter is being supervised; the supervision's id."""
    await site.base(base_id, Step.RUNNING, city=city, level=level, published_on=date(2026, 4, 1))
    async with site.parts.database.transaction() as tx:
        await tx.execute(update(bases).where(bases.c.id == base_id).values(department=guide))
    return await begun(site, base_id, self_report, period)


async def begun(
    site: Site,
    base_id: str,
    self_report: ObligationState = ObligationState.SUBMITTED,
    period: str = PERIOD,
) -> str:
    """What a base starts when its self-check has ended."""
    known = supervision_id(base_id, period)
    await site.parts.client.start_workflow(
        Supervision.run,
        FollowUpInput(base_id=base_id, period=period, clock=site.clock.current, self_report=self_report),
        id=known,
        task_queue=queues.MAIN_QUEUE,
    )

    async def open_() -> bool:
        return (await site.parts.gateway.supervision(known)).state is not None

    await eventually(open_)
    return known


async def decide(
    site: Site, supervision: str, kind: str, by: str = "office", key: str | None = None, **fields: Json
) -> httpx.Response:
    """Take a decision about a supervision."""
    headers = {"Idempotency_Key": key} if key else {}
    return await site.post(
        f"/api/supervisions/{supervision}/decisions", {"kind": kind, **fields}, by, **headers
    )


async def hand_in(
    site: Site, supervision: str, content: bytes, name: str = "现场.jpg", by: str | None = "office"
) -> httpx.Response:
    """Upload a photo or a PDF."""
    files = {"file": (name, content, "application/octet-stream")}
    return await site.send("POST", f"/api/supervisions/{supervision}/documents", by, files=files)
