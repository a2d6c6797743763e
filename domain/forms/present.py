"""From a draft to the view of it."""

from datetime import datetime

from domain.forms.dialogue import Draft, ready_answer
from domain.forms.questions import FormContext, Question
from domain.forms.registry import Form
from domain.views import Action, Mode, Note, View


def view(
    form: Form, context: FormContext, draft: Draft, period: str, due: datetime, notes: tuple[Note, ...] = ()
) -> View:
    """What to show now: the question with its buttons, the doubt, or the summary."""
    doubts = tuple(Note(code=d.code, params=_labelled(form, d.question, d.params)) for d in draft.doubted)
    common = View(
        kind=form.kind,
        period=period,
        due=due,
        mode=draft.mode,
        notes=(*notes, *doubts),
        total=len(form.questions),
        filled=len(draft.values),
        revision=draft.revision,
    )
    if draft.mode is Mode.IDLE:
        return common.model_copy(update={"buttons": (Action.START,)})
    if draft.mode in (Mode.SUMMARY, Mode.SUBMITTED):
        return common.model_copy(update=_summary(form, context, draft))
    question = form.by_key[draft.cursor or form.questions[0].key]
    return common.model_copy(update=_question(form, context, draft, question))


def _labelled(form: Form, key: str, params: dict[str, str]) -> dict[str, str]:
    return {**params, "label": form.by_key[key].label, "no": str(form.by_key[key].no)}


def _summary(form: Form, context: FormContext, draft: Draft) -> dict[str, object]:
    computed = form.computed(draft.values, context)
    progress = {k: str(v) for k, v in computed.model_dump().items() if v is not None} if computed else {}
    buttons = (Action.SUBMIT, Action.BACK, Action.PAUSE) if draft.mode is Mode.SUMMARY else ()
    return {"values": draft.values, "progress": progress, "buttons": buttons}


def _question(form: Form, context: FormContext, draft: Draft, question: Question) -> dict[str, object]:
    offered = ready_answer(question, Action.OFFER, draft.values, context, form)
    last = None if question.cumulative else context.last.get(question.key)
    if draft.mode is Mode.DOUBTING:
        buttons: tuple[Action, ...] = (Action.CONFIRM, Action.AGAIN, Action.PAUSE)
    else:
        possible = (
            (Action.OFFER, offered is not None),
            (Action.SAME, last is not None),
            (Action.ZERO, question.is_number and not question.cumulative and last not in ("0", "0.00")),
            (Action.NONE, question.may_be_none and last != "无"),
            (Action.BACK, question.no > 1),
            (Action.SUMMARY, not form.next_open(draft.values)),
            (Action.PAUSE, True),
        )
        buttons = tuple(action for action, offer in possible if offer)
    return {
        "question": question.key,
        "position": question.no,
        "last": last,
        "offer": offered,
        "buttons": buttons,
    }
