"""Players of contacts: they read what the page shows, and type and tap like a person."""

import asyncio
from collections import defaultdict

from demo.moves import NOTHING_TO_DO, SUBMITTED, TODO, Move, in_form, own_decision
from domain.calendar import BusinessTime
from persistence.database import Database
from persistence.local_chat import LocalChat, LocalMessage, Person

_LOOK_SECONDS = 0.3
_REPLY_SECONDS = 15.0
_MOST_STEPS = 80


class ContactPlayers:
    """Answer for every person whose page says so."""

    def __init__(self, database: Database, clock: BusinessTime) -> None:
        self._database, self._clock = database, clock
        self._seen: dict[int, int] = defaultdict(int)
        self._turn: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def play(self) -> None:
        """Until cancelled."""
        while True:
            async with self._database.transaction() as tx:
                people = [p for p in await LocalChat(tx).people() if p.played]
            await asyncio.gather(*(self._look(p) for p in people))
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self, person: Person) -> None:
        async with self._turn[person.id]:
            messages = await self._messages(person.id, self._seen[person.id])
            theirs = [m for m in messages if not m.mine]
            if not theirs:
                return
            self._seen[person.id] = theirs[-1].id
            for message in theirs:
                decision = own_decision(message)
                if decision:
                    await self._do(person.id, message, decision)
            step = next(((m, move) for m in reversed(theirs) if (move := in_form(m))), None)
            if step:
                await self._do(person.id, *step)

    async def finish_form(self, person_id: int) -> bool:
        """Fill the current form of a person to its end; False if nothing is open."""
        async with self._turn[person_id]:
            message = await self._ask(person_id, Move(TODO))
            for _ in range(_MOST_STEPS):
                if message is None or message.text.startswith(NOTHING_TO_DO):
                    return False
                if message.text.startswith(SUBMITTED):
                    return True
                move = in_form(message)
                if move is None:
                    return False
                message = await self._ask(person_id, move, message)
        return False

    async def _ask(self, person_id: int, move: Move, at: LocalMessage | None = None) -> LocalMessage | None:
        """Do something and wait for what the bot says to it."""
        after = await self._do(person_id, at, move)
        deadline = asyncio.get_running_loop().time() + _REPLY_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            replies = [m for m in await self._messages(person_id, after) if not m.mine]
            # A notice may come in between: the reply is the one that goes on with the form.
            for message in replies:
                if in_form(message) or message.text.startswith((SUBMITTED, NOTHING_TO_DO)):
                    self._seen[person_id] = message.id
                    return message
            await asyncio.sleep(0.05)
        return None

    async def _do(self, person_id: int, at: LocalMessage | None, move: Move) -> int:
        """Type or tap; the newest message before that."""
        async with self._database.transaction() as tx:
            chat = LocalChat(tx)
            newest = await chat.messages(person_id, limit=1)
            now = self._clock.now()
            if move.button and at:
                await chat.tap(person_id, at.id, move.button, move.said, now)
            else:
                await chat.say(person_id, move.said, now)
        return newest[-1].id if newest else 0

    async def _messages(self, person_id: int, after: int) -> list[LocalMessage]:
        async with self._database.transaction() as tx:
            return await LocalChat(tx).messages(person_id, after)
