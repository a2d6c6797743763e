"""Text and buttons as messages that WeCom takes: nothing is left out, nothing changes its order.

A text of up to 2,048 bytes; a card with at most six buttons of at most ten characters under a title of at most 36 and
a text of at most 160. What is short goes into one card whole; else the text comes first and the cards after it. A label
that is too long is cut and numbered, and stands in full under the text: 「1. 同上月 1,234,567.50」.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.reply import MOST_BYTES, cut

TITLE, SUBTITLE, LABEL, BUTTONS = 36, 160, 10, 6
REPEATS = 32
"""So many blanks may still be put after a text (see `Text.body`)."""

_OWN_NUMBER = re.compile(r"\d+\. ")


class Button(NamedTuple):
    """What it says, and what it carries back."""

    label: str
    data: str


class Text(NamedTuple):
    """A message of text."""

    text: str

    @property
    def buttons(self) -> tuple[Button, ...]:
        """None."""
        return ()

    def body(self, task_id: str, nth: int) -> dict[str, object]:
        """For `message/send`. What is said again on purpose differs by blanks at its end: the platform swallows repeats."""
        blanks = " " * (nth % (REPEATS + 1))
        return {"msgtype": "text", "text": {"content": self.text + blanks}}


class Card(NamedTuple):
    """A message with buttons; `shown` is what they say, which may be less than their labels."""

    title: str
    text: str
    buttons: tuple[Button, ...]
    shown: tuple[str, ...]

    def body(self, task_id: str, nth: int) -> dict[str, object]:
        """For `message/send`. Its task id makes it differ from every other."""
        card: dict[str, object] = {
            "card_type": "button_interaction",
            "main_title": {"title": self.title},
            "task_id": task_id,
            "button_list": [
                {"type": 0, "text": text, "style": 1, "key": button.data}
                for button, text in zip(self.buttons, self.shown, strict=True)
            ],
        }
        if self.text:
            card["sub_title_text"] = self.text
        return {"msgtype": "template_card", "template_card": card}


class Lines(NamedTuple):
    """A text whose buttons are numbered lines in it: who types `#1` has tapped the first."""

    text: str
    buttons: tuple[Button, ...]

    def body(self, task_id: str, nth: int) -> dict[str, object]:
        """As a text."""
        return Text(self.text).body(task_id, nth)


Message = Text | Card | Lines


def lay_out(text: str, buttons: Sequence[Button], choose: str) -> list[Message]:
    """With cards; `choose` is the title of one that has no text of its own."""
    if not buttons:
        return _texts(text)
    long = [(n, button) for n, button in enumerate(buttons, 1) if length(button.label) > LABEL]
    body = "\n".join([text, *(_line(n, button.label) for n, button in long)])
    decks = _decks([(button, _shown(n, button.label)) for n, button in enumerate(buttons, 1)])
    head = _head(body, choose)
    if len(decks) == 1 and head:
        return [_card(*head, decks[0])]
    return [*_texts(body), *(_card(choose, "", deck) for deck in decks)]


def numbered(text: str, buttons: Sequence[Button]) -> list[Message]:
    """Without cards."""
    if not buttons:
        return _texts(text)
    body = "\n".join([text, *(f"#{n} {button.label}" for n, button in enumerate(buttons, 1))])
    *before, last = _texts(body)
    return [*before, Lines(last.text, tuple(buttons))]


def length(text: str) -> int:
    """Characters, those beyond the first plane counted twice: nobody says how WeCom counts them."""
    return len(text.encode("utf-16-le")) // 2


def shorten(text: str, most: int) -> str:
    """As it is, or cut with 「…」 at the end."""
    if length(text) <= most:
        return text
    while length(text) > most - 1:
        text = text[:-1]
    return f"{text}…"


def _texts(text: str) -> list[Message]:
    return [Text(piece) for piece in cut(text, MOST_BYTES - REPEATS)]


def _line(n: int, label: str) -> str:
    """The whole label; one that has a number keeps it."""
    return label if _OWN_NUMBER.match(label) else f"{n}. {label}"


def _shown(n: int, label: str) -> str:
    if length(label) <= LABEL:
        return label
    return shorten(label if _OWN_NUMBER.match(label) else f"{n}.{label}", LABEL)


def _head(body: str, choose: str) -> tuple[str, str] | None:
    """Title and text of a card that says it all; None if it is too long."""
    first, _, rest = body.partition("\n")
    if first.strip() and length(first) <= TITLE and length(rest) <= SUBTITLE:
        return first, rest
    return (choose, body) if length(body) <= SUBTITLE else None


def _decks(buttons: Sequence[tuple[Button, str]]) -> list[list[tuple[Button, str]]]:
    """Six at most on a card, and no two that carry the same: the platform takes neither."""
    decks: list[list[tuple[Button, str]]] = []
    for button, shown in buttons:
        if not decks or len(decks[-1]) == BUTTONS or any(button.data == b.data for b, _ in decks[-1]):
            decks.append([])
        decks[-1].append((button, shown))
    return decks


def _card(title: str, text: str, deck: Sequence[tuple[Button, str]]) -> Card:
    return Card(title, text, tuple(b for b, _ in deck), tuple(shown for _, shown in deck))
