"""A photo is what has the content of one."""

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image

from domain.errors import Refused
from persistence.pictures import MAX_PIXELS, PHOTOS, check_picture, picture_type
from tests import pdfs


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A grey photo."""
    target = io.BytesIO()
    Image.new("RGB", size, "grey").save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_photo_is_taken_from_memory_and_from_a_file(tmp_path: Path, kind: str, media_type: str) -> None:
    content = picture(kind)
    path = tmp_path / "照片"
    path.write_bytes(content)
    assert picture_type(content[:16]) == media_type
    check_picture(content)
    check_picture(path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "upload.not_picture"),
        (b"GIF89a" + b"\0" * 100, "upload.not_picture"),
        (picture("BMP"), "upload.not_picture"),
        (picture("WEBP"), "upload.not_picture"),
        (pdfs.pdf(), "upload.not_picture"),
        (picture()[:-200], "upload.broken_picture"),
        (picture("PNG")[:60], "upload.broken_picture"),
        (b"\xff\xd8\xff" + b"\0" * 100, "upload.not_picture"),
        (picture("PNG", (MAX_PIXELS // 1000 + 1, 1000)), "upload.too_many_pixels"),
    ],
    ids=["empty", "gif", "bmp", "webp", "pdf", "cut off", "cut off png", "mark alone", "too large"],
)
def test_what_is_no_photo_that_can_be_looked_at_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        check_picture(content)
    assert caught.value.refusal.code == code
    assert caught.value.refusal.clause == PHOTOS


def test_a_photo_that_would_fill_the_memory_is_refused_before_it_is_looked_at() -> None:
    """Its head says forty thousand by forty thousand pixels; there is nothing behind it."""
    head = bytearray(picture("PNG"))
    head[16:24] = (40_000).to_bytes(4, "big") * 2
    head[29:33] = zlib.crc32(head[12:29]).to_bytes(4, "big")
    with pytest.raises(Refused) as caught:
        check_picture(bytes(head))
    assert caught.value.refusal.code == "upload.too_many_pixels"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", picture("WEBP"), b"\xff\xd8"])
def test_what_does_not_even_claim_to_be_a_photo(content: bytes) -> None:
    assert picture_type(content) is None
