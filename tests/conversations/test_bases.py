"""基地: where a contact's bases stand, 提交申报, 撤回, 申请认定."""

import asyncio
from datetime import date, timedelta

import pytest

from domain.base import BaseState
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021
from domain.views import Notice, NoticeKind
from persistence.bases import Bases, Timeline
from tests.conversations.conftest import Founding
from tests.conversations.town import Town, new_base_id
from tests.delivering import delivered, tell
from tests.peers.phone import Said
from tests.support import eventually, state_of

BEFORE_THE_DEADLINE = "2022-01-10 10:00"


async def applying(town: Town) -> tuple[BaseState, str]:
    """An application that is registered but not handed in."""
    state = state_of(new_base_id())
    return state, await town.base(state)


async def step(town: Town, base: str) -> str:
    """Where the base stands, from its row."""
    async with town.database.transaction() as tx:
        return (await Bases(tx).get(base, town.clock.now())).step


async def decisions(town: Town, base: str) -> list[str]:
    """What was decided about the base."""
    async with town.database.transaction() as tx:
        return [entry.kind for entry in await Timeline(tx).of(base)]


async def test_an_application_is_handed_in_by_a_tap(founding: Founding) -> None:
    town = await founding(BEFORE_THE_DEADLINE)
    state, base = await applying(town)
    anna = await town.contact_of(base)
    await town.start(state)
    said = await anna.hears("的申报已登记（自愿申报），请于 2022-01-21 前核对并提交申报；不再申报可撤回。")
    assert list(said.buttons) == ["提交申报", "撤回申报"]
    said, notice = await anna.decides("提交申报")
    assert said.text == f"✓ 示例基地 {base}：提交申报。当前阶段：自愿申报（形式审查）。"
    assert notice.text == f"示例基地 {base}：提交申报。当前阶段：自愿申报（形式审查）。"
    assert (await anna.again()).text == said.text
    assert await decisions(town, base) == ["提交申报"]
    said = await anna.taps("提交申报")
    assert (
        said.text
        == "现在是「形式审查」，不能「提交申报」。当前可以：受理、不予受理、撤回申报。（依据《发榜公告》五）"
    )
    said = await anna.says("基地")
    assert said.text == f"示例基地 {base}\n阶段：自愿申报（形式审查）；等待：省发展改革委"
    assert list(said.buttons) == ["撤回申报"]


@pytest.mark.parametrize("kind", [NoticeKind.APPLICATION_OPEN, NoticeKind.PILOT_OVER])
async def test_what_is_not_to_be_done_any_more_is_not_asked_for(town: Town, kind: NoticeKind) -> None:
    base = await town.base(state_of(new_base_id(), Step.WITHDRAWN))
    anna = await town.contact_of(base)
    late = Notice(key="late", base_id=base, kind=kind)
    assert (await tell(town.database, town.messenger, town.clock, late)).error is None
    assert await anna.unheard() == []
    (row,) = await delivered(town.database)
    assert (row.state, row.error) == ("failed", "已过时：已到「撤回」")


async def test_withdrawing_is_asked_twice(founding: Founding) -> None:
    town = await founding(BEFORE_THE_DEADLINE)
    state, base = await applying(town)
    anna = await town.contact_of(base)
    await town.start(state)
    await anna.hears("的申报已登记")
    said = await anna.taps("撤回申报")
    assert said.text == f"撤回后本次申报即告终止，不能恢复。确认撤回 示例基地 {base} 的申报吗？"
    assert list(said.buttons) == ["确认撤回"]
    assert await step(town, base) == Step.PREPARING
    said, _ = await anna.decides("确认撤回")
    assert said.text == f"✓ 示例基地 {base}：撤回申报。当前阶段：撤回（撤回）。"
    assert await step(town, base) == Step.WITHDRAWN
    assert (await anna.again()).text == said.text
    assert await decisions(town, base) == ["撤回申报"]
    refused = "现在是「撤回」，不能「{}」。当前可以：无。（依据《发榜公告》五）"
    assert (await anna.taps("提交申报")).text == refused.format("提交申报")
    assert (await anna.taps("确认撤回")).text == refused.format("撤回申报")
    assert (await anna.says("基地")).buttons == {}


async def test_an_application_that_temporal_has_forgotten(founding: Founding) -> None:
    town = await founding(BEFORE_THE_DEADLINE)
    base = await town.base(state_of(new_base_id(), Step.NOT_SELECTED))
    anna = await town.contact_of(base)
    old = Said(1, "", {"提交申报": f"b:submit:{base}"})
    said = await anna.taps("提交申报", on=old)
    assert said.text == "现在是「未入选」，不能「提交申报」。当前可以：无。（依据《发榜公告》五）"


async def test_after_the_deadline_the_clause_is_named(founding: Founding) -> None:
    last_second = f"{ROUND_2021.deadline - timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"
    town = await founding(last_second)
    state, base = await applying(town)
    anna = await town.contact_of(base)
    await town.start(state, at_work=False)
    said = await anna.says("基地")
    assert "期限：2022-01-21" in said.text
    await asyncio.sleep((ROUND_2021.deadline - town.clock.now()).total_seconds())
    tap = asyncio.create_task(anna.sends(await anna.tapped("提交申报")))
    await asyncio.sleep(0.2)
    await town.work()
    await tap
    said = await anna.hears("申报已于")
    assert said.text == "申报已于 2022-01-22 00:00 截止，不能再提交。（依据《发榜公告》六-2）"
    await eventually(lambda: step(town, base), lambda found: found == Step.WITHDRAWN)
    assert await anna.unheard() == [], "nobody is told at midnight"
    await town.later("2022-01-24 11:35", base)  # the next working day
    await anna.hears(f"示例基地 {base}：视为放弃。当前阶段：撤回（撤回）。")


async def test_certification_is_applied_for_by_a_tap(founding: Founding) -> None:
    town = await founding("2022-01-06 10:00")
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2021, 1, 5))
    base = await town.base(state)
    anna = await town.contact_of(base)
    await town.start(state)
    said = await anna.hears("的试点培育期已满。请于 2022-02-04 前提出认定申请，逾期视为放弃")
    assert list(said.buttons) == ["申请认定"]
    await anna.hears("月调度")
    said, _ = await anna.decides("申请认定")
    assert said.text == f"✓ 示例基地 {base}：申请认定。当前阶段：试点培育（认定验收）。"
    assert await step(town, base) == Step.ACCEPTANCE


async def test_certification_cannot_be_applied_for_before_the_pilot_is_over(town: Town) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2021, 2, 1))
    base = await town.base(state)
    anna = await town.contact_of(base)
    await town.start(state)
    notice = await anna.hears("月调度")
    assert (await anna.says("基地")).buttons == {}
    early = Said(notice.message_id, "", {"申请认定": f"b:certify:{base}"})
    said = await anna.taps("申请认定", on=early)
    assert said.text == "试点培育期到 2022-02-01 届满，届满后才能提出认定申请。（依据《发榜公告》五(五)）"


async def test_the_list_of_bases_has_each_with_its_stage(town: Town) -> None:
    running = await town.base()
    state, applied = await applying(town)
    foreign = await town.base(state_of(new_base_id()))
    anna = await town.contact_of(running, applied)
    await town.start(running, state)
    await anna.hears("月调度")
    await anna.hears("的申报已登记")
    first, second = await anna.two_answers(await anna.platform.typed("基地"))
    assert first.text == f"示例基地 {running}\n阶段：试点培育（培育建设）；等待：时间届满；期限：2022-07-01"
    assert (
        second.text == f"示例基地 {applied}\n阶段：自愿申报（填报申报材料）；等待：申报主体；期限：2022-01-21"
    )
    assert list(second.buttons) == ["提交申报", "撤回申报"]
    theirs = Said(second.message_id, "", {"撤": f"b:sure:{foreign}"})
    assert (await anna.taps("撤", on=theirs)).text == "这不是您负责的事项。"
    assert await step(town, foreign) == Step.PREPARING
