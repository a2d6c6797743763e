"""What went out to WeCom's members: counted against what a member may get, and known again when it is tried again.

What is sent in one (a text and its cards) is reserved in one. If no answer comes to a part it is due: the same content
within four hours goes on from there with the same ids, so that the platform can tell what it has already delivered.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import wecom_messages, wecom_people

SAME_WITHIN = timedelta(hours=4)
"""How long WeCom can be asked to remember what it has delivered."""

_UNANSWERED_AFTER = timedelta(seconds=30)
"""What is going for so long was left behind by a process that died."""

_CODE_LIVES = timedelta(hours=72)
_NEAR = 10_000


class Limit(NamedTuple):
    """So many messages to one member within a time."""

    most: int
    within: timedelta


class TooManyError(Exception):
    """The member would get more than the platform delivers."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"not before {seconds} s")
        self.seconds = seconds


class Part(BaseModel):
    """One message that a member gets."""

    model_config = ConfigDict(frozen=True)

    subject: str | None = None
    buttons: tuple[tuple[str, str], ...] = ()
    text_digest: str | None = None  # None: by its task id or its file it is like no other


class Sent(BaseModel):
    """A part with its number."""

    model_config = ConfigDict(frozen=True)

    id: int
    person_id: int
    together: int
    nth: int
    state: str
    subject: str | None
    buttons: tuple[tuple[str, str], ...]
    media_id: str | None
    response_code: str | None
    frozen: bool

    def label_of(self, data: str) -> str:
        """What the button says that carries `data`; empty if there is none."""
        return next((label for label, carried in self.buttons if carried == data), "")


class Reserved(NamedTuple):
    """Whom it goes to, and the parts with their numbers."""

    userid: str
    parts: list[Sent]


_NOW: ColumnElement[datetime] = func.clock_timestamp()
_NUMBER: ColumnElement[int] = func.nextval(func.pg_get_serial_sequence("wecom_messages", "id"))
_OPEN = wecom_messages.c.frozen.is_(False)
_CODE_VALID = wecom_messages.c.sent_at > _NOW - _CODE_LIVES


class WeComMessages:
    """Repository of what went out."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def reserve(
        self, person_id: int, digest: str, parts: Sequence[Part], limits: Sequence[Limit] = ()
    ) -> Reserved | None:
        """Numbers for what is about to be sent, or those of before if the same is still due. None if there is no such
        person. Raises TooManyError."""
        # The number goes with the lock: a reply waits for every statement.
        person = select(wecom_people.c.userid, _NUMBER).where(wecom_people.c.id == person_id)
        row = (await self._tx.execute(person.with_for_update(key_share=True))).first()
        if row is None:
            return None
        userid, number = row
        due = await self._due(person_id, digest)
        due = due if len(due) == len(parts) else []  # of another version, which put it differently
        await self._check(person_id, sum(one.state != "sent" for one in due) or len(parts), limits)
        if due:
            await self._change([one.id for one in due if one.state != "sent"], state="going", sent_at=_NOW)
            return Reserved(userid, due)
        new: list[Sent] = []
        for part in parts:
            new.append(await self._new(person_id, digest, part, _NUMBER if new else number, number))
        return Reserved(userid, new)

    async def _due(self, person_id: int, digest: str) -> list[Sent]:
        """The newest of this content of which something is still due."""
        stale = (wecom_messages.c.state == "going", wecom_messages.c.sent_at < _NOW - _UNANSWERED_AFTER)
        query = select(func.max(wecom_messages.c.together)).where(
            *self._same(person_id, digest),
            or_(wecom_messages.c.state == "due", stale[0] & stale[1]),
        )
        together = await self._tx.scalar(query)
        return await self.together(together) if together else []

    @staticmethod
    def _same(person_id: int, digest: str) -> tuple[ColumnElement[bool], ...]:
        return (
            wecom_messages.c.person_id == person_id,
            wecom_messages.c.digest == digest,
            wecom_messages.c.sent_at > _NOW - SAME_WITHIN,
        )

    async def _check(self, person_id: int, count: int, limits: Sequence[Limit]) -> None:
        for limit in limits:
            waits = await self._tx.scalar(
                select(func.extract("epoch", wecom_messages.c.sent_at + limit.within - _NOW))
                .where(
                    wecom_messages.c.person_id == person_id, wecom_messages.c.sent_at > _NOW - limit.within
                )
                .order_by(wecom_messages.c.sent_at.desc())
                .offset(max(limit.most - count, 0))
                .limit(1)
            )
            if waits is not None:
                raise TooManyError(max(1, math.ceil(waits)))

    async def _new(
        self, person_id: int, digest: str, part: Part, number: int | ColumnElement[int], together: int
    ) -> Sent:
        values: dict[str, Any] = {
            "id": number,
            "person_id": person_id,
            "together": together,
            "digest": digest,
            "text_digest": part.text_digest,
            "nth": _nth(person_id, part.text_digest) if part.text_digest else 0,
            "state": "going",
            "subject": part.subject,
            "buttons": [list(button) for button in part.buttons],
            "sent_at": _NOW,
        }
        new = insert(wecom_messages).values(values).returning(wecom_messages)
        return Sent.model_validate(dict((await self._tx.execute(new)).mappings().one()))

    async def together(self, first: int) -> list[Sent]:
        """All that was sent in one, in order."""
        return await self._all(select(wecom_messages).where(*_in_one(first)).order_by(wecom_messages.c.id))

    async def get(self, number: int) -> Sent | None:
        """One message."""
        found = await self._all(select(wecom_messages).where(wecom_messages.c.id == number))
        return found[0] if found else None

    async def went(self, number: int, response_code: str | None = None) -> None:
        """The platform has taken it."""
        await self._change([number], state="sent", response_code=response_code)

    async def uploaded(self, number: int, media_id: str) -> None:
        """The file that goes with it is with the platform."""
        await self._change([number], media_id=media_id)

    async def put_off(self, first: int, *, refused: bool) -> None:
        """What has not gone of what is sent in one is due. If it was `refused` it has not arrived: it may differ."""
        nth = wecom_messages.c.nth + int(refused)
        await self._tx.execute(update(wecom_messages).where(*_unsent(first)).values(state="due", nth=nth))

    async def give_up(self, first: int) -> None:
        """What has not gone will not: the platform refuses it."""
        await self._tx.execute(delete(wecom_messages).where(*_unsent(first)))

    async def freeze(self, numbers: Sequence[int]) -> None:
        """Their buttons do not work any more."""
        await self._change(numbers, frozen=True)

    async def open_of(self, person_id: int, subject: str, but: int) -> list[Sent]:
        """Cards about a subject whose buttons still work and can be frozen, except those sent together in `but`."""
        query = select(wecom_messages).where(
            wecom_messages.c.person_id == person_id,
            wecom_messages.c.subject == subject,
            wecom_messages.c.together != but,
            wecom_messages.c.response_code.is_not(None),
            _OPEN,
            _CODE_VALID,
        )
        return await self._all(query.order_by(wecom_messages.c.id))

    async def newest_buttons(self, person_id: int) -> list[tuple[str, int]]:
        """What the buttons carry that the person was offered last, each with the message it is under."""
        newest = select(func.max(wecom_messages.c.together)).where(
            wecom_messages.c.person_id == person_id,
            wecom_messages.c.state == "sent",
            func.jsonb_array_length(wecom_messages.c.buttons) > 0,
        )
        first = await self._tx.scalar(newest)
        found = await self.together(first) if first else []
        return [(data, one.id) for one in found for _, data in one.buttons]

    async def _all(self, query: Any) -> list[Sent]:
        rows = await self._tx.execute(query)
        return [Sent.model_validate(dict(row)) for row in rows.mappings()]

    async def _change(self, numbers: Sequence[int], **values: Any) -> None:
        await self._tx.execute(
            update(wecom_messages).where(wecom_messages.c.id.in_(numbers)).values(**values)
        )


def _nth(person_id: int, text_digest: str) -> ColumnElement[int]:
    """One more than the last time that the same was said, as long as the platform remembers it."""
    last = select(func.max(wecom_messages.c.nth)).where(
        wecom_messages.c.person_id == person_id,
        wecom_messages.c.text_digest == text_digest,
        wecom_messages.c.sent_at > _NOW - SAME_WITHIN,
    )
    return func.coalesce(last.scalar_subquery() + 1, 0)


def _in_one(first: int) -> tuple[ColumnElement[bool], ...]:
    """By the primary key: numbers given in one transaction are near each other."""
    near = wecom_messages.c.id.between(first, first + _NEAR)
    return wecom_messages.c.together == first, near


def _unsent(first: int) -> tuple[ColumnElement[bool], ...]:
    return *_in_one(first), wecom_messages.c.state != "sent"
