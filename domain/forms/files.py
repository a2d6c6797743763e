"""Files as answers: known by the SHA-256 of their content, never by a name."""

import re
from enum import StrEnum

from domain.application import LIST_SEPARATOR

_MARK = "sha256:"
_FILE = re.compile(r"sha256:([0-9a-f]{64})")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class FileKind(StrEnum):
    """What a file is by its content."""

    PDF = "PDF"
    JPEG = "JPEG"
    PNG = "PNG"


PICTURES = (FileKind.JPEG, FileKind.PNG)


def said_file(*digests: str) -> str:
    """How files that have been taken in are said in a dialogue."""
    return LIST_SEPARATOR.join(f"{_MARK}{digest}" for digest in digests)


def digests_in(said: str) -> tuple[str, ...] | None:
    """The files that are said, each once; None for anything else."""
    found = [_FILE.fullmatch(part) for part in said.split(LIST_SEPARATOR)]
    digests = [match[1] for match in found if match]
    return tuple(dict.fromkeys(digests)) if len(digests) == len(found) else None


def typed(text: str) -> str:
    """What somebody typed, made sure to name no file: a file is named only by whoever took it in."""
    return text.replace(_MARK, _MARK.replace(":", "："))


def files_of(value: str) -> tuple[str, ...]:
    """The files of a canonical value; none of 「无」."""
    return tuple(part for part in value.split(LIST_SEPARATOR) if _DIGEST.fullmatch(part))
