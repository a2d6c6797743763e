"""WeCom's members by number, and what they sent: it waits here until it was worked through."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import wecom_inbox, wecom_people

ARRIVED = "jiebang_wecom_arrival"


class Waiting(BaseModel):
    """Something that a member sent."""

    model_config = ConfigDict(frozen=True)

    id: int  # the update's id
    person_id: int
    userid: str
    content: dict[str, Any]


_PUT = text(
    """
    WITH known AS (
        SELECT id FROM wecom_people WHERE userid = :userid
    ), new AS (
        INSERT INTO wecom_people (userid) SELECT :userid WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT (userid) DO UPDATE SET userid = excluded.userid
        RETURNING id
    ), person AS (
        SELECT id FROM known UNION ALL SELECT id FROM new
    ), arrival AS (
        INSERT INTO wecom_inbox (key, person_id, content)
        SELECT :key, person.id, CAST(:content AS jsonb) FROM person
        ON CONFLICT (key) DO NOTHING
        RETURNING id
    )
    SELECT id, pg_notify(:arrived, '') FROM arrival
    """
)
_WAITING = select(
    wecom_inbox.c.id, wecom_inbox.c.person_id, wecom_people.c.userid, wecom_inbox.c.content
).join(wecom_people)


class WeComInbox:
    """Repository of WeCom's members and of what came from them."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def person(self, userid: str) -> int:
        """The number of a member, given on first use."""
        new = insert(wecom_people).values(userid=userid)
        known = new.on_conflict_do_update(index_elements=["userid"], set_={"userid": userid})
        return int((await self._tx.execute(known.returning(wecom_people.c.id))).scalar_one())

    async def userid(self, person_id: int) -> str | None:
        """Whose number it is."""
        return await self._tx.scalar(select(wecom_people.c.userid).where(wecom_people.c.id == person_id))

    async def put(self, key: str, userid: str, content: dict[str, Any]) -> bool:
        """Keep what a member sent, in one statement; False if `key` is here already."""
        values = {"key": key, "userid": userid, "content": json.dumps(content), "arrived": ARRIVED}
        return (await self._tx.execute(_PUT, values)).first() is not None

    async def people_waiting(self) -> list[int]:
        """Who has sent something that was not worked through, who waits longest first."""
        query = select(wecom_inbox.c.person_id).where(text("NOT taken")).group_by(wecom_inbox.c.person_id)
        return list((await self._tx.scalars(query.order_by(func.min(wecom_inbox.c.id)))).all())

    async def next_of(self, person_id: int) -> Waiting | None:
        """The oldest of a person's that waits."""
        query = _WAITING.where(wecom_inbox.c.person_id == person_id, text("NOT taken"))
        return await self._one(query.order_by(wecom_inbox.c.id).limit(1))

    async def get(self, arrival: int) -> Waiting | None:
        """One that is being worked through."""
        return await self._one(_WAITING.where(wecom_inbox.c.id == arrival))

    async def _one(self, query: Any) -> Waiting | None:
        row = (await self._tx.execute(query)).mappings().first()
        return Waiting.model_validate(dict(row)) if row else None

    async def took(self, arrival: int) -> None:
        """It was worked through: its key stays, what was said in it does not."""
        done = update(wecom_inbox).where(wecom_inbox.c.id == arrival)
        await self._tx.execute(done.values(taken=True, content={}))
