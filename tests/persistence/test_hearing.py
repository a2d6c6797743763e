"""Who at a base hears of what it owes: the contact, the assignee of a form, and whoever stands in for them."""

from sqlalchemy import update

from domain.terms import ContactRole, Recipient
from persistence import tables
from persistence.database import Database
from persistence.people import People
from tests.persistence.samples import BASE, opened, running_base
from tests.persistence.test_people import invited, redeem

CONTACT, DEPUTY, HEAD = Recipient.CONTACT, Recipient.DEPUTY, Recipient.HEAD


async def person(database: Database, role: ContactRole, *, bound: bool = True) -> int:
    """Somebody at the base, with a chat that has the contact's number."""
    async with database.transaction() as tx:
        contact = await People(tx).add(f"示例{role}")
        await People(tx).attach(contact, BASE, role)
    if bound:
        await redeem(database, await invited(database, contact), ("telegram", str(contact)))
    return contact


async def hear(database: Database, *recipients: Recipient, of: str | None = None) -> list[int]:
    async with database.transaction() as tx:
        return sorted(chat.contact_id for chat in await People(tx).chats_for(BASE, of, recipients))


async def hand(database: Database, obligation: str, to: int) -> None:
    async with database.transaction() as tx:
        table = tables.obligations
        await tx.execute(update(table).where(table.c.id == obligation).values(assignee=to))


async def test_the_contact_hears_and_when_it_is_late_the_others_too(database: Database) -> None:
    contact = await running_base(database)
    await redeem(database, await invited(database, contact))
    deputy = await person(database, ContactRole.DEPUTY)
    head = await person(database, ContactRole.HEAD)
    assert await hear(database, CONTACT) == [contact]
    assert await hear(database, CONTACT, DEPUTY) == [contact, deputy, head]
    assert await hear(database, CONTACT, HEAD) == [contact, head]
    assert await hear(database, Recipient.DEPARTMENT, Recipient.OFFICE) == []
    assert await hear(database) == []


async def test_the_deputy_stands_in_for_a_contact_without_a_chat_and_the_head_for_both(
    database: Database,
) -> None:
    await running_base(database)
    head = await person(database, ContactRole.HEAD)
    assert await hear(database, CONTACT) == [head]
    await person(database, ContactRole.DEPUTY, bound=False)
    assert await hear(database, CONTACT) == [head]
    deputy = await person(database, ContactRole.DEPUTY)
    assert await hear(database, CONTACT) == [deputy]


async def test_of_a_form_that_was_handed_over_its_assignee_hears_in_the_contacts_place(
    database: Database,
) -> None:
    contact = await running_base(database)
    await redeem(database, await invited(database, contact))
    deputy = await person(database, ContactRole.DEPUTY)
    obligation = await opened(database, "2022-01")
    await hand(database, obligation, deputy)
    assert await hear(database, CONTACT, of=obligation) == [deputy]
    assert await hear(database, CONTACT, DEPUTY, of=obligation) == [contact, deputy]
    assert await hear(database, CONTACT) == [contact], "of everything else nothing changes"


async def test_an_assignee_who_cannot_be_reached_or_is_not_of_the_base_hears_nothing(
    database: Database,
) -> None:
    contact = await running_base(database)
    await redeem(database, await invited(database, contact))
    obligation = await opened(database, "2022-01")
    for elsewhere in (await person(database, ContactRole.DEPUTY, bound=False), await stranger(database)):
        await hand(database, obligation, elsewhere)
        assert await hear(database, CONTACT, of=obligation) == [contact]


async def stranger(database: Database) -> int:
    """A contact of no base, with a chat."""
    async with database.transaction() as tx:
        contact = await People(tx).add("示例联系人")
    await redeem(database, await invited(database, contact), ("telegram", "4712"))
    return contact
