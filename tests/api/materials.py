"""Handing documents in over HTTP: the application it is about, forms with files, and what is left of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select
from temporalio.client import Client

from app.embedded import HOST, free_port
from domain.lifecycle import Step
from persistence.database import Database
from persistence.tables import documents, materials
from tests.api.site import Site, serving
from tests.support import register, state_of
from workflows.converter import plugin

BASE = "base-2021-03-1"
MATERIALS = f"/api/bases/{BASE}/materials"
LAST_MINUTE, TOO_LATE = "2022-01-21 23:59", "2022-01-22 00:10"

_BOUNDARY = "----of-this-test"
MULTIPART = f"multipart/form-data; boundary={_BOUNDARY}"


@asynccontextmanager
async def applying(
    database_url: str, home: Path, business: str = "2022-01-05 12:00", **settings: Any
) -> AsyncIterator[Site]:
    """The API without Temporal, and one application that is being prepared."""
    nowhere = await Client.connect(f"{HOST}:{free_port()}", lazy=True, plugins=[plugin()])
    async with serving(nowhere, database_url, business, workers=False, home=home, **settings) as site:
        await register(site.parts.database, state_of(BASE, Step.PREPARING))
        yield site


async def hand_in(
    site: Site, content: bytes, item: str = "plan", name: str = "建设实施方案.pdf", by: str | None = "office"
) -> httpx.Response:
    """Upload one document over the API."""
    headers = {"Authorization": f"Bearer {site.tokens[by]}"} if by else {}
    files = {"file": (name, content, "application/pdf")}
    return await site.http.post(MATERIALS, data={"item": item}, files=files, headers=headers)


async def hand_in_slowly(
    site: Site, content: bytes | AsyncIterator[bytes], meanwhile: Callable[[], Awaitable[None]] | None = None
) -> httpx.Response:
    """Upload one document whose length is not said before; half-way something happens."""

    async def body() -> AsyncIterator[bytes]:
        yield part("item") + b"plan\r\n" + part("file", "方案.pdf")
        if isinstance(content, bytes):
            yield content[:100]
            if meanwhile:
                await meanwhile()
            yield content[100:]
        else:
            async for piece in content:
                yield piece
        yield f"\r\n--{_BOUNDARY}--\r\n".encode()

    headers = {"Authorization": f"Bearer {site.tokens['office']}", "Content-Type": MULTIPART}
    return await site.http.post(MATERIALS, content=body(), headers=headers)


def part(name: str, filename: str | None = None) -> bytes:
    """The head of one part of a form."""
    file = f'; filename="{filename}"' if filename else ""
    return f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()


async def kept_rows(database: Database) -> tuple[int, int]:
    """How many versions and how many contents are written down."""
    async with database.transaction() as tx:
        counts = [
            await tx.scalar(select(func.count()).select_from(table)) for table in (materials, documents)
        ]
    return counts[0] or 0, counts[1] or 0


def kept_files(folder: Path) -> list[Path]:
    """Everything that lies in a folder or below."""
    return [path for path in folder.rglob("*") if path.is_file()]
