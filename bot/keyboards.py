"""Buttons and what they carry back: at most 64 bytes, ids only."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from domain.lifecycle import DecisionKind
from domain.views import Action
from domain.worklist import Act, ItemKind

ROW = 3
"""Buttons side by side on a phone."""


Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""Of a row in the database: what is no such number is none of our buttons."""

PageNumber = Annotated[int, Field(ge=1, le=9999)]
"""As it can be typed."""


class FormButton(CallbackData, prefix="f"):
    """An answer in a form; the revision tells whether the button is still current."""

    no: Number
    revision: int
    action: Action


class ChoiceButton(CallbackData, prefix="c"):
    """An answer in a form that is one of a few: its number, 是 or 否."""

    no: Number
    revision: int
    said: str


class SnoozeButton(CallbackData, prefix="z"):
    """「明天提醒我」, of an obligation."""

    no: Number


class SheetButton(CallbackData, prefix="x"):
    """「下载模板」, of an obligation."""

    no: Number


class TurnButton(CallbackData, prefix="t"):
    """Go on with an obligation."""

    no: Number


class HandoverButton(CallbackData, prefix="h"):
    """Hand a form over to somebody of its base, by number; 0: to whoever stands in. To oneself: take it back."""

    no: Number
    to: Number = 0


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
    no: Number


class NewButton(CallbackData, prefix="n"):
    """Begin to register an application in a round; `anew` also if another registration is given up for it."""

    round: str
    anew: bool = False


class IntentButton(CallbackData, prefix="i"):
    """An answer while registering: an `Action`, or a choice by its number."""

    revision: int
    said: str


class ItemButton(CallbackData, prefix="w"):
    """Something that waits for an office; the mark tells whether it is still the same question."""

    kind: ItemKind
    ref: str
    mark: int
    act: Act


class PageButton(CallbackData, prefix="k"):
    """All reports of one page of what waits that can be accepted without a second look."""

    page: PageNumber


class SureButton(CallbackData, prefix="y"):
    """Yes or no to what is about to be decided; by the update after which only that was missing."""

    no: int
    sure: bool


class FoundButton(CallbackData, prefix="q"):
    """A base that was found."""

    base_id: str


class UrgeButton(CallbackData, prefix="u"):
    """Nudge whom a base waits for, or one of its reports by number."""

    base_id: str
    no: Number = 0  # 0: the base itself


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
