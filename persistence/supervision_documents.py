"""Photos and PDFs that back a finding, and who may read what a base or the office has handed in."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import business_day
from domain.decisions import Actor
from domain.errors import NotFound
from domain.forms.registry import FORMS
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.documents import DocumentStore
from persistence.evidence import take_evidence
from persistence.pdf import clean_name
from persistence.tables import documents, figures, obligations, supervision_documents, supervisions

EVIDENCE = FORMS[ObligationKind.SUPERVISION].by_key["evidence"]
"""The office backs its findings with what the base backs its self-check with."""

SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
"""Of the media types that are taken."""


class DocumentRow(BaseModel):
    """A content that is kept."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    size: int  # bytes
    pages: int  # 0: a photo
    media_type: str


class SupervisionDocument(DocumentRow):
    """A content that backs a finding, by the name that it came with."""

    filename: str


class SupervisionDocuments:
    """Repository of what backs findings; the content is in the `DocumentStore`."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def add(
        self, supervision_id: str, sha256: str, filename: str, by: Actor, at: datetime
    ) -> SupervisionDocument:
        """Let a content that is kept back a supervision; once more it has the name that it came with first."""
        query = select(documents.c.media_type).where(documents.c.sha256 == sha256)
        media_type = (await self._tx.execute(query)).scalar_one()
        new = insert(supervision_documents).values(
            supervision_id=supervision_id,
            sha256=sha256,
            filename=shown_name(filename, media_type),
            role=by.role,
            actor=by.id,
            stored_at=at,
        )
        await self._tx.execute(new.on_conflict_do_nothing())
        return next(row for row in await self.of(supervision_id) if row.sha256 == sha256)

    async def of(self, supervision_id: str) -> list[SupervisionDocument]:
        """What was handed in for a supervision, oldest first."""
        query = (
            select(documents, supervision_documents.c.filename)
            .join(supervision_documents)
            .where(supervision_documents.c.supervision_id == supervision_id)
            .order_by(supervision_documents.c.stored_at, documents.c.sha256)
        )
        found = (await self._tx.execute(query)).mappings()
        return [SupervisionDocument.model_validate(dict(row)) for row in found]

    async def digests(self, supervision_id: str) -> frozenset[str]:
        """The same by digest."""
        return frozenset(row.sha256 for row in await self.of(supervision_id))

    async def of_base(self, base_id: str, sha256: str) -> DocumentRow:
        """A content that backs a finding about this base, or that it handed in as evidence. Raises NotFound."""
        about = exists().where(
            supervision_documents.c.sha256 == sha256,
            supervision_documents.c.supervision_id == supervisions.c.id,
            supervisions.c.base_id == base_id,
        )
        handed_in = exists().where(
            figures.c.obligation_id == obligations.c.id,
            obligations.c.base_id == base_id,
            figures.c.text.contains(sha256, autoescape=True),
        )
        query = select(documents).where(documents.c.sha256 == sha256, or_(about, handed_in))
        row = (await self._tx.execute(query)).mappings().first()
        if row is None:
            raise NotFound("document.not_found", sha256=sha256)
        return DocumentRow.model_validate(dict(row))


async def take_in(
    database: Database,
    store: DocumentStore,
    supervision_id: str,
    chunks: AsyncIterator[bytes],
    filename: str,
    by: Actor,
    now: datetime,
) -> SupervisionDocument:
    """Check what comes in by its content and keep it for a supervision. Raises Refused, StoreUnavailable."""
    sha256 = await take_evidence(database, store, EVIDENCE, chunks, business_day(now))
    async with database.transaction() as tx:
        return await SupervisionDocuments(tx).add(supervision_id, sha256, filename, by, now)


def shown_name(filename: str, media_type: str) -> str:
    """A name to be shown, which ends as what it is."""
    stem = re.sub(r"(?i)\.(pdf|jpe?g|png)$", "", clean_name(filename).removesuffix(".pdf"))
    return f"{stem}{SUFFIXES[media_type]}"
