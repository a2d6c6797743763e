"""查 and 催: where a base stands, whom it waits for and since when; those are nudged, at most once a working day."""

import time
from datetime import date

import pytest

from domain.decisions import DecisionRequest
from domain.lifecycle import Step
from domain.terms import City, Level, ObligationState
from persistence.bases import Bases
from tests.conversations.offices import decides, handed_in, is_now, of_level, somebody
from tests.conversations.people import Chatter
from tests.conversations.town import Town, new_base_id
from tests.peers.phone import Said
from tests.support import FULL, OFFICE, eventually, state_of
from tests.workflows.review import SUSPENDED

S = ObligationState


async def opened(town: Town, level: Level = Level.PROVINCE) -> tuple[Chatter, str]:
    """A base that owes December, and its contact, who was told."""
    state = of_level(level)
    base = await town.base(state)
    anna = await town.contact_of(base)
    await town.start(state)
    await anna.hears("点「开始填报」")
    return anna, base


async def test_a_base_is_found_by_part_of_its_name_and_shown_with_what_it_owes(town: Town) -> None:
    _, base = await opened(town)
    office = await somebody(town)
    said = await office.says(f"查 {base}")
    assert said.text.splitlines() == [
        f"示例基地 {base}（{base}）",
        "牵头单位：示例职业技术大学；省级，太原",
        "阶段：试点培育（培育建设）",
        "等待：时间届满，自 2021-12-20 起，期限 2022-07-01",
        "信用等级：—；聊天绑定：已绑定 1/2 人",
        "· 2021年12月月调度：填报中，等待基地联系人，2022-01-10 前",
    ]
    assert list(said.buttons) == ["催：月调度"]
    assert (await office.again()).text == said.text


async def test_a_stranger_who_types_thousands_of_blanks_keeps_nobody_waiting(town: Town) -> None:
    stranger = await town.stranger()
    began = time.process_time()
    said = await stranger.says("查" + " " * 4000 + "x" * 61)
    assert time.process_time() - began < 1.5
    assert said.text.startswith("您好。这里只对已登记的")


async def test_none_one_and_many_are_told_apart(town: Town) -> None:
    bases = [await town.base() for _ in range(8)]
    office = await somebody(town)
    assert (await office.says("查")).text.startswith("请发「查 名称」")
    assert (await office.says("查 没有这个名称")).text.startswith("没有找到「没有这个名称」。")
    assert (await office.says("查 100%")).text.startswith("没有找到"), "a sign is a sign"
    many = await office.says("查 示例职业技术大学")
    lines = many.text.splitlines()
    assert lines[0] == "「示例职业技术大学」有以下基地符合，请选择："
    assert len(many.buttons) == 6
    assert lines[-1] == "还有更多，请把名称写得更完整。"
    label = next(iter(many.buttons))
    assert (await office.taps(label)).text.startswith(label.partition(" ")[2])
    whole = await office.says(f"查：{bases[0]}")
    assert whole.text.startswith(f"示例基地 {bases[0]}（") or whole.text.splitlines()[1].startswith(
        f"1. 示例基地 {bases[0]}（"
    ), "a whole code comes first"


async def test_everybody_finds_only_what_is_theirs_to_see(town: Town) -> None:
    own, other = await town.base(), await town.base()
    anna = await town.contact_of(own)
    datong = await somebody(town, city=City.DATONG)
    unit = await somebody(town, "省财政厅", may_decide=False)
    assert (await anna.says("查 示例")).text.startswith(f"示例基地 {own}（")
    found = await anna.says(f"查 {other}")
    assert found.text.startswith("没有找到")
    forged = Said(found.message_id, found.text, {"看": f"q:{other}", "催": f"u:{other}:0"})
    assert (await datong.says(f"查 {own}")).text.startswith("没有找到")
    many = await unit.says("查 示例")
    assert own in many.text
    assert other in many.text
    screen = await anna.says("查 示例")
    forged = Said(screen.message_id, screen.text, forged.buttons)
    assert (await anna.taps("看", on=forged)).text == "没有这个基地，或不在您的范围内。"
    assert (await anna.taps("催", on=forged)).text == "这不是您负责的事项。"
    stranger = await town.stranger()
    assert (await stranger.says(f"查 {own}")).text.startswith("您好。这里只对已登记的")


async def test_an_answer_that_begins_with_such_a_word_is_an_answer(town: Town) -> None:
    anna, _ = await opened(town)
    await anna.taps("开始填报")
    for text in [*FULL.values()][:7]:
        await anna.says(text)
    said = await anna.says("查漏补缺，主体结构封顶")
    assert said.text.startswith("✓ 形象进度 查漏补缺，主体结构封顶。\n9/22")
    assert (await anna.says("8=催 设备到货")).text.startswith("✓ 已改为：形象进度 催 设备到货。")


@pytest.mark.rule("A10")
async def test_a_contact_is_nudged_once_a_working_day(town: Town) -> None:
    anna, base = await opened(town)
    office, colleague = await somebody(town), await somebody(town)
    done = await office.says(f"催 {base}")
    assert done.text == f"✓ 已催办：基地联系人（示例基地 {base}），2022-01-05 的工作时间内发出。"
    nudge = await anna.hears("催办")
    assert nudge.text == (
        f"催办：省发展改革委请您尽快报送2021年12月月调度（示例基地 {base}），报送期限 2022-01-10，补报截止 2022-01-24。"
    )
    assert "开始填报" in nudge.buttons
    assert (await office.again()).text == done.text
    refused = "2022-01-05 已经催办过，每个工作日最多催办一次。（依据本系统约定催办）"
    assert (await office.says(f"催 {base}")).text == refused
    await colleague.says(f"查 {base}")
    assert (await colleague.taps("催：月调度")).text == refused
    assert await anna.unheard() == []


@pytest.mark.rule("A10")
async def test_what_is_asked_for_after_hours_goes_out_the_next_morning_if_it_is_still_true(
    town: Town,
) -> None:
    anna, base = await opened(town)
    office = await somebody(town)
    await town.later("2022-01-05 19:00", base)
    done = await office.says(f"催 {base}")
    assert done.text.endswith("2022-01-06 的工作时间内发出。")
    assert (await office.says(f"催 {base}")).text.startswith("2022-01-06 已经催办过")
    await anna.taps("开始填报")
    await town.fill(base)
    await anna.says("汇总")
    await anna.taps("提交")
    await is_now(town, base, S.SUBMITTED)
    await town.later("2022-01-06 12:00", base)
    assert not [text for text in await anna.unheard() if text.startswith("催办")]


async def test_nobody_is_nudged_about_what_stands_still(town: Town) -> None:
    _, base = await opened(town)
    office = await somebody(town)
    request = DecisionRequest(decision=SUSPENDED, by=OFFICE)
    await town.gateway.decide(base, request, f"test:{base}:suspended")
    await eventually(lambda: town.row(base), lambda row: row.paused)
    said = await office.says(f"催 {base}")
    assert said.text == "这个事项暂停计时，恢复之前不能催办。（依据本系统约定催办）"


@pytest.mark.rule("B12")
async def test_the_province_nudges_a_city_office_and_nobody_nudges_upwards(town: Town) -> None:
    ((_, base),) = await handed_in(town, Level.CITY)
    city, office = await somebody(town, city=City.TAIYUAN), await somebody(town)
    said = await city.says(f"查 {base}")
    assert said.text.splitlines()[-1] == "· 2021年12月月调度：已报送，等待太原市级办公室，2022-01-19 前"
    assert said.buttons == {}, "one does not nudge oneself"
    done = await office.says(f"催 {base}")
    assert done.text == f"✓ 已催办：太原市级办公室（示例基地 {base}），2022-01-05 的工作时间内发出。"
    nudge = await city.hears("催办")
    assert nudge.text == (
        f"催办：省发展改革委请太原市级办公室尽快办理 示例基地 {base} 的2021年12月月调度（已报送）。"
    )
    no = (await town.row(base)).no
    forged = Said(said.message_id, said.text, {"催": f"u:{base}:{no}"})
    screen = await city.says(f"查 {base}")
    forged = Said(screen.message_id, screen.text, forged.buttons)
    assert (await city.taps("催", on=forged)).text.startswith("现在等待的是「太原市级办公室」")
    await decides(town, base)
    screen = await office.says(f"查 {base}")
    forged = Said(screen.message_id, screen.text, forged.buttons)
    assert (await office.taps("催", on=forged)).text.startswith("现在等待的是「无」，没有可以催办的对象。")


async def test_a_department_nudges_only_bases_that_it_guides(town: Town) -> None:
    anna, base = await opened(town)
    unit = await somebody(town, "省教育厅")
    refused = await unit.says(f"催 {base}")
    assert refused.text.startswith("省教育厅不是这个基地的行业主管部门，不能催办。")
    async with town.database.transaction() as tx:
        await Bases(tx).set_department(base, "省教育厅")
    assert (await unit.says(f"催 {base}")).text.startswith("✓ 已催办：基地联系人")
    assert (await anna.hears("催办")).text.startswith("催办：省教育厅请您尽快报送")


async def test_nudging_is_granted_like_deciding(town: Town) -> None:
    anna, base = await opened(town)
    clerk = await somebody(town, may_decide=False)
    assert (await clerk.says(f"查 {base}")).buttons == {}
    assert (await clerk.says(f"催 {base}")).text.startswith("没有给您开通聊天办理")
    assert await anna.unheard() == []


@pytest.mark.rule("B16")
async def test_the_step_of_a_base_is_nudged_for_as_well(town: Town) -> None:
    state = state_of(
        new_base_id(), Step.CERTIFICATION_DUE, published_on=date(2020, 7, 1), since=town.clock.now()
    )
    base = await town.base(state)
    anna, office = await town.contact_of(base), await somebody(town)
    await town.start(state)
    await anna.hears("月调度")
    said = await office.says(f"查 {base}")
    assert "等待：申报主体，自 2022-01-05 起" in said.text
    assert (await office.taps("催：基地")).text.startswith(f"✓ 已催办：申报主体（示例基地 {base}）")
    nudge = await anna.hears("催办")
    assert nudge.text == f"催办：省发展改革委请申报主体尽快办理 示例基地 {base} 的待认定申请（试点培育）。"
