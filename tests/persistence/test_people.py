"""Contacts, invite codes, where an update goes, and what was delivered."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text

from domain.errors import NotFound
from persistence import tables
from persistence.database import Database
from persistence.obligations import Obligations
from persistence.people import Chat, People, Routed
from tests.persistence.samples import BASE, OTHER_BASE, opened, running_base

NOW = datetime(2026, 3, 3, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
CHAT = ("telegram", "4711")


async def invited(database: Database, contact: int) -> str:
    async with database.transaction() as tx:
        return await People(tx).invite(contact, LATER)


async def redeem(database: Database, code: str, chat: tuple[str, str] = CHAT, now: datetime = NOW) -> int:
    async with database.transaction() as tx:
        return await People(tx).redeem(code, *chat, now)


async def bound(database: Database, base_id: str = BASE, chat: tuple[str, str] = CHAT) -> int:
    """A contact of a base whose chat is bound; its id."""
    contact = await running_base(database, base_id)
    await redeem(database, await invited(database, contact), chat)
    return contact


# Codes


async def test_a_code_has_128_bits_and_only_its_hash_is_kept(database: Database) -> None:
    contact = await running_base(database)
    codes = {await invited(database, contact) for _ in range(20)}
    assert len(codes) == 20
    assert all(len(bytes.fromhex(code)) == 16 for code in codes)
    async with database.transaction() as tx:
        stored = str((await tx.execute(select(tables.invites))).all())
    assert not any(code in stored for code in codes)


async def test_a_code_binds_a_chat_to_its_contact(database: Database) -> None:
    contact = await bound(database)
    async with database.transaction() as tx:
        assert await People(tx).chats_of_base(BASE) == [
            Chat(channel="telegram", external_id="4711", contact_id=contact)
        ]
        assert await People(tx).chats_of_base("base-x") == []


async def test_the_same_chat_may_send_its_code_again(database: Database) -> None:
    contact = await running_base(database)
    code = await invited(database, contact)
    assert await redeem(database, code) == await redeem(database, code) == contact


async def test_a_code_sent_again_does_not_forget_what_the_chat_is_on(database: Database) -> None:
    contact = await running_base(database)
    code = await invited(database, contact)
    await redeem(database, code)
    obligation = await opened(database, "2026-02")
    async with database.transaction() as tx:
        await People(tx).turn_to(*CHAT, obligation)
    await redeem(database, code)
    async with database.transaction() as tx:
        routed = await People(tx).route(*CHAT, 1)
    assert routed is not None
    assert routed.obligation_id == obligation


@pytest.mark.parametrize("chat", [("telegram", "4712"), ("wecom", "4711")])
async def test_a_code_is_used_by_one_chat_only(database: Database, chat: tuple[str, str]) -> None:
    contact = await running_base(database)
    code = await invited(database, contact)
    await redeem(database, code)
    with pytest.raises(NotFound, match=r"invite\.invalid"):
        await redeem(database, code, chat)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=1)])
async def test_a_code_expires(database: Database, late: timedelta) -> None:
    contact = await running_base(database)
    code = await invited(database, contact)
    with pytest.raises(NotFound, match=r"invite\.invalid"):
        await redeem(database, code, now=LATER + late)
    assert await redeem(database, code, now=LATER - timedelta(seconds=1)) == contact


@pytest.mark.parametrize("code", ["", "x", "0" * 32])
async def test_a_code_that_nobody_made_is_refused(database: Database, code: str) -> None:
    with pytest.raises(NotFound, match=r"invite\.invalid"):
        await redeem(database, code)


async def test_of_two_chats_that_send_a_code_at_once_one_gets_in(database: Database) -> None:
    code = await invited(database, await running_base(database))
    chats = [("telegram", str(i)) for i in range(5)]
    results = await asyncio.gather(*(redeem(database, code, c) for c in chats), return_exceptions=True)
    assert sum(isinstance(r, int) for r in results) == 1
    async with database.transaction() as tx:
        assert len(await People(tx).chats_of_base(BASE)) == 1


async def test_nobody_is_invited_who_does_not_exist(database: Database) -> None:
    with pytest.raises(NotFound, match=r"contact\.not_found"):
        await invited(database, 99)


async def test_a_chat_that_redeems_another_contacts_code_changes_over(database: Database) -> None:
    await bound(database)
    obligation = await opened(database, "2026-02")
    async with database.transaction() as tx:
        await People(tx).turn_to(*CHAT, obligation)
    other = await bound(database, OTHER_BASE)
    async with database.transaction() as tx:
        routed = await People(tx).route(*CHAT, 1)
    assert routed == Routed(contact_id=other, obligation_id=None, obligation_no=None, allowed=False)


# Routes


async def route(database: Database, update_id: int, chat: tuple[str, str] = CHAT) -> Routed | None:
    async with database.transaction() as tx:
        return await People(tx).route(*chat, update_id)


async def turn_to(database: Database, obligation_id: str | None) -> None:
    async with database.transaction() as tx:
        await People(tx).turn_to(*CHAT, obligation_id)


async def test_a_stranger_is_routed_nowhere_and_leaves_no_row(database: Database) -> None:
    assert await route(database, 1) is None
    async with database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from inbound")) == 0


async def test_an_update_goes_to_what_the_chat_is_on(database: Database) -> None:
    contact = await bound(database)
    obligation = await opened(database, "2026-02")
    first = await route(database, 1)
    assert first == Routed(contact_id=contact, obligation_id=None, obligation_no=None, allowed=False)
    await turn_to(database, obligation)
    second = await route(database, 2)
    assert second is not None
    assert (second.contact_id, second.obligation_id, second.allowed) == (contact, obligation, True)
    assert second.obligation_no is not None


async def test_a_redelivery_goes_where_the_update_went_the_first_time(database: Database) -> None:
    await bound(database)
    january, february = await opened(database, "2026-01"), await opened(database, "2026-02")
    await turn_to(database, january)
    first = await route(database, 1)
    assert first is not None
    await turn_to(database, february)
    assert await route(database, 1) == first
    second = await route(database, 2)
    assert second is not None
    assert second.obligation_id == february
    async with database.transaction() as tx:
        row = (await tx.execute(select(tables.inbound).where(tables.inbound.c.update_id == 1))).one()
    assert row.deliveries == 2


async def test_an_update_that_arrives_five_times_at_once_goes_one_way(database: Database) -> None:
    await bound(database)
    await turn_to(database, await opened(database, "2026-01"))
    results = await asyncio.gather(*(route(database, 1) for _ in range(5)))
    assert len(set(map(str, results))) == 1
    async with database.transaction() as tx:
        assert await tx.scalar(text("select deliveries from inbound")) == 5


async def test_the_same_number_on_two_channels_is_two_updates(database: Database) -> None:
    await bound(database)
    other = ("wecom", "zhang")
    await bound(database, OTHER_BASE, other)
    mine, theirs = await route(database, 1), await route(database, 1, other)
    assert mine is not None
    assert theirs is not None
    assert mine.contact_id != theirs.contact_id


async def test_a_contact_that_was_detached_may_not_answer_any_more(database: Database) -> None:
    contact = await bound(database)
    await turn_to(database, await opened(database, "2026-02"))
    async with database.transaction() as tx:
        await tx.execute(delete(tables.base_contacts).where(tables.base_contacts.c.contact_id == contact))
    routed = await route(database, 1)
    assert routed is not None
    assert not routed.allowed


async def test_a_chat_leaves_only_what_it_is_on(database: Database) -> None:
    await bound(database)
    january, february = await opened(database, "2026-01"), await opened(database, "2026-02")
    await turn_to(database, february)
    async with database.transaction() as tx:
        await People(tx).leave(*CHAT, january)
    still = await route(database, 1)
    assert still is not None
    assert still.obligation_id == february
    async with database.transaction() as tx:
        await People(tx).leave(*CHAT, february)
    left = await route(database, 2)
    assert left is not None
    assert left.obligation_id is None


async def test_contacts_are_attached_to_a_base_once(database: Database) -> None:
    contact = await running_base(database)
    async with database.transaction() as tx:
        await People(tx).attach(contact, BASE)
        assert await People(tx).of_base(BASE) == [contact]
        assert await People(tx).name(contact) == "示例联系人"
        assert await People(tx).exists(contact)
        assert not await People(tx).exists(contact + 1)


async def test_a_button_carries_the_short_number_of_its_obligation(database: Database) -> None:
    await running_base(database)
    first, second = await opened(database, "2026-01"), await opened(database, "2026-02")
    async with database.transaction() as tx:
        rows = Obligations(tx)
        assert (await rows.get(first)).no == 1
        assert (await rows.get(second)).no == 2
        with pytest.raises(NotFound):
            await rows.get("obligation-x")
