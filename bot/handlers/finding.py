"""查 and 催: where a base stands, whom it waits for and since when; and a nudge for those."""

import re
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, Update

from bot.handlers.deciding import leave
from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.who import Sender, contact_behind, official_behind, sender
from bot.keyboards import Button, FoundButton, UrgeButton, keyboard
from bot.phrases import fitting
from bot.render_form import BUTTON_LIMIT
from bot.reply import Reply
from bot.services import Services
from casework import urging
from casework.urging import Owing
from domain.base import NOBODY
from domain.calendar import business_day, last_day_before, shown_end
from domain.errors import DomainError
from domain.terms import OWED, ObligationState
from domain.worklist import Official
from persistence.bases import BaseRow, Bases
from persistence.finding import Bound, Finding
from persistence.obligations import ObligationFilter, ObligationRow, Obligations

MOST_HITS = 6
_MOST_URGED = 5
_MOST_ROWS = 200
_SAID = re.compile(r"(查|催)(?:[\s：:]++(.{1,60}))?", re.DOTALL)
_OPEN = OWED | {ObligationState.SUBMITTED, ObligationState.REOPENING}


class Asks(Filter):
    """「查 名称」 from whoever is known, 「催 名称」 from an office: an answer that begins with such a word is none of it."""

    async def __call__(
        self, message: Message, services: Services, channel: str, event_update: Update
    ) -> bool | dict[str, Any]:
        """Who asks, and for what, for the handler."""
        match = _SAID.fullmatch((message.text or "").strip())
        if match is None:
            return False
        who = sender(message, event_update, channel)
        official, contact = await official_behind(services, who), await contact_behind(services, who)
        if contact is None or (match[1] == "催" and official is None):
            return False
        return {"official": official, "contact": contact, "word": match[1], "said": (match[2] or "").strip()}


async def find(
    message: Message,
    official: Official | None,
    contact: int,
    word: str,
    said: str,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """The only base that fits, or those that do."""
    who = sender(message, event_update, channel)
    if official:
        await leave(services, who)
    if not said:
        await answer(message, Reply(services.words.say("urging.how" if word == "催" else "find.how")))
        return
    async with services.database.transaction() as tx:
        found = await Finding(tx, official, contact).bases(said, MOST_HITS + 1)
    if len(found) == 1:
        await answer(message, await _only(services, official, found[0].id, who, word))
        return
    say = services.words.say
    if not found:
        await answer(message, Reply(say("find.none", said=said)))
        return
    lines = [say("find.which", said=said)]
    for n, one in enumerate(found[:MOST_HITS], 1):
        lines.append(say("find.line", n=n, base=one.name, number=one.code, stage=one.stage))
    if len(found) > MOST_HITS:
        lines.append(say("find.more"))
    buttons = [
        Button(f"{n}. {one.name}"[:BUTTON_LIMIT], FoundButton(base_id=one.id))
        for n, one in enumerate(found[:MOST_HITS], 1)
    ]
    await answer(message, Reply("\n".join(lines), keyboard(buttons, row=1)))


async def _only(services: Services, official: Official | None, base_id: str, who: Sender, word: str) -> Reply:
    """Its card; 「催」 nudges at once where there is only one thing to nudge about."""
    reply = await card(services, official, base_id)
    if word == "查" or official is None:
        return reply
    subjects = await _subjects(services, official, base_id)
    if len(subjects) == 1:
        return await _urged(services, official, base_id, subjects[0], who)
    return reply


async def _owing(services: Services, base: BaseRow) -> list[Owing]:
    async with services.database.transaction() as tx:
        rows = await Obligations(tx).find(ObligationFilter(base=base.id), limit=_MOST_ROWS)
    waiting = [row for row in rows if row.state in _OPEN]
    found = await urging.owing(services.casework, base, sorted(waiting, key=lambda row: (row.due, row.id)))
    return [one for one in found if one.waits_for != NOBODY]


async def _base(services: Services, base_id: str) -> BaseRow:
    async with services.database.transaction() as tx:
        return await Bases(tx).get(base_id, services.clock.now())


async def _subjects(services: Services, official: Official, base_id: str) -> list[int]:
    """What there is to nudge about: the base (0), and its reports by number."""
    base = await _base(services, base_id)
    step = [0] if set(urging.parties_of(base)) - {official.unit} else []
    return step + [o.row.no for o in await _owing(services, base) if o.waits_for != official.unit]


async def card(services: Services, official: Official | None, base_id: str) -> Reply:
    """Where a base stands. No names of people, no telephone numbers."""
    base = await _base(services, base_id)
    owing = await _owing(services, base)
    async with services.database.transaction() as tx:
        bound = await Finding(tx, official, 0).bound(base_id)
    head = "\n".join(_head(services, base, bound))
    lines = [_owed(services, one.row, one.waits_for) for one in owing]
    text = fitting(services.words, head, lines, "office.rest")
    return Reply(text, keyboard(await _buttons(services, official, base, owing), row=2))


def _head(services: Services, base: BaseRow, bound: Bound) -> list[str]:
    say = services.words.say
    due = say("find.due", due=shown_end(base.next_due)) if base.next_due else ""
    known = say("find.bound", bound=bound.bound, total=bound.total) if bound.bound else say("find.unbound")
    since = business_day(base.since)
    return [
        say("find.card", base=base.name, number=base.code),
        say("find.lead", lead=base.lead, level=base.level, city=base.city),
        say("find.stage", stage=base.stage, step=base.step),
        say("find.waiting", waiting=base.waiting_for, since=since, due=due),
        say("find.grade", grade=base.credit_grade or "—", bound=known),
    ]


def _owed(services: Services, row: ObligationRow, waits_for: str) -> str:
    named = services.words.named({"period": row.period, "kind": row.kind})
    known = {"state": row.state, "waiting": waits_for, **named}
    until = row.due if row.state in OWED else row.review_until
    if until is None:
        return services.words.say("find.owed_no_due", **known)
    return services.words.say("find.owed", due=last_day_before(until), **known)


async def _buttons(
    services: Services, official: Official | None, base: BaseRow, owing: list[Owing]
) -> list[Button]:
    if official is None or not official.may_decide:
        return []
    say, made = services.words.say, []
    if set(urging.parties_of(base)) - {official.unit}:
        made.append(Button(say("find.button_urge"), UrgeButton(base_id=base.id)))
    for one in owing:
        if one.waits_for != official.unit:
            named = services.words.named({"period": one.row.period, "kind": one.row.kind})
            label = say("find.button_urge_report", **named)
            made.append(Button(label[:BUTTON_LIMIT], UrgeButton(base_id=base.id, no=one.row.no)))
    return made[:_MOST_URGED]


async def found(
    callback: CallbackQuery,
    callback_data: FoundButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """The card of one of several."""
    who = sender(callback, event_update, channel)
    official, contact = await official_behind(services, who), await contact_behind(services, who)
    if contact is None:
        await refuse(callback, services, who)
        return
    async with services.database.transaction() as tx:
        seen = await Finding(tx, official, contact).sees(callback_data.base_id)
    if not seen:
        await reply_to(callback, Reply(services.words.say("find.not_found")))
        return
    await reply_to(callback, await card(services, official, callback_data.base_id))


async def urge(
    callback: CallbackQuery,
    callback_data: UrgeButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """「催」 under a card."""
    who = sender(callback, event_update, channel)
    official = await official_behind(services, who)
    if official is None:
        await refuse(callback, services, who)
        return
    await reply_to(callback, await _urged(services, official, callback_data.base_id, callback_data.no, who))


async def _urged(services: Services, official: Official, base_id: str, no: int, who: Sender) -> Reply:
    work, days = services.casework, services.days
    try:
        if no:
            done = await urging.urge_report(work, days, official, no, who.key)
        else:
            done = await urging.urge_base(work, days, official, base_id, who.key)
    except DomainError as e:
        return Reply(services.words.refusal(e.refusal))
    return Reply(services.words.say("urging.done", to=done.to, what=done.what, day=done.day))


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(find, Asks())
    made.callback_query.register(found, FoundButton.filter())
    made.callback_query.register(urge, UrgeButton.filter())
    return made
