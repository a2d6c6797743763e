"""What is decided about a report in the moment in which it is handed in: its base hears of both, in that order."""

from datetime import date

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from activities.calendar import working_days
from domain.calendar import Period
from domain.forms.questions import FormContext
from domain.forms.said import Draft, Said
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.obligation_decisions import AcceptReport, ObligationDecision, ObligationRequest, ReturnReport
from domain.policy.obligations import schedule
from domain.terms import ObligationKind, ObligationState
from domain.views import Mode
from persistence.database import Database
from persistence.obligations import Obligations
from tests.support import LEAD, OFFICE, Recorder, clock_from, eventually, register, state_of, working
from tests.workflows.scene import CANONICAL
from workflows import queues
from workflows.converter import plugin
from workflows.gateway import Gateway
from workflows.messages import Answer, DraftCarried, ObligationInput, ObligationReport
from workflows.obligation import Obligation

PUBLISHED = date(2024, 1, 5)
READY = Draft(mode=Mode.SUMMARY, values=CANONICAL)
RETURN = ReturnReport(items={"certified": "示例：与名册不符"})
S = ObligationState


@workflow.defn(sandboxed=False)
class Listener:
    """A base that remembers what it hears of its reports."""

    def __init__(self) -> None:
        self._heard: list[ObligationState] = []

    @workflow.run
    async def run(self, month: str) -> None:
        """Until somebody stops it."""
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def report(self, report: ObligationReport) -> None:
        """Remember."""
        self._heard.append(report.state)

    @workflow.query
    def heard(self) -> list[ObligationState]:
        """All of it."""
        return self._heard


@pytest.mark.parametrize("month", ["2025-10", "2025-11", "2025-12"])
@pytest.mark.parametrize(
    ("decision", "heard"), [(AcceptReport(), [S.SUBMITTED, S.ACCEPTED]), (RETURN, [S.SUBMITTED, S.RETURNED])]
)
async def test_what_is_decided_while_the_base_is_told_of_a_report_is_told_it_too(
    database: Database,
    real_temporal: str,
    month: str,
    decision: ObligationDecision,
    heard: list[ObligationState],
) -> None:
    client = await Client.connect(real_temporal, plugins=[plugin()])
    base_id = f"base-2021-03-at-once-{month}-{decision.kind.name.lower()}"
    found = obligation_id(base_id, ObligationKind.DISPATCH, month)
    plan = schedule(ObligationKind.DISPATCH, Period.parse(month), working_days(), base_id)
    clock = clock_from(f"{plan.opens:%Y-%m-%d} 10:10")
    gateway = Gateway(client, clock)
    await register(database, state_of(base_id, Step.RUNNING, published_on=PUBLISHED))
    async with database.transaction() as tx:
        await Obligations(tx).open(found, base_id, plan)
    carried = DraftCarried(context=FormContext(), draft=READY, overdue_told=False, nudges_done=0)
    start = ObligationInput(
        obligation_id=found,
        base_id=base_id,
        schedule=plan,
        clock=clock,
        pilot_start=PUBLISHED,
        carried=carried,
    )
    listening = Worker(client, task_queue="listening", workflows=[Listener])
    async with working(client, database, clock, Recorder()), listening:
        base = await client.start_workflow(Listener.run, month, id=base_id, task_queue="listening")
        await client.start_workflow(Obligation.run, start, id=found, task_queue=queues.MAIN_QUEUE)
        await gateway.answer(found, Answer(said=Said(text="提交"), by=LEAD), f"{found}:1")
        await gateway.decide_report(found, ObligationRequest(decision=decision, by=OFFICE), f"{found}:2")
        await eventually(lambda: base.query(Listener.heard), lambda known: known == heard)
        await base.terminate()
