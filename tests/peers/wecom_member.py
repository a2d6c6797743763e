"""People with WeCom on their phones: what they send, and what they read.

A text and the cards that go on under it are one message; a label that was cut is read where it stands in full.
"""

import asyncio
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from bot.channels.wecom import Account, Keys
from tests.peers.phone import Json, Said

CORP_ID, AGENT_ID, SECRET = "wwpeer0000000000", 1000002, "secret-of-the-peer"
TOKEN = "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ACCOUNT = Account(CORP_ID, AGENT_ID, SECRET)
KEYS = Keys(TOKEN, AES_KEY, CORP_ID, AGENT_ID)

_CUT = re.compile(r"(\d+)\.( ?)(.*)…")
CHOOSE = ("请选择", "Please choose")
"""Titles of a card that goes on under what was said before."""


@dataclass
class Card:
    """A card in a chat; `frozen` is what its only button says once it does not work any more."""

    task_id: str
    title: str
    text: str
    buttons: dict[str, str]  # what they say, and what they carry
    frozen: str = ""


@dataclass
class Shown(Said):
    """A message as a member reads it, and the cards that it is made of."""

    cards: list[Card] = field(default_factory=list)


class Platform(Protocol):
    """What a phone is connected to."""

    agent_id: int
    files: dict[str, tuple[str, bytes]]

    def new_id(self) -> int:
        """A number that nobody else has."""

    def new_code(self, card: Card, userid: str) -> str:
        """With which the card can be changed once."""

    def deliver(self, fields: Json) -> None:
        """To the callback."""


class Member:
    """Somebody with WeCom on the phone."""

    def __init__(self, wecom: Platform, userid: str) -> None:
        self._wecom, self.userid = wecom, userid
        self.screen: list[Said] = []
        self.gone = False
        self.got: deque[float] = deque()
        self.dropped = 0  # messages that the platform has not delivered and nobody knows of
        self.cards: dict[str, Card] = {}
        self.one_by_one = asyncio.Lock()
        self._read = 0

    # What is sent

    def typed(self, text: str) -> Json:
        """A text."""
        return self._message("text", Content=text)

    def tapped(self, label: str, on: Said) -> Json:
        """A button; of a card that is frozen meanwhile if nobody has looked."""
        data = on.buttons[label]
        cards = on.cards if isinstance(on, Shown) else []
        card = next((card for card in cards if data in card.buttons.values()), None)
        code = self._wecom.new_code(card, self.userid) if card else "code-of-nothing"
        task = card.task_id if card else f"jb-{on.message_id}"
        return self._event("template_card_event", data, TaskId=task, ResponseCode=code)

    def photographed(self, content: bytes) -> Json:
        """A picture."""
        media_id = f"media-{self._wecom.new_id()}"
        self._wecom.files[media_id] = ("", content)
        return self._message("image", PicUrl="http://pic.invalid/", MediaId=media_id)

    def sends(self, kind: str) -> Json:
        """Something else: voice, video, location, link."""
        return self._message(kind, MediaId="media-of-its-own")

    def event(self, name: str, key: str = "") -> Json:
        """subscribe, unsubscribe, enter_agent, click."""
        return self._event(name, key)

    def types(self, text: str) -> Json:
        """Send a text."""
        return self._deliver(self.typed(text))

    def taps(self, label: str) -> Json:
        """Tap a button of the newest message that has it, as long as it can be tapped."""
        said = next(s for s in reversed(self.screen) if label in s.buttons)
        card = next(c for c in _cards(said) if said.buttons[label] in c.buttons.values())
        assert not card.frozen, f"the card only says {card.frozen}"
        return self._deliver(self.tapped(label, said))

    def sends_off(self, kind: str) -> Json:
        """Send something else."""
        return self._deliver(self.sends(kind))

    def does(self, name: str, key: str = "") -> Json:
        """An event."""
        return self._deliver(self._event(name, key))

    def _deliver(self, fields: Json) -> Json:
        self._wecom.deliver(fields)
        return fields

    def _message(self, kind: str, **fields: str) -> Json:
        number = str(7_000_000_000_000_000_000 + self._wecom.new_id())
        return self._common(kind) | fields | {"MsgId": number, "AgentID": str(self._wecom.agent_id)}

    def _event(self, name: str, key: str, **fields: str) -> Json:
        event = {"Event": name, "EventKey": key, "AgentID": str(self._wecom.agent_id)}
        return self._common("event") | event | fields

    def _common(self, kind: str) -> Json:
        who = {"ToUserName": CORP_ID, "FromUserName": self.userid}
        return who | {"CreateTime": str(int(time.time()) + self._wecom.new_id()), "MsgType": kind}

    # What is read

    def shows(self, asked: Json) -> None:
        """A text or a card."""
        if asked["msgtype"] == "text":
            self.screen.append(Shown(0, asked["text"]["content"].rstrip(" ")))
        else:
            self.shows_card(card_of(asked["template_card"]))

    def shows_card(self, card: Card) -> None:
        """A card with a text is a message; one without goes on under what was said before."""
        self.cards[card.task_id] = card
        goes_on = card.title in CHOOSE and not card.text
        if not goes_on:
            text = card.text if card.title in CHOOSE else "\n".join(filter(None, (card.title, card.text)))
            self.screen.append(Shown(int(card.task_id.removeprefix("jb-")), text))
        said = self.screen[-1]
        assert isinstance(said, Shown)
        said.message_id = said.message_id or int(card.task_id.removeprefix("jb-"))
        said.cards.append(card)
        self._read_labels(said)

    def _read_labels(self, said: Shown) -> None:
        """Buttons by their whole labels. The lines that have them end the text; they are read, and left out of it."""
        shown = [(text, data) for card in said.cards for text, data in card.buttons.items()]
        cut = [text for text, _ in shown if _CUT.fullmatch(text)]
        whole = getattr(said, "_whole", None) or said.text
        said._whole = whole  # type: ignore[attr-defined]
        lines = whole.split("\n")
        listed = (
            [line for line in lines if any(_is_line_of(line, text) for text in cut)][-len(cut) :]
            if cut
            else []
        )
        left = deque(listed)
        said.buttons = {}
        for text, data in shown:
            label = text
            if text in cut and left and _is_line_of(left[0], text):
                line = left.popleft()
                label = line if _own(text) else line.partition(". ")[2]
            said.buttons[label] = data
        said.text = "\n".join(lines[: len(lines) - len(listed)]) if not left else whole

    async def hears(self, seconds: float = 10) -> Said:
        """What comes next on the screen."""
        deadline = time.monotonic() + seconds
        while len(self.screen) <= self._read:
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{self.userid} heard nothing in {seconds} s; before: {self.screen[-2:]}"
                )
            await asyncio.sleep(0.01)
        self._read += 1
        return self.screen[self._read - 1]

    @property
    def unread(self) -> list[str]:
        """What nobody has looked at yet."""
        return [said.text for said in self.screen[self._read :]]


def card_of(card: Json) -> Card:
    buttons = {button["text"]: button["key"] for button in card["button_list"]}
    return Card(card["task_id"], card["main_title"]["title"], card.get("sub_title_text", ""), buttons)


def _cards(said: Said) -> list[Card]:
    return said.cards if isinstance(said, Shown) else []


def _own(text: str) -> bool:
    """Whether the label had a number itself."""
    match = _CUT.fullmatch(text)
    return bool(match and match[2])


def _is_line_of(line: str, text: str) -> bool:
    """Whether the line has the whole label of a button that was cut."""
    match = _CUT.fullmatch(text)
    return bool(match and line.startswith(f"{match[1]}. {match[3]}"))
