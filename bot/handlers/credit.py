"""信用: how the leads of a contact's bases stand, and the last entries of their accounts (A9)."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message, Update

from bot.credit_words import account
from bot.handlers.filters import Says
from bot.handlers.taps import answer
from bot.handlers.who import sender
from bot.reply import Reply
from bot.services import Services
from domain.calendar import business_day
from persistence.bases import Bases
from persistence.credit_accounts import CreditAccounts, LeadStands
from persistence.credit_entries import CreditEntry
from persistence.people import People

_SHOWN = 10
"""Entries of an account."""


async def my_credit(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """Each lead with its grade, its total, and why it has them."""
    who = sender(message, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
    if contact is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    told = [Reply(account(services.words, *known)) for known in await _accounts_of(services, contact)]
    await answer(message, *(told or [Reply(services.words.say("chat.base_none"))]))


async def _accounts_of(services: Services, contact: int) -> list[tuple[LeadStands, list[CreditEntry]]]:
    """One for each lead, however many of its bases the contact answers for."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        accounts = CreditAccounts(tx)
        leads = {row.lead: row.id for row in await Bases(tx).of_contact(contact, now)}
        stands = [
            await accounts.of_lead(await accounts.lead_of(base_id), business_day(now))
            for base_id in leads.values()
        ]
        return [
            (one, await accounts.entries_of(one.account_id, _SHOWN) if one.account_id else [])
            for one in stands
        ]


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(my_credit, Command("credit"))
    made.message.register(my_credit, Says("信用"))
    return made
