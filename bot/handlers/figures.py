"""税收: what the tax credit and the training money of a contact's enterprises come to, with the arithmetic (A6)."""

from datetime import date

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message, Update

from bot.handlers.filters import Says
from bot.handlers.taps import answer
from bot.handlers.who import sender
from bot.reply import Reply
from bot.services import Services
from bot.words import Words
from domain.calendar import business_day
from domain.policy.source import on
from domain.policy.tax import FRONT_LINE_PERCENT, TAX, TaxCase, TaxYear
from persistence.people import People
from persistence.tax import Taxes


async def taxes(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """The last year that each enterprise reported."""
    who = sender(message, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        through = business_day(services.clock.now()).year
        cases = await Taxes(tx).cases(through, contact=contact) if contact else []
    if contact is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    told = [Reply(explained(services.words, case)) for case in cases]
    await answer(message, *(told or [Reply(services.words.say("tax.none"))]))


def explained(words: Words, case: TaxCase) -> str:
    """The newest year of an enterprise, line by line."""
    years = case.years()
    if not years:
        return words.say("tax.not_reported", lead=case.lead)
    year = years[-1]
    head = words.say("tax.head", lead=case.lead, year=year.year, standing=case.standing, clause=TAX.cite())
    remarks = [words.say("tax.remark", remark=remark) for remark in year.remarks]
    lines = [words.say("tax.line", **line.model_dump()) for line in year.lines]
    return "\n".join([head, *remarks, *lines, _front_line(words, year)])


def _front_line(words: Words, year: TaxYear) -> str:
    if year.enough is None:
        return words.say("tax.no_funds")
    percent = on(FRONT_LINE_PERCENT, date(year.year, 12, 31)).value
    return words.say("tax.enough" if year.enough else "tax.not_enough", percent=percent)


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(taxes, Command("tax"))
    made.message.register(taxes, Says("税收"))
    return made
