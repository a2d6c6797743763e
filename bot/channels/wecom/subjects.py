"""What buttons are about, by what they carry: of the cards about one thing only the newest stays open."""

from collections.abc import Iterable

from bot.keyboards import (
    ApplicationButton,
    BaseButton,
    ChoiceButton,
    FormButton,
    IntentButton,
    PaperButton,
    SnoozeButton,
    TurnButton,
)

_FORM = "form"
_THINGS: dict[str, tuple[str, int]] = {
    FormButton.__prefix__: (_FORM, 1),
    ChoiceButton.__prefix__: (_FORM, 1),
    SnoozeButton.__prefix__: (_FORM, 1),
    TurnButton.__prefix__: (_FORM, 1),
    ApplicationButton.__prefix__: ("application", 1),
    PaperButton.__prefix__: ("papers", 1),
    BaseButton.__prefix__: ("base", 2),
    IntentButton.__prefix__: ("intent", 0),
}
"""By prefix: the kind of thing, and which field says which one; 0: there is only one."""


def subject_of(carried: Iterable[str]) -> str | None:
    """The one thing that all the buttons are about; None if there are several, or none that is known."""
    found = {_subject(data) for data in carried}
    return found.pop() if len(found) == 1 else None


def _subject(data: str) -> str | None:
    prefix, *fields = data.split(":")
    if prefix not in _THINGS:
        return None
    kind, place = _THINGS[prefix]
    if place == 0:
        return kind
    return f"{kind}:{fields[place - 1]}" if len(fields) >= place else None
