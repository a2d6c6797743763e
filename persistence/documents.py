"""The store of documents: by content, in a local folder or in an S3-compatible store, each content once."""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from persistence.pdf import check_size

if TYPE_CHECKING:  # known to type checkers only
    from obstore import GetResult
    from obstore.store import RetryConfig

_CHUNK_BYTES = 1 << 18
_TRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""Who uploads waits for the answer: a store that does not answer soon is away."""


class StoreUnavailable(OSError):
    """The store of documents does not do what it should: an outage, not a refusal."""


class Received(NamedTuple):
    """Content that has come in whole and lies in a temporary file."""

    path: Path
    sha256: str
    size: int  # bytes


class DocumentStore:
    """Documents by the SHA-256 of their content. Opened when first used: not every process needs it."""

    def __init__(self, opening: Callable[[], ObjectStore]) -> None:
        self._opening = opening

    @cached_property
    def _store(self) -> ObjectStore:
        return self._opening()

    async def put(self, sha256: str, path: Path) -> bool:
        """Keep the content of a file; False if it was kept already. Raises StoreUnavailable."""
        if await self.has(sha256):
            return False
        with _reaching():
            await obstore.put_async(self._store, _key(sha256), path, use_multipart=False)
        return True

    async def has(self, sha256: str) -> bool:
        """Whether the content is kept. Raises StoreUnavailable."""
        try:
            with _reaching():
                await obstore.head_async(self._store, _key(sha256))
        except FileNotFoundError:
            return False
        return True

    async def get(self, sha256: str) -> AsyncIterator[bytes]:
        """The content in pieces. Raises StoreUnavailable, FileNotFoundError if it is not there."""
        with _reaching():
            found = await obstore.get_async(self._store, _key(sha256))
        return _pieces(found)


def store_for(place: str | Path) -> DocumentStore:
    """The store in a folder, or at a URL such as `s3://bucket/prefix` (then AWS_… say how to reach it)."""
    if isinstance(place, Path):
        return DocumentStore(partial(LocalStore, place.absolute(), mkdir=True))
    if place.startswith("file://"):
        return DocumentStore(partial(LocalStore.from_url, place, mkdir=True))
    return DocumentStore(partial(from_url, place, retry_config=_TRIES))


@asynccontextmanager
async def received(chunks: AsyncIterator[bytes], day: date) -> AsyncIterator[Received]:
    """What comes in, gone again on leaving. Raises Refused as soon as it is more than may be taken in on `day`."""
    with tempfile.NamedTemporaryFile(prefix="jiebang-", suffix=".part") as file:
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            check_size(size, day)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        yield Received(Path(file.name), digest.hexdigest(), size)


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}.pdf"


async def _pieces(found: "GetResult") -> AsyncIterator[bytes]:
    with _reaching():
        async for piece in found.stream(_CHUNK_BYTES):
            yield bytes(piece)


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except BaseError as e:
        raise StoreUnavailable(str(e).partition("\n")[0]) from e
