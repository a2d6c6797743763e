"""From views and notices to words and buttons. Nothing is decided here."""

from decimal import Decimal
from typing import NamedTuple

from aiogram.types import InlineKeyboardMarkup

from bot.keyboards import ACT_LABEL, BaseAct, BaseButton, Button, FormButton, TurnButton, keyboard
from bot.words import Words, month_words
from domain.calendar import last_day_before
from domain.forms.questions import AnswerKind, Question
from domain.forms.registry import FORMS, Form
from domain.views import Action, Mode, Note, Notice, NoticeKind, View

_BUTTON_LIMIT = 24


class Reply(NamedTuple):
    """A message to be sent."""

    text: str
    markup: InlineKeyboardMarkup | None = None


def shown(question: Question, value: str) -> str:
    """A value with its unit, with thousands separated."""
    if question.kind is AnswerKind.MONEY:
        return f"{Decimal(value):,.2f} {question.unit}"
    if question.kind is AnswerKind.COUNT:
        return f"{int(value):,} {question.unit}"
    return value


class Renderer:
    """Puts views into the words of one language."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def view(self, view: View, no: int) -> Reply:
        """What a form shows now; `no` is the obligation's number, for the buttons."""
        form = FORMS[view.kind]
        parts = [self._note(form, note) for note in view.notes]
        match view.mode:
            case Mode.IDLE:
                if not any(note.code == "note.paused" for note in view.notes):
                    parts.append(self._idle(view))
            case Mode.ASKING:
                parts.append(self._question(form, view))
            case Mode.DOUBTING:
                parts.append(self.words.say("form.doubt_ask"))
            case Mode.SUMMARY:
                parts.append(self._summary(form, view))
            case Mode.SUBMITTED:
                known = {"period": month_words(view.period), "kind": view.kind, "total": view.total}
                parts.append(self.words.say("form.submitted", **known))
        return Reply("\n".join(parts), keyboard(self._buttons(form, view, no)))

    def notice(self, notice: Notice, base_name: str, no: int | None) -> Reply:
        """A message that goes out by itself."""
        params = dict(notice.params) | {"base": base_name}
        if "period" in params:
            params["period"] = month_words(params["period"])
        lines = [self.words.say(f"notice.{notice.kind}", **params)]
        for extra in ("document_no", "title", "reason"):
            if notice.kind is NoticeKind.DECIDED and params.get(extra):
                code = "document" if extra == "document_no" else extra
                lines.append(self.words.say(f"notice.decided_{code}", **params))
        return Reply("\n".join(lines), keyboard(self._notice_buttons(notice, no)))

    def act(self, act: BaseAct, base_id: str) -> Button:
        """A button for a decision of the applicant's own."""
        return Button(self.words.say(ACT_LABEL[act]), BaseButton(act=act, base_id=base_id))

    def _notice_buttons(self, notice: Notice, no: int | None) -> list[Button]:
        if notice.kind is NoticeKind.APPLICATION_OPEN:
            return [self.act(a, notice.base_id) for a in (BaseAct.SUBMIT, BaseAct.WITHDRAW)]
        if notice.kind is NoticeKind.PILOT_OVER:
            return [self.act(BaseAct.CERTIFY, notice.base_id)]
        if no is not None and notice.kind is not NoticeKind.MISSING:
            return [Button(self.words.say("button.start"), TurnButton(no=no))]
        return []

    def _note(self, form: Form, note: Note) -> str:
        params = dict(note.params)
        if note.code in ("note.accepted", "note.corrected"):
            question = next(q for q in form.questions if q.label == params["label"])
            params["value"] = shown(question, params["value"])
        return self.words.say(note.code, **params)

    def _idle(self, view: View) -> str:
        return self.words.say(
            "form.idle",
            period=month_words(view.period),
            kind=view.kind,
            filled=view.filled,
            total=view.total,
            due=last_day_before(view.due),
        )

    def _question(self, form: Form, view: View) -> str:
        question = form.by_key[view.question or ""]
        say, unit = self.words.say, question.unit
        head = say("form.head", position=view.position, total=view.total, group=question.group)
        lines = [head, self._asked(question)]
        if view.offer:
            lines.append(say("form.offer", offer=f"{Decimal(view.offer):,.2f}", unit=unit))
        if view.last is not None:
            code = "form.last" if question.is_number else "form.last_text"
            lines.append(say(code, last=_plain(question, view.last), unit=unit))
        elif question.is_number and not view.offer:
            lines.append(say(f"form.example_{question.kind}"))
        return "\n".join(lines)

    def _asked(self, question: Question) -> str:
        say = self.words.say
        if question.is_number:
            return say("form.question", label=question.label, unit=question.unit)
        if question.kind is AnswerKind.CHOICE:
            listed = [f"{n}. {choice}" for n, choice in enumerate(question.choices, 1)]
            return "\n".join([say("form.question_choice", label=question.label), *listed])
        code = "form.question_text_or_none" if question.may_be_none else "form.question_text"
        return say(code, label=question.label, max=question.max_length)

    def _summary(self, form: Form, view: View) -> str:
        say = self.words.say
        head = {"period": month_words(view.period), "kind": view.kind}
        lines = [say("form.summary_head", filled=view.filled, total=view.total, **head)]
        group = ""
        for question in form.questions:
            if question.key not in view.values:
                continue
            if question.group != group:
                group = question.group
                lines.append(say("form.summary_group", group=group))
            value = shown(question, view.values[question.key])
            lines.append(say("form.summary_line", no=question.no, label=question.label, value=value))
        if "completion" in view.progress:
            lines.append(say("form.summary_progress", **view.progress))
        lines.append(say("form.summary_help"))
        return "\n".join(lines)

    def _buttons(self, form: Form, view: View, no: int) -> list[Button]:
        if view.mode is Mode.IDLE:
            return [Button(self.words.say("button.start"), TurnButton(no=no))]
        question = form.by_key.get(view.question or "")
        last = _plain(question, view.last) if question and view.last else ""
        params = {"last": last, "offer": f"{Decimal(view.offer):,.2f}" if view.offer else ""}
        return [
            Button(
                self.words.say(f"button.{action}", **params)[:_BUTTON_LIMIT],
                FormButton(no=no, revision=view.revision, action=action),
            )
            for action in view.buttons
            if action is not Action.START
        ]


def _plain(question: Question, value: str) -> str:
    return shown(question, value).removesuffix(f" {question.unit}") if question.unit else value
