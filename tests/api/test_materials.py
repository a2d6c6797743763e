"""Documents of an application over the API (B17, B20): what is taken in, until when, and who may download it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.types import Message

from api.services import UPLOADS_AT_ONCE
from domain.lifecycle import Step
from domain.policy.materials import MATERIALS
from persistence.database import Database
from persistence.tables import bases
from tests import pdfs
from tests.api.materials import (
    BASE,
    LAST_MINUTE,
    MULTIPART,
    TOO_LATE,
    applying,
    hand_in,
    hand_in_slowly,
    kept_files,
    kept_rows,
    part,
)
from tests.api.materials import MATERIALS as PATH
from tests.api.site import CALLERS, Site, fine, refused
from tests.peers.s3 import BUCKET, S3

MB = 2**20


@pytest.fixture
async def site(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    """An application that is being prepared; documents go to `tmp_path/documents`, temporary files to `tmp_path/tmp`."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    async with applying(database_url, tmp_path) as site:
        yield site


# Taken in


@pytest.mark.rule("B20")
async def test_a_document_is_taken_in_listed_and_downloaded(site: Site) -> None:
    content = pdfs.pdf(3)
    taken = fine(await hand_in(site, content), 201)
    known = {"item": "plan", "label": "建设实施方案", "version": 1, "filename": "建设实施方案.pdf"}
    assert taken.items() >= (known | {"pages": 3, "size": len(content), "role": "office"}).items()
    assert fine(await site.get(PATH)) == [taken]
    answer = await site.get(f"{PATH}/plan")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-content-type-options"] == "nosniff"
    name = "%E5%BB%BA%E8%AE%BE%E5%AE%9E%E6%96%BD%E6%96%B9%E6%A1%88.pdf"
    assert (
        answer.headers["content-disposition"] == f"attachment; filename=\"plan.pdf\"; filename*=UTF-8''{name}"
    )


@pytest.mark.rule("B20")
async def test_every_document_that_annex_3_asks_for_can_be_handed_in(site: Site) -> None:
    for item in MATERIALS:
        fine(await hand_in(site, pdfs.pdf(mark=item.key), item.key), 201)
    assert {one["label"] for one in fine(await site.get(PATH))} == {item.label for item in MATERIALS}


async def test_a_document_handed_in_again_is_a_new_version(site: Site, database: Database) -> None:
    contents = [pdfs.pdf(mark="甲"), pdfs.pdf(mark="乙")]
    versions = [fine(await hand_in(site, content), 201)["version"] for content in contents]
    assert versions == [1, 2]
    [newest] = fine(await site.get(PATH))
    assert newest["version"] == 2
    assert (await site.get(f"{PATH}/plan")).content == contents[1]
    assert await kept_rows(database) == (2, 2)


async def test_the_same_content_is_no_new_version_and_is_kept_once(
    site: Site, database: Database, tmp_path: Path
) -> None:
    first, again = [fine(await hand_in(site, pdfs.pdf()), 201) for _ in range(2)]
    assert again == first
    other = fine(await hand_in(site, pdfs.pdf(), "profile"), 201)
    assert (other["version"], other["sha256"]) == (1, first["sha256"])
    assert await kept_rows(database) == (2, 1)
    assert len(kept_files(tmp_path / "documents")) == 1


async def test_a_content_that_was_replaced_and_comes_back_is_the_newest(site: Site) -> None:
    for mark, version in (("甲", 1), ("乙", 2), ("甲", 3)):
        assert fine(await hand_in(site, pdfs.pdf(mark=mark)), 201)["version"] == version


async def test_documents_that_come_at_the_same_time_do_not_get_in_each_others_way(site: Site) -> None:
    coming = [hand_in(site, pdfs.pdf(mark=str(n))) for n in range(6)]
    versions = [fine(answer, 201)["version"] for answer in await asyncio.gather(*coming)]
    assert sorted(versions) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../x.pdf", "x.pdf"),
        ("a%00b", "a%00b.pdf"),
        ("方案\u202efdp.exe", "方案fdp.exe.pdf"),
        (" ", "未命名.pdf"),
    ],
)
async def test_a_name_is_kept_only_to_be_shown(site: Site, tmp_path: Path, given: str, kept: str) -> None:
    assert fine(await hand_in(site, pdfs.pdf(), name=given), 201)["filename"] == kept
    [file] = kept_files(tmp_path / "documents")
    assert file.stem not in kept
    assert (await site.get(f"{PATH}/plan")).status_code == 200


async def test_another_name_can_be_given(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.tokens['office']}"}
    data = {"item": "plan", "filename": "方案\x00（终稿）\r\n"}
    answer = await site.http.post(PATH, data=data, files={"file": ("1", pdfs.pdf())}, headers=headers)
    assert fine(answer, 201)["filename"] == "方案（终稿）.pdf"


# Refused


@pytest.mark.rule("B17", "B20")
@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "upload.empty", "空的"),
        (pdfs.docx(), "upload.not_pdf", "不是 PDF"),
        (b"%PDF-1.7\n" + pdfs.docx(), "upload.broken", "损坏"),
        (pdfs.encrypted(), "upload.encrypted", "密码"),
        (pdfs.without_pages(), "upload.no_pages", "一页也没有"),
        (b"%PDF-1.7\n" + bytes(50 * MB), "upload.too_large", "50 MB"),
    ],
    ids=["empty", "docx", "broken", "encrypted", "without pages", "too large"],
)
async def test_what_is_refused_leaves_no_trace(
    site: Site, database: Database, tmp_path: Path, content: bytes, code: str, says: str
) -> None:
    problem = refused(await hand_in(site, content), 422)
    assert problem["code"] == code
    assert says in problem["detail"]
    assert problem["clause"] in problem["detail"]
    assert await kept_rows(database) == (0, 0)
    assert kept_files(tmp_path / "documents") + kept_files(tmp_path / "tmp") == []
    assert refused(await site.get(f"{PATH}/plan"), 404)["code"] == "upload.not_there"


async def zeros(size: int) -> AsyncIterator[bytes]:
    """So many bytes, as they come."""
    for start in range(0, size, MB):
        yield bytes(min(MB, size - start))


async def test_one_byte_more_than_50_mb_is_refused_even_if_its_length_is_not_said(site: Site) -> None:
    assert refused(await hand_in_slowly(site, zeros(50 * MB + 1)), 422)["code"] == "upload.too_large"


async def test_no_more_is_read_than_can_be_taken_in(site: Site, tmp_path: Path) -> None:
    read = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += MB
            yield bytes(MB)

    problem = refused(await hand_in_slowly(site, without_end()), 413)
    assert problem["title"] == "内容过大"
    assert "50 MB。（依据本系统约定" in problem["detail"] or "50 MB。（依据《" in problem["detail"]
    assert read < 55 * MB
    assert kept_files(tmp_path / "tmp") == []


async def test_a_length_that_is_too_large_is_refused_before_anything_is_read(site: Site) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    headers = {
        "Authorization": f"Bearer {site.tokens['office']}",
        "Content-Type": MULTIPART,
        "Content-Length": str(60 * MB),
    }
    refused(await site.http.post(PATH, content=unread(), headers=headers), 413)


@pytest.mark.rule("B20")
async def test_a_document_that_nobody_asked_for_is_refused_with_those_that_are(site: Site) -> None:
    for item in ("photo", "a\x00b", "x" * 10_000):
        problem = refused(await hand_in(site, pdfs.pdf(), item), 422)
        assert (problem["code"], problem["clause"]) == ("upload.unknown_item", "《发榜公告》附件3")
        assert all(known.key in problem["detail"] for known in MATERIALS)
    refused(await site.get(f"{PATH}/photo"), 422)


@pytest.mark.parametrize("form", [{}, {"data": {"item": "plan"}}, {"json": {"item": "plan"}}])
async def test_a_form_without_a_file_is_refused(site: Site, form: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {site.tokens['office']}"}
    assert "multipart" in refused(await site.http.post(PATH, headers=headers, **form), 422)["detail"]


async def test_what_is_no_form_is_refused(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.tokens['office']}", "Content-Type": MULTIPART}
    refused(await site.http.post(PATH, content=b"nothing of the kind", headers=headers), 400)


async def test_a_nul_in_the_address_is_refused(site: Site) -> None:
    refused(await site.get("/api/bases/a%00b/materials"), 422)
    refused(await site.get(f"{PATH}/pl%00an"), 422)


async def test_an_upload_that_breaks_off_leaves_nothing(
    site: Site, database: Database, tmp_path: Path
) -> None:
    coming: list[Message] = [
        {
            "type": "http.request",
            "body": part("item") + b"plan\r\n" + part("file", "a.pdf"),
            "more_body": True,
        },
        {"type": "http.request", "body": pdfs.pdf(), "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    token = f"Bearer {site.tokens['office']}".encode()
    headers = [(b"content-type", MULTIPART.encode()), (b"authorization", token)]
    about = {"type": "http", "http_version": "1.1", "method": "POST", "query_string": b"", "headers": headers}
    await site.app({**about, "path": PATH, "raw_path": PATH.encode(), "root_path": ""}, receive, send)
    assert answered[0]["status"] == 400
    assert await kept_rows(database) == (0, 0)
    assert kept_files(tmp_path) == []


# In time: the start counts


@pytest.mark.rule("B17")
async def test_an_upload_that_begins_before_the_deadline_is_in_time_whenever_it_ends(site: Site) -> None:
    site.later(LAST_MINUTE)

    async def midnight() -> None:
        site.later(TOO_LATE)

    taken = fine(await hand_in_slowly(site, pdfs.pdf(), midnight), 201)
    assert taken["started_at"].startswith("2022-01-21T23:59:")
    assert taken["stored_at"].startswith("2022-01-22T00:10:")
    assert len(fine(await site.get(PATH))) == 1


@pytest.mark.rule("B17")
@pytest.mark.parametrize("step", [Step.PREPARING, Step.WITHDRAWN])
async def test_an_upload_that_begins_after_the_deadline_is_refused_and_told_what_counts(
    site: Site, database: Database, step: Step
) -> None:
    """Whether the application has lapsed by then or not yet."""
    await _goes_to(database, step)
    site.later(TOO_LATE)
    problem = refused(await hand_in(site, pdfs.pdf()), 422)
    assert (problem["code"], problem["clause"]) == ("upload.too_late", "《发榜公告》六-2")
    assert "2022-01-22 00:00 截止" in problem["detail"]
    assert "2022-01-22 00:10 开始上传" in problem["detail"]
    assert "以开始上传的时间为准" in problem["detail"]
    assert await kept_rows(database) == (0, 0)


@pytest.mark.parametrize("step", [Step.FORMAL_REVIEW, Step.WITHDRAWN, Step.RUNNING])
async def test_documents_of_an_application_that_was_handed_in_stay_as_they_are(
    site: Site, database: Database, step: Step
) -> None:
    await _goes_to(database, step)
    problem = refused(await hand_in(site, pdfs.pdf()), 422)
    assert problem["code"] == "upload.closed"
    assert step in problem["detail"]


async def test_an_application_that_is_handed_in_during_an_upload_stays_as_it_was(
    site: Site, database: Database
) -> None:
    async def handed_in() -> None:
        await _goes_to(database, Step.FORMAL_REVIEW)

    assert refused(await hand_in_slowly(site, pdfs.pdf(), handed_in), 422)["code"] == "upload.closed"
    assert await kept_rows(database) == (0, 0)


async def _goes_to(database: Database, step: Step) -> None:
    async with database.transaction() as tx:
        due = bases.c.next_due if step is Step.PREPARING else None
        await tx.execute(update(bases).where(bases.c.id == BASE).values(step=step, next_due=due))


async def test_what_comes_too_late_is_refused_before_it_is_read(site: Site) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    site.later(TOO_LATE)
    headers = {"Authorization": f"Bearer {site.tokens['office']}", "Content-Type": MULTIPART}
    answer = await site.http.post(PATH, content=unread(), headers=headers)
    assert refused(answer, 422)["code"] == "upload.too_late"


async def test_no_more_uploads_are_read_at_once_than_one_process_can_keep(site: Site) -> None:
    reading, most = 0, 0
    free = asyncio.Event()

    async def counted(n: int) -> AsyncIterator[bytes]:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        if reading == UPLOADS_AT_ONCE:
            free.set()
        await free.wait()
        yield pdfs.pdf(mark=str(n))
        reading -= 1

    coming = [hand_in_slowly(site, counted(n)) for n in range(UPLOADS_AT_ONCE + 3)]
    for answer in await asyncio.gather(*coming):
        fine(answer, 201)
    assert most == UPLOADS_AT_ONCE


# Who may

ACCESS = {
    "office": (201, 200, 200),
    "admin": (201, 200, 200),
    "city": (201, 200, 200),
    "other city": (404, 404, 404),
    "department": (403, 200, 200),
    "readonly": (403, 200, 403),
    None: (401, 401, 401),
}
"""Handing in, the list, and downloading."""


def test_every_caller_is_in_the_table() -> None:
    assert set(ACCESS) == {*CALLERS, None}


@pytest.mark.parametrize("caller", list(ACCESS))
async def test_who_may_hand_in_list_and_download(site: Site, caller: str | None) -> None:
    fine(await hand_in(site, pdfs.pdf()), 201)
    answers = [
        await hand_in(site, pdfs.pdf(mark="新"), by=caller),
        await site.get(PATH, by=caller),
        await site.get(f"{PATH}/plan", by=caller),
    ]
    assert tuple(answer.status_code for answer in answers) == ACCESS[caller]
    for answer in answers:
        if answer.status_code >= 400:
            refused(answer, answer.status_code)


# The store


async def test_documents_go_to_s3_and_come_back_and_an_outage_of_it_is_said_to_be_one(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with S3().serving() as s3:
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
        async with applying(database_url, tmp_path, documents_url=f"s3://{BUCKET}/jiebang") as site:
            s3.status = 503
            answer = await hand_in(site, pdfs.pdf())
            assert "稍后" in refused(answer, 503)["detail"]
            assert answer.headers["retry-after"]
            assert await kept_rows(database) == (0, 0)

            s3.status = 0
            fine(await hand_in(site, pdfs.pdf()), 201)
            assert list(s3.kept.values()) == [pdfs.pdf()]
            assert (await site.get(f"{PATH}/plan")).content == pdfs.pdf()
            assert kept_files(tmp_path) == []

            s3.status = 503
            refused(await site.get(f"{PATH}/plan"), 503)
