"""Several forms and several people: what is typed goes to the form that is shown."""

from tests.conversations.people import Chatter
from tests.conversations.town import CANONICAL, Town
from tests.peers.phone import Said


async def two_forms(town: Town) -> tuple[str, str, Chatter, Said, Said]:
    """One contact, two bases, a notice for each."""
    base, other = await town.base(), await town.base()
    anna = await town.contact_of(base, other)
    await town.start(base, other)
    first, second = [await anna.hears("点「开始填报」", each) for each in (base, other)]
    return base, other, anna, first, second


def turning(said: Said, base: str) -> str:
    """The button that goes on with a base's form."""
    return next(label for label in said.buttons if label.endswith(base))


async def test_the_list_has_both_and_switching_loses_nothing(town: Town) -> None:
    base, other, anna, first, _ = await two_forms(town)
    said = await anna.says("32")
    assert said.text.startswith("您有 2 项待办，请选择：\n1. "), "which of them is not known yet"
    await anna.taps("开始填报", on=first)
    await anna.says("120.5")
    await anna.says("1120.5")
    said = await anna.says(" 待办 ")
    assert said.text == (
        "您有 2 项待办，请选择：\n"
        f"1. 示例基地 {base}：2021年12月 月调度，2022-01-10 前报送（当前）\n"
        f"2. 示例基地 {other}：2021年12月 月调度，2022-01-10 前报送"
    )
    listed = said
    said = await anna.taps(turning(listed, other))
    assert said.text.startswith("1/22")
    await anna.says("7")
    assert "（当前）" in (await anna.says("/todo")).text.splitlines()[2]
    said = await anna.taps(turning(listed, base))
    assert said.text.startswith("3/22"), "where it was left"
    await anna.says("3")
    assert await town.draft(base) == {
        "invest_month": "120.50",
        "invest_total": "1120.50",
        "funds_central": "3.00",
    }
    assert await town.draft(other) == {"invest_month": "7.00"}


async def test_a_doubt_survives_switching(town: Town) -> None:
    base, other, anna, first, second = await two_forms(town)
    await anna.taps("开始填报", on=first)
    await anna.says("1")
    await anna.says("2")
    await anna.taps("开始填报", on=second)
    said = await anna.taps("开始填报", on=first)
    assert "开工以来累计完成投资 2.00 万元，与上月累计 1000.00 万元加本月之和 1001.00 万元不一致" in said.text
    await anna.says("确认")
    assert await town.draft(base) == {"invest_month": "1.00", "invest_total": "2.00"}
    assert await town.draft(other) == {}


async def test_finishing_one_tells_of_the_other(town: Town) -> None:
    base, other, anna, first, second = await two_forms(town)
    await anna.taps("开始填报", on=second)
    await anna.says("7")
    await anna.taps("开始填报", on=first)
    await town.fill(base)
    said = await anna.says("提交")
    assert said.text.endswith("您还有 1 项待办，发「待办」查看。")
    assert (await anna.again()).text == said.text
    said = await anna.says("55")
    assert said.text.startswith("2/22"), "a figure for the form that is done is no answer to the other"
    assert await town.draft(other) == {"invest_month": "7.00"}
    await anna.says("1007")
    await town.fill(other)
    assert (await anna.says("提交")).text.endswith("感谢您的报送。")
    assert await town.figures(base) == CANONICAL
    assert await town.figures(other) == CANONICAL | {"invest_month": "7.00", "invest_total": "1007.00"}


async def test_a_tap_under_another_form_turns_to_it(town: Town) -> None:
    base, other, anna, first, second = await two_forms(town)
    asked = await anna.taps("开始填报", on=first)
    await anna.taps("开始填报", on=second)
    said = await anna.taps("0", on=asked)
    assert said.text.startswith("✓ 本月完成投资 0.00 万元。\n2/22")
    await anna.says("1000")
    assert await town.draft(base) == {"invest_month": "0.00", "invest_total": "1000.00"}
    assert await town.draft(other) == {}


async def test_the_notice_of_a_form_that_is_done_does_not_turn_to_it(town: Town) -> None:
    base, other, anna, first, second = await two_forms(town)
    await anna.taps("开始填报", on=first)
    await town.fill(base)
    summary = await anna.says("汇总")
    await anna.taps("提交")
    await anna.taps("开始填报", on=second)
    done = "2021年12月月调度已经报送，不能再改。（依据本系统约定月调度时限）"
    assert (await anna.taps("开始填报", on=first)).text == done
    assert (await anna.taps("暂停", on=summary)).text == done
    assert (await anna.says("7")).text.startswith("✓ 本月完成投资 7.00 万元。")
    assert await town.draft(other) == {"invest_month": "7.00"}


async def test_a_form_that_temporal_has_forgotten(town: Town) -> None:
    base = await town.base()
    await town.reported(base, "2021-11")
    anna = await town.contact_of(base)
    old = Said(1, "", {"开始填报": "t:1", "提交": "f:1:25:submit"})
    for label in old.buttons:
        said = await anna.taps(label, on=old)
        assert said.text == "2021年11月月调度已经报送，不能再改。（依据本系统约定月调度时限）"
    assert await town.figures(base, "2021-11") == CANONICAL


async def test_somebody_elses_buttons_are_refused(town: Town) -> None:
    base, other = await town.base(), await town.base()
    anna, boris = await town.contact_of(base), await town.contact_of(other, name="宝")
    await town.start(base, other)
    await anna.hears("点「开始填报」", base)
    notice = await boris.hears("点「开始填报」", other)
    asked = await boris.taps("开始填报", on=notice)
    assert (await anna.taps("开始填报", on=notice)).text == "这不是您负责的事项。"
    assert (await anna.taps("0", on=asked)).text == "这不是您负责的事项。"
    assert await town.draft(other) == {}
    assert "1 项待办" in (await anna.says("待办")).text
    assert (await anna.says("32")).text.startswith("1/22"), "her own form"


async def test_two_contacts_share_a_form(town: Town) -> None:
    base = await town.base()
    anna, boris = await town.contact_of(base), await town.contact_of(base, name="宝")
    await town.start(base)
    for person in (anna, boris):
        await person.hears("点「开始填报」")
    asked = await anna.taps("开始填报")
    assert (await boris.taps("开始填报")).text == asked.text
    await anna.says("120.5")
    assert (await boris.taps("0")).text.startswith("这个按钮已经过期，以下是当前内容。\n2/22")
    await boris.says("1120.5")
    assert await town.draft(base) == {"invest_month": "120.50", "invest_total": "1120.50"}
