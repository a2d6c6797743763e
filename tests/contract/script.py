"""The vocabulary of the dialogues: what people do, and what they then read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

from bot.channels import local, telegram, wecom
from tests.contract.stage import Stage

CHANNELS = (local.NAME, telegram.NAME, wecom.NAME)
"""The channels that keep the contract."""

ANNA, BORIS, OFFICE = "示例联系人", "示例同事", "示例处室"

Setting = Callable[[Stage], Awaitable[None]]
Event = Callable[[Stage], Awaitable[None]]


class Kind(Enum):
    """What somebody does."""

    TYPES = "types"
    TAPS = "taps"
    HEARS = "hears"
    AGAIN = "again"
    SENDS = "sends"
    SENDS_SHEET = "sends a sheet"
    IN_GROUP = "in a group"
    MEANWHILE = "meanwhile"


@dataclass(frozen=True)
class Line:
    """One thing that happens. `wanted` are words of the messages that come of it, one message for each."""

    kind: Kind
    what: str = ""
    wanted: tuple[str, ...] = ()
    who: str = ANNA
    under: str = ""  # words of the message whose button is tapped; the newest that has it, if none are given
    event: Event | None = None
    cells: tuple[tuple[str, object], ...] = ()  # of a sheet


@dataclass(frozen=True)
class Script:
    """A dialogue, the same on every channel that can have it."""

    name: str
    setting: Setting
    lines: tuple[Line, ...]
    begins: str = "2022-01-05 10:20"
    stored: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # by period: figures that stand at the end
    channels: tuple[str, ...] = CHANNELS


def types(text: str, *wanted: str, who: str = ANNA) -> Line:
    """Somebody types something."""
    return Line(Kind.TYPES, text, wanted, who)


def taps(label: str, *wanted: str, who: str = ANNA, under: str = "") -> Line:
    """Somebody taps a button."""
    return Line(Kind.TAPS, label, wanted, who, under)


def hears(*wanted: str, who: str = ANNA) -> Line:
    """Messages come by themselves."""
    return Line(Kind.HEARS, "", wanted, who)


def again(*wanted: str, who: str = ANNA) -> Line:
    """The platform delivers once more what came last from somebody."""
    return Line(Kind.AGAIN, "", wanted, who)


def sends(number: int) -> Line:
    """Somebody sends a photo: to the bot where it takes files, else over the link that it gave."""
    return Line(Kind.SENDS, str(number))


def sends_sheet(**cells: object) -> Line:
    """Somebody fills cells of the template that was asked for, and sends it back as `sends` does."""
    return Line(Kind.SENDS_SHEET, cells=tuple(cells.items()))


def in_a_group(text: str, *wanted: str) -> Line:
    """Somebody types something where others read along; `wanted` is what the group then reads."""
    return Line(Kind.IN_GROUP, text, wanted)


def meanwhile(event: Event) -> Line:
    """Something happens elsewhere."""
    return Line(Kind.MEANWHILE, event=event)
