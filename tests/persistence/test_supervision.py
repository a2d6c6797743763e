"""What was found in a quarter, what was ordered, and what backs it, on record."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import end_of
from domain.errors import NotFound, Refused
from domain.policy.obligations import ordered
from domain.policy.supervision import Severity, conclude_by
from domain.supervision import SupervisionState, decided, reported
from domain.supervision_decisions import Conclude, Conclusion, NewFinding, OrderAsked, RecordFindings
from domain.terms import City, ObligationKind, ObligationState
from persistence import tables
from persistence.database import Database
from persistence.documents import store_for
from persistence.obligations import ObligationFilter, Obligations
from persistence.supervision import Rectifications, Supervisions, Words
from persistence.supervision_documents import (
    SupervisionDocument,
    SupervisionDocuments,
    take_in,
)
from tests import pdfs
from tests.persistence.samples import BASE, OTHER_BASE, running_base
from tests.persistence.test_pictures import picture
from tests.policy.published import DAYS_2026
from tests.policy.test_supervision import supervision
from tests.support import OFFICE, at

NOW = at("2026-04-10 10:00")
ID = f"supervision-{BASE}-2026-Q1"
ORDER = f"obligation-{BASE}-rectification-2026-Q1-2"
NOTED, ORDERED, REMARK = "a" * 64, "b" * 64, "c" * 64
WORDS = {
    NOTED: Words(text="台账不全"),
    ORDERED: Words(text="消防通道堵塞", requirement="清理通道并提供照片", owner="示例责任人"),
    REMARK: Words(text="示例备注"),
}
FOUND = RecordFindings(
    findings=(
        NewFinding(item="other", severity=Severity.MINOR, text=NOTED, documents=("d" * 64,)),
        NewFinding(item="safety", severity=Severity.GRAVE, text=ORDERED, order=OrderAsked()),
    )
)


def recorded() -> SupervisionState:
    return decided(supervision(), FOUND, NOW, DAYS_2026)


async def put(database: Database, state: SupervisionState, words: dict[str, Words] = WORDS) -> None:
    """As the workflow does: the row first, then what people wrote, then what was decided."""
    async with database.transaction() as tx:
        await Supervisions(tx).put(supervision(), NOW)
        await Supervisions(tx).write_down(ID, words)
        await Supervisions(tx).put(state, NOW)


@pytest.fixture
async def begun(database: Database) -> Database:
    """A supervision has begun."""
    await running_base(database)
    await put(database, supervision(), {})
    return database


@pytest.mark.rule("A10")
async def test_a_supervision_is_shown_with_whom_it_waits_for_and_until_when(begun: Database) -> None:
    async with begun.transaction() as tx:
        row = await Supervisions(tx).get(ID)
    assert (row.base_id, row.period, row.self_report, row.grade) == (BASE, "2026-Q1", "已报送", "B")
    assert (row.approach, row.state, row.waiting_for) == ("书面督导", "督导中", "省发展改革委")
    assert (row.opened_at, row.since, row.until) == (NOW, NOW, end_of(conclude_by(NOW.date(), DAYS_2026)))
    assert (row.findings, row.orders_open, row.conclusion, row.remark) == (0, 0, None, None)


@pytest.mark.rule("A10")
async def test_findings_and_orders_are_kept_with_their_words(begun: Database) -> None:
    await put(begun, recorded())
    async with begun.transaction() as tx:
        noted, orders = await Supervisions(tx).findings(ID)
        (order,) = await Rectifications(tx).of(ID)
        row = await Supervisions(tx).get(ID)
        assert await Rectifications(tx).requirement(ORDER) == "清理通道并提供照片"
        assert await Rectifications(tx).requirement(f"obligation-{BASE}-rectification-2026-9") is None
    assert (noted.number, noted.item, noted.severity, noted.text) == (1, "other", "一般", "台账不全")
    assert noted.documents == ("d" * 64,)
    assert (orders.number, orders.text, orders.found_on) == (2, "消防通道堵塞", NOW.date())
    assert (order.obligation_id, order.finding, order.severity) == (ORDER, 2, "严重")
    assert (order.requirement, order.owner) == ("清理通道并提供照片", "示例责任人")
    assert (order.ordered_on, order.deadline) == (NOW.date(), at("2026-04-24 00:00").date())
    assert (row.findings, row.orders_open, row.state) == (2, 1, "整改中")


async def test_the_same_again_changes_nothing_and_what_is_older_neither(begun: Database) -> None:
    first = recorded()
    later = reported(first, "2026-Q1-2", ObligationState.ACCEPTED, None, NOW)
    ended = decided(later, Conclude(conclusion=Conclusion.RECTIFIED, remark=REMARK), NOW, DAYS_2026)
    for state in (first, first, ended, later, first):
        await put(begun, state)
    async with begun.transaction() as tx:
        row = await Supervisions(tx).get(ID)
        (order,) = await Rectifications(tx).of(ID)
        assert len(await Supervisions(tx).findings(ID)) == 2
        assert await tx.scalar(select(func.count()).select_from(tables.supervision_texts)) == 3
    assert (row.state, row.conclusion, row.remark) == ("已办结", "已整改", "示例备注")
    assert (order.state, row.orders_open) == ("已通过", 0)


async def test_what_came_as_a_signal_has_no_words(begun: Database) -> None:
    await put(begun, recorded(), {})
    async with begun.transaction() as tx:
        assert [found.text for found in await Supervisions(tx).findings(ID)] == ["", ""]
        assert await Rectifications(tx).requirement(ORDER) == ""


async def test_what_there_is_not(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(NotFound, match=r"supervision\.not_found"):
            await Supervisions(tx).get(ID)
        assert await Rectifications(tx).of(ID) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [BASE, OTHER_BASE]),
        ({"period": "2026-Q1"}, [BASE, OTHER_BASE]),
        ({"period": "2026-Q2"}, []),
        ({"state": "整改中"}, [BASE]),
        ({"base": OTHER_BASE}, [OTHER_BASE]),
        ({"city": City.TAIYUAN}, [BASE, OTHER_BASE]),
        ({"city": City.DATONG}, []),
        ({"contact": 1}, [BASE]),
    ],
)
async def test_a_list_is_narrowed(begun: Database, wanted: dict[str, str], found: list[str]) -> None:
    await running_base(begun, OTHER_BASE)
    await put(begun, recorded())
    facts = supervision().facts.model_copy(update={"base_id": OTHER_BASE})
    async with begun.transaction() as tx:
        await Supervisions(tx).put(supervision().model_copy(update={"facts": facts}), NOW)
        rows = await Supervisions(tx).find(ObligationFilter.model_validate(wanted))
    assert [row.base_id for row in rows] == found


async def test_a_list_goes_on_after_the_cursor(begun: Database) -> None:
    async with begun.transaction() as tx:
        assert len(await Supervisions(tx).find(ObligationFilter(), after="supervision-a")) == 1
        assert await Supervisions(tx).find(ObligationFilter(), after=ID) == []


# What backs a finding


async def _handed_in(tx: AsyncConnection, value: str) -> None:
    """The answer of a 整改, with evidence."""
    owed = ordered(ObligationKind.RECTIFICATION, "2026-Q1-2", NOW, NOW.date(), DAYS_2026, BASE)
    await Obligations(tx).open(ORDER, BASE, owed)
    answer = {"obligation_id": ORDER, "version": 1, "key": "evidence", "text": value}
    await tx.execute(tables.figures.insert().values(answer))


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def taken(
    database: Database, folder: Path, content: bytes, name: str = "现场.JPG", now: datetime = NOW
) -> SupervisionDocument:
    return await take_in(database, store_for(folder), ID, chunks(content), name, OFFICE, now)


async def test_a_photo_and_a_pdf_are_kept_once_with_what_they_are(begun: Database, tmp_path: Path) -> None:
    photo = await taken(begun, tmp_path, picture())
    paper = await taken(begun, tmp_path, pdfs.pdf(3), "检查记录.pdf", at("2026-04-10 11:00"))
    assert (photo.filename, photo.media_type, photo.pages) == ("现场.jpg", "image/jpeg", 0)
    assert (paper.filename, paper.media_type, paper.pages) == ("检查记录.pdf", "application/pdf", 3)
    assert await taken(begun, tmp_path, picture(), "又一次.jpg") == photo
    async with begun.transaction() as tx:
        assert await SupervisionDocuments(tx).of(ID) == [photo, paper]
        assert (await SupervisionDocuments(tx).of_base(BASE, photo.sha256)).size == len(picture())
    content = b"".join([piece async for piece in await store_for(tmp_path).get(photo.sha256)])
    assert content == picture()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "upload.empty"),
        (b"<html>", "evidence.wrong_kind"),
        (picture("WEBP"), "evidence.wrong_kind"),
        (picture()[:-100], "upload.broken_picture"),
        (pdfs.pdf()[:200], "upload.broken"),
        (pdfs.encrypted(), "upload.encrypted"),
    ],
)
async def test_what_is_neither_leaves_nothing_behind(
    begun: Database, tmp_path: Path, content: bytes, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        await taken(begun, tmp_path, content)
    assert caught.value.refusal.code == code
    async with begun.transaction() as tx:
        assert await SupervisionDocuments(tx).of(ID) == []


async def test_a_content_is_only_found_by_the_base_that_it_is_about(begun: Database, tmp_path: Path) -> None:
    photo = await taken(begun, tmp_path, picture())
    async with begun.transaction() as tx:
        for base, sha256 in ((OTHER_BASE, photo.sha256), (BASE, "0" * 64), (BASE, "%")):
            with pytest.raises(NotFound, match=r"document\.not_found"):
                await SupervisionDocuments(tx).of_base(base, sha256)


async def test_what_a_base_handed_in_as_evidence_is_found_too(begun: Database, tmp_path: Path) -> None:
    """In the figures of its report; a digest that another base named is not its own."""
    photo = await taken(begun, tmp_path, picture())
    async with begun.transaction() as tx:
        await tx.execute(tables.supervision_documents.delete())
        with pytest.raises(NotFound):
            await SupervisionDocuments(tx).of_base(BASE, photo.sha256)
        await _handed_in(tx, f"{'0' * 64}、{photo.sha256}")
        assert (await SupervisionDocuments(tx).of_base(BASE, photo.sha256)).media_type == "image/jpeg"
        with pytest.raises(NotFound):
            await SupervisionDocuments(tx).of_base(OTHER_BASE, photo.sha256)
