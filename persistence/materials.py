"""The documents of an application, version by version, and the links over which a contact hands them in (B20)."""

import secrets
from collections.abc import AsyncIterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import business_day
from domain.decisions import Actor
from domain.errors import NotFound
from domain.lifecycle import Step
from domain.policy.uploads import check_open, item_of
from persistence.bases import Bases
from persistence.database import Database
from persistence.documents import DocumentStore, Received, received
from persistence.pdf import check_pdf, clean_name
from persistence.people import digest
from persistence.rounds import Rounds
from persistence.tables import base_contacts, documents, materials, upload_links

_TOKEN_BYTES = 32  # 256 bits


class MaterialRow(BaseModel):
    """One version of a document of an application."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    item: str
    version: int
    sha256: str
    size: int  # bytes
    pages: int
    filename: str
    role: str
    actor: str
    started_at: datetime
    stored_at: datetime


class Materials:
    """Repository of the documents of applications; their content is in the `DocumentStore`."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def add(
        self,
        base_id: str,
        item: str,
        sha256: str,
        size: int,
        pages: int,
        filename: str,
        actor: Actor,
        started_at: datetime,
        stored_at: datetime,
    ) -> int:
        """The version that it is; the content of the newest version once more is that version."""
        await self._tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{base_id}/{item}"))))
        newest = (await self._tx.execute(_rows(base_id, item).limit(1))).mappings().first()
        if newest and newest["sha256"] == sha256:
            return int(newest["version"])
        known = insert(documents).values(sha256=sha256, size=size, pages=pages)
        await self._tx.execute(known.on_conflict_do_nothing())
        version = newest["version"] + 1 if newest else 1
        values = {"filename": filename, "role": actor.role, "actor": actor.id, "started_at": started_at}
        await self._tx.execute(
            insert(materials).values(
                base_id=base_id, item=item, version=version, sha256=sha256, stored_at=stored_at, **values
            )
        )
        return version

    async def of(self, base_id: str) -> list[MaterialRow]:
        """The newest version of each document that there is."""
        found = await self._tx.execute(_rows(base_id).ext(distinct_on(materials.c.item)))
        return [MaterialRow.model_validate(dict(row)) for row in found.mappings()]

    async def document(self, base_id: str, item: str, version: int | None = None) -> MaterialRow:
        """One version of a document, the newest if none is named. Raises NotFound, Refused for an unknown kind."""
        query = _rows(base_id, item).limit(1)
        if version is not None:
            query = query.where(materials.c.version == version)
        row = (await self._tx.execute(query)).mappings().first()
        if row is None:
            raise NotFound("upload.not_there", item=item_of(item).label)
        return MaterialRow.model_validate(dict(row))

    async def items(self, base_id: str) -> frozenset[str]:
        """Which documents are there, by the key of their kind."""
        query = select(materials.c.item).where(materials.c.base_id == base_id).distinct()
        return frozenset((await self._tx.scalars(query)).all())

    async def pages_of(self, sha256: str) -> int | None:
        """How many pages a content has that was checked before; None if it was not."""
        return await self._tx.scalar(select(documents.c.pages).where(documents.c.sha256 == sha256))


class UploadLinks:
    """Repository of upload links. Only hashes of their tokens are kept; expiry is in the machine's time."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def create(self, base_id: str, contact_id: int, expires_at: datetime) -> str:
        """The token of a new link, 256 bits."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        values = {"base_id": base_id, "contact_id": contact_id, "expires_at": expires_at}
        await self._tx.execute(insert(upload_links).values(token_hash=digest(token), **values))
        return token

    async def redeem(self, token: str, now: datetime) -> tuple[str, int]:
        """The base and the contact that a link was made for. Raises NotFound for one that is unknown or expired, or
        of somebody who answers for the base no more."""
        query = select(upload_links.c.base_id, upload_links.c.contact_id).where(
            upload_links.c.token_hash == digest(token), upload_links.c.expires_at > now, _answers_still()
        )
        row = (await self._tx.execute(query)).first()
        if row is None:
            raise NotFound("upload.invalid_link")
        return row.base_id, row.contact_id


def _answers_still() -> ColumnElement[bool]:
    return exists().where(
        base_contacts.c.base_id == upload_links.c.base_id,
        base_contacts.c.contact_id == upload_links.c.contact_id,
    )


async def take_in(
    database: Database,
    store: DocumentStore,
    base_id: str,
    item: str,
    chunks: AsyncIterator[bytes],
    filename: str,
    actor: Actor,
    started_at: datetime,
    now: datetime,
    returned: frozenset[str] = frozenset(),
) -> MaterialRow:
    """Check what comes in and keep it as the newest version of a document of an application.

    `started_at` is when the upload began, and decides whether it is in time; `returned` are the kinds that the formal
    review has asked for again. What is refused leaves nothing behind. Raises Refused, NotFound, StoreUnavailable.
    """
    item_of(item)
    asked_again = item in returned
    async with database.transaction() as tx:
        await check_may_come(tx, base_id, started_at, now, asked_again=asked_again)
    async with received(chunks, business_day(started_at)) as content:
        pages = await _pages(database, content)
        await store.put(content.sha256, content.path)
    async with database.transaction() as tx:
        # Again: the application may have been handed in while this was coming in.
        await check_may_come(tx, base_id, started_at, now, asked_again=asked_again)
        name = clean_name(filename)
        known = (content.sha256, content.size, pages, name, actor, started_at, now)
        version = await Materials(tx).add(base_id, item, *known)
        return await Materials(tx).document(base_id, item, version)


async def check_may_come(
    tx: AsyncConnection, base_id: str, started_at: datetime, now: datetime, *, asked_again: bool
) -> None:
    """Raises Refused for an upload that began too late, NotFound."""
    # Once a base has left the step, the deadline that it missed stands with its round only.
    row = await Bases(tx).get(base_id, now)
    step = Step(row.step)
    deadline = row.next_due if step is Step.PREPARING else (await Rounds(tx).get(row.round)).deadline
    check_open(step, deadline, started_at, asked_again=asked_again)


async def _pages(database: Database, content: Received) -> int:
    """Content that was taken in before need not be read again."""
    async with database.transaction() as tx:
        known = await Materials(tx).pages_of(content.sha256)
    return known or await check_pdf(content.path)


def _rows(base_id: str, item: str | None = None) -> Select[tuple[object, ...]]:
    """Newest first within each kind."""
    query = select(materials, documents.c.size, documents.c.pages).join(documents)
    query = query.where(materials.c.base_id == base_id)
    if item is not None:
        query = query.where(materials.c.item == item)
    return query.order_by(materials.c.item, materials.c.version.desc())
