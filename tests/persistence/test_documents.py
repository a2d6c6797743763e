"""Documents are kept once per content, in a folder or over S3."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.calendar import business_day
from domain.errors import Refused
from persistence.documents import DocumentStore, StoreUnavailable, received, store_for
from tests.pdfs import in_chunks, pdf
from tests.peers.s3 import BUCKET, S3
from tests.support import at

DAY = business_day(at("2022-01-05 12:00"))
CONTENT = pdf(3)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
KEY = f"{SHA256[:2]}/{SHA256}.pdf"


@pytest.fixture
async def s3(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[S3]:
    """A server, of which the environment tells."""
    async with S3().serving() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(params=["folder", "file URL", "S3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, s3: S3) -> DocumentStore:
    """An empty store of each kind."""
    folder = tmp_path / "材料 1"
    places: dict[str, str | Path] = {
        "folder": folder,
        "file URL": folder.as_uri(),
        "S3": f"s3://{BUCKET}/2022",
    }
    return store_for(places[request.param])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The content as it was received."""
    path = tmp_path / "received.part"
    path.write_bytes(CONTENT)
    return path


async def read(store: DocumentStore, sha256: str = SHA256) -> bytes:
    return b"".join([piece async for piece in await store.get(sha256)])


async def test_content_comes_back_as_it_was_put(store: DocumentStore, file: Path) -> None:
    assert not await store.has(SHA256)
    assert await store.put(SHA256, file)
    assert await store.has(SHA256)
    assert await read(store) == CONTENT


async def test_the_same_content_is_kept_once(store: DocumentStore, file: Path) -> None:
    assert [await store.put(SHA256, file) for _ in range(3)] == [True, False, False]


async def test_content_that_is_not_there_is_said_to_be_missing(store: DocumentStore) -> None:
    with pytest.raises(FileNotFoundError):
        await store.get("0" * 64)


async def test_a_folder_has_one_file_per_content(tmp_path: Path, file: Path) -> None:
    store = store_for(tmp_path / "documents")
    await store.put(SHA256, file)
    await store.put(SHA256, file)
    kept = [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    assert [str(path.relative_to(tmp_path / "documents")) for path in kept] == [KEY]


async def test_s3_keeps_it_under_the_prefix_and_writes_it_once(s3: S3, file: Path) -> None:
    store = store_for(f"s3://{BUCKET}/2022")
    await store.put(SHA256, file)
    await store.put(SHA256, file)
    assert s3.kept == {f"2022/{KEY}": CONTENT}
    assert s3.count("PUT") == 1


async def test_a_large_document_goes_over_s3_whole(s3: S3, tmp_path: Path) -> None:
    content = b"%PDF-" + bytes(20 * 2**20)
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "large.part").write_bytes(content)
    store = store_for(f"s3://{BUCKET}")
    await store.put(sha256, tmp_path / "large.part")
    assert await read(store, sha256) == content


@pytest.mark.parametrize("status", [503, 500, 403])
async def test_a_store_that_does_not_work_is_an_outage(s3: S3, file: Path, status: int) -> None:
    store = store_for(f"s3://{BUCKET}/2022")
    await store.put(SHA256, file)
    s3.status = status
    for reaching in (store.has(SHA256), store.put(SHA256, file), store.get(SHA256)):
        with pytest.raises(StoreUnavailable):
            await reaching
    s3.status = 0
    assert await read(store) == CONTENT


async def test_wrong_credentials_are_an_outage_and_no_refusal(
    s3: S3, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-else")
    with pytest.raises(StoreUnavailable):
        await store_for(f"s3://{BUCKET}").put(SHA256, file)


async def test_a_server_that_is_not_there_is_an_outage(
    file: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreUnavailable):
        await store_for(f"s3://{BUCKET}").put(SHA256, file)


async def test_a_folder_that_cannot_be_made_is_an_outage(tmp_path: Path, file: Path) -> None:
    (tmp_path / "a file").write_text("in the way")
    with pytest.raises(OSError, match="Not a directory"):
        await store_for(tmp_path / "a file" / "documents").put(SHA256, file)


# What comes in


@pytest.fixture
def scratch_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files of this test lie."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_what_comes_in_is_counted_hashed_and_gone_afterwards(scratch_folder: Path) -> None:
    async with received(in_chunks(CONTENT, 100), DAY) as content:
        assert (content.sha256, content.size) == (SHA256, len(CONTENT))
        assert content.path.read_bytes() == CONTENT
        assert inside(scratch_folder) == [content.path]
    assert inside(scratch_folder) == []


async def test_receiving_stops_at_the_limit_and_leaves_nothing(scratch_folder: Path) -> None:
    sent = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 2**20
            yield bytes(2**20)

    with pytest.raises(Refused, match="too_large"):
        async with received(without_end(), DAY):
            raise AssertionError("taken in")
    assert sent == 51 * 2**20
    assert inside(scratch_folder) == []


async def test_a_connection_that_breaks_leaves_nothing(scratch_folder: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield CONTENT[:100]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        async with received(breaking(), DAY):
            raise AssertionError("taken in")
    assert inside(scratch_folder) == []
