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


class TurnButton(CallbackData, prefix="t"):
    """Go on with an obligation."""

    no: int


class BaseAct(StrEnum):
    """What a contact can do for its base."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    WITHDRAW_SURE = "sure"
    CERTIFY = "certify"


class BaseButton(CallbackData, prefix="b"):
    """A decision of the applicant's own."""

    act: BaseAct
    base_id: str


ACT_OF = {
    DecisionKind.SUBMIT: BaseAct.SUBMIT,
    DecisionKind.WITHDRAW: BaseAct.WITHDRAW,
    DecisionKind.APPLY_CERTIFICATION: BaseAct.CERTIFY,
}

ACT_LABEL = {
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
