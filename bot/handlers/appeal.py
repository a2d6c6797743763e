"""申诉: the lead does not agree with the grade that it was told of."""

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message, Update

from bot.handlers.who import contact_behind, sender
from bot.services import Services
from casework.assessing import MOST_CHARACTERS, WrittenAppeal, decide
from domain.assessment_decisions import AssessmentDecisionKind
from domain.calendar import shown_end
from domain.decisions import lead_actor
from domain.errors import DomainError
from persistence.assessments import AssessmentRow, Assessments

WORD = "申诉"


class Appeals(Filter):
    """「申诉」, with or without a reason after it."""

    async def __call__(self, message: Message) -> bool:
        """Whether it begins with that word."""
        return (message.text or "").strip().startswith(WORD)


async def appeal(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """File the appeal, or tell against what one can be filed and how."""
    who = sender(message, event_update, channel)
    contact = await contact_behind(services, who)
    if contact is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    async with services.database.transaction() as tx:
        open_ones = await Assessments(tx).appealable(contact, services.clock.now())
    said = (message.text or "").strip().removeprefix(WORD).strip(" ：:，,\n")
    one, reason = _chosen(open_ones, said)
    if one is None or not reason:
        await message.answer(_help(services, open_ones))
        return
    await message.answer(await _file(services, one, reason, contact, who.key))


def _chosen(open_ones: list[AssessmentRow], said: str) -> tuple[AssessmentRow | None, str]:
    """Which, and why. Of several the number of the one that is meant comes first."""
    if len(open_ones) < 2:
        return (open_ones[0] if open_ones else None), said
    number, _, reason = said.partition(" ")
    n = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    return (open_ones[n - 1], reason.strip()) if 0 < n <= len(open_ones) else (None, said)


def _help(services: Services, open_ones: list[AssessmentRow]) -> str:
    say = services.words.say
    if not open_ones:
        return say("chat.appeal_none")
    lines = [
        say(
            "chat.appeal_line_filed" if one.appealed_at else "chat.appeal_line",
            n=n,
            base=one.base_name,
            year=one.year,
            grade=one.grade,
            last=_last(one),
        )
        for n, one in enumerate(open_ones, 1)
    ]
    return "\n".join([*lines, say("chat.appeal_how" if len(open_ones) == 1 else "chat.appeal_which")])


def _last(one: AssessmentRow) -> str:
    return shown_end(one.appeal_until) if one.appeal_until else ""


async def _file(services: Services, one: AssessmentRow, reason: str, contact: int, key: str) -> str:
    if len(reason) > MOST_CHARACTERS:
        return services.words.say("chat.appeal_too_long", length=len(reason), most=MOST_CHARACTERS)
    written = WrittenAppeal(kind=AssessmentDecisionKind.APPEAL, reason=reason)
    try:
        await decide(services.database, services.gateway, one.id, written, lead_actor(contact), key)
    except DomainError as e:
        return services.words.refusal(e.refusal)
    return services.words.say("chat.appeal_filed", base=one.base_name, year=one.year)


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(appeal, Appeals())
    return made
