"""Buttons and what they carry back: at most 64 bytes, ids only."""

from enum import StrEnum
from typing import NamedTuple

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from domain.lifecycle import DecisionKind
from domain.views import Action

ROW = 3
"""Buttons side by side on a phone."""


class FormButton(CallbackData, prefix="f"):
    """An answer in a form; the revision tells whether the button is still current."""

    no: int
    revision: int
    action: Action


class ChoiceButton(CallbackData, prefix="c"):
    """An answer in a form that is one of a few: its number, 是 or 否."""

    no: int
    revision: int
    said: str


class SnoozeButton(CallbackData, prefix="z"):
    """「明天提醒我」, of an obligation."""

    no: int


class TurnButton(CallbackData, prefix="t"):
    """Go on with an obligation."""

    no: int


class BaseAct(StrEnum):
    """What a contact can do for its base."""

    FILL = "fill"
    PAPERS = "papers"
    SUBMIT = "submit"
    SUPPLEMENT = "supplement"
    TAKE = "take"
    DECLINE = "decline"
    DECLINE_SURE = "declined"
    WITHDRAW = "withdraw"
    WITHDRAW_SURE = "sure"
    CERTIFY = "certify"


class BaseButton(CallbackData, prefix="b"):
    """A decision of the applicant's own."""

    act: BaseAct
    base_id: str


class ApplicationButton(CallbackData, prefix="a"):
    """An answer in an application: an `Action`, a choice by its number, 是 or 否."""

    base_id: str
    revision: int
    said: str


class PaperButton(CallbackData, prefix="p"):
    """What a file is that was sent, by its number."""

    base_id: str
    item: str
    no: int


class NewButton(CallbackData, prefix="n"):
    """Begin to register an application in a round; `anew` also if another registration is given up for it."""

    round: str
    anew: bool = False


class IntentButton(CallbackData, prefix="i"):
    """An answer while registering: an `Action`, or a choice by its number."""

    revision: int
    said: str


ACT_OF = {
    DecisionKind.SUBMIT: BaseAct.SUBMIT,
    DecisionKind.SUPPLEMENT: BaseAct.SUPPLEMENT,
    DecisionKind.TAKE_OFFER: BaseAct.TAKE,
    DecisionKind.DECLINE_OFFER: BaseAct.DECLINE,
    DecisionKind.WITHDRAW: BaseAct.WITHDRAW,
    DecisionKind.APPLY_CERTIFICATION: BaseAct.CERTIFY,
}

ACT_LABEL = {
    BaseAct.FILL: "button.fill",
    BaseAct.PAPERS: "button.papers",
    BaseAct.SUPPLEMENT: "button.decide_supplement",
    BaseAct.TAKE: "button.decide_take",
    BaseAct.DECLINE: "button.decide_decline",
    BaseAct.DECLINE_SURE: "button.decide_decline_sure",
    BaseAct.SUBMIT: "button.decide_submit",
    BaseAct.WITHDRAW: "button.decide_withdraw",
    BaseAct.WITHDRAW_SURE: "button.decide_withdraw_sure",
    BaseAct.CERTIFY: "button.decide_certify",
}


class Button(NamedTuple):
    """A label and what it carries."""

    label: str
    data: CallbackData


def keyboard(buttons: list[Button], row: int = ROW) -> InlineKeyboardMarkup | None:
    """Buttons in rows; None without any."""
    if not buttons:
        return None
    made = [InlineKeyboardButton(text=b.label, callback_data=b.data.pack()) for b in buttons]
    return InlineKeyboardMarkup(inline_keyboard=[made[i : i + row] for i in range(0, len(made), row)])
