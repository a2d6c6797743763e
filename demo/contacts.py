"""Players of contacts: they read what the page shows, and type and tap like a person."""

import asyncio
import logging
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from demo.latecomers import Latecomers
from demo.moves import (
    TODO,
    Move,
    beginning,
    going_on,
    has_more,
    is_nothing_to_do,
    is_submitted,
    own_decision,
)
from demo.people import LATECOMERS, OFFICIAL
from domain.calendar import BusinessTime
from persistence.database import Database
from persistence.listening import listening
from persistence.local_chat import SAID, LocalChat, LocalMessage, Person

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 6.0
_REPLY_SECONDS = 15.0
_UPLOAD_SECONDS = 30.0
_MOST_STEPS = 120
_FILE = "file"

Step = tuple[LocalMessage | None, Move]


@dataclass
class _Talk:
    """How far somebody has read, and until when a reply is waited for."""

    seen: int = 0
    waits_until: float | None = None  # on the loop's clock; None: nothing has been begun
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class ContactPlayers:
    """Answer for every person whose page says so."""

    def __init__(self, database: Database, clock: BusinessTime) -> None:
        self._database, self._clock = database, clock
        self._talks: dict[int, _Talk] = defaultdict(_Talk)
        self._late = Latecomers()

    async def play(self) -> None:
        """Until cancelled."""
        now, looked_around = asyncio.get_running_loop().time, 0.0
        async with listening(self._database, SAID) as heard:
            while True:
                spoken_to = await _spoken_to(heard)
                # At everybody now and then: a lost connection is silent, and whoever is late has to wake.
                if now() - looked_around > _LOOK_SECONDS:
                    looked_around, spoken_to = now(), None
                await self._look_at(spoken_to)

    async def _look_at(self, spoken_to: frozenset[int] | None) -> None:
        async with self._database.transaction() as tx:
            people = [p for p in await LocalChat(tx).people() if p.played and p.name != OFFICIAL]
        wanted = [p for p in people if spoken_to is None or p.id in spoken_to]
        await asyncio.gather(*(self._look(p) for p in wanted if not self._talks[p.id].turn.locked()))

    async def _look(self, person: Person) -> None:
        talk = self._talks[person.id]
        async with talk.turn:
            theirs = [m for m in await self._messages(person.id, talk.seen) if not m.mine]
            if theirs:
                talk.seen = theirs[-1].id
            for message in theirs:
                decision = own_decision(message)
                if decision:
                    await self._do(person.id, message, decision)
            step = self._next(person, talk, theirs)
            if step:
                talk.waits_until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
                await self._do(person.id, *step)

    def _next(self, person: Person, talk: _Talk, theirs: list[LocalMessage]) -> Step | None:
        """One thing at a time: what has been begun goes before what somebody is only reminded of."""
        is_late = person.name in LATECOMERS
        if is_late:
            self._late.hear(person.id, theirs, self._clock.now())
        for message in reversed(theirs):
            if move := going_on(message, person.name):
                return message, move
            if is_submitted(message) or is_nothing_to_do(message):
                talk.waits_until = None
                return (None, Move(TODO)) if has_more(message) and not is_late else None
        if talk.waits_until is not None:  # a reply that never comes is asked for again
            gone = asyncio.get_running_loop().time() > talk.waits_until
            return (None, Move(TODO)) if gone else None
        if is_late:
            return (None, Move(TODO)) if self._late.wakes(person.id, self._clock.now()) else None
        return next(((m, move) for m in reversed(theirs) if (move := beginning(m))), None)

    async def finish_form(self, person_id: int) -> bool:
        """Fill the current form of a person to its end; False if nothing is open."""
        async with self._talks[person_id].turn:
            async with self._database.transaction() as tx:
                who = next(p.name for p in await LocalChat(tx).people() if p.id == person_id)
            message = await self._ask(person_id, who, Move(TODO))
            for _ in range(_MOST_STEPS):
                if message is None or is_nothing_to_do(message):
                    return False
                if is_submitted(message):
                    return True
                move = going_on(message, who)
                if move is None:
                    return False
                message = await self._ask(person_id, who, move, message)
        return False

    async def _ask(
        self, person_id: int, who: str, move: Move, at: LocalMessage | None = None
    ) -> LocalMessage | None:
        """Do something and wait for what the bot says to it."""
        after = await self._do(person_id, at, move)
        deadline = asyncio.get_running_loop().time() + _REPLY_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            replies = [m for m in await self._messages(person_id, after) if not m.mine]
            # A notice may come in between: the reply is the one that goes on with the form.
            for message in replies:
                if going_on(message, who) or is_submitted(message) or is_nothing_to_do(message):
                    self._talks[person_id].seen = message.id
                    return message
            await asyncio.sleep(0.05)
        return None

    async def _do(self, person_id: int, at: LocalMessage | None, move: Move) -> int:
        """Type or tap; the newest message before that."""
        await _hand_in(move)
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


async def _spoken_to(heard: asyncio.Queue[str]) -> frozenset[int] | None:
    """Who was spoken to by now; None after some silence."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK_SECONDS):  # wait_for may lose a cancellation
            spoken_to = {await heard.get()}
        while not heard.empty():
            spoken_to.add(heard.get_nowait())
        return frozenset(int(one) for one in spoken_to if one)
    return None


async def _hand_in(move: Move) -> None:
    """Choose a file on the page behind the link, as in a browser. Without it the question is asked again."""
    if move.link is None or move.paper is None:
        return
    try:
        async with httpx.AsyncClient(timeout=_UPLOAD_SECONDS) as browser:
            answer = await browser.post(move.link, files={_FILE: move.paper})
            answer.raise_for_status()
    except httpx.HTTPError as e:
        _LOG.warning("a file was not handed in: %r", e)
