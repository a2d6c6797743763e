"""Where a dialogue is played: one channel, an empty database, a Temporal server of its own.

So the same people, bases and obligations have the same ids and numbers on every channel, and what is said and stored
can be compared as it is.
"""

import io
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import DateTime, select
from temporalio.testing import WorkflowEnvironment

from api.application import application
from api.services import ApiServices
from app import embedded
from bot.words import chinese
from domain.errors import DomainError
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import OWED, ObligationKind
from persistence.database import Database
from persistence.obligations import ObligationRow, Obligations
from persistence.tables import (
    applications,
    bases,
    figures,
    obligation_decisions,
    obligations,
    submissions,
)
from tests.conftest import emptied
from tests.conversations.people import Chatter, Phone, WorkPhone
from tests.conversations.test_sheets import filled
from tests.conversations.test_sheets import sends as sends_file
from tests.conversations.town import PUBLIC_URL, ServerTime, Town
from tests.peers.bot_api import BotApi
from tests.peers.phone import Said
from tests.peers.wecom_api import WeCom
from tests.support import eventually, register_attributes, state_of
from workflows.converter import plugin

STATE = (bases, applications, obligations, submissions, figures, obligation_decisions)
_INCIDENTAL = {"update_id", "schedule", "no", "code", "handled"}
"""What has the update in it that it came of, or depends on what was quicker."""

_LINK = re.compile(r"(https://\S+/)[\w-]+")

Heard = tuple[str, str, tuple[str, ...]]
"""Who, the text, and the labels of the buttons."""


class Stage:
    """A town with people who are known by name."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.people: dict[str, Chatter] = {}
        self.names: dict[str, str] = {}  # what dialogues call ids by
        self.transcript: list[Heard] = []
        self._codes = iter(range(1, 100))

    # Settings

    async def base(self, name: str = "base", *, published_on: date = date(2021, 7, 1)) -> str:
        """A base in its pilot; not alive yet."""
        base_id = f"base-contract-03-{next(self._codes)}"
        state = state_of(base_id, Step.PILOT, published_on=published_on)
        self.names[name] = await self.town.base(state)
        return base_id

    async def contact(self, who: str, *base_ids: str) -> Chatter:
        """A contact who is bound already."""
        self.people[who] = await self.town.contact_of(*base_ids, name=who)
        return self.people[who]

    async def stranger(self, who: str) -> Chatter:
        """Somebody whom nobody has invited."""
        self.people[who] = await self.town.stranger(who)
        return self.people[who]

    async def opened(self, base: str, kind: ObligationKind, period: str) -> str:
        """Wait until something is open; its id."""
        owed = obligation_id(base, kind, period)

        async def has_a_form() -> bool:
            return (await self.town.gateway.obligation(owed)).view is not None

        await eventually(has_a_form)
        return owed

    # What people do

    def heard(self, who: str, said: Said) -> None:
        """Put a message down."""
        text = _LINK.sub(r"\1…", said.text)
        self.transcript.append((who, text, tuple(said.buttons)))

    async def sends_photo(self, who: str, number: int) -> None:
        """A photo reaches the form that the chat is on. What is said of it is each channel's own affair."""
        person, content = self.people[who], photo(number)
        match person.platform:
            case Phone() as phone:
                await self._by_phone(person, phone, content)
            case WorkPhone() as phone:
                said = await person.delivers(await phone.update(phone.member.photographed(content)))
                assert said.text.startswith("✓ 已收到"), said.text
            case _:
                await self._by_link(person, content)

    async def sends_sheet(self, who: str, cells: dict[str, object]) -> None:
        """The template that was asked for comes back with cells filled in."""
        person = self.people[who]
        address = await _newest(person, "/sheet/")
        async with self._browser() as browser:
            content = filled((await browser.get(f"{address}/template.xlsx")).content, **cells)
            if isinstance(person.platform, Phone):
                said = await sends_file(self.town, person, content)
                assert said.text.startswith(f"✓ 已填入 {len(cells)} 项"), said.text
            else:
                answer = await browser.post(address, files={"file": ("填好.xlsx", content)})
                assert f"已填入 {len(cells)} 项" in answer.text, answer.text

    async def _by_phone(self, person: Chatter, phone: Phone, content: bytes) -> None:
        name = f"file{len(self.town.api.files)}"
        self.town.api.files[name] = content
        size = {"file_id": name, "file_unique_id": name, "width": 64, "height": 48, "file_size": len(content)}
        said = await person.delivers(phone.update(phone.person.sends({"photo": [size]})))
        assert said.text.startswith("✓ 已收到"), said.text

    async def _by_link(self, person: Chatter, content: bytes) -> None:
        address = await _newest(person, "/evidence/")
        async with self._browser() as browser:
            answer = await browser.post(address, files={"file": ("示例.jpg", content, "image/jpeg")})
        assert "已收到" in answer.text, answer.text

    @asynccontextmanager
    async def _browser(self) -> AsyncIterator[httpx.AsyncClient]:
        town = self.town
        services = ApiServices(
            database=town.database,
            documents=town.documents,
            gateway=town.gateway,
            casework=town.casework,
            clock=town.clock,
            explain=chinese().refusal,
            temporal_ready=_ready,
        )
        transport = httpx.ASGITransport(application(services))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as browser:
            yield browser

    # What stands at the end

    async def stored(self) -> dict[str, list[dict[str, Any]]]:
        """What the dialogue has left in the database, but for instants; and what is filled in so far."""
        found: dict[str, list[dict[str, Any]]] = {}
        async with self.town.database.transaction() as tx:
            for table in STATE:
                kept = [c for c in table.c if not isinstance(c.type, DateTime) and c.name not in _INCIDENTAL]
                rows = (await tx.execute(select(*kept).order_by(*table.primary_key.columns))).mappings()
                found[table.name] = [_without(dict(row)) for row in rows]
        found["drafts"] = [await self._draft(row) for row in await self._owed()]
        return found

    async def _owed(self) -> list[ObligationRow]:
        async with self.town.database.transaction() as tx:
            owed = (await tx.scalars(select(obligations.c.id).where(obligations.c.state.in_(OWED)))).all()
            return [await Obligations(tx).get(one) for one in sorted(owed)]

    async def _draft(self, row: ObligationRow) -> dict[str, Any]:
        try:
            return {"id": row.id, **(await self.town.gateway.obligation(row.id)).draft.values}
        except DomainError:
            return {"id": row.id}


def _without(value: Any) -> Any:
    """The same without what is incidental, in JSON too."""
    if isinstance(value, dict):
        return {key: _without(part) for key, part in value.items() if key not in _INCIDENTAL}
    return value


async def _newest(person: Chatter, place: str) -> str:
    """The address in the newest message that has one."""
    found = (re.search(rf"{place}\S+", said.text) for said in reversed(await person.look()))
    return next(match[0] for match in found if match)


def photo(number: int) -> bytes:
    """A photo; another number is another content."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (number * 25, 80, 120)).save(file, "JPEG")
    return file.getvalue()


@asynccontextmanager
async def staged(database: Database, channel: str, begins: str) -> AsyncIterator[Stage]:
    """A stage on one channel, from a business time on."""
    await emptied(database)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(BotApi().serving())
        work = await stack.enter_async_context(WeCom().serving())
        work.most_a_minute = None  # nobody in a test types as slowly as people do
        env = await stack.enter_async_context(
            await WorkflowEnvironment.start_time_skipping(
                plugins=[plugin()], test_server_existing_path=embedded.beside_python("temporal-test-server")
            )
        )
        await register_attributes(env.client)
        clock = ServerTime(begins, await env.get_current_time())
        town = Town(env, database, api, channel, clock, wecom=work)
        stack.push_async_callback(town.close)
        yield Stage(town)


async def _ready() -> bool:
    return True
