"""A whole form over the wire, from the notice to the figures, whatever the platform does meanwhile."""

import pytest
from sqlalchemy import func, select

from persistence.tables import wecom_messages
from tests.channels.wecom.conftest import Office
from tests.conversations.town import CANONICAL
from tests.peers.wecom_member import Member, Shown
from tests.support import FULL, eventually

SEND = "message/send"


async def offered(member: Member, label: str) -> None:
    """Wait for the card: it may come after its text."""

    async def labels() -> list[str]:
        return [each for said in member.screen for each in said.buttons]

    await eventually(labels, lambda found: label in found, seconds=10)


async def started(office: Office) -> tuple[str, Member]:
    """A contact whose form asks its first question."""
    base = await office.town.base()
    anna = await office.contact(base)
    await office.town.start(base)
    assert "点「开始填报」" in (await anna.hears()).text
    await offered(anna, "开始填报")
    anna.taps("开始填报")
    assert (await anna.hears()).text.startswith("1/22")
    return base, anna


async def test_from_the_notice_to_the_figures(office: Office) -> None:
    """Twenty-two answers, typed as fast as they can be, stay within what a member may get."""
    async with office.open():
        base, anna = await started(office)
        for answer in FULL.values():
            anna.types(answer)
            assert (await anna.hears()).text.startswith("✓")
        await offered(anna, "提交")
        anna.taps("提交")
        assert (await anna.hears()).text.startswith("✓ 已收到")
        await office.done()
    assert await office.town.figures(base) == CANONICAL
    assert anna.dropped == 0
    assert len(office.wecom.sent) <= 30
    open_cards = [card for card in anna.cards.values() if not card.frozen]
    assert len(open_cards) <= 1, "only the newest question can be answered by a tap"


@pytest.mark.parametrize(
    "trouble",
    ["42001", "45033", "-1", "502", "dropped", "answer lost", "token dies", "unplugged", "freezing fails"],
)
async def test_an_answer_is_worked_through_once(office: Office, trouble: str) -> None:
    async with office.open():
        base, anna = await started(office)
        await office.done()
        match trouble:
            case "502":
                office.wecom.fail(502, SEND)
            case "dropped":
                office.wecom.drop(SEND)
            case "answer lost":
                office.wecom.drop(SEND, afterwards=True)
            case "token dies":
                office.wecom.token_dies()
            case "unplugged":
                office.wecom.unplugged = True
            case "freezing fails":
                office.wecom.drop("message/update_template_card", times=5)
            case code:
                office.wecom.refuse(int(code), SEND)
        anna.types("120.50")
        if trouble == "unplugged":
            await office.wecom.delivered()
            assert await office.waiting() == 1
            office.wecom.unplugged = False
        assert (await anna.hears()).text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
        await office.done()
        assert anna.unread == []
    assert await office.town.draft(base) == {"invest_month": "120.50"}
    async with office.town.database.transaction() as tx:
        unsent = wecom_messages.c.state != "sent"
        assert await tx.scalar(select(func.count()).select_from(wecom_messages).where(unsent)) == 0


async def test_an_answer_while_temporal_is_away_is_not_lost(office: Office) -> None:
    async with office.open():
        base, anna = await started(office)
        await office.done()
        office.to_temporal.cut()
        anna.types("120.50")
        await office.wecom.delivered()
        assert office.wecom.answers[-1] == 200, "it is kept, and that is what was asked"
        assert await office.waiting() == 1
        await office.to_temporal.mend()
        assert (await anna.hears()).text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
        await office.done()
    assert await office.town.draft(base) == {"invest_month": "120.50"}


async def test_a_tap_that_is_delivered_again_answers_once(office: Office) -> None:
    async with office.open():
        base, anna = await started(office)
        said = anna.screen[-1]
        assert isinstance(said, Shown)
        zero = anna.tapped("0", said)
        for _ in range(3):
            office.wecom.deliver(zero)
        assert (await anna.hears()).text.startswith("✓ 本月完成投资 0.00 万元。\n2/22")
        await office.done()
        assert anna.unread == []
    assert await office.town.draft(base) == {"invest_month": "0.00"}


async def test_two_taps_on_one_card_are_answered_but_count_once(office: Office) -> None:
    """Both were on their way before the card was frozen."""
    async with office.open():
        base, anna = await started(office)
        said = anna.screen[-1]
        for _ in range(2):
            office.wecom.deliver(anna.tapped("0", said))
        assert (await anna.hears()).text.startswith("✓ 本月完成投资 0.00 万元。\n2/22")
        assert "2/22" in (await anna.hears()).text
        await office.done()
    assert await office.town.draft(base) == {"invest_month": "0.00"}
