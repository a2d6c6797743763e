"""What is delivered twice, or answered by a bot that dies: one value, and the same reply."""

import pytest
from aiogram.exceptions import TelegramNetworkError
from sqlalchemy import select

from persistence.people import People
from persistence.tables import figures, inbound, submissions
from tests.conversations.people import Chatter
from tests.conversations.town import CANONICAL, Town


async def started(town: Town) -> tuple[str, Chatter]:
    """A contact whose form asks its first question."""
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    return base, anna


async def test_the_same_answer_twice(town: Town) -> None:
    base, anna = await started(town)
    said = await anna.says("120.50")
    again = await anna.again()
    assert (again.text, again.buttons) == (said.text, said.buttons)
    assert await town.draft(base) == {"invest_month": "120.50"}
    async with town.database.transaction() as tx:
        assert [row.deliveries for row in await tx.execute(select(inbound))] == [2]


async def test_a_wrong_answer_twice(town: Town) -> None:
    _, anna = await started(town)
    said = await anna.says("三十二")
    assert (await anna.again()).text == said.text


async def test_the_same_tap_twice(town: Town) -> None:
    base, anna = await started(town)
    said = await anna.taps("0")
    again = await anna.again()
    assert (again.text, again.buttons) == (said.text, said.buttons), "not 'this button is stale'"
    assert await town.draft(base) == {"invest_month": "0.00"}


async def test_an_old_answer_after_later_ones(town: Town) -> None:
    base, anna = await started(town)
    said = await anna.says("120.50")
    first = anna.last_update
    assert first
    await anna.says("1120.50")
    await anna.says("暂停")
    assert (await anna.delivers(first)).text == said.text
    assert await town.draft(base) == {"invest_month": "120.50", "invest_total": "1120.50"}


async def test_an_answer_after_the_chat_was_turned_to_another_form(town: Town) -> None:
    base, other = await town.base(), await town.base()
    anna = await town.contact_of(base, other)
    await town.start(base, other)
    notices = [await anna.hears("点「开始填报」", each) for each in (base, other)]
    await anna.taps("开始填报", on=notices[0])
    said = await anna.says("120.50")
    first = anna.last_update
    assert first
    await anna.taps("开始填报", on=notices[1])
    assert (await anna.delivers(first)).text == said.text
    assert await town.draft(other) == {}
    assert await town.draft(base) == {"invest_month": "120.50"}
    await anna.says("7")
    assert await town.draft(other) == {"invest_month": "7.00"}


async def test_after_the_form_was_handed_in(town: Town) -> None:
    base, anna = await started(town)
    said = await anna.says("120.50")
    first = anna.last_update
    assert first
    await town.fill(base)
    await anna.says("汇总")
    done = await anna.taps("提交")
    again = await anna.again()
    assert (again.text, again.buttons) == (done.text, done.buttons)
    assert (await anna.delivers(first)).text == said.text
    assert await town.figures(base) == CANONICAL
    async with town.database.transaction() as tx:
        assert len((await tx.execute(select(submissions))).all()) == 1
        assert len((await tx.execute(select(figures))).all()) == 22


async def test_submitting_by_word_twice(town: Town) -> None:
    base, anna = await started(town)
    await town.fill(base)
    done = await anna.says("提交")
    assert done.text.startswith("✓ 已收到")
    assert (await anna.again()).text == done.text


async def test_the_start_twice(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    said = await anna.says("你好")
    again = await anna.again()
    assert (again.text, again.buttons) == (said.text, said.buttons)
    assert said.text.startswith("1/22"), "not taken as an answer the second time"


@pytest.mark.parametrize("tapped", [False, True])
async def test_the_bot_dies_before_its_reply(town: Town, tapped: bool) -> None:
    base, anna = await started(town)
    town.lose_a_reply()
    with pytest.raises(TelegramNetworkError):
        await (anna.taps("0") if tapped else anna.says("0"))
    assert await anna.unheard() == []
    assert await town.draft(base) == {"invest_month": "0.00"}
    said = await anna.again()
    assert said.text.startswith("✓ 本月完成投资 0.00 万元。\n2/22")
    assert await town.draft(base) == {"invest_month": "0.00"}


async def test_the_bot_dies_after_submitting(town: Town) -> None:
    base, anna = await started(town)
    await town.fill(base)
    await anna.says("汇总")
    town.lose_a_reply()
    with pytest.raises(TelegramNetworkError):
        await anna.taps("提交")
    assert await town.figures(base) == CANONICAL
    assert (await anna.again()).text.startswith("✓ 已收到")
    async with town.database.transaction() as tx:
        assert await People(tx).current_of(town.channel, anna.external_id) is None
        assert len((await tx.execute(select(submissions))).all()) == 1
