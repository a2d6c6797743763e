"""Notices through the bots of the channels that are configured."""

from collections.abc import Mapping

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter

from bot.render import Renderer
from bot.reply import Reply
from domain.calendar import BusinessTime, shown_end
from domain.delivery import SlowDownError, UnreachableError
from domain.lifecycle import Step
from domain.views import Notice, NoticeKind
from persistence.bases import Bases
from persistence.database import Database

_TRUE_AT = {
    NoticeKind.APPLICATION_OPEN: Step.PREPARING,
    NoticeKind.PILOT_OVER: Step.CERTIFICATION_DUE,
    NoticeKind.RETURNED: Step.FORMAL_REVIEW,
    NoticeKind.OFFERED: Step.OFFERED,
    NoticeKind.EXTENDED: Step.PREPARING,
}
"""Notices that ask for something name the deadline of a step: once it is over they would mislead."""


class BotMessenger:
    """Puts a notice into words and sends it with the channel's bot."""

    def __init__(
        self, bots: Mapping[str, Bot], database: Database, renderer: Renderer, clock: BusinessTime
    ) -> None:
        self._bots, self._database, self._renderer, self.clock = bots, database, renderer, clock

    async def send(self, channel: str, external_id: str, notice: Notice, obligation_no: int | None) -> None:
        """Send. Raises SlowDownError or UnreachableError as the platform answers."""
        bot = self._bots.get(channel)
        if bot is None:
            raise UnreachableError(f"channel {channel} is not configured")
        reply = await self._reply(notice, obligation_no)
        try:
            for part in reply.parts:
                await bot.send_message(int(external_id), part.text, reply_markup=part.markup)
        except TelegramRetryAfter as e:
            raise SlowDownError(e.retry_after) from e
        except (TelegramForbiddenError, TelegramBadRequest) as e:
            raise UnreachableError(str(e)) from e

    async def _reply(self, notice: Notice, obligation_no: int | None) -> Reply:
        """The notice in words. Raises UnreachableError if it is not true any more."""
        if notice.base_id is None:
            return self._renderer.notice(notice, "", None)
        async with self._database.transaction() as tx:
            base = await Bases(tx).get(notice.base_id, self.clock.now())
        if notice.kind in _TRUE_AT and base.step != _TRUE_AT[notice.kind]:
            raise UnreachableError(f"{notice.kind} comes too late: the base is at {base.step}")
        due = shown_end(base.next_due) if base.next_due else ""
        params = {"stage": base.stage, "due": due}
        complete = notice.model_copy(update={"params": params | notice.params})
        return self._renderer.notice(complete, base.name, obligation_no, in_round=base.in_round)
