"""Notices through the bots of the channels that are configured."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import BufferedInputFile

from bot.render import Renderer
from bot.render_digest import digest
from bot.reply import Reply
from domain.calendar import BusinessTime, shown_end
from domain.delivery import Also, Attachment, SlowDownError, UnreachableError
from domain.lifecycle import Step
from domain.picture import Picture
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


@contextmanager
def _refusals() -> Iterator[None]:
    """How a platform refuses, in our words."""
    try:
        yield
    except TelegramRetryAfter as e:
        raise SlowDownError(e.retry_after) from e
    except (TelegramForbiddenError, TelegramBadRequest) as e:
        raise UnreachableError(str(e)) from e


class BotMessenger:
    """Puts a notice into words and sends it with the channel's bot."""

    def __init__(
        self, bots: Mapping[str, Bot], database: Database, renderer: Renderer, clock: BusinessTime
    ) -> None:
        self._bots, self._database, self._renderer, self.clock = bots, database, renderer, clock

    async def send(
        self,
        channel: str,
        external_id: str,
        notice: Notice,
        obligation_no: int | None,
        also: Sequence[Also] = (),
    ) -> None:
        """Send. Raises SlowDownError or UnreachableError as the platform answers."""
        bot = self._bot(channel)
        reply = (
            await self._several(notice, obligation_no, also)
            if also
            else await self._reply(notice, obligation_no)
        )
        await self._say(bot, external_id, reply)

    async def send_picture(self, channel: str, external_id: str, picture: Picture) -> None:
        """The main numbers of a period. Raises as `send`."""
        await self._say(self._bot(channel), external_id, digest(self._renderer.words, picture))

    async def send_file(self, channel: str, external_id: str, file: Attachment) -> None:
        """A picture to be looked at, or a document. Raises as `send`."""
        bot, content = self._bot(channel), BufferedInputFile(file.content, file.name)
        with _refusals():
            if file.is_picture:
                await bot.send_photo(int(external_id), content)
            else:
                await bot.send_document(int(external_id), content)

    def _bot(self, channel: str) -> Bot:
        bot = self._bots.get(channel)
        if bot is None:
            raise UnreachableError(f"channel {channel} is not configured")
        return bot

    async def _say(self, bot: Bot, external_id: str, reply: Reply) -> None:
        with _refusals():
            for part in reply.parts:
                await bot.send_message(int(external_id), part.text, reply_markup=part.markup)

    async def _several(self, notice: Notice, no: int | None, also: Sequence[Also]) -> Reply:
        """Everything that is due to this person today, in one message."""
        told = [(notice, no), *also]
        async with self._database.transaction() as tx:
            names = await Bases(tx).names({one.base_id for one, _ in told if one.base_id})
        return self._renderer.several([(one, names[one.base_id or ""], no) for one, no in told])

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
