"""Counts the pages of one PDF, as a program of its own: a hostile file can only harm this process, which has no secrets.

Says `pages 12`, `encrypted` or `broken`. Reads nothing of this project: it runs isolated (`python -I`).
"""

import logging
import resource
import sys

from pypdf import PdfReader
from pypdf.errors import DependencyError

_MEMORY_BYTES = 1 << 30


def verdict(path: str) -> str:
    """What is to be said of a file. pypdf raises errors of every kind on broken files, so any error means broken."""
    try:
        reader = PdfReader(path)
        return "encrypted" if reader.is_encrypted else f"pages {len(reader.pages)}"
    except DependencyError:  # no cipher here to even try with
        return "encrypted"
    except Exception:
        return "broken"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    logging.disable()
    print(verdict(sys.argv[1]))
