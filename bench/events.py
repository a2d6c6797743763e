"""History events of a base-year, against the sum of the bare operations that it consists of.

Every kind of obligation is played once: opened, told, filled in answer by answer, handed in, accepted. What the bare
operations cost is counted in the same run, on workflows that do nothing else.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from temporalio.client import WorkflowHandle

from bench.answers import answer_to, questions_of
from bench.bare import QUEUE, BareSteps
from bench.measures import start_with, until
from bench.setup import Bench, register, schedule, state
from domain.decisions import Actor
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.obligation_decisions import AcceptReport, ObligationRequest
from domain.terms import ObligationKind, Role
from domain.views import Mode
from workflows.messages import Answer, Appointment

PER_YEAR = {
    ObligationKind.DISPATCH: ("2026-01", 12),
    ObligationKind.SUPERVISION: ("2026-Q1", 4),
    ObligationKind.PUBLICATION: ("2026-H1", 2),
    ObligationKind.ASSESSMENT: ("2026", 1),
    ObligationKind.REPORT: ("2026", 1),
}
"""The period that is played of each kind, and how many a base has in a year."""

_TOLD_AFTER = timedelta(milliseconds=200)
_LEAD, _OFFICE = Actor(role=Role.LEAD, id="contact:9"), Actor(role=Role.OFFICE, id="token:bench")
_TIMES = 20
_FOLLOWED_UP = (ObligationKind.SUPERVISION, ObligationKind.ASSESSMENT)


class Events(NamedTuple):
    """Events of one base-year: ours, the sum of the bare operations, and those by operation."""

    ours: float
    bare: float
    by_operation: dict[str, float]
    counts: Counter[str]


async def base_year(bench: Bench) -> Events:
    """Play one period of each kind, and count."""
    by_operation = await _bare_events(bench)
    sample = state(9)
    await register(bench.database, [sample])
    base_id = sample.facts.base_id
    ours, counts = 0.0, Counter[str]()
    own = 0
    agenda = []
    start = bench.clock.now() + timedelta(seconds=2)
    for n, (kind, (period, _)) in enumerate(PER_YEAR.items()):
        plan = schedule(period, start + timedelta(seconds=8 * n), kind, _TOLD_AFTER)
        agenda.append(Appointment(at=plan.opens, schedule=plan))
    await start_with(bench, sample, tuple(agenda))
    base = bench.client.get_workflow_handle(base_id)
    for kind, (period, per_year) in PER_YEAR.items():
        before = own or await _length(base)
        told = await _play(bench, obligation_id(base_id, kind, period), kind)
        own = await _length(base)
        child = await _length(bench.client.get_workflow_handle(obligation_id(base_id, kind, period)))
        ours += per_year * (child + own - before)
        counts.update({operation: per_year * n for operation, n in told.items()})
    bare = sum(by_operation[operation] * n for operation, n in counts.items())
    return Events(ours, bare, by_operation, counts)


async def _play(bench: Bench, child: str, kind: ObligationKind) -> Counter[str]:
    """One obligation from its opening to its end; which bare operations that takes."""
    await until(partial(bench.gateway.view, child))
    await asyncio.sleep(1)  # until it was told
    answers = ["开始", *(answer_to(q) for q in questions_of(kind)), "提交"]
    said = 0
    for text in answers:
        view = await bench.gateway.answer(child, Answer(said=Said(text=text), by=_LEAD), f"{child}:{said}")
        said += 1
        while view.mode is Mode.DOUBTING or (text == "提交" and view.mode is not Mode.SUBMITTED):
            again = "确认" if view.mode is Mode.DOUBTING else "提交"
            view = await bench.gateway.answer(
                child, Answer(said=Said(text=again), by=_LEAD), f"{child}:{said}"
            )
            said += 1
    done = Counter(dict.fromkeys(("timer", "child", "signal"), 1))  # of the base: wait, open, hear of it
    done += Counter(
        {"start": 1, "activity": 2, "timer": 1, "update": said - 1, "update+activity": 1, "tell": 1}
    )
    if kind in _FOLLOWED_UP:
        done += Counter(
            {"child": 1, "activity": 1}
        )  # the office's part is opened, the contact told of its credit
    else:
        decision = ObligationRequest(decision=AcceptReport(), by=_OFFICE)
        await bench.gateway.decide_report(child, decision, f"{child}:accept")
        done += Counter({"update+activity": 1, "activity": 1})
    await bench.client.get_workflow_handle(child).result()
    return done


async def _bare_events(bench: Bench) -> dict[str, float]:
    """Events per operation, workflow tasks included: the history of twenty less that of none."""
    listener = await _steps(bench, "none", 0, "bare-listener")
    nothing = await _length(listener)
    found = {"start": float(nothing + 1)}  # and its completion
    for operation in ("timer", "activity", "child", "tell"):
        handle = await _steps(bench, operation, _TIMES, f"bare-{operation}")
        found[operation] = await _per_operation(bench, handle, nothing)
    found["signal"] = (await _length(listener) - nothing) / _TIMES
    for operation, update in (("update", BareSteps.say), ("update+activity", BareSteps.say_and_do)):
        handle = await _steps(bench, "none", 0, f"bare-{operation}")
        for _ in range(_TIMES):
            await handle.execute_update(update)
        found[operation] = await _per_operation(bench, handle, nothing)
    await listener.signal(BareSteps.end)
    return found


async def _steps(
    bench: Bench, operation: str, times: int, workflow_id: str
) -> WorkflowHandle[BareSteps, None]:
    handle = await bench.client.start_workflow(
        BareSteps.run, args=[operation, times], id=workflow_id, task_queue=QUEUE
    )
    await until(partial(handle.query, BareSteps.done))
    return handle


async def _per_operation(bench: Bench, handle: WorkflowHandle[BareSteps, None], nothing: int) -> float:
    """Once the history does not grow any more."""
    length = await _length(handle)
    while (newer := await _settled(handle)) != length:
        length = newer
    await handle.signal(BareSteps.end)
    return (length - nothing) / _TIMES


async def _settled(handle: WorkflowHandle[BareSteps, None]) -> int:
    await asyncio.sleep(0.5)
    return await _length(handle)


async def _length(handle: WorkflowHandle[Any, Any]) -> int:
    return (await handle.describe()).history_length
