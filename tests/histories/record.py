"""Record histories of today's workflows, to be replayed by all later code.

    .venv/bin/python -m tests.histories.record 2026-11

plays one base on a real Temporal server and a real PostgreSQL, a year in forty seconds: it applies, is published,
hands in its first two months and misses the others, gets its plaque in the second year and loses it again. The
histories of all its runs, of one month handed in and of one missed go to `tests/histories/data/2026-11/`. It takes
about a minute. Record when a workflow has changed and is about to be released. Never change or delete a folder while
a base may run that began under it: that is what the replay test is for.
"""

import argparse
import asyncio
import itertools
import tempfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from app import embedded
from domain.calendar import DAY, Clock, Period, PeriodKind, business_day, start_of
from domain.decisions import (
    Accept,
    Actor,
    ApplyCertification,
    Certify,
    Consent,
    Decision,
    DecisionRequest,
    PassAcceptance,
    Propose,
    Publish,
    Revoke,
    Score,
    StartNotice,
    Submit,
)
from domain.forms.dialogue import Said
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ObligationKind
from domain.views import Action, View
from persistence.database import Database
from persistence.migrate import upgrade
from persistence.people import People
from tests.support import FULL, LEAD, OFFICE, Recorder, at, eventually, register, state_of, working
from workflows.converter import plugin
from workflows.gateway import Gateway
from workflows.messages import Answer, BaseSnapshot

DATA = Path(__file__).parent / "data"
BASE = "base-2021-03-1"
YEAR_IN_SECONDS = 40
PRIVATE = ("示例联系人", "示例职业技术大学", "张示例", "13900004711", "chat-4711")
"""Names, a phone and a chat that the recorded base has in the database, and no history may hold."""


class Play:
    """One life, played through the gateway."""

    def __init__(self, client: Client, database: Database) -> None:
        self.client, self.database = client, database
        speed = timedelta(days=365) / timedelta(seconds=YEAR_IN_SECONDS)
        self.clock = Clock(origin=datetime.now(UTC), business_origin=at("2022-01-10 09:00"), speed=speed)
        self.gateway = Gateway(client, self.clock)
        self._update_ids = itertools.count(1)

    async def life(self) -> None:
        """From the application to the loss of the plaque."""
        state = state_of(BASE)
        await register(self.database, state, "1000")
        await self._bind_a_second_contact()
        async with working(self.client, self.database, self.clock, Recorder()):
            await self.gateway.start_base(state)
            await self._is_selected()
            first = Period.of(PeriodKind.MONTH, self._today())
            await self._hands_in(first)
            await self._hands_in(first.next)
            await self._reaches(Step.CERTIFICATION_DUE)
            await self._decide(ApplyCertification(), LEAD)
            await self._decide(PassAcceptance())
            await self._decide(Certify(document_no="示例发改〔2023〕2号", on=self._today()))
            await self._until(self._today() + 60 * DAY)
            await self._decide(Revoke(reason="示例：不再运行"))
            await self.client.get_workflow_handle(BASE).result()

    async def _bind_a_second_contact(self) -> None:
        async with self.database.transaction() as tx:
            contact = await People(tx).add("张示例", "13900004711")
            await People(tx).attach(contact, BASE)
            code = await People(tx).invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
            await People(tx).redeem(code, "test", "chat-4711", datetime.now(UTC))

    async def _is_selected(self) -> None:
        await self._decide(Submit(), LEAD)
        await self._decide(Accept())
        await self._decide(
            Score(score=Decimal("91.25"), organiser="第三方机构", methods=("互联网+现场答辩",))
        )
        await self._decide(Propose())
        await self._decide(Consent(document_no="示例政函〔2022〕1号", on=self._today()))
        first = self._today() + DAY
        await self._decide(StartNotice(first=first, last=first + 20 * DAY))
        await self._reaches(Step.PUBLICATION)
        await self._decide(
            Publish(document_no="示例发改〔2022〕1号", on=self._today(), official_name="大数据平台")
        )

    async def _hands_in(self, period: Period) -> None:
        found = obligation_id(BASE, ObligationKind.DISPATCH, str(period))
        await self._until(period.next.first_day)
        await eventually(lambda: self.gateway.obligation(found), lambda o: o.view is not None)
        for text in ("开始", *FULL.values(), "提交"):
            view = await self._say(found, text)
            while Action.CONFIRM in view.buttons:
                view = await self._say(found, "确认")

    async def _say(self, found: str, text: str) -> View:
        answer = Answer(said=Said(text=text), by=LEAD)
        return await self.gateway.answer(found, answer, f"test:{next(self._update_ids)}")

    async def _decide(self, decision: Decision, by: Actor = OFFICE) -> BaseSnapshot:
        request = DecisionRequest(decision=decision, by=by)
        return await self.gateway.decide(BASE, request, f"test:{next(self._update_ids)}")

    async def _reaches(self, step: Step) -> None:
        await eventually(lambda: self.gateway.base(BASE), lambda b: b.state.step is step, YEAR_IN_SECONDS * 2)

    async def _until(self, day: date) -> None:
        wait = self.clock.real(start_of(day)) - datetime.now(UTC)
        await asyncio.sleep(max(wait.total_seconds(), 0))

    def _today(self) -> date:
        return business_day(self.clock.now())

    # What is kept

    async def histories(self) -> dict[str, WorkflowHistory]:
        """By file name: every run of the base, its first month (handed in) and its fourth (missed)."""
        found: dict[str, WorkflowHistory] = {}
        run: str | None = await self._first_run()
        for n in itertools.count(1):
            history = await self.client.get_workflow_handle(BASE, run_id=run).fetch_history()
            found[f"{BASE}.{n}"] = history
            run = history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
            if not run:
                break
        obligations = sorted(await self._obligation_ids())
        for name in (obligations[0], obligations[3]):
            found[name] = await self.client.get_workflow_handle(name).fetch_history()
        return found

    async def _first_run(self) -> str:
        newest = (await self.client.get_workflow_handle(BASE).fetch_history()).events[0]
        return newest.workflow_execution_started_event_attributes.first_execution_run_id

    async def _obligation_ids(self) -> list[str]:
        return [w.id async for w in self.client.list_workflows("WorkflowType = 'Obligation'")]


async def record(label: str) -> None:
    """Play, and write the histories down."""
    with (
        tempfile.TemporaryDirectory(prefix="jb-") as scratch,
        embedded.postgres(Path(scratch) / "pg") as url,
        embedded.temporal(Path(scratch), embedded.free_port(), None) as address,
    ):
        upgrade(url)
        database = Database(url)
        play = Play(await Client.connect(address, plugins=[plugin()]), database)
        await play.life()
        folder = DATA / label
        folder.mkdir(parents=True, exist_ok=True)
        for name, history in (await play.histories()).items():
            (folder / f"{name}.json").write_text(history.to_json() + "\n", "utf-8")
            print(f"{len(history.events):5d} events  {folder / name}.json")
        await database.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("label", help="folder under tests/histories/data, for example 2026-11")
    asyncio.run(record(arguments.parse_args().label))
