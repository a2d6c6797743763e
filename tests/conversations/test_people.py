"""Several people of one base: who is asked, who has answered, 转交, and somebody who has left."""

from datetime import UTC, datetime

from bot.channels import local, telegram
from bot.messenger import BotMessenger
from bot.render import Renderer
from bot.words import chinese
from casework.leaving import Departure, leave
from domain.forms.dispatch import QUESTIONS
from domain.ids import obligation_id
from domain.obligation_decisions import ObligationRequest, ReturnReport
from domain.terms import ContactRole
from persistence.handovers import HandoverRow, Handovers
from persistence.local_chat import LocalChat
from persistence.obligations import ObligationRow, Obligations, VersionRow
from persistence.people import People
from tests.conversations.people import Chatter, Page, Phone, Platform
from tests.conversations.town import CANONICAL, KIND, PERIOD, Town
from tests.support import FULL, OFFICE, eventually

KEYS = [question.key for question in QUESTIONS]
CONTACT, DEPUTY, HEAD = ContactRole.CONTACT, ContactRole.DEPUTY, ContactRole.HEAD
_FAR_AWAY = datetime(2099, 1, 1, tzinfo=UTC)


async def person(
    town: Town, base: str, role: ContactRole, name: str, chatter: Chatter | None = None
) -> Chatter:
    """Somebody of a base who is bound already."""
    found = chatter or await town.stranger(name)
    async with town.database.transaction() as tx:
        people = People(tx)
        contact = await people.add(name)
        await people.attach(contact, base, role)
        code = await people.invite(contact, _FAR_AWAY)
        await people.redeem(code, found.platform.channel, found.external_id, datetime.now(UTC))
    return found


async def number_of(town: Town, chatter: Chatter) -> int:
    """Which contact a chat is bound to."""
    async with town.database.transaction() as tx:
        found = await People(tx).contact_of(chatter.platform.channel, chatter.external_id)
    assert found is not None
    return found


async def on_another_channel(town: Town, name: str) -> Chatter:
    """Somebody whom the same bot knows on another channel; what goes out by itself goes there too."""
    platform: Platform
    if town.channel == local.NAME:
        bot = telegram.telegram_bot(town.api.token, town.api.url)
        platform = Phone(town.api.person(name), bot)
        number = platform.person.id
    else:
        bot = local.local_bot(town.database, town.clock)
        async with town.database.transaction() as tx:
            number = (await LocalChat(tx).person(name)).id
        platform = Page(town.database, number, bot)
    bots = {town.channel: town.bot, platform.channel: bot}
    town.messenger = BotMessenger(bots, town.database, Renderer(chinese()), town.clock)
    return Chatter(town.dispatcher, bot, platform, str(number))


async def a_base_with_two(town: Town) -> tuple[str, Chatter, Chatter]:
    """A base that owes its month, its contact, who was told, and its deputy."""
    base = await town.base()
    anna = await person(town, base, CONTACT, "示例甲")
    boris = await person(town, base, DEPUTY, "示例乙")
    await town.start(base)
    await anna.hears("点「开始填报」")
    return base, anna, boris


async def handovers(town: Town, base: str) -> list[HandoverRow]:
    async with town.database.transaction() as tx:
        return await Handovers(tx).of(obligation_id(base, KIND, PERIOD))


async def versions(town: Town, base: str) -> list[VersionRow]:
    async with town.database.transaction() as tx:
        return await Obligations(tx).versions(obligation_id(base, KIND, PERIOD))


async def submitted(town: Town, base: str) -> ObligationRow:
    async def row() -> ObligationRow:
        return await town.row(base)

    return await eventually(row, lambda found: found.version > 0)


# 转交


async def test_a_form_goes_to_the_deputy_with_all_answers(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    await anna.says("120.5")
    await anna.says("1120.5")
    said = await anna.says("转交")
    assert said.text == (
        f"✓ 已将示例基地 {base} 2021年12月 月调度转交给副联系人示例乙（已填 2/22 项，都已保存）。"
        "对方会收到通知，之后的提醒也发给对方。要自己继续填，点「收回」。"
    )
    assert list(said.buttons) == ["收回"]
    told = await boris.hears("示例甲将")
    assert told.text == (
        f"示例甲将示例基地 {base} 2021年12月 月调度转交给您，已填 2/22 项，2022-01-10 前报送。"
        "点「开始填报」继续，已填的都在。"
    )
    assert list(told.buttons) == ["开始填报", "明天提醒我"]
    assert (await boris.taps("开始填报", on=told)).text.startswith("3/22")
    await boris.says("3")
    assert await town.draft(base) == {
        "invest_month": "120.50",
        "invest_total": "1120.50",
        "funds_central": "3.00",
    }
    (row,) = await handovers(town, base)
    givers = await number_of(town, anna), await number_of(town, boris)
    assert ((row.from_contact, row.to_contact), row.filled) == (givers, 2)
    assert (await town.row(base)).assignee == row.to_contact


async def test_delivered_again_it_is_handed_over_once(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    first = await anna.says("转交")
    assert (await anna.again()).text == first.text
    assert len(await handovers(town, base)) == 1
    await boris.hears("示例甲将")
    assert await boris.unheard() == [], "nothing came twice"


async def test_the_chat_of_the_giver_leaves_the_form(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    await anna.says("转交")
    await boris.taps("开始填报", on=await boris.hears("示例甲将"))
    said = await anna.says("32")
    assert said.text.startswith("1/22"), "it was no answer: the form as it stands"
    assert await town.draft(base) == {}


async def test_it_can_be_taken_back(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    await anna.says("120.5")
    given = await anna.says("转交")
    await boris.hears("示例甲将")
    said = await anna.taps("收回", on=given)
    assert said.text.startswith(f"✓ 已收回示例基地 {base} 2021年12月 月调度（已填 1/22 项）")
    assert (await boris.hears("已收回")).text == (
        f"示例甲已收回示例基地 {base} 2021年12月 月调度，由其继续填报，您不必再填。"
    )
    assert (await anna.taps("开始填报", on=said)).text.startswith("2/22")
    assert (await town.row(base)).assignee == await number_of(town, anna)
    assert (await anna.taps("收回", on=given)).text.startswith("这一项本来就由您填报，不需要收回。")


async def test_the_receiver_can_hand_it_back_or_simply_the_other_goes_on(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    await anna.says("转交")
    await boris.taps("开始填报", on=await boris.hears("示例甲将"))
    await boris.says("120.5")
    await anna.taps("开始填报", on=(await anna.look())[0])
    assert (await anna.says("1120.5")).text.startswith("✓ 开工以来累计完成投资")
    said = await boris.says("转交")
    assert "转交给联系人示例甲（已填 2/22 项" in said.text
    assert (await anna.hears("示例乙将")).text.startswith(
        f"示例乙将示例基地 {base} 2021年12月 月调度转交给您"
    )


async def test_without_anybody_else_it_says_how_to_invite_one(town: Town) -> None:
    base = await town.base()
    anna = await person(town, base, CONTACT, "示例甲")
    async with town.database.transaction() as tx:
        people = People(tx)
        await people.attach(await people.add("示例乙"), base, DEPUTY)  # without a chat
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    said = await anna.says("转交")
    assert said.text.startswith(f"示例基地 {base}没有其他人绑定本机器人，暂时不能转交。请向办公室")
    assert "转交" not in (await anna.says("暂停")).buttons
    assert await handovers(town, base) == []


async def test_one_of_several_is_chosen(town: Town) -> None:
    base, anna, _ = await a_base_with_two(town)
    clara = await person(town, base, DEPUTY, "示例丙")
    dora = await person(town, base, HEAD, "示例丁")
    await anna.taps("开始填报")
    said = await anna.says("转交")
    assert said.text == f"示例基地 {base} 2021年12月 月调度，转交给谁？"
    assert list(said.buttons) == ["副联系人 示例乙", "副联系人 示例丙", "负责人 示例丁"]
    assert "转交给副联系人示例丙" in (await anna.taps("副联系人 示例丙")).text
    await clara.hears("示例甲将")
    assert "转交给负责人示例丁" in (await anna.says("转交 负责人")).text
    await dora.hears("示例甲将")
    assert "转交给副联系人示例丙" in (await anna.says("转交给示例丙")).text


async def test_a_text_that_only_begins_so_is_an_answer(town: Town) -> None:
    base, anna, _ = await a_base_with_two(town)
    await anna.taps("开始填报")
    await town.fill(base)
    await anna.says(f"{KEYS.index('progress') + 1}=主体结构封顶")
    question = next(q for q in QUESTIONS if q.key == "progress")
    await anna.says(f"{question.no}=转交 设备")
    assert (await town.draft(base))["progress"] == "转交 设备"
    await anna.says("转交 设备")
    assert await handovers(town, base) == []


async def test_at_rest_and_in_the_list_there_is_a_button(town: Town) -> None:
    _, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    assert list((await anna.says("待办")).buttons)[-1] == "转交"
    said = await anna.says("暂停")
    assert list(said.buttons)[-1] == "转交"
    assert len(said.buttons) <= 6
    assert "转交给副联系人示例乙" in (await anna.taps("转交", on=said)).text
    await boris.hears("示例甲将")


async def test_what_was_handed_in_cannot_be_handed_over(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    paused = await anna.says("暂停")
    await town.fill(base)
    await anna.taps("开始填报", on=paused)
    await anna.says("提交")
    await submitted(town, base)
    assert (await anna.says("转交")).text == "目前没有可以转交的事项。"
    assert (await anna.taps("转交", on=paused)).text.startswith("2021年12月月调度已经报送，不能再改。")
    assert await boris.unheard() == []


async def test_it_is_not_handed_to_somebody_who_has_left_meanwhile(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    clara = await person(town, base, DEPUTY, "示例丙")
    await anna.taps("开始填报")
    said = await anna.says("转交")
    gone = Departure(reason="示例：调离")
    await leave(town.database, town.clock, await number_of(town, clara), gone, OFFICE)
    assert (await anna.taps("副联系人 示例丙", on=said)).text.startswith("对方已不负责这个基地")
    assert "转交给副联系人示例乙" in (await anna.says("转交")).text
    await boris.hears("示例甲将")


# Who is told


async def test_reminders_go_to_whoever_has_the_form(town: Town) -> None:
    _, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    await anna.says("转交")
    await boris.hears("示例甲将")
    await town.later("2022-01-12 12:00")
    for words in ("提醒：", "最后一天", "已逾期"):
        await boris.hears(words)
    await anna.hears("已逾期")
    assert await anna.unheard() == [], "of what is late the giver hears too, of nothing else"


async def test_where_the_contact_has_no_chat_the_deputy_is_asked(town: Town) -> None:
    base = await town.base()
    boris = await person(town, base, DEPUTY, "示例乙")
    dora = await person(town, base, HEAD, "示例丁")
    await town.start(base)
    await boris.hears("点「开始填报」")
    assert await dora.unheard() == []


# Who has answered what


async def test_two_on_two_channels_fill_one_form_in_turn(town: Town) -> None:
    base = await town.base()
    anna = await person(town, base, CONTACT, "示例甲")
    boris = await on_another_channel(town, "示例乙")
    await person(town, base, DEPUTY, "示例乙", boris)
    await town.start(base)
    await anna.hears("点「开始填报」")
    asked = await anna.taps("开始填报")
    await boris.taps(next(iter((await boris.says("待办")).buttons)))
    people = [anna, boris]
    for n, key in enumerate(KEYS):
        writer, other = people[n % 2], people[1 - n % 2]
        said = await writer.says(FULL[key])
        if said.text.startswith("其他人刚刚填过"):
            said = await writer.says(FULL[key])
        assert said.text.startswith("✓"), (key, said.text)
        if n == 0:
            stale = await anna.taps("0", on=asked)
            assert stale.text.startswith("这个按钮已经过期，以下是当前内容。\n2/22")
            assert other is boris
    await anna.says("提交")
    await submitted(town, base)
    (version,) = await versions(town, base)
    by = [f"contact:{await number_of(town, one)}" for one in people]
    assert version.values == CANONICAL
    assert version.answered_by == {key: by[n % 2] for n, key in enumerate(KEYS)}


async def test_what_is_typed_for_a_question_that_another_has_answered_is_not_taken_for_the_next(
    town: Town,
) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    await boris.taps(next(iter((await boris.says("待办")).buttons)))
    await anna.says("120.5")
    said = await boris.says("120.5")
    assert said.text.startswith("其他人刚刚填过，现在问的是这一项，请重新回答。\n2/22")
    assert await town.draft(base) == {"invest_month": "120.50"}
    assert (await boris.again()).text == said.text
    await boris.says("1120.5")
    assert (await anna.says("5=7")).text.startswith("✓"), "what names its item is taken"
    assert set(await town.draft(base)) == {"invest_month", "invest_total", KEYS[4]}


async def test_after_a_return_only_what_is_answered_again_changes_its_author(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    await anna.taps("开始填报")
    await anna.answers()
    await anna.says("提交")
    await submitted(town, base)
    owed = obligation_id(base, KIND, PERIOD)
    returned = ReturnReport(items={"progress": "示例：过于笼统", "certified": "示例：与证书不符"})
    await town.gateway.decide_report(owed, ObligationRequest(decision=returned, by=OFFICE), f"{owed}:return")
    await anna.hears("退回")
    await boris.taps(next(iter((await boris.says("待办")).buttons)))
    await boris.says("主体结构封顶")
    await boris.says("66")
    await boris.says("提交")

    async def second() -> int:
        return len(await versions(town, base))

    await eventually(second, lambda count: count == 2)
    first, again = await versions(town, base)
    one, other = [f"contact:{await number_of(town, who)}" for who in (anna, boris)]
    assert set(first.answered_by.values()) == {one}
    assert again.answered_by == first.answered_by | {"progress": other, "certified": other}


# Leaving


async def test_whoever_has_left_is_a_stranger_and_told_so_once(town: Town) -> None:
    base, anna, boris = await a_base_with_two(town)
    asked = await anna.taps("开始填报")
    await anna.says("120.5")
    successor = await number_of(town, boris)
    gone = Departure(reason="示例：调离", successor=successor)
    left = await leave(town.database, town.clock, await number_of(town, anna), gone, OFFICE)
    assert [one.role for one in left[0].people if one.bound] == [CONTACT], "what was hers is his"
    assert (await anna.says("1120.5")).text.startswith("您已不再担任基地联系人")
    for said in (await anna.says("1120.5"), await anna.says("待办"), await anna.taps("0", on=asked)):
        assert "邀请码" in said.text
    assert await town.draft(base) == {"invest_month": "120.50"}
    assert (await boris.taps(next(iter((await boris.says("待办")).buttons)))).text.startswith("2/22")


async def test_a_code_of_before_does_not_bring_back_who_has_left_but_a_new_one_does(town: Town) -> None:
    base = await town.base()
    anna, code = await town.stranger("示例甲"), await town.code_for(base)
    await anna.says(f"/start {code}")
    gone = Departure(reason="示例：调离", without=True)
    contact = await number_of(town, anna)
    await leave(town.database, town.clock, contact, gone, OFFICE)
    assert "邀请码" in (await anna.says(f"/start {code}")).text
    async with town.database.transaction() as tx:
        people = People(tx)
        again = await people.add("示例甲")
        await people.attach(again, base)
        fresh = await people.invite(again, _FAR_AWAY)
    assert "示例甲" in (await anna.says(f"/start {fresh}")).text
    assert not (await anna.says("待办")).text.startswith("您已不再")
