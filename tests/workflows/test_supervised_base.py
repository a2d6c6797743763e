"""A base and the office over one quarter: self-check, findings, 整改 in chat with evidence, verification."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest
from temporalio.testing import WorkflowEnvironment

from casework.supervision import Written, decide
from domain.forms.questions import AnswerKind
from domain.forms.registry import FORMS
from domain.forms.said import Said
from domain.ids import obligation_id, supervision_id
from domain.lifecycle import Step
from domain.obligation_decisions import AcceptReport, ObligationDecision, ObligationRequest, ReturnReport
from domain.policy.members import LEADING_UNIT
from domain.supervision import SupervisionStep
from domain.supervision_decisions import Conclusion
from domain.terms import ObligationKind, ObligationState
from domain.views import Action, View
from persistence.database import Database
from persistence.obligations import ObligationRow, Obligations
from persistence.people import People
from persistence.supervision import SupervisionRow, Supervisions
from tests.support import FULL_BY_KIND, LEAD, OFFICE, at, eventually, state_of
from tests.workflows.scene import Scene, new_base_id, playing
from tests.workflows.test_supervision import conclude, ordered, record
from workflows.messages import Answer

PERIOD, ORDER = "2026-Q1", "2026-Q1-1"
CHECK, PUT_RIGHT = ObligationKind.SUPERVISION, ObligationKind.RECTIFICATION


class Supervised:
    """One base, what it owes to the supervision of the first quarter, and the office."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.gateway, self.database = scene, scene.gateway, scene.database
        self.id = supervision_id(scene.base_id, PERIOD)
        self._n = 0

    def owed(self, kind: ObligationKind) -> str:
        """The self-check, or the 整改."""
        return obligation_id(self.scene.base_id, kind, PERIOD if kind is CHECK else ORDER)

    async def opened(self, kind: ObligationKind) -> None:
        """Wait until its form can be filled in."""

        async def shown() -> bool:
            return (await self.gateway.obligation(self.owed(kind))).view is not None

        await eventually(shown)
        await self._quiet(kind)

    async def hands_in(self, kind: ObligationKind) -> None:
        """Everything that is asked, and submit."""
        form = FORMS[kind].by_key
        await self._quiet(kind)
        view = await self.gateway.answer(self.owed(kind), _said("开始"), self._key())
        while view.question:
            asked = form[view.question]
            view = await self._answers(kind, _said(FULL_BY_KIND[kind][asked.key]))
            if asked.kind is AnswerKind.EVIDENCE and view.question == asked.key:
                view = await self._answers(kind, Answer(said=Said(action=Action.DONE), by=LEAD))
        await self._answers(kind, _said("提交"))

    async def _answers(self, kind: ObligationKind, answer: Answer) -> View:
        return await self.gateway.answer(self.owed(kind), answer, self._key())

    async def reviews(self, kind: ObligationKind, decision: ObligationDecision) -> None:
        """The office verifies."""
        await self._quiet(kind)
        request = ObligationRequest(decision=decision, by=OFFICE)
        await self.gateway.decide_report(self.owed(kind), request, self._key())

    async def takes(self, written: Written) -> None:
        """The office decides about the supervision."""
        await self._quiet()
        await decide(self.database, self.gateway, self.id, written, OFFICE, self._key())

    async def _quiet(self, kind: ObligationKind | None = None) -> None:
        """All that talk with each other are at rest."""
        for one in (self.scene.base_id, self.owed(kind) if kind else self.id, self.scene.base_id):
            await self.scene.quiet(one)
        if kind is PUT_RIGHT:
            await self.scene.quiet(self.id)

    async def stands(self, step: SupervisionStep, waiting_for: str) -> SupervisionRow:
        """Wait until the supervision stands there."""

        async def row() -> SupervisionRow:
            async with self.database.transaction() as tx:
                return await Supervisions(tx).get(self.id)

        return await eventually(row, lambda r: (r.state, r.waiting_for) == (step, waiting_for))

    async def record_of(self, kind: ObligationKind) -> ObligationRow:
        """The obligation on record."""
        async with self.database.transaction() as tx:
            return await Obligations(tx).get(self.owed(kind))

    def _key(self) -> str:
        self._n += 1
        return f"test:{self.id}:{self._n}"


def _said(text: str) -> Answer:
    return Answer(said=Said(text=text), by=LEAD)


@asynccontextmanager
async def supervised(env: WorkflowEnvironment, database: Database) -> AsyncIterator[Supervised]:
    """A certified base on the day on which its quarter is over, and the office in a chat."""
    state = state_of(new_base_id(), Step.RUNNING, published_on=date(2026, 1, 5))
    async with playing(env, database, "2026-04-01 08:30", state) as scene:
        async with database.transaction() as tx:
            office = await People(tx).add("示例经办人", department=LEADING_UNIT)
            code = await People(tx).invite(office, datetime(2099, 1, 1, tzinfo=UTC))
            await People(tx).redeem(code, "test", "chat-of-office", datetime.now(UTC))
        base = Supervised(scene)
        await scene.until("2026-04-01 14:35")  # each base's opens at an instant of its own that morning
        await base.opened(CHECK)
        yield base


@pytest.mark.rule("A10")
async def test_a_quarter_is_checked_supervised_put_right_and_verified(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with supervised(skipping, database) as base:
        await base.hands_in(CHECK)
        await base.stands(SupervisionStep.REVIEWING, LEADING_UNIT)
        await base.takes(record(ordered()))
        await base.stands(SupervisionStep.RECTIFYING, "基地联系人")
        await base.opened(PUT_RIGHT)
        owed = await base.record_of(PUT_RIGHT)
        assert (owed.period, owed.due) == (ORDER, at("2026-04-17 00:00"))
        assert base.owed(PUT_RIGHT) in (await base.scene.base()).open
        assert (await base.gateway.view(base.owed(PUT_RIGHT))).note == "清理消防通道"
        await base.hands_in(PUT_RIGHT)
        await base.stands(SupervisionStep.RECTIFYING, LEADING_UNIT)
        await base.reviews(PUT_RIGHT, ReturnReport(items={"measures": "照片与描述不符"}))
        await base.stands(SupervisionStep.RECTIFYING, "基地联系人")
        await base.hands_in(PUT_RIGHT)
        await base.stands(SupervisionStep.RECTIFYING, LEADING_UNIT)
        await base.reviews(PUT_RIGHT, AcceptReport())
        row = await base.stands(SupervisionStep.CONCLUDED, "无")
        assert (row.conclusion, row.orders_open) == ("已整改", 0)
        await base.scene.completed(base.id)
        told = base.scene.told()
        assert told.count("supervision_concluded") == 1
        assert "supervision_due" not in told


@pytest.mark.rule("A9", "A10")
async def test_what_is_never_put_right_climbs_its_ladder_and_comes_back_to_the_office(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with supervised(skipping, database) as base:
        await base.hands_in(CHECK)
        await base.stands(SupervisionStep.REVIEWING, LEADING_UNIT)
        await base.takes(record(ordered()))
        await base.opened(PUT_RIGHT)
        locks = (await base.gateway.obligation(base.owed(PUT_RIGHT))).schedule.locks
        await base.scene.until(locks)
        await base.stands(SupervisionStep.CONSEQUENCE_DUE, LEADING_UNIT)
        assert (await base.record_of(PUT_RIGHT)).state is ObligationState.MISSING
        ladder = [str(n.kind) for n in base.scene.messenger.sent if n.obligation_id == base.owed(PUT_RIGHT)]
        assert ladder[:6] == ["opened", "soon", "today", "overdue", "department", "office"]
        await base.takes(conclude(Conclusion.NOT_RECTIFIED, "约谈负责人"))
        await base.stands(SupervisionStep.CONCLUDED, "无")
        await base.scene.until("2026-05-06 12:00")
        assert "consequence_due" not in base.scene.told(), "it was dealt with in the night"
