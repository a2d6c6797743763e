"""The platform of the local channel, in the database: people, what they typed, what was said to them.

It is to the local channel what Telegram's servers are to Telegram: an update waits here until it was taken.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import local_files, local_messages, local_people, local_updates

ARRIVED = "jiebang_local_update"
SAID = "jiebang_local_message"


class Person(BaseModel):
    """Somebody who chats on the local page."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    played: bool


class LocalUpdate(BaseModel):
    """Something a person typed or tapped."""

    model_config = ConfigDict(frozen=True)

    id: int
    person_id: int
    name: str
    text: str | None
    button: str | None
    message_id: int | None


class LocalMessage(BaseModel):
    """One bubble on the page."""

    model_config = ConfigDict(frozen=True)

    id: int
    mine: bool
    text: str
    buttons: list[list[tuple[str, str]]]
    at: datetime
    file: str | None = None  # what a file that came with it is called
    media_type: str | None = None


class LocalFile(BaseModel):
    """A file that was sent to somebody."""

    model_config = ConfigDict(frozen=True)

    name: str
    media_type: str
    content: bytes


_MESSAGES = select(local_messages, local_files.c.name.label("file"), local_files.c.media_type).outerjoin(
    local_files
)


_NEW = insert(local_messages).values(
    {name: bindparam(name) for name in ("person_id", "mine", "text", "buttons", "at")}
)
_ITS_ID = _NEW.returning(local_messages.c.id).cte()
_PUT = select(_ITS_ID.c.id, func.pg_notify(SAID, bindparam("whom")))
"""Put together once: each reply waits for it."""


class LocalChat:
    """Repository of the local channel."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def person(self, name: str, played: bool = False) -> Person:
        """The person of that name, made on first use."""
        await self._tx.execute(insert(local_people).values(name=name, played=played).on_conflict_do_nothing())
        row = (
            (await self._tx.execute(select(local_people).where(local_people.c.name == name))).mappings().one()
        )
        return Person.model_validate(dict(row))

    async def people(self) -> list[Person]:
        """Everybody who has a page."""
        rows = await self._tx.execute(select(local_people).order_by(local_people.c.id))
        return [Person.model_validate(dict(row)) for row in rows.mappings()]

    async def set_played(self, person_id: int, played: bool) -> None:
        """Whether a demo player answers for this person."""
        await self._tx.execute(
            update(local_people).where(local_people.c.id == person_id).values(played=played)
        )

    async def say(self, person_id: int, said: str, at: datetime) -> int:
        """The person types something; the update's id."""
        await self._put(person_id, mine=True, said=said, buttons=[], at=at)
        return await self._arrive(person_id, text=said)

    async def tap(self, person_id: int, message_id: int, button: str, label: str, at: datetime) -> int:
        """The person taps a button; the update's id."""
        await self._put(person_id, mine=True, said=label, buttons=[], at=at)
        return await self._arrive(person_id, button=button, message_id=message_id)

    async def _arrive(self, person_id: int, **what: object) -> int:
        done = await self._tx.execute(
            insert(local_updates).values(person_id=person_id, **what).returning(local_updates.c.id)
        )
        await self._tx.execute(select(func.pg_notify(ARRIVED, "")))
        return int(done.scalar_one())

    async def tell(
        self, person_id: int, said: str, buttons: list[list[tuple[str, str]]], at: datetime
    ) -> int:
        """Something is said to the person, in one statement; the message's id."""
        return await self._put(person_id, mine=False, said=said, buttons=buttons, at=at)

    async def send(self, person_id: int, file: LocalFile, said: str, at: datetime) -> int:
        """A file is sent to the person; the message's id."""
        number = await self._put(person_id, mine=False, said=said, buttons=[], at=at)
        await self._tx.execute(insert(local_files).values(message_id=number, **file.model_dump()))
        return number

    async def file(self, person_id: int, message_id: int) -> LocalFile | None:
        """The file that came to the person with a message."""
        query = (
            select(local_files)
            .join(local_messages)
            .where(local_messages.c.person_id == person_id, local_files.c.message_id == message_id)
        )
        row = (await self._tx.execute(query)).mappings().first()
        return LocalFile.model_validate(dict(row)) if row else None

    async def _put(
        self, person_id: int, *, mine: bool, said: str, buttons: list[list[tuple[str, str]]], at: datetime
    ) -> int:
        values = {"person_id": person_id, "mine": mine, "text": said, "buttons": buttons, "at": at}
        return int((await self._tx.execute(_PUT, values | {"whom": str(person_id)})).scalar_one())

    async def waiting(self, limit: int = 100) -> list[LocalUpdate]:
        """Updates that nobody has taken yet, oldest first."""
        query = (
            select(local_updates, local_people.c.name)
            .join(local_people)
            .where(text("NOT taken"))
            .order_by(local_updates.c.id)
            .limit(limit)
        )
        return [LocalUpdate.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def took(self, update_id: int) -> None:
        """The update was worked through."""
        await self._tx.execute(
            update(local_updates).where(local_updates.c.id == update_id).values(taken=True)
        )

    async def messages(self, person_id: int, after: int = 0, limit: int = 100) -> list[LocalMessage]:
        """The newest `limit` bubbles after an id, oldest first."""
        query = (
            _MESSAGES.where(local_messages.c.person_id == person_id, local_messages.c.id > after)
            .order_by(local_messages.c.id.desc())
            .limit(limit)
        )
        rows = (await self._tx.execute(query)).mappings().all()
        return [LocalMessage.model_validate(dict(row)) for row in reversed(rows)]

    async def message(self, message_id: int) -> LocalMessage | None:
        """One bubble."""
        row = (
            (await self._tx.execute(select(local_messages).where(local_messages.c.id == message_id)))
            .mappings()
            .first()
        )
        return LocalMessage.model_validate(dict(row)) if row else None

    async def change(self, message_id: int, said: str | None, buttons: list[list[tuple[str, str]]]) -> None:
        """Edit what was said, or take its buttons away."""
        values: dict[str, object] = {"buttons": buttons}
        if said is not None:
            values["text"] = said
        done = await self._tx.execute(
            update(local_messages)
            .where(local_messages.c.id == message_id)
            .values(values)
            .returning(local_messages.c.person_id)
        )
        await self._tx.execute(select(func.pg_notify(SAID, str(done.scalar_one()))))
