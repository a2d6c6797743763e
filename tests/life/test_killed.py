"""Killed in the middle of a form, without a chance to say goodbye: no answer is lost, none counts twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from app import embedded
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.local_chat import LocalChat
from persistence.people import People
from tests.life.town import Person, Town, town
from tests.support import FULL, eventually, register, state_of

PERIOD = "2021-12"
BEGINS = "2022-01-05 10:20"


@contextmanager
def jiebang(command: str, database_url: str, address: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own, as in production. Killed on leaving, if it was not before."""
    env = os.environ | {
        "JIEBANG_DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": address,
        "JIEBANG_CHAT": "true",
    }
    process = subprocess.Popen([sys.executable, "-m", "app", command], env=env, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def _base_with_open_month(place: Town, database: Database, base_id: str) -> Person:
    state = state_of(base_id, Step.PILOT, published_on=date(2021, 7, 1))
    contact_id = await register(database, state, "1000")
    code = (await place.post(f"/api/contacts/{contact_id}/invite"))["code"]
    person = await _bound(place, database, base_id, code)
    await place.parts.gateway.start_base(state)
    return person


async def _bound(place: Town, database: Database, name: str, code: str) -> Person:
    async with database.transaction() as tx:
        person = Person(place, (await LocalChat(tx).person(f"示例{name}")).id)
    await person.says(f"/start {code}")

    async def bound() -> int | None:
        async with database.transaction() as tx:
            return await People(tx).contact_of("local", str(person.id))

    await eventually(bound, seconds=60)
    return person


def _child(base_id: str) -> str:
    return obligation_id(base_id, ObligationKind.DISPATCH, PERIOD)


async def _starts(person: Person) -> None:
    await person.hears("月调度，共 22 项", seconds=60)
    await person.says("开始")
    await person.hears("1/22 · 投资完成", seconds=60)


async def _starts_unasked(place: Town, person: Person, base_id: str) -> None:
    """A worker in a process of its own has the machine's clock: what it has to say waits for today's office hours."""
    await eventually(
        lambda: place.parts.gateway.obligation(_child(base_id)), lambda it: it.view is not None, seconds=60
    )
    await person.says("待办")
    await person.taps(f"2021年12月 月调度 · 示例基地 {base_id}", under="您有 1 项待办")
    await person.hears("1/22 · 投资完成", seconds=60)


async def _says_all(person: Person, answers: list[str]) -> None:
    for answer in answers:
        await person.says(answer)


async def _stands_complete(place: Town, person: Person, base_id: str) -> None:
    await person.hears("汇总（22/22）", seconds=60)
    await person.says("提交")
    await person.hears("✓ 已收到", seconds=60)
    values = (await place.ask(f"/api/obligations/{_child(base_id)}"))["values"]
    assert float(values["invest_total"]) == 1120.5
    assert [values[key] for key in ("trainees_students", "certified", "help_from")] == ["320", "60", "无"]
    assert len(values) == len(FULL)
    replies = [m for m in await person.heard() if m.text.startswith("✓ 高校在校生实训")]
    assert len(replies) == 1, "each answer is answered once"


async def test_a_worker_killed_in_the_middle_of_a_form_loses_no_answer(
    database: Database, database_url: str, real_temporal: str
) -> None:
    base_id, answers = "base-2021-03-91", list(FULL.values())
    async with town(database_url, real_temporal, BEGINS, worker=False) as place:
        with jiebang("worker", database_url, real_temporal) as worker:
            person = await _base_with_open_month(place, database, base_id)
            await _starts_unasked(place, person, base_id)
            await _says_all(person, answers[:7])
            await person.hears("6/22", seconds=60)
            worker.send_signal(signal.SIGKILL)
        await _says_all(person, answers[7:])
        with jiebang("worker", database_url, real_temporal):
            await _stands_complete(place, person, base_id)


async def test_a_bot_killed_in_the_middle_of_a_form_loses_no_answer(
    database: Database, database_url: str, real_temporal: str
) -> None:
    base_id, answers = "base-2021-03-92", list(FULL.values())
    async with town(database_url, real_temporal, BEGINS, bot=False) as place:
        with jiebang("bot", database_url, real_temporal) as bot:
            person = await _base_with_open_month(place, database, base_id)
            await _starts(person)
            await _says_all(person, answers[:9])
            await person.hears("6/22", seconds=60)
            bot.send_signal(signal.SIGKILL)
        await _says_all(person, answers[9:])
        with jiebang("bot", database_url, real_temporal):
            await _stands_complete(place, person, base_id)


async def test_a_temporal_server_killed_in_the_middle_of_a_form_loses_no_answer(
    database: Database, database_url: str, scratch: Path
) -> None:
    base_id, answers = "base-2021-03-93", list(FULL.values())
    folder, port = scratch / "killed", embedded.free_port()
    folder.mkdir()
    with embedded.temporal(folder, port, None) as address:
        async with town(database_url, address, BEGINS) as place:
            person = await _base_with_open_month(place, database, base_id)
            await _starts(person)
            await _says_all(person, answers[:9])
            await person.hears("6/22", seconds=60)
            os.kill(int((folder / "temporal.pid").read_text()), signal.SIGKILL)
            await _says_all(person, answers[9:])
            with embedded.temporal(folder, port, None):
                await _stands_complete(place, person, base_id)
