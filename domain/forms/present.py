"""From a draft to the view of it."""

from collections.abc import Sequence
from datetime import datetime

from domain.forms.asking import before_it, last_of, ready_answer
from domain.forms.files import files_of
from domain.forms.questions import MOST_BUTTONS, NONE_WORD, AnswerKind, FormContext, Question, choices_of
from domain.forms.registry import Form
from domain.forms.said import Draft
from domain.forms.skipped import SKIP_AFTER, answered, may_be_skipped
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
        note=context.note,
        open_again=sum(key not in draft.values for key in context.returned),
    )
    if draft.mode is Mode.IDLE:
        return common.model_copy(update={"buttons": (Action.START, Action.SNOOZE)})
    if draft.mode in (Mode.SUMMARY, Mode.SUBMITTED):
        return common.model_copy(update=_summary(form, context, draft))
    question = form.by_key[draft.cursor or form.questions[0].key]
    return common.model_copy(update=_question(form, context, draft, question))


def _labelled(form: Form, key: str, params: dict[str, str]) -> dict[str, str]:
    return {**params, "label": form.by_key[key].label, "no": str(form.by_key[key].no)}


def _summary(form: Form, context: FormContext, draft: Draft) -> dict[str, object]:
    computed = form.computed(answered(draft.values), context)
    progress = {k: str(v) for k, v in computed.model_dump().items() if v is not None} if computed else {}
    buttons = (Action.SUBMIT, Action.BACK, Action.PAUSE) if draft.mode is Mode.SUMMARY else ()
    return {
        "values": draft.values,
        "progress": progress,
        "buttons": buttons,
        "corrected": _corrected(context, draft),
    }


def _corrected(context: FormContext, draft: Draft) -> dict[str, bool]:
    """What was returned, and what else differs from what was handed in before; whether it changed."""
    changed = {
        key: draft.values.get(key) != old for key, old in context.before.items() if key in draft.values
    }
    return {key: one for key, one in changed.items() if one or key in context.returned}


def _question(form: Form, context: FormContext, draft: Draft, question: Question) -> dict[str, object]:
    offered = ready_answer(question, Action.OFFER, draft.values, context, form)
    last = None if question.cumulative else last_of(question, context)
    files = files_of(draft.values.get(question.key, "")) if question.kind is AnswerKind.EVIDENCE else ()
    if draft.mode is Mode.DOUBTING:
        buttons: tuple[Action, ...] = (Action.CONFIRM, Action.AGAIN, Action.PAUSE)
    elif draft.mode is Mode.SKIPPING:
        buttons = (Action.AGAIN, Action.PAUSE)
    else:
        possible = (
            (Action.OFFER, offered is not None),
            (Action.SAME, last is not None and not choices_of(question)),
            (Action.ZERO, _may_be_zero(question) and last not in ("0", "0.00")),
            (Action.ALL, question.kind is AnswerKind.CHOICES),
            (Action.DONE, bool(files)),
            (Action.AGAIN, bool(files)),
            (
                Action.NONE,
                question.may_be_none and not files and (last != NONE_WORD or bool(choices_of(question))),
            ),
            (Action.SKIP, _skip_is_offered(form, draft, question)),
            (Action.BACK, before_it(form, context, question.key) is not None),
            (Action.SUMMARY, not form.next_open(draft.values)),
            (Action.PAUSE, True),
        )
        buttons = fitting([action for action, offer in possible if offer], len(choices_of(question)))
    return {
        "question": question.key,
        "position": question.no,
        "last": last,
        "now": draft.values.get(question.key),
        "offer": offered,
        "files": len(files),
        "old": context.before.get(question.key) if question.key in context.returned else None,
        "returned_for": context.returned.get(question.key),
        "buttons": buttons,
    }


def _may_be_zero(question: Question) -> bool:
    return question.is_number and not question.cumulative and question.kind is not AnswerKind.SCORE


def _skip_is_offered(form: Form, draft: Draft, question: Question) -> bool:
    return form.may_skip and draft.failures >= SKIP_AFTER and may_be_skipped(question)


def fitting(buttons: Sequence[Action], choices: int) -> tuple[Action, ...]:
    """As many as fit beside so many choices: what is left out, the least needed first, can be typed as well."""
    kept = list(buttons)
    for spare in (Action.BACK, Action.ALL, Action.SUMMARY, Action.ZERO, Action.SKIP):
        if len(kept) + choices > MOST_BUTTONS and spare in kept:
            kept.remove(spare)
    return tuple(kept)
