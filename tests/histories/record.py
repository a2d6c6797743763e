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
import re
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
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.policy.grounds import Ground
from domain.terms import ObligationKind
from domain.views import Action, View
from persistence.database import Database
from persistence.migrate import upgrade
from persistence.people import People
from tests.support import (
    FULL_BY_KIND,
    LEAD,
    OFFICE,
    Recorder,
    at,
    eventually,
    register,
    state_of,
    working,
)
from workflows.converter import plugin
from workflows.gateway import Gateway
from workflows.messages import Answer, BaseSnapshot

DATA = Path(__file__).parent / "data"
BASE = "base-2021-03-1"
YEAR_IN_SECONDS = 40
PRIVATE = ("示例联系人", "示例职业技术大学", "张示例", "13900004711", "chat-4711")
"""Names, a phone and a chat that the recorded base has in the database, and no history may hold."""

_STACK = re.compile(r'"stackTrace": "(?:[^"\\]|\\.)*"')


class Play:
    """One life, played through the gateway. A later one is told in `record_reporting`."""

    begins = "2022-01-10 09:00"
    year_in_seconds = YEAR_IN_SECONDS

    def __init__(self, client: Client, database: Database) -> None:
        self.client, self.database, self.messenger = client, database, Recorder()
        speed = timedelta(days=365) / timedelta(seconds=self.year_in_seconds)
        self.clock = Clock(origin=datetime.now(UTC), business_origin=at(self.begins), speed=speed)
        self.gateway = Gateway(client, self.clock)
        self._update_ids = itertools.count(1)

    async def life(self) -> None:
        """From the application to the loss of the plaque."""
        state = state_of(BASE)
        await register(self.database, state, "1000")
        await self._bind_a_second_contact()
        async with working(self.client, self.database, self.clock, self.messenger):
            await self.gateway.start_base(state)
            await self._is_selected()
            first = Period.of(PeriodKind.MONTH, self._today())
            await self._fills(await self._opened(str(first)))
            await self._fills(await self._opened(str(first.next)))
            await self._reaches(Step.CERTIFICATION_DUE)
            await self._decide(ApplyCertification(), LEAD)
            await self._decide(PassAcceptance())
            await self._decide(Certify(document_no="示例发改〔2023〕2号", on=self._today()))
            await self._until(self._today() + 60 * DAY)
            await self._decide(Revoke(reason="示例：不再运行", ground=Ground.CLOSED, document_no="示例函1号"))
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

    async def _opened(self, period: str, kind: ObligationKind = ObligationKind.DISPATCH) -> str:
        """Wait until something can be filled in; its id."""
        found = obligation_id(BASE, kind, period)
        if kind is not ObligationKind.RECTIFICATION:
            await self._until(Period.parse(period).next.first_day)
        shown = await eventually(
            lambda: self.gateway.obligation(found), lambda o: o.view is not None, self.year_in_seconds
        )
        assert shown.schedule.kind is kind
        return found

    async def _fills(self, found: str, **different: str) -> None:
        """Answer everything that is asked, and submit."""
        view = await self._say(found, "开始")
        while view.question:
            answers = FULL_BY_KIND[view.kind] | different
            text = view.offer or answers[view.question]
            view = await self._say(found, "完成" if Action.DONE in view.buttons else text)
        await self._say(found, "提交")

    async def _say(self, found: str, said: str | Action) -> View:
        """Type something or tap a button; again when it is asked back."""
        what = Said(action=said) if isinstance(said, Action) else Said(text=said)
        view = await self.gateway.answer(found, Answer(said=what, by=LEAD), self._key())
        return await self._say(found, "确认") if Action.CONFIRM in view.buttons else view

    async def _decide(self, decision: Decision, by: Actor = OFFICE) -> BaseSnapshot:
        request = DecisionRequest(decision=decision, by=by)
        return await self.gateway.decide(BASE, request, self._key())

    def _key(self) -> str:
        return f"test:{next(self._update_ids)}"

    async def _reaches(self, step: Step) -> None:
        await eventually(
            lambda: self.gateway.base(BASE), lambda b: b.state.step is step, self.year_in_seconds * 2
        )

    async def _until(self, day: date) -> None:
        wait = self.clock.real(start_of(day)) - datetime.now(UTC)
        await asyncio.sleep(max(wait.total_seconds(), 0))

    def _today(self) -> date:
        return business_day(self.clock.now())

    # What is kept

    async def histories(self) -> dict[str, WorkflowHistory]:
        """By file name: every run of the base, its first month (handed in) and its fourth (missed)."""
        obligations = await self._ids_of("Obligation")
        return await self._runs_of(BASE, obligations[0], obligations[3])

    async def _runs_of(self, *ids: str) -> dict[str, WorkflowHistory]:
        """By file name: every run of these workflows, numbered where there are several."""
        found: dict[str, WorkflowHistory] = {}
        for name in ids:
            runs = [run async for run in self.client.list_workflows(f"WorkflowId = '{name}'")]
            for n, run in enumerate(sorted(runs, key=lambda run: run.start_time), 1):
                handle = self.client.get_workflow_handle(name, run_id=run.run_id)
                found[f"{name}.{n}" if len(runs) > 1 else name] = await handle.fetch_history()
        return found

    async def _ids_of(self, workflow: str) -> list[str]:
        found = self.client.list_workflows(f"WorkflowType = '{workflow}'")
        return sorted([execution.id async for execution in found])


def keep(label: str, name: str, history: WorkflowHistory) -> None:
    """Write a history down, without stack traces: those name folders of this machine, and nobody replays them."""
    path = DATA / label / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_STACK.sub('"stackTrace": ""', history.to_json()) + "\n", "utf-8")
    print(f"{len(history.events):5d} events  {path}")


async def record(label: str, life: type[Play] = Play) -> None:
    """Play, and write the histories down."""
    with (
        tempfile.TemporaryDirectory(prefix="jb-") as scratch,
        embedded.postgres(Path(scratch) / "pg") as url,
        embedded.temporal(Path(scratch), embedded.free_port(), None) as address,
    ):
        upgrade(url)
        database = Database(url)
        play = life(await Client.connect(address, plugins=[plugin()]), database)
        await play.life()
        for name, history in (await play.histories()).items():
            keep(label, name, history)
        await database.close()


def label_from(words: str | None, example: str) -> str:
    """The folder that was named on the command line."""
    arguments = argparse.ArgumentParser(
        description=words, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("label", help=f"folder under tests/histories/data, for example {example}")
    return str(arguments.parse_args().label)


if __name__ == "__main__":
    asyncio.run(record(label_from(__doc__, "2026-11")))
