"""A PDF is what has the content of one; its name is only shown."""

from pathlib import Path

import pytest

from domain.calendar import business_day
from domain.errors import Refused
from domain.policy.source import ours
from persistence.pdf import AS_PDF, check_pdf, check_size, clean_name
from tests import pdfs
from tests.support import at

DAY = business_day(at("2022-01-05 12:00"))
MB = 2**20


def lying(folder: Path, content: bytes) -> Path:
    """A file called .pdf with this content."""
    path = folder / "材料.pdf"
    path.write_bytes(content)
    return path


@pytest.mark.rule("B17")
@pytest.mark.parametrize("pages", [1, 2, 40])
async def test_a_pdf_is_taken_and_its_pages_are_counted(tmp_path: Path, pages: int) -> None:
    assert await check_pdf(lying(tmp_path, pdfs.pdf(pages))) == pages


async def test_a_mark_that_does_not_stand_first_will_do(tmp_path: Path) -> None:
    assert await check_pdf(lying(tmp_path, b"\r\n" * 100 + pdfs.pdf())) == 1


@pytest.mark.rule("B17")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "upload.empty"),
        (pdfs.docx(), "upload.not_pdf"),
        (b"<html><body>%PDX-1.7</body></html>", "upload.not_pdf"),
        (b"\n" * 1024 + pdfs.pdf(), "upload.not_pdf"),
        (b"%PDF-1.7\n" + pdfs.docx(), "upload.broken"),
        (b"%PDF-", "upload.broken"),
        (pdfs.pdf()[:200], "upload.broken"),
        (pdfs.endless(), "upload.broken"),
        (pdfs.encrypted(), "upload.encrypted"),
        (pdfs.encrypted(user=""), "upload.encrypted"),
        (pdfs.encrypted_by_aes(), "upload.encrypted"),
        (pdfs.without_pages(), "upload.no_pages"),
    ],
    ids=[
        *("empty", "docx", "html", "mark too late", "marked docx", "mark alone", "cut off", "nested"),
        *("encrypted", "restricted", "encrypted by AES", "without pages"),
    ],
)
async def test_what_is_no_pdf_that_can_be_read_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        await check_pdf(lying(tmp_path, content))
    assert caught.value.refusal.code == code
    assert caught.value.refusal.clause == AS_PDF


async def test_a_pdf_that_takes_too_long_to_read_is_refused(tmp_path: Path) -> None:
    path = lying(tmp_path, pdfs.pdf())
    with pytest.raises(Refused) as caught:
        await check_pdf(path, seconds=0.001)
    assert caught.value.refusal.code == "upload.broken"


@pytest.mark.parametrize(("size", "fits"), [(0, True), (50 * MB, True), (50 * MB + 1, False)])
def test_a_file_has_at_most_50_mb(size: int, fits: bool) -> None:
    if fits:
        check_size(size, DAY)
        return
    with pytest.raises(Refused) as caught:
        check_size(size, DAY)
    assert caught.value.refusal.code == "upload.too_large"
    assert caught.value.refusal.params == {"limit": "50"}
    assert caught.value.refusal.clause == ours("材料大小")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("建设实施方案.pdf", "建设实施方案.pdf"),
        ("方案.PDF", "方案.pdf"),
        ("方案", "方案.pdf"),
        ("方案.pdf.exe", "方案.pdf.exe.pdf"),
        ("../../etc/x.pdf", "x.pdf"),
        ("..", "未命名.pdf"),
        ("C:\\材料\\方案.pdf", "方案.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("方案\u202efdp.exe", "方案fdp.exe.pdf"),
        ("a\u2028b\ud800.pdf", "ab.pdf"),
        ('a"b<c>|?*.pdf', "a_b_c____.pdf"),
        ("", "未命名.pdf"),
        (".pdf", "pdf.pdf"),
        ("长" * 300 + ".pdf", "长" * 96 + ".pdf"),
    ],
)
def test_a_name_is_cleaned_before_it_is_shown(given: str, kept: str) -> None:
    assert clean_name(given) == kept
    assert clean_name(kept) == kept
