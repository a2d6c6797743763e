"""Decisions in a chat: a button, the reason where one is needed, a yes, and what came of it.

Nothing that a button says is trusted: who taps it, and whether it waits for them, is asked of the database each time.
"""

import re
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, Update

from bot import render_office as words_of
from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.who import Sender, official_behind, sender
from bot.keyboards import ItemButton, PageButton, SureButton
from bot.reply import Reply
from bot.services import Services
from casework import deciding, worklist
from casework.settled import settled
from casework.worklist import Card
from domain.calendar import business_day
from domain.errors import DomainError, Stale
from domain.pending import Pending, Subject
from domain.worklist import Act, ItemKind, Needs, Official, needs
from persistence.officials import Officials
from persistence.people import Arrived

_COMMANDS = frozenset(
    {"待办", "待我办", "基地", "申报", "信用", "税收", "材料", "还缺", "还缺什么", "帮助", "?", "？", "取消"}
)
"""Words that are no reason, whatever waits for one."""
_ASKS = re.compile(r"(查|催)(\s.*)?", re.DOTALL)


class Awaited(Filter):
    """What is typed where a decision waits for its reason."""

    async def __call__(
        self,
        message: Message,
        services: Services,
        channel: str,
        event_update: Update,
        arrived: Arrived | None = None,
    ) -> bool | dict[str, Any]:
        """The decision, for the handler. What was the reason once is it again when it is delivered again."""
        if arrived is None or arrived.deciding is None:
            return False
        text = (message.text or "").strip()
        if (
            not text
            or text.startswith("/")
            or (text in _COMMANDS and text != "取消")
            or _ASKS.fullmatch(text)
        ):
            return False
        who = sender(message, event_update, channel)
        pending = Pending.model_validate(arrived.deciding)
        if who.update_id < pending.asked:
            return False
        again = pending.ready == who.update_id or (
            text == "取消" and pending.outcome == services.words.say("office.cancelled")
        )
        return {"pending": pending} if again or pending.takes_text(services.clock.now()) else False


async def leave(services: Services, who: Sender) -> None:
    """Whatever waited for a reason or a yes is not decided any more."""
    async with services.database.transaction() as tx:
        words = services.words.say("office.cancelled")
        await Officials(tx, who.channel, who.external_id).leave(words, services.clock.now(), who.update_id)


async def gone(services: Services, official: Official, kind: ItemKind, ref: str) -> Reply:
    """It does not wait any more: who has decided what, and what waits next."""
    by = await settled(services.casework, official, kind, ref)
    said = words_of.settled(services.words, by)
    following = await worklist.next_card(services.casework, official, (kind, ref))
    if following is None:
        return Reply(f"{said}\n{services.words.say('office.no_other')}")
    return words_of.card(services.words, official, following, services.public_url, said, "")


async def begin(services: Services, official: Official, who: Sender, data: ItemButton) -> Reply:
    """Ask for the reason, or whether it is meant."""
    try:
        deciding.check_may_decide(official)
    except DomainError as e:
        return Reply(services.words.refusal(e.refusal))
    async with services.database.transaction() as tx:
        known = await Officials(tx, who.channel, who.external_id).pending()
    if known and known.asked == who.update_id:
        return words_of.asked(services.words, _as_asked(known))
    found = await worklist.card(services.casework, official, data.kind, data.ref)
    if found is None:
        return await gone(services, official, data.kind, data.ref)
    if found.item.mark != data.mark or data.act not in found.acts:
        return words_of.card(
            services.words, official, found, services.public_url, services.words.say("office.changed")
        )
    return await _keep(services, who, _pending(services, who, found, data.act))


def _as_asked(pending: Pending) -> Pending:
    """The question as it was first put: without what was typed since."""
    if pending.needs is Needs.NOTHING:
        return pending
    return pending.model_copy(update={"ready": None, "prompt": pending.first_prompt})


def _pending(services: Services, who: Sender, found: Card, act: Act) -> Pending:
    item = found.item
    named = {"name": words_of.name_of(services.words, item), "detail": found.detail, "what": item.what}
    wanted = needs(item.kind, act)
    pending = Pending(
        subjects=(Subject(kind=item.kind, ref=item.ref, mark=item.mark, **named),),
        act=act,
        needs=wanted,
        asked=who.update_id,
        asked_at=services.clock.now(),
        ready=who.update_id if wanted is Needs.NOTHING else None,
    )
    words = words_of.prompt(services.words, pending)
    return pending.model_copy(update={"prompt": words, "first_prompt": words})


async def _keep(services: Services, who: Sender, pending: Pending) -> Reply:
    """It waits now, unless it comes late and something newer does."""

    def newer(known: Pending | None) -> Pending | None:
        late = known is not None and known.asked > pending.asked and known.open_at(pending.asked_at)
        return known if late else pending

    async with services.database.transaction() as tx:
        await Officials(tx, who.channel, who.external_id).change(newer)
    return words_of.asked(services.words, pending)


async def typed(
    message: Message, pending: Pending, services: Services, channel: str, event_update: Update
) -> None:
    """The reason, the items or the paper: repeated, for a yes."""
    who, text = sender(message, event_update, channel), (message.text or "").strip()
    official = await official_behind(services, who)
    if official is None:
        await answer(message, Reply(services.words.say("chat.not_yours")))
        return
    if text == "取消":
        await leave(services, who)
        await answer(message, Reply(services.words.say("office.cancelled")))
        return
    try:
        deciding.check_may_decide(official)
        today = business_day(services.clock.now())
        said = deciding.check_typed(pending.subject, pending.needs, text, today)
    except DomainError as e:
        await answer(message, Reply(services.words.refusal(e.refusal)))
        return
    words = words_of.sure_of(services.words, pending, said)
    ready = pending.model_copy(update={"text": text, "ready": who.update_id, "prompt": words})
    await _typed(services, who, ready)
    await answer(message, words_of.asked(services.words, ready))


async def _typed(services: Services, who: Sender, ready: Pending) -> None:
    """What was typed last counts; nothing changes what has been decided."""

    def newest(known: Pending | None) -> Pending | None:
        if known is None or known.asked != ready.asked or known.outcome is not None:
            return known
        return known if known.ready and known.ready > who.update_id else ready

    async with services.database.transaction() as tx:
        await Officials(tx, who.channel, who.external_id).change(newest)


async def all_of_page(
    callback: CallbackQuery,
    callback_data: PageButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """Every report of a page that came on time and leaves no doubt, for one yes."""
    who = sender(callback, event_update, channel)
    official = await official_behind(services, who)
    if official is None:
        await refuse(callback, services, who)
        return
    async with services.database.transaction() as tx:
        known = await Officials(tx, who.channel, who.external_id).pending()
    if known and known.asked == who.update_id:
        await reply_to(callback, words_of.asked(services.words, known))
        return
    try:
        deciding.check_may_decide(official)
    except DomainError as e:
        await reply_to(callback, Reply(services.words.refusal(e.refusal)))
        return
    await reply_to(callback, await _all(services, official, who, callback_data.page))


async def _all(services: Services, official: Official, who: Sender, number: int) -> Reply:
    page, say = await worklist.page(services.casework, official, number), services.words.say
    subjects, lines, left = [], [], []
    for item in (item for item in page.items if item.kind is ItemKind.REPORT):
        found = await worklist.card_of(services.casework, official, item)
        doubts = len(found.report.doubts) if found and found.report else 0
        name = words_of.name_of(services.words, item)
        if doubts or not item.on_time:
            why = say("office.all_doubts", count=doubts) if doubts else say("office.late")
            left.append(say("office.all_left", what=name, why=why))
            continue
        subjects.append(Subject(kind=item.kind, ref=item.ref, mark=item.mark, name=name, what=item.what))
        lines.append(say("office.all_line", what=name))
    if not subjects:
        return Reply("\n".join([say("office.all_none"), *left]))
    words = "\n".join([say("office.all_head", count=len(subjects)), *lines, *left])
    pending = Pending(
        subjects=tuple(subjects),
        act=Act.ALL,
        needs=Needs.NOTHING,
        asked=who.update_id,
        asked_at=services.clock.now(),
        ready=who.update_id,
        prompt=words,
    )
    return await _keep(services, who, pending)


async def sure(
    callback: CallbackQuery,
    callback_data: SureButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """Yes or no. The decision is taken once, however often somebody says yes."""
    who = sender(callback, event_update, channel)
    official = await official_behind(services, who)
    if official is None:
        await refuse(callback, services, who)
        return
    async with services.database.transaction() as tx:
        pending = await Officials(tx, who.channel, who.external_id).pending()
    if pending is None or pending.ready != callback_data.no:
        await reply_to(callback, Reply(services.words.say("office.sure_gone")))
        return
    if pending.outcome is None:
        outcome = await _outcome(services, official, who, pending, sure=callback_data.sure)
        pending = await _finish(services, who, pending, outcome)
    await reply_to(callback, words_of.decided(services.words, pending))


async def _finish(services: Services, who: Sender, pending: Pending, outcome: str) -> Pending:
    """What came of it stays for whoever says yes again."""

    def ended(known: Pending | None) -> Pending | None:
        if known is None or known.ready != pending.ready or known.outcome is not None:
            return known
        return known.model_copy(update={"outcome": outcome})

    async with services.database.transaction() as tx:
        await Officials(tx, who.channel, who.external_id).change(ended)
    return pending.model_copy(update={"outcome": outcome})


async def _outcome(
    services: Services, official: Official, who: Sender, pending: Pending, *, sure: bool
) -> str:
    say = services.words.say
    if not pending.open_at(services.clock.now()):
        return say("office.expired")
    if not sure:
        return say("office.cancelled")
    update_id = f"{who.channel}:{pending.ready}"
    if pending.act is not Act.ALL:
        return await _one(services, official, pending.subject, pending, update_id)
    done, failed = [], []
    for subject in pending.subjects:
        said = await _refusal(services, official, subject, pending, f"{update_id}:{subject.ref}")
        if said is None:
            done.append(say("office.all_line", what=subject.name))
        else:
            failed.append(say("office.all_failed", what=subject.name, why=said))
    return "\n".join([say("office.all_done", count=len(done)), *done, *failed])


async def _one(
    services: Services, official: Official, subject: Subject, pending: Pending, update_id: str
) -> str:
    said = await _refusal(services, official, subject, pending, update_id)
    if said is not None:
        return said
    act = words_of.act_name(services.words, subject.kind, pending.act, subject.detail)
    return services.words.say("office.done", what=subject.name, act=act)


async def _refusal(
    services: Services, official: Official, subject: Subject, pending: Pending, update_id: str
) -> str | None:
    """Take one decision; why it could not be taken. None if it was."""
    act = Act.PASS if pending.act is Act.ALL else pending.act
    try:
        await deciding.take_if_the_same(services.casework, official, subject, act, pending.text, update_id)
    except DomainError as e:
        said = services.words.refusal(e.refusal)
        by = await settled(services.casework, official, subject.kind, subject.ref) if _faster(e) else None
        return f"{said}\n{words_of.settled(services.words, by)}" if by else said
    return None


def _faster(error: DomainError) -> bool:
    """Whether somebody else may have been."""
    return isinstance(error, Stale) and error.refusal.code != "deciding.changed"


def router() -> Router:
    """Handlers of this module; asked before those whose words a reason may begin with."""
    made = Router()
    made.message.register(typed, Awaited())
    made.callback_query.register(all_of_page, PageButton.filter())
    made.callback_query.register(sure, SureButton.filter())
    return made
