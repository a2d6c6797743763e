"""A form's view as a reply; where files are asked for, with a link for chats in which they cannot be sent."""

from datetime import UTC, datetime

from bot.reply import Reply
from bot.services import Services
from casework.evidence_links import Allowed, link_for
from domain.calendar import last_day_before
from domain.forms.questions import AnswerKind
from domain.forms.registry import FORMS
from domain.views import Mode, View


async def shown(services: Services, view: View, no: int, contact: int) -> Reply:
    """What the form of obligation number `no` shows this contact now."""
    reply = services.renderer.view(view, no)
    if view.mode is not Mode.ASKING or not _asks_for_files(view):
        return reply
    link = await link_for(services.database, Allowed(no, contact), datetime.now(UTC))
    address = f"{services.public_url}/evidence/{link.token}"
    said = services.words.say("papers.link", link=address, last=last_day_before(link.expires_at))
    return reply._replace(text=f"{reply.text}\n{said}")


def _asks_for_files(view: View) -> bool:
    question = FORMS[view.kind].by_key.get(view.question or "")
    return question is not None and question.kind is AnswerKind.EVIDENCE
