"""Rounds, and applications in them, for conversations."""

import itertools

from casework import applying
from domain.decisions import Actor, Decision, DecisionRequest, SignOff
from domain.forms.application import asked
from domain.lifecycle import Step
from domain.policy.formal_review import SignOffResult
from domain.policy.rounds import ROUND_2021, CallOfRound
from domain.terms import LeadKind, Role
from persistence.applications import ApplicationRow, Applications
from persistence.bases import BaseRow, Bases
from persistence.materials import Materials, take_in
from persistence.rounds import Rounds
from tests.conversations.people import Chatter
from tests.conversations.town import Town
from tests.pdfs import in_chunks, pdf
from tests.policy.applicants import NAMES, values_of
from tests.support import OFFICE, eventually

BEFORE_THE_DEADLINE = "2022-01-05 10:20"
KIND = LeadKind.SCHOOL
DIRECTION = 3

_ids = itertools.count(1)
_slugs = (f"chat-{n}" for n in itertools.count(1))

REGISTRATION = ("大数据", "省级", "太原", "高等学校", NAMES[KIND], "示例大数据实训基地")
"""What is asked before the 申报书."""


def values(**changes: str) -> dict[str, str]:
    """A complete form of 2022: 省科技厅 is no member unit yet."""
    return values_of(KIND, **{"paired_unit": "省人力资源社会保障厅", **changes})


async def called(town: Town, **changes: object) -> CallOfRound:
    """A round that a workflow runs, with everybody at work."""
    terms = ROUND_2021.model_copy(update={"slug": next(_slugs), "title": "示例发榜", **changes})
    async with town.database.transaction() as tx:
        assert await Rounds(tx).add(terms, run=True)
    await town.work()
    assert await town.gateway.start_round(terms)
    return terms


def typed() -> list[tuple[str, str]]:
    """A complete form as it is answered, question by question."""
    complete = values()
    return [(q.key, complete[q.key]) for q in asked(KIND, DIRECTION, complete)]


async def registered(town: Town, person: Chatter, name: str = REGISTRATION[-1]) -> str:
    """An application that somebody has registered in chat; its base's id. The first question is on the screen."""
    await person.says("申报")
    for answer in REGISTRATION[:-1]:
        said = await person.says(answer)
        assert said.text.startswith("✓"), said.text
    await person.sends(await person.platform.typed(name))
    said = await person.hears(f"已登记：{name}")
    await person.hears("的申报已登记", name)
    return said.text.split("（")[1].split("）")[0]


async def row_of(town: Town, base: str) -> BaseRow:
    """Where the base stands."""
    async with town.database.transaction() as tx:
        return await Bases(tx).get(base, town.clock.now())


async def on_file(town: Town, base: str) -> ApplicationRow:
    """The application as it is stored."""
    async with town.database.transaction() as tx:
        return await Applications(tx).get(base)


async def items(town: Town, base: str) -> frozenset[str]:
    """Which documents are there."""
    async with town.database.transaction() as tx:
        return await Materials(tx).items(base)


async def answered(town: Town, base: str, **changes: str) -> None:
    """Fill everything in past the chat: where the dialogue is not the subject."""
    await town.casework.fill_in(base, values(**changes), OFFICE)


async def uploaded(town: Town, base: str, *keys: str) -> None:
    """Hand documents in past the chat; every kind that is wanted if none is named."""
    wanted = keys or [
        paper.item.key for paper in await applying.papers(town.casework, await row_of(town, base))
    ]
    for key in wanted:
        now = town.clock.now()
        returned = await town.casework.returned(base)
        content = in_chunks(pdf(mark=f"{key} {now}"))
        await take_in(town.database, town.documents, base, key, content, key, OFFICE, now, now, returned)


async def ready(town: Town, person: Chatter) -> str:
    """An application that is complete but not handed in."""
    base = await registered(town, person)
    await answered(town, base)
    await uploaded(town, base)
    return base


async def handed_in(town: Town, person: Chatter) -> str:
    """An application in its formal review."""
    base = await ready(town, person)
    await person.sends(await person.platform.typed("提交"))
    await person.hears("✓", "提交申报")
    await eventually(lambda: _step(town, base), lambda step: step == Step.FORMAL_REVIEW)
    await person.hears("：提交申报。")
    return base


async def _step(town: Town, base: str) -> str:
    return (await row_of(town, base)).step


async def decided(town: Town, base: str, decision: Decision, by: Actor) -> None:
    """Somebody decides about the base, past the chat."""
    request = DecisionRequest(decision=decision, by=by)
    await town.gateway.decide(base, request, f"test:{base}:{next(_ids)}")


async def returned(town: Town, base: str, *keys: str, duty: str = "budget", unit: str = "省财政厅") -> None:
    """A member unit returns some of the papers."""
    decision = SignOff(duty=duty, result=SignOffResult.RETURN, reason="请核对后补正。", items=keys)
    await decided(town, base, decision, Actor(role=Role.DEPARTMENT, id="token:test", department=unit))
