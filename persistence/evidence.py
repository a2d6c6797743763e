"""Files that answer a question of a form: known by their content, checked by it, kept once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import Refused
from domain.forms.files import FileKind
from domain.forms.questions import Question
from persistence.database import Database
from persistence.documents import DocumentStore, Received, received
from persistence.pdf import check_pdf
from persistence.pictures import check_picture, picture_type
from persistence.tables import documents

_PDF = "application/pdf"
_PDF_MARK, _MARK_WITHIN = b"%PDF-", 1024
_MEDIA_TYPES = {
    _PDF: FileKind.PDF,
    "image/jpeg": FileKind.JPEG,
    "image/png": FileKind.PNG,
}


class Evidence:
    """Repository of files by their content; the content itself is in the `DocumentStore`."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def media_type(self, sha256: str) -> str | None:
        """What a content is that was checked before; None if it was not."""
        return await self._tx.scalar(select(documents.c.media_type).where(documents.c.sha256 == sha256))

    async def add(self, content: Received, pages: int, media_type: str) -> None:
        """Content that has been checked; a second time changes nothing. A photo has no pages."""
        new = insert(documents).values(
            sha256=content.sha256, size=content.size, pages=pages, media_type=media_type
        )
        await self._tx.execute(new.on_conflict_do_nothing())


async def take_evidence(
    database: Database, store: DocumentStore, question: Question, chunks: AsyncIterator[bytes], day: date
) -> str:
    """The SHA-256 of what comes in, checked and kept. What is refused leaves nothing behind.

    `day` is the day whose limits hold. Raises Refused, StoreUnavailable.
    """
    async with received(chunks, day) as content:
        media_type = _claimed(question, content.path)
        async with database.transaction() as tx:
            known = await Evidence(tx).media_type(content.sha256)
        pages = 0 if known else await _checked(content.path, media_type)
        await store.put(content.sha256, content.path)
        if not known:
            async with database.transaction() as tx:
                await Evidence(tx).add(content, pages, media_type)
        return content.sha256


def _claimed(question: Question, path: Path) -> str:
    """The media type of a kind that the question takes. Raises Refused."""
    with path.open("rb") as file:
        head = file.read(_MARK_WITHIN)
    if not head:
        raise Refused("upload.empty", question.clause)
    media_type = picture_type(head) or (_PDF if _PDF_MARK in head else None)
    if _MEDIA_TYPES.get(media_type or "") not in question.files:
        kinds = "、".join(question.files)
        raise Refused("evidence.wrong_kind", question.clause, label=question.label, kinds=kinds)
    return str(media_type)


async def _checked(path: Path, media_type: str) -> int:
    """The number of pages, none of a photo. Raises Refused for what is broken."""
    if media_type == _PDF:
        return await check_pdf(path)
    await asyncio.to_thread(check_picture, path)
    return 0
