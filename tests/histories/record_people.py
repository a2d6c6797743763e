"""Record the histories of a report that several people of a base make together.

    .venv/bin/python -m tests.histories.record_people 2026-12-people

plays a base in autumn 2024, a year in five minutes: its contact answers some items, hands the form over, types
something for a question that the deputy has answered meanwhile, takes the form back; the report is returned twice, and
the two answer one item each. The month after is missed. It takes a minute. When to record, and what never to do,
is told in `record`.
"""

import asyncio
from datetime import UTC, date, datetime

from temporalio.client import WorkflowHistory

from casework.handing_over import hand_over
from casework.submission import Casework
from domain.decisions import Actor, lead_actor
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.obligation_decisions import AcceptReport, ReturnReport
from domain.terms import ContactRole, ObligationState
from domain.terms import ObligationKind as K
from domain.views import Action, NoticeKind, View
from persistence.obligations import Obligations
from persistence.people import People
from tests.histories.deciding import PUBLISHED, Deciding
from tests.histories.record import BASE, label_from, record
from tests.support import FULL, register, state_of, working
from workflows.messages import Answer

SEPTEMBER, OCTOBER = (obligation_id(BASE, K.DISPATCH, month) for month in ("2024-09", "2024-10"))
HALF = 11


class Several(Deciding):
    """A contact and a deputy, over one form."""

    begins = "2024-10-08 08:30"
    year_in_seconds = 300

    async def life(self) -> None:
        """From the opening of September to the lock of October."""
        state = state_of(BASE, Step.RUNNING, published_on=PUBLISHED)
        self.contact = await register(self.database, state, "1000")
        self.deputy = await self._bound()
        async with working(self.client, self.database, self.clock, self.messenger):
            await self.gateway.start_base(state)
            await self._opened("2024-09")
            await self._fill_in_together()
            await self._are_asked_again()
            await self._until(date(2024, 11, 23))
            await self._stands(OCTOBER, ObligationState.MISSING)
            for ended in (SEPTEMBER, OCTOBER):
                await self.client.get_workflow_handle(ended).result()

    async def _bound(self) -> int:
        """Both have a chat; the deputy's number."""
        async with self.database.transaction() as tx:
            people = People(tx)
            deputy = await people.add("张示例", "13900004711")
            await people.attach(deputy, BASE, ContactRole.DEPUTY)
            for contact, chat in ((self.contact, "chat-4710"), (deputy, "chat-4711")):
                code = await people.invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
                await people.redeem(code, "test", chat, datetime.now(UTC))
        return deputy

    async def _fill_in_together(self) -> None:
        contact, deputy, said = lead_actor(self.contact), lead_actor(self.deputy), list(FULL.values())
        await self._types("开始", contact)
        for text in said[:HALF]:
            await self._types(text, contact)
        await self._hands_over(self.contact, self.deputy)
        await self._hears(NoticeKind.HANDED_OVER)
        await self._looks(deputy)
        await self._types(said[HALF], deputy)
        missed = await self._types(said[HALF], contact)
        assert missed.notes[0].code == "note.somebody_else"
        await self._hands_over(self.contact, self.contact)
        await self._hears(NoticeKind.TAKEN_BACK)
        for text in said[HALF + 1 :]:
            await self._types(text, contact)
        await self._types("提交", contact)

    async def _are_asked_again(self) -> None:
        contact, deputy = lead_actor(self.contact), lead_actor(self.deputy)
        for reason in ("示例：过于笼统", "示例：仍过于笼统"):
            items = {"progress": reason, "certified": "示例：与证书不符"}
            await self._review(SEPTEMBER, ReturnReport(items=items))
            await self._types("开始", deputy)
            await self._types("主体结构封顶，开始安装设备", deputy)
            await self._types("66", contact)
            await self._types("66", contact)  # for the same question, which only the deputy was shown
            await self._types("提交", contact)
        await self._review(SEPTEMBER, AcceptReport())

    async def _hands_over(self, giver: int, to: int) -> None:
        async with self.database.transaction() as tx:
            row = await Obligations(tx).get(SEPTEMBER)
        work = Casework(self.database, self.gateway, self.clock)
        await hand_over(work, row, giver, to, self._key())

    async def _looks(self, by: Actor) -> View:
        return await self.gateway.answer(SEPTEMBER, Answer(said=Said(), by=by, looks=True), self._key())

    async def _types(self, text: str, by: Actor) -> View:
        """Type something as in a chat; again when it is asked back."""
        answer = Answer(said=Said(text=text), by=by, minds_others=True)
        view = await self.gateway.answer(SEPTEMBER, answer, self._key())
        return await self._types("确认", by) if Action.CONFIRM in view.buttons else view

    async def histories(self) -> dict[str, WorkflowHistory]:
        """The report, the missed one, and what was told of the handovers."""
        return await self._runs_of(SEPTEMBER, OCTOBER, *await self._ids_of("News"))


if __name__ == "__main__":
    asyncio.run(record(label_from(__doc__, "2026-12-people"), Several))
