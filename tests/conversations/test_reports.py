"""更正 and 异议 with the period in words: which report is meant, and what is said when that is not clear."""

import pytest

from activities.calendar import working_days
from domain.calendar import Period
from domain.ids import obligation_id
from domain.obligation_decisions import AcceptReport, RefuseReopen
from domain.policy.obligations import schedule
from domain.terms import ObligationKind, ObligationState
from persistence.obligations import Obligations
from persistence.people import People
from tests.conversations.people import Chatter
from tests.conversations.test_form_returned import accepted, decides, handed_in, is_now
from tests.conversations.town import KIND, PERIOD, Town

S = ObligationState


async def opened(town: Town, base: str, kind: ObligationKind, period: str) -> int:
    """Something else that the base owes; its number."""
    async with town.database.transaction() as tx:
        owed = obligation_id(base, kind, period)
        await Obligations(tx).open(owed, base, schedule(kind, Period.parse(period), working_days(), base))
        return (await Obligations(tx).get(owed)).no


@pytest.mark.rule("A10")
@pytest.mark.parametrize("said", ["2021年12月", "12月", "2021-12", "2021年12月月调度"])
async def test_a_correction_is_asked_for_by_its_period(town: Town, said: str) -> None:
    anna, base, _ = await accepted(town)
    assert (await anna.says(f"更正 {said}")).text.startswith("请写明理由，发「更正 ")
    filed = await anna.says(f"更正 {said} 证书数录错")
    assert filed.text == f"✓ 已提出更正：2021年12月月调度（示例基地 {base}），等待办公室审定。"
    await is_now(town, base, S.REOPENING)


@pytest.mark.rule("A10")
async def test_delivered_again_it_is_not_asked_a_second_time(town: Town) -> None:
    anna, base, _ = await accepted(town)
    filed = await anna.says("更正 2021年12月 证书数录错")
    await is_now(town, base, S.REOPENING)
    await decides(town, base, RefuseReopen(reason="数据已汇总上报"))
    await anna.hears("不同意更正2021年12月月调度")
    await town.env.client.get_workflow_handle(obligation_id(base, KIND, PERIOD)).result()
    assert (await anna.again()).text == filed.text
    assert (await town.row(base)).state is S.ACCEPTED, "the office has answered it"


async def test_of_several_bases_the_one_that_can_be_corrected_is_meant(town: Town) -> None:
    anna, base, _ = await accepted(town)
    other = await town.base()
    await opened(town, other, KIND, PERIOD)
    await answers_for(town, anna, other)
    filed = await anna.says("更正 2021年12月 证书数录错")
    assert filed.text.startswith(f"✓ 已提出更正：2021年12月月调度（示例基地 {base}）")
    assert (await anna.again()).text == filed.text


async def test_when_several_are_meant_they_are_listed_with_their_numbers(town: Town) -> None:
    first = await town.base()
    second = await town.base()
    anna = await town.contact_of(first, second)
    await town.start(first, second)
    await anna.hears(first)
    await anna.hears(second)
    numbers = [(await town.row(base)).no for base in (first, second)]
    said = await anna.says("异议 2021年12月 项目尚未开工")
    assert said.text == (
        "有 2 项报送符合，请发「异议 编号 理由」选定：\n"
        f"{numbers[0]}. 2021年12月月调度（示例基地 {first}）\n"
        f"{numbers[1]}. 2021年12月月调度（示例基地 {second}）"
    )
    said = await anna.says(f"异议 {numbers[1]} 项目尚未开工")
    assert said.text == f"✓ 已提出异议：2021年12月月调度（示例基地 {second}），等待办公室审定。"
    assert [(await town.row(base)).paused for base in (first, second)] == [False, True]


async def test_of_two_kinds_for_a_year_the_kind_is_said_too(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    numbers = [
        await opened(town, base, kind, "2025") for kind in (ObligationKind.ASSESSMENT, ObligationKind.REPORT)
    ]
    said = await anna.says("异议 2025年度 示例")
    assert said.text.splitlines()[1:] == [
        f"{numbers[0]}. 2025年度年考核（示例基地 {base}）",
        f"{numbers[1]}. 2025年年度综合报告（示例基地 {base}）",
    ]
    said = await anna.says("异议 2025年度综合报告")
    assert said.text == f"请写明理由，发「异议 {numbers[1]} 理由」。"


async def test_a_period_for_which_nothing_was_owed_is_named_with_what_there_is(town: Town) -> None:
    anna, base, no = await accepted(town)
    said = await anna.says("更正 2025年10月 录错")
    assert said.text == (
        "您名下没有「2025年10月」的报送。\n"
        f"可以提出更正的报送（发「更正 编号 理由」）：\n{no}. 2021年12月月调度（示例基地 {base}）"
    )
    boris = await town.contact_of(name="示例旁人")
    said = await boris.says("更正 2021年12月 录错")
    assert said.text == "您名下没有「2021年12月」的报送。\n现在没有可以提出更正的报送。"


async def test_what_is_not_accepted_yet_cannot_be_corrected_and_it_is_said_why(town: Town) -> None:
    anna, base = await handed_in(town)
    said = await anna.says("更正 2021年12月 证书数录错")
    assert said.text.startswith("这项报送现在是「已报送」，不能「申请更正」。")
    await decides(town, base, AcceptReport())
    stranger = await town.stranger()
    assert (await stranger.says("更正 2021年12月 录错")).text.startswith("您好。这里只对已登记的")


async def test_an_answer_about_a_month_is_an_answer(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    await town.fill(base)
    await anna.says("汇总")
    for text in ("更正10月数据", "异议12月份已协调"):
        said = await anna.says(f"21={text}")
        assert f"21. 存在问题与建议：{text}" in said.text


async def answers_for(town: Town, person: Chatter, base: str) -> None:
    async with town.database.transaction() as tx:
        contact = await People(tx).contact_of(town.channel, person.external_id)
        assert contact
        await People(tx).attach(contact, base)
