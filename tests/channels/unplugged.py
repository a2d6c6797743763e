"""A channel is out for a business day: nothing is lost, nothing comes twice, and only what is still true comes at all."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Protocol

from domain.base import BaseState
from domain.decisions import Decision, DecisionRequest, Resume, Withdraw
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ObligationState
from domain.views import NoticeKind
from tests.conversations.town import KIND, PERIOD, Town, new_base_id
from tests.delivering import delivered, tasks
from tests.peers.phone import Person
from tests.peers.wecom_member import Member
from tests.support import LEAD, OFFICE, eventually, state_of
from tests.workflows.review import SUSPENDED
from tests.workflows.scene import under_way
from workflows.messages import Answer


class Channel(Protocol):
    """A running bot on one channel."""

    town: Town

    async def contact(self, *bases: str, name: str) -> Person | Member:
        """A contact of these bases who is bound already."""


def pilot() -> BaseState:
    """A base in its pilot, whose 月调度 of December is due on 10 January."""
    return state_of(new_base_id(), Step.PILOT, published_on=date(2021, 7, 1))


async def decide(at: Channel, base: str, decision: Decision, *, lead: bool = False) -> None:
    """Decide about a base, past the chat."""
    request = DecisionRequest(decision=decision, by=LEAD if lead else OFFICE)
    await at.town.gateway.decide(base, request, f"test:{base}:{decision.kind}")
    await quiet(at, base)


async def quiet(at: Channel, workflow: str) -> None:
    """Wait until a workflow has nothing to do but messages that are tried again and again."""

    async def busy() -> int:
        return await under_way(at.town.env, workflow)

    await eventually(busy, lambda count: count <= 1)


async def hand_in(at: Channel, base: str) -> None:
    """Fill the form in and submit, past the chat."""
    await at.town.fill(base)
    owed = obligation_id(base, KIND, PERIOD)
    await at.town.gateway.answer(owed, Answer(said=Said(text="提交"), by=LEAD), f"test:{base}:提交")


def told(person: Person | Member, words: str) -> list[str]:
    """What the person has heard with these words in it."""
    return [said.text for said in person.screen if words in said.text]


async def a_day_without(
    at: Channel, unplug: Callable[[], None], plug_in: Callable[[], None], name: str
) -> None:
    """From the afternoon on which a reminder comes due until noon of the next day."""
    town = at.town
    states = [pilot() for _ in range(3)]
    applying = state_of(new_base_id())
    for state in (*states, applying):
        await town.base(state)
    reporting, standing, silent = (state.facts.base_id for state in states)
    leaving = applying.facts.base_id
    anna = await at.contact(reporting, standing, silent, name="安")
    boris = await at.contact(leaving, name="宝")
    await town.start(*states)
    for _ in range(3):
        assert "点「开始填报」" in (await anna.hears()).text

    unplug()
    await town.start(applying, at_work=False)
    await town.later("2022-01-06 16:00")
    assert anna.unread == boris.unread == []
    soon = [row for row in await delivered(town.database) if row.kind == NoticeKind.SOON]
    assert len(soon) == 3
    assert {row.state for row in soon} <= {"queued", "sending"}, (
        "not sent; or nobody knows, for want of an answer"
    )
    assert all(row.attempts > 10 for row in soon), "it has been tried all the time"
    await hand_in(at, reporting)
    await decide(at, standing, SUSPENDED)
    await decide(at, standing, Resume(reason="示例复工"))
    await decide(at, leaving, Withdraw(reason="示例撤回"), lead=True)
    assert anna.unread == boris.unread == []

    plug_in()
    await town.later("2022-01-07 12:00")

    async def unsettled() -> list[str]:
        rows = await delivered(town.database)
        return [row.key for row in rows if row.state not in ("sent", "failed")]

    await eventually(unsettled, lambda keys: keys == [])
    rows = await delivered(town.database)
    failed = {(row.kind, row.base_id): row.error for row in rows if row.state == "failed"}
    assert all(why.startswith("已过时") for why in failed.values()), failed
    assert {(NoticeKind.SOON, reporting), (NoticeKind.APPLICATION_OPEN, leaving)} <= failed.keys()
    assert max(Counter((row.key, row.contact_id) for row in rows if row.state == "sent").values()) == 1
    assert max(Counter(said.text for said in anna.screen).values()) == 1
    assert max(Counter(said.text for said in boris.screen).values()) == 1
    # what is true is told, once: in one message, unless one of the two was just being tried when the other went out
    sent = {(row.kind, row.base_id) for row in rows if row.state == "sent"}
    assert (NoticeKind.SOON, silent) in sent
    assert len(told(anna, silent)) == 2, "that it was opened, and that it is due soon"
    assert [len(told(anna, f"示例基地 {standing}：{what}运行")) for what in ("暂停", "恢复")] == [1, 1]
    assert len(told(anna, "恢复计时，")) == 1, "in that message, or in one of its own"
    # what is not is not
    assert len(told(anna, reporting)) == 1, "that it was opened"
    assert told(anna, "暂停计时") == []
    assert told(boris, "请于") == []
    assert len(told(boris, "撤回申报")) == 1
    assert await tasks(town.database) == []
    assert (await town.row(reporting)).state is ObligationState.SUBMITTED
    assert {row.channel for row in rows if row.state == "sent"} == {name}
