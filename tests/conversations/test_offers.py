"""改报 in a chat: the offer of another level, taken, declined, or come too late; and other news of a round."""

from datetime import datetime

import pytest

from domain.decisions import Actor, Extend, NotSelect, Offer
from domain.ids import round_id
from domain.lifecycle import Step
from domain.policy.rounds import CallOfRound
from domain.terms import Level, Role
from domain.views import Notice, NoticeKind
from persistence.applications import Applications
from persistence.listings import Listings, ReviewResult
from persistence.people import People
from tests.conversations.conftest import Founding
from tests.conversations.people import Chatter
from tests.conversations.rounds import called, decided, handed_in, registered, row_of
from tests.conversations.town import Town, new_base_id
from tests.support import OFFICE, at, eventually, register, state_of

UNTIL = at("2022-03-08 00:00")


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town while the conference sits."""
    return await founding("2022-03-01 10:00")


def by(terms: CallOfRound) -> Actor:
    """The round itself."""
    return Actor(role=Role.ROUND, id=round_id(terms.slug))


async def at_conference(town: Town) -> tuple[str, CallOfRound, Chatter]:
    """An application that the conference talks about, and its contact."""
    terms = await called(town, deadline=at("2022-04-01 00:00"))
    state = state_of(new_base_id(), Step.CONFERENCE)
    facts = state.facts.model_copy(update={"round": terms.slug, "round_workflow": round_id(terms.slug)})
    state = state.model_copy(update={"facts": facts})
    await register(town.database, state)
    async with town.database.transaction() as tx:
        await Applications(tx).create(facts.base_id, OFFICE, town.clock.now())
        reviewed = {"base_id": facts.base_id, "level": facts.level, "score": "80", "scores": 3, "rank": 3}
        result = ReviewResult.model_validate({**reviewed, "outliers": 0, "tied": False, "explanation": ""})
        await Listings(tx).put(terms.slug, [result])
    anna = await town.contact_of(facts.base_id)
    assert await town.gateway.start_base(state)
    return facts.base_id, terms, anna


async def offered(town: Town, until: datetime = UNTIL) -> tuple[str, Chatter]:
    """An application that is offered 市级."""
    base, terms, anna = await at_conference(town)
    decision = Offer(level=Level.CITY, until=until, reason="省级名额已满。", rank=3)
    await decided(town, base, decision, by(terms))
    return base, anna


@pytest.mark.rule("B2")
async def test_an_offer_is_taken(town: Town) -> None:
    base, anna = await offered(town)
    said = await anna.hears("拟改报市级")
    assert said.text == (
        f"示例基地 {base}：拟改报市级。理由：省级名额已满。\n"
        "请于 2022-03-07 前确认是否接受改报，逾期视为放弃。\n本方向同级排名：第 3 名"
    )
    assert list(said.buttons) == ["接受改报", "放弃改报"]
    said = await anna.taps("接受改报")
    assert said.text == f"✓ 示例基地 {base}：接受改报。当前阶段：揭榜落地（报请省政府同意）。"
    assert (await anna.again()).text == said.text
    row = await row_of(town, base)
    assert (row.step, row.level) == (Step.CONSENT, Level.CITY)


async def test_declining_is_asked_twice(town: Town) -> None:
    base, anna = await offered(town)
    await anna.hears("拟改报市级")
    said = await anna.says("基地")
    assert list(said.buttons) == ["接受改报", "放弃改报"]
    said = await anna.taps("放弃改报")
    assert said.text == f"放弃改报后本次申报即告终止，不能恢复。确认放弃 示例基地 {base} 的改报吗？"
    assert (await row_of(town, base)).step == Step.OFFERED
    said = await anna.taps("确认放弃")
    assert said.text == f"✓ 示例基地 {base}：放弃改报。当前阶段：未入选（未入选）。"
    assert (await row_of(town, base)).step == Step.NOT_SELECTED


async def test_after_the_deadline_an_offer_has_lapsed(town: Town) -> None:
    base, anna = await offered(town)
    notice = await anna.hears("拟改报市级")
    await town.later("2022-03-08 00:10")

    async def step() -> str:
        return (await row_of(town, base)).step

    await eventually(step, lambda found: found == Step.NOT_SELECTED)
    assert "视为放弃" not in "".join(await anna.unheard()), "nobody is told at midnight"
    await town.later("2022-03-08 11:35", base)
    await anna.hears("视为放弃")
    said = await anna.taps("接受改报", on=notice)
    assert said.text == "现在是「未入选」，不能「接受改报」。当前可以：无。（依据《发榜公告》五）"


async def test_the_rank_is_told_to_whom_was_not_selected(town: Town) -> None:
    base, terms, anna = await at_conference(town)
    await decided(town, base, NotSelect(reason="名额已满。", rank=5), by(terms))
    said = await anna.hears("未入选")
    assert said.text == (
        f"示例基地 {base}：未入选。当前阶段：未入选（未入选）。\n本方向同级排名：第 5 名\n理由：名额已满。"
    )


async def test_an_extension_is_told(founding: Founding) -> None:
    town = await founding("2022-01-10 10:00")
    terms = await called(town)
    anna = await town.contact_of()
    base = await registered(town, anna)
    await decided(town, base, Extend(deadline=at("2022-02-01 00:00"), reason="疫情防控。"), by(terms))
    said = await anna.hears("延期")
    assert said.text == "示例大数据实训基地：申报截止时间已延期至 2022-01-31。理由：疫情防控。"


@pytest.mark.rule("B9", "A16")
async def test_a_member_unit_learns_how_many_applications_wait_for_it(founding: Founding) -> None:
    town = await founding("2022-01-10 10:00")
    await called(town)
    unit = await town.stranger("厅")
    async with town.database.transaction() as tx:
        contact = await People(tx).add("示例处室", department="省教育厅")
        code = await People(tx).invite(contact, at("2099-01-01 00:00"))
    await unit.sends(await unit.platform.typed(f"/start {code}"))
    await unit.hears("示例处室，您好，绑定成功，您代表省教育厅。发「待我办」查看等待办理的事项")
    await unit.hears("省教育厅目前没有待办事项。")
    await handed_in(town, await town.contact_of())
    said = await unit.says("待办")
    assert said.text.splitlines()[:2] == [
        "省教育厅待办共 1 项，第 1 至 1 项：",
        "1. 签署形式审查意见（示例大数据实训基地），自 2022-01-10 起",
    ]


async def test_a_silent_member_unit_is_reminded(town: Town) -> None:
    unit = await town.contact_of()
    params = {"round": "示例发榜", "count": "2", "department": "省教育厅"}
    notice = Notice(key="n", department="省教育厅", kind=NoticeKind.SIGN_OFF_WAITING, params=params)
    await town.messenger.send(town.channel, unit.external_id, notice, None)
    said = await unit.hears("省教育厅")
    assert said.text == "省教育厅：「示例发榜」有 2 项申报等待贵单位签署形式审查意见，请尽快办理。"
