"""A whole installation on real servers, as a test sees it: people who chat, an office that calls the API, a clock."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from app.process import Running
from app.settings import Settings
from app.wiring import Parts, assembled, connect
from bot.channels import local
from demo.contacts import ContactPlayers
from domain.calendar import Clock
from domain.policy.rounds import ROUND_2021
from persistence.local_chat import LocalChat, LocalMessage
from persistence.rounds import Rounds
from tests.support import at, eventually

ADMIN = "test-admin-token"


class JumpingClock:
    """Business time at the machine's pace, until the test jumps ahead."""

    def __init__(self, begins: str) -> None:
        self.current = Clock(origin=datetime.now(UTC), business_origin=at(begins))

    def now(self) -> datetime:
        """Business time now."""
        return self.current.now()

    def jump(self, to: datetime) -> Clock:
        """Go ahead."""
        assert to >= self.now(), f"{to} is in the past"
        self.current = Clock(origin=datetime.now(UTC), business_origin=to)
        return self.current


class Person:
    """Somebody who chats on the local channel."""

    def __init__(self, town: "Town", person_id: int) -> None:
        self._town, self.id = town, person_id
        self._players = ContactPlayers(town.parts.database, town.clock)

    async def says(self, text: str) -> None:
        """Type something."""
        async with self._town.parts.database.transaction() as tx:
            await LocalChat(tx).say(self.id, text, self._town.clock.now())

    async def heard(self) -> list[LocalMessage]:
        """What the bot has said, oldest first."""
        async with self._town.parts.database.transaction() as tx:
            return [m for m in await LocalChat(tx).messages(self.id, limit=1000) if not m.mine]

    async def asks(self, text: str, words: str) -> LocalMessage:
        """Type something and wait for the bot to say something with these words to it."""
        heard = await self.heard()
        await self.says(text)
        return await self.hears(words, after=heard[-1].id if heard else 0)

    async def hears(self, words: str, seconds: float = 20, after: int = 0) -> LocalMessage:
        """Wait for the bot to say something with these words; the newest message that has them."""

        async def found() -> LocalMessage | None:
            return next((m for m in reversed(await self.heard()) if words in m.text and m.id > after), None)

        try:
            message = await eventually(found, seconds=seconds)
        except AssertionError:
            heard = "\n".join(m.text for m in (await self.heard())[-5:])
            raise AssertionError(f"「{words}」 was not heard, but:\n{heard}") from None
        assert message
        return message

    async def taps(self, label: str, under: str) -> None:
        """Tap a button of the newest message with these words."""
        message = await self.hears(under)
        buttons = {text: data for row in message.buttons for text, data in row}
        async with self._town.parts.database.transaction() as tx:
            await LocalChat(tx).tap(self.id, message.id, buttons[label], label, self._town.clock.now())

    async def fills_the_form(self) -> None:
        """Everything from 待办 to 提交."""
        assert await self._players.finish_form(self.id)


class Town:
    """The installation. `browser` belongs to somebody without any token."""

    def __init__(
        self, parts: Parts, clock: JumpingClock, http: httpx.AsyncClient, browser: httpx.AsyncClient
    ) -> None:
        self.parts, self.clock, self.http, self.browser = parts, clock, http, browser

    async def ask(self, path: str, **params: str) -> Any:
        """GET as the office."""
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST as the office."""
        answer = await self.http.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def contact(self, name: str, phone: str | None = None) -> tuple[Person, int]:
        """A contact with a bound chat."""
        made = await self.post("/api/contacts", {"name": name, "phone": phone})
        code = (await self.post(f"/api/contacts/{made['id']}/invite"))["code"]
        async with self.parts.database.transaction() as tx:
            person = Person(self, (await LocalChat(tx).person(name)).id)
        await person.says(f"/start {code}")
        await person.hears("绑定成功")
        return person, made["id"]

    async def office(self, base_id: str, kind: str, **fields: Any) -> Any:
        """A decision of the office."""
        return await self.post(f"/api/bases/{base_id}/decisions", {"kind": kind, **fields})

    async def jump(self, to: datetime) -> None:
        """Let time pass."""
        await self.parts.tell_clock(self.clock.jump(to))


@asynccontextmanager
async def town(
    database_url: str,
    address: str,
    begins: str,
    *,
    worker: bool = True,
    bot: bool = True,
    by_hand: bool = True,
    home: Path = Path(".jiebang"),
    channels: dict[str, Any] | None = None,
) -> AsyncIterator[Town]:
    """Everything but the servers: worker, bot on the local channel, API. What is left out runs elsewhere.

    `by_hand`: there is the 2021 round already, and no workflow runs it. `home`: where documents are kept.
    `channels`: settings of other channels; their ways in are for the test to open.
    """
    settings = Settings(admin_token=SecretStr(ADMIN), home=home, **(channels or {}))
    clock = JumpingClock(begins)
    client = await connect(address)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(assembled(settings, database_url, client, clock))
        if by_hand:
            async with parts.database.transaction() as tx:
                await Rounds(tx).add(ROUND_2021)
        transport = httpx.ASGITransport(parts.application())
        bearer = {"Authorization": f"Bearer {ADMIN}"}
        http = httpx.AsyncClient(transport=transport, base_url="http://town", headers=bearer)
        await stack.enter_async_context(http)
        browser = httpx.AsyncClient(transport=transport, base_url="http://town")
        await stack.enter_async_context(browser)
        if worker:
            await stack.enter_async_context(parts.workers())
        running = await stack.enter_async_context(Running())
        if bot:
            running.start(local.poll(parts.bots[local.NAME], parts.intake, parts.database))
        yield Town(parts, clock, http, browser)
