"""A photo that is taken in must be one by its content. Its name and its declared type are never trusted."""

import io
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from domain.errors import Refused
from domain.policy.source import ours

PHOTOS = ours("照片格式")
MAX_PIXELS = 64_000_000
"""Of one photo: what it takes in memory to look at it grows with them, whatever the size of its file."""

_FORMATS = ("JPEG", "PNG")
"""What cameras and chats make. Nothing else is even tried: every other decoder is one more that can be attacked."""

_MARKS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


def picture_type(head: bytes) -> str | None:
    """The media type that the first bytes of a file claim; None if that is no photo."""
    return next((media for mark, media in _MARKS if head.startswith(mark)), None)


def check_picture(content: Path | bytes) -> None:
    """Raises Refused for what is neither JPEG nor PNG, has too many pixels, or breaks off. May take a second."""
    source = content if isinstance(content, Path) else io.BytesIO(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is asked below
            _look(source)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except Refused:
        raise
    except Exception:  # Pillow raises errors of every kind on broken files
        raise Refused("upload.broken_picture", PHOTOS) from None


def _look(source: Path | io.BytesIO) -> None:
    try:
        image = Image.open(source, formats=_FORMATS)
    except UnidentifiedImageError:
        raise Refused("upload.not_picture", PHOTOS) from None
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels()
        image.load()


def _too_many_pixels() -> Refused:
    return Refused("upload.too_many_pixels", PHOTOS, limit=MAX_PIXELS // 1_000_000)
