"""Who is speaking: the channel and the sender's id there."""

from typing import NamedTuple

from aiogram.types import CallbackQuery, Message, Update

from bot.reply import Reply
from bot.services import Services
from casework import applying
from domain.decisions import Actor, lead_actor
from domain.worklist import Official
from persistence.bases import BaseRow, Bases
from persistence.chats import Chats
from persistence.officials import Officials
from persistence.people import People


class Sender(NamedTuple):
    """Where an update came from; `update_id` makes its effects happen once."""

    channel: str
    external_id: str
    update_id: int

    @property
    def key(self) -> str:
        """The id of what this update does."""
        return f"{self.channel}:{self.update_id}"


def sender(event: Message | CallbackQuery, update: Update, channel: str) -> Sender:
    """The sender of an update."""
    user = event.from_user
    return Sender(channel, str(user.id) if user else "", update.update_id)


class Known(NamedTuple):
    """A contact, and the base in question, which is one of its own."""

    contact: int
    row: BaseRow

    @property
    def actor(self) -> Actor:
        """The contact as it acts for the applicant."""
        return lead_actor(self.contact)


async def known_for(services: Services, who: Sender, base_id: str) -> Known | None:
    """The sender with a base that is its own; None for a stranger's or another's."""
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        rows = await Bases(tx).of_contact(contact, services.clock.now()) if contact else []
    row = next((row for row in rows if row.id == base_id), None)
    return Known(contact, row) if contact and row else None


async def contact_behind(services: Services, who: Sender) -> int | None:
    """The contact whose chat this is; None for a stranger."""
    async with services.database.transaction() as tx:
        return await People(tx).contact_of(who.channel, who.external_id)


async def official_behind(services: Services, who: Sender, *, without_bases: bool = False) -> Official | None:
    """The office or member unit that somebody acts for, as it stands now; None for all others."""
    async with services.database.statement() as tx:
        return await Officials(tx, who.channel, who.external_id).official(without_bases=without_bases)


async def current(services: Services, who: Sender) -> Known | None:
    """The application that the chat is on, else the only one that waits for the applicant."""
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        on = await Chats(tx, who.channel, who.external_id).application()
        rows = await Bases(tx).of_contact(contact, services.clock.now()) if contact else []
    waiting = [row for row in rows if row.id == on] or [row for row in rows if applying.with_applicant(row)]
    return Known(contact, waiting[0]) if contact and len(waiting) == 1 else None


async def without_one(services: Services, who: Sender) -> Reply:
    """There is no application, or it is not known which."""
    contact = await contact_behind(services, who)
    return Reply(services.words.say("apply.which" if contact else "chat.stranger"))
