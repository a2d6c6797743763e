"""What goes out to members: each message once, also when it is tried again, and never more than the platform delivers."""

import asyncio
import hashlib
import logging
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import NamedTuple

from bot.channels.wecom.account import (
    BUSY,
    TOO_OFTEN,
    WeComAwayError,
    WeComError,
    is_setting,
    task_is_known,
)
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.cards import LABEL, Button, Lines, Message, Text, lay_out, numbered, shorten
from bot.channels.wecom.subjects import subject_of
from bot.words import Words
from persistence.database import Database
from persistence.wecom import WeComInbox
from persistence.wecom_messages import Limit, Part, Reserved, Sent, TooManyError, WeComMessages

_SLACK = timedelta(seconds=10)
"""As long as a request may take: so much later than it was counted a message may be delivered."""

LIMITS = (Limit(30, timedelta(minutes=1) + _SLACK), Limit(1000, timedelta(hours=1) + _SLACK))
"""What a member may get from one app. WeCom drops what is beyond without a word: it is counted here before it goes."""

_LOG = logging.getLogger(__name__)


class File(NamedTuple):
    """A file for a member: an `image` to be looked at, or a `file`."""

    kind: str
    name: str
    content: bytes

    @property
    def buttons(self) -> tuple[Button, ...]:
        """None."""
        return ()


class Outbox:
    """Sends and freezes. Raises WeComError, WeComAwayError and TooManyError."""

    def __init__(
        self, api: WeComApi, database: Database, words: Words, limits: Sequence[Limit] = LIMITS
    ) -> None:
        self.api, self._database, self._words, self._limits = api, database, words, limits
        self._afterwards: set[asyncio.Task[None]] = set()

    async def settled(self) -> None:
        """Wait until old cards are frozen: the reply does not."""
        await asyncio.gather(*self._afterwards, return_exceptions=True)

    async def say(self, person: int, text: str, buttons: Sequence[Button]) -> int:
        """A text with its buttons; the number of the message that the buttons are under."""
        if self.api.account.linked:
            messages = numbered(text, buttons)
        else:
            messages = lay_out(text, buttons, self._words.say("wecom.choose"))
        said = repr((text, [tuple(button) for button in buttons]))
        return await self._send(person, said.encode(), messages)

    async def send_file(self, person: int, file: File, caption: str) -> int:
        """A file, after its caption."""
        before = numbered(caption, ()) if caption else []
        content = repr((file.kind, file.name, caption)).encode() + file.content
        return await self._send(person, content, [*before, file])

    async def _send(self, person: int, content: bytes, messages: Sequence[Message | File]) -> int:
        userid, reserved = await self._reserve(person, content, messages)
        try:
            for message, sent in zip(messages, reserved, strict=True):
                if sent.state != "sent":
                    await self._send_one(userid, message, sent)
        except (
            BaseException
        ) as e:  # also where this process is being stopped: whoever tries again goes on from here
            await self._failed(reserved[0].together, e)
            raise
        if any(message.buttons for message in messages):
            self._later(self._freeze_older(userid, person, reserved))
        return reserved[-1].id

    async def _reserve(self, person: int, content: bytes, messages: Sequence[Message | File]) -> Reserved:
        subject = subject_of(button.data for message in messages for button in message.buttons)
        parts = [
            Part(
                subject=subject if message.buttons else None,
                buttons=tuple(message.buttons),
                text_digest=_digest(message.text.encode()) if isinstance(message, Text | Lines) else None,
            )
            for message in messages
        ]
        async with self._database.transaction() as tx:
            found = await WeComMessages(tx).reserve(person, _digest(content), parts, self._limits)
        if found is None:
            raise WeComError(40003, "nobody has this number")
        return found

    async def _send_one(self, userid: str, message: Message | File, sent: Sent) -> None:
        body = (
            await self._uploaded(message, sent)
            if isinstance(message, File)
            else message.body(f"jb-{sent.id}", sent.nth)
        )
        try:
            code = await self.api.send(userid, body)
        except WeComError as e:
            if not task_is_known(e):
                raise
            # Nobody else uses this id: it is the card whose answer was lost, and it was delivered.
            _LOG.info("message %s had been delivered before: %s", sent.id, e)
            code = None
        async with self._database.statement() as tx:
            await WeComMessages(tx).went(sent.id, code)

    async def _uploaded(self, file: File, sent: Sent) -> dict[str, object]:
        """Uploaded once: with another media id the same file would be another message."""
        media_id = sent.media_id or await self.api.upload(file.kind, file.name, file.content)
        if sent.media_id is None:
            async with self._database.transaction() as tx:
                await WeComMessages(tx).uploaded(sent.id, media_id)
        return {"msgtype": file.kind, file.kind: {"media_id": media_id}}

    async def _failed(self, together: int, error: BaseException) -> None:
        """What may be tried again stays due; what the platform refuses for good is forgotten, and not counted."""
        async with self._database.transaction() as tx:
            messages = WeComMessages(tx)
            if isinstance(error, WeComError) and not _is_passing(error):
                await messages.give_up(together)
            else:
                await messages.put_off(together, refused=isinstance(error, WeComError))

    # Freezing

    async def tapped(self, userid: str, card: Sent, data: str, response_code: str | None) -> None:
        """The card says what was chosen; others that were sent with it, that something else was."""
        async with self._database.transaction() as tx:
            sent = await WeComMessages(tx).together(card.together)
        chosen = self._words.say("wecom.chosen", label=card.label_of(data))
        if not card.frozen and response_code:
            await self._freeze(userid, [(card.id, response_code)], shorten(chosen, LABEL))
        others = [(s.id, s.response_code) for s in sent if s.id != card.id and not s.frozen]
        await self._freeze(userid, others, self._words.say("wecom.other_chosen"))

    async def withdraw(self, person: int, number: int) -> None:
        """The buttons of a message, and of those that were sent with it, do not work any more."""
        async with self._database.transaction() as tx:
            userid, card = await WeComInbox(tx).userid(person), await WeComMessages(tx).get(number)
            sent = await WeComMessages(tx).together(card.together) if card else []
        still = [(s.id, s.response_code) for s in sent if not s.frozen]
        await self._freeze(userid or "", still, self._words.say("wecom.replaced"))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._afterwards.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._afterwards.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _LOG.warning("old cards were not frozen: %r", error)

    async def _freeze_older(self, userid: str, person: int, sent: Sequence[Sent]) -> None:
        """Of the cards about one thing only the newest stays open."""
        subject = next((s.subject for s in sent if s.subject), None)
        if subject is None:
            return
        async with self._database.statement() as tx:
            older = await WeComMessages(tx).open_of(person, subject, sent[0].together)
        await self._freeze(
            userid, [(s.id, s.response_code) for s in older], self._words.say("wecom.replaced")
        )

    async def _freeze(self, userid: str, cards: Sequence[tuple[int, str | None]], said: str) -> None:
        """A code works once and for 72 hours; a card that cannot be frozen harms nobody: old buttons are known as such."""
        for number, code in cards:
            if code is None:
                continue
            try:
                await self.api.freeze(userid, code, said)
            except (WeComError, WeComAwayError) as e:
                _LOG.info("card %s was not frozen: %s", number, e)
                if isinstance(e, WeComAwayError) or _is_passing(e):
                    continue
            async with self._database.statement() as tx:
                await WeComMessages(tx).freeze([number])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_passing(error: WeComError) -> bool:
    """Whether trying later helps."""
    return error.code == BUSY or error.code in TOO_OFTEN or is_setting(error)


__all__ = ["LIMITS", "File", "Outbox", "TooManyError"]
