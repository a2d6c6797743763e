"""What only a real Temporal server shows: a refusal leaves no event at all."""

import asyncio

import pytest
from temporalio.client import Client

from domain.decisions import Actor, Decision, DecisionRequest, Propose, Reject
from domain.errors import NotAllowed, Stale
from domain.lifecycle import Step
from persistence.bases import Timeline
from persistence.database import Database
from tests.support import LEAD, OFFICE, Recorder, clock_from, eventually, register, state_of, working
from workflows.converter import plugin
from workflows.gateway import Gateway

BASE = "base-2021-03-987"


async def test_a_refusal_leaves_no_event_and_a_redelivery_gets_its_first_result(
    database: Database, real_temporal: str
) -> None:
    client = await Client.connect(real_temporal, plugins=[plugin()])
    state = state_of(BASE, Step.FORMAL_REVIEW)
    await register(database, state)
    clock = clock_from("2026-11-25 10:00")  # whatever the hour is here: its last message waits for no office
    gateway = Gateway(client, clock)

    async def events() -> int:
        return len((await client.get_workflow_handle(BASE).fetch_history()).events)

    async def decide(decision: Decision, by: Actor, update_id: str) -> object:
        return await gateway.decide(BASE, DecisionRequest(decision=decision, by=by), update_id)

    async with working(client, database, clock, Recorder()):
        await gateway.start_base(state)
        await eventually(events, lambda count: count == 4)  # started, and its first workflow task
        with pytest.raises(Stale):
            await decide(Propose(), OFFICE, "api:1")
        with pytest.raises(NotAllowed):
            await decide(Reject(reason="材料不全"), LEAD, "api:2")
        assert await events() == 4

        reject = Reject(reason="材料不全")
        results = await asyncio.gather(*(decide(reject, OFFICE, "api:3") for _ in range(5)))
        assert all(result == results[0] for result in results)
        await client.get_workflow_handle(BASE).result()
        assert await decide(reject, OFFICE, "api:3") == results[0]
        with pytest.raises(Stale, match=r"decision\.wrong_step"):
            await decide(reject, OFFICE, "api:4")
    async with database.transaction() as tx:
        assert [entry.kind for entry in await Timeline(tx).of(BASE)] == ["不予受理"]
