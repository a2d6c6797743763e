"""Who is speaking: the channel and the sender's id there."""

from typing import NamedTuple

from aiogram.types import CallbackQuery, Message, Update

from bot.services import Services
from domain.decisions import Actor
from domain.terms import Role
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


async def contact_behind(services: Services, who: Sender) -> int | None:
    """The contact whose chat this is; None for a stranger."""
    async with services.database.transaction() as tx:
        return await People(tx).contact_of(who.channel, who.external_id)


def as_lead(contact_id: int) -> Actor:
    """A contact acts for the applicant."""
    return Actor(role=Role.LEAD, id=f"contact:{contact_id}")
