"""From views and notices to words and buttons. Nothing is decided here."""

from decimal import Decimal

from bot.keyboards import ACT_LABEL, BaseAct, BaseButton, Button, FormButton, TurnButton, keyboard
from bot.phrases import asked, note, plain, shown
from bot.phrases import example as example_of
from bot.reply import Reply
from bot.words import Words, month_words
from casework.submission import LABELS
from domain.calendar import last_day_before
from domain.forms.registry import FORMS, Form
from domain.views import Action, Mode, Notice, NoticeKind, View

_BUTTON_LIMIT = 24

_ACTS = {
    NoticeKind.APPLICATION_OPEN: (BaseAct.SUBMIT, BaseAct.WITHDRAW),
    NoticeKind.PILOT_OVER: (BaseAct.CERTIFY,),
    NoticeKind.RETURNED: (BaseAct.FILL, BaseAct.SUPPLEMENT),
    NoticeKind.OFFERED: (BaseAct.TAKE, BaseAct.DECLINE),
}
"""What a notice asks the applicant to decide."""

_EXTRAS = ("document_no", "title", "rank", "reason")
"""What else is told of a decision, each in a line of its own, if there is any of it."""


class Renderer:
    """Puts views into the words of one language."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def view(self, view: View, no: int) -> Reply:
        """What a form shows now; `no` is the obligation's number, for the buttons."""
        form = FORMS[view.kind]
        parts = [note(self.words, one, form.questions) for one in view.notes]
        match view.mode:
            case Mode.IDLE:
                if not any(one.code == "note.paused" for one in view.notes):
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

    def notice(self, notice: Notice, base_name: str, no: int | None, *, in_round: bool = False) -> Reply:
        """A message that goes out by itself."""
        params = dict(notice.params) | {"base": base_name}
        if "period" in params:
            params["period"] = month_words(params["period"])
        if "items" in params:
            params["items"] = "、".join(LABELS.get(item, item) for item in params["items"].split(","))
        lines = [self.words.say(f"notice.{notice.kind}", **params)]
        if notice.kind in (NoticeKind.DECIDED, NoticeKind.OFFERED):
            wanted = _EXTRAS if notice.kind is NoticeKind.DECIDED else ("rank",)
            lines += [self.words.say(f"notice.decided_{one}", **params) for one in wanted if params.get(one)]
        return Reply("\n".join(lines), keyboard(self._notice_buttons(notice, no, in_round=in_round)))

    def act(self, act: BaseAct, base_id: str) -> Button:
        """A button for a decision of the applicant's own."""
        return Button(self.words.say(ACT_LABEL[act]), BaseButton(act=act, base_id=base_id))

    def _notice_buttons(self, notice: Notice, no: int | None, *, in_round: bool) -> list[Button]:
        if notice.base_id and notice.kind in _ACTS:
            first = in_round and notice.kind is NoticeKind.APPLICATION_OPEN
            acts = (BaseAct.FILL, *_ACTS[notice.kind]) if first else _ACTS[notice.kind]
            return [self.act(act, notice.base_id) for act in acts]
        if no is not None and notice.kind is not NoticeKind.MISSING:
            return [Button(self.words.say("button.start"), TurnButton(no=no))]
        return []

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
        lines = [head, asked(self.words, question)]
        if view.offer:
            lines.append(say("form.offer", offer=f"{Decimal(view.offer):,.2f}", unit=unit))
        if view.last is not None:
            code = "form.last" if question.is_number else "form.last_text"
            lines.append(say(code, last=plain(question, view.last), unit=unit))
        elif not view.offer:
            lines += filter(None, [example_of(self.words, question)])
        return "\n".join(lines)

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
        last = plain(question, view.last) if question and view.last else ""
        params = {"last": last, "offer": f"{Decimal(view.offer):,.2f}" if view.offer else ""}
        return [
            Button(
                self.words.say(f"button.{action}", **params)[:_BUTTON_LIMIT],
                FormButton(no=no, revision=view.revision, action=action),
            )
            for action in view.buttons
            if action is not Action.START
        ]
