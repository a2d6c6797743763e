"""The files of what an official is to decide about, over a link that works as long as it waits for them."""

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from casework.form_links import Link, Purpose, opened, signed
from casework.submission import Casework
from domain.errors import NotFound
from domain.forms.files import files_of
from domain.forms.questions import AnswerKind
from domain.forms.registry import FORMS
from domain.ids import supervision_id
from domain.policy.uploads import item_of
from domain.worklist import ItemKind, Official, WorkItem
from persistence.materials import Materials
from persistence.obligations import Obligations
from persistence.officials import official_of_contact
from persistence.supervision_documents import SupervisionDocuments
from persistence.worklist import Worklist

_REPORTS = (ItemKind.REPORT, ItemKind.CORRECTION, ItemKind.DISPUTE)
WITH_MATERIALS = (ItemKind.SIGNATURE, ItemKind.BASE)
"""Have the papers of the application; all others photos and PDFs by their content."""


class ItemFile(NamedTuple):
    """One file: a kind of paper, or the SHA-256 of its content."""

    key: str
    label: str


class Reading(NamedTuple):
    """What is read over a link."""

    item: WorkItem
    files: list[ItemFile]


async def files_behind(tx: AsyncConnection, item: WorkItem) -> list[ItemFile]:
    """What was handed in for it."""
    base_id = item.base_id or ""
    if item.kind in WITH_MATERIALS:
        return [ItemFile(one.item, item_of(one.item).label) for one in await Materials(tx).of(base_id)]
    if item.kind in _REPORTS:
        row = await Obligations(tx).by_no(int(item.ref))
        values = await Obligations(tx).values(row.id) if row.version else {}
        asked = [one for one in FORMS[row.kind].questions if one.kind is AnswerKind.EVIDENCE]
        return [ItemFile(sha, one.label) for one in asked for sha in files_of(values.get(one.key, ""))]
    if item.kind is ItemKind.SUPERVISION:
        found = await SupervisionDocuments(tx).of(supervision_id(base_id, item.period))
        return [ItemFile(one.sha256, one.filename) for one in found]
    return []


async def link_behind(work: Casework, official: Official, item: WorkItem) -> Link | None:
    """A link to the files; None if there are none."""
    async with work.database.transaction() as tx:
        if not await files_behind(tx, item):
            return None
    subject = f"{item.kind}:{item.ref}"
    return await signed(work.database, Purpose.READING, subject, official.contact, datetime.now(UTC))


async def read(work: Casework, token: str) -> Reading:
    """What a link opens. Raises NotFound when it has expired, or does not wait for this person any more."""
    try:
        subject, contact = await opened(work.database, Purpose.READING, token, datetime.now(UTC))
    except NotFound:
        raise NotFound("office.invalid_link") from None
    kind, _, ref = subject.partition(":")
    async with work.database.transaction() as tx:
        official = await official_of_contact(tx, contact)
        item = await Worklist(tx, official).get(ItemKind(kind), ref) if official else None
        if item is None:
            raise NotFound("office.invalid_link")
        return Reading(item, await files_behind(tx, item))
