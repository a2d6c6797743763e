"""The real Temporal server, one for all lives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import embedded


@pytest.fixture(scope="session")
def real_temporal(scratch: Path) -> Iterator[str]:
    """The address of a real Temporal server with its data in a file."""
    folder = scratch / "temporal"
    folder.mkdir()
    with embedded.temporal(folder, embedded.free_port(), None) as address:
        yield address
