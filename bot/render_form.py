"""The form of an obligation in words and buttons. Nothing is decided here."""

from decimal import Decimal

from bot.keyboards import Button, ChoiceButton, FormButton, SheetButton, SnoozeButton, TurnButton, keyboard
from bot.phrases import asked, note, plain, shortened, shown
from bot.phrases import example as example_of
from bot.reply import Reply
from bot.words import Words
from domain.calendar import last_day_before
from domain.forms.questions import AnswerKind, Question, choices_of
from domain.forms.registry import FORMS, Form
from domain.forms.skipped import MOST_REASON, is_skipped
from domain.terms import ObligationKind
from domain.views import Action, Mode, Note, View

BUTTON_LIMIT = 24

_ALONE = frozenset({"note.paused", "note.snoozed", "note.snooze_too_late"})
"""Notes that say all there is to say: the question is not asked again below them."""

_LONGEST_SHOWN = 120  # of an old answer, and of a reason
_ORDER_IN_SHORT = 60


def form_view(words: Words, view: View, no: int) -> Reply:
    """What a form shows now; `no` is the obligation's number, for the buttons."""
    form = FORMS[view.kind]
    parts = [_note(words, form, view, one) for one in view.notes]
    if any(one.code in _ALONE for one in view.notes):
        return Reply("\n".join(parts), keyboard(_at_rest(words, no)))
    match view.mode:
        case Mode.IDLE:
            parts.append(_idle(words, view))
        case Mode.ASKING:
            parts.append(_question(words, form, view))
        case Mode.DOUBTING:
            parts.append(words.say("form.doubt_ask"))
        case Mode.SKIPPING:
            label = form.by_key[view.question or ""].label
            parts.append(words.say("form.skip_ask", label=label, most=MOST_REASON))
        case Mode.SUMMARY:
            parts.append(_summary(words, form, view))
        case Mode.SUBMITTED:
            parts.append(words.say("form.submitted", total=view.total, **_named(words, view)))
    return Reply("\n".join(parts), keyboard(_buttons(words, form, view, no)))


def _named(words: Words, view: View) -> dict[str, str]:
    return words.named({"period": view.period, "kind": view.kind})


def _note(words: Words, form: Form, view: View, said: Note) -> str:
    """A remark; how much is filled in is told with the day on which it is due."""
    due = str(last_day_before(view.due))
    match said.code:
        case "note.paused":
            return words.say("form.paused", due=due, **said.params)
        case "note.resumed":
            return words.say("form.resumed", due=due, **said.params)
        case _:
            return note(words, said, form.questions)


def _idle(words: Words, view: View) -> str:
    due = last_day_before(view.due)
    if view.open_again:
        text = words.say("form.idle_returned", open=view.open_again, due=due, **_named(words, view))
    else:
        text = words.say("form.idle", filled=view.filled, total=view.total, due=due, **_named(words, view))
    return "\n".join([*_order(words, view), text])


def _order(words: Words, view: View) -> list[str]:
    """What was ordered: whole where it begins, in short above the other questions."""
    if not view.note:
        return []
    begins = view.mode is Mode.IDLE or view.position == 1
    return [words.say("form.ordered", note=view.note if begins else shortened(view.note, _ORDER_IN_SHORT))]


def _question(words: Words, form: Form, view: View) -> str:
    question = form.by_key[view.question or ""]
    head = words.say("form.head", position=view.position, total=view.total, group=question.group)
    lines = [*_order(words, view), head, asked(words, question)]
    if view.returned_for is not None:
        return "\n".join([*lines, _returned(words, question, view)])
    return "\n".join([*lines, *_help(words, question, view)])


def _returned(words: Words, question: Question, view: View) -> str:
    reason = shortened(view.returned_for or "", _LONGEST_SHOWN)
    if view.old is None:
        return words.say("form.old_none", reason=reason)
    old = shortened(shown(words, question, view.old), _LONGEST_SHOWN)
    return words.say("form.old", old=old, reason=reason)


def _help(words: Words, question: Question, view: View) -> list[str]:
    """What was answered last time or is to be expected, else an example."""
    unit, lines = question.unit, []
    if view.now is not None and not view.files:
        lines.append(words.say("form.now", now=shortened(shown(words, question, view.now), _LONGEST_SHOWN)))
    if view.files:
        lines.append(words.say("form.files", count=view.files))
    if view.offer:
        lines.append(words.say("form.offer", offer=f"{Decimal(view.offer):,.2f}", unit=unit))
    if view.last is not None:
        last = shortened(plain(words, question, view.last), _LONGEST_SHOWN)
        return [*lines, words.say(_last_code(view.kind, question), last=last, unit=unit)]
    return lines or list(filter(None, [example_of(words, question)]))


def _last_code(kind: ObligationKind, question: Question) -> str:
    """A month has a 上月; other periods have a 上期."""
    if kind is ObligationKind.DISPATCH:
        return "form.last" if question.is_number else "form.last_text"
    return "form.last_period" if question.is_number else "form.last_period_text"


def _summary(words: Words, form: Form, view: View) -> str:
    lines = [words.say("form.summary_head", filled=view.filled, total=view.total, **_named(words, view))]
    group = ""
    for question in form.questions:
        if question.key not in view.values:
            continue
        if question.group != group:
            group = question.group
            lines.append(words.say("form.summary_group", group=group))
        value = shown(words, question, view.values[question.key])
        code = _line_code(view, question.key)
        lines.append(words.say(code, no=question.no, label=question.label, value=value))
    if "completion" in view.progress:
        lines.append(words.say("form.summary_progress", **view.progress))
    skipped = sum(map(is_skipped, view.values.values()))
    if skipped:
        lines.append(words.say("form.summary_skipped", count=skipped))
    lines.append(words.say("form.summary_help"))
    return "\n".join(lines)


def _line_code(view: View, key: str) -> str:
    if key not in view.corrected:
        return "form.summary_line"
    return "form.summary_corrected" if view.corrected[key] else "form.summary_unchanged"


def _at_rest(words: Words, no: int) -> list[Button]:
    return [start_button(words, no), snooze_button(words, no), template_button(words, no)]


def start_button(words: Words, no: int) -> Button:
    """Go on with the form."""
    return Button(words.say("button.start"), TurnButton(no=no))


def template_button(words: Words, no: int) -> Button:
    """「下载模板」."""
    return Button(words.say("button.template"), SheetButton(no=no))


def snooze_button(words: Words, no: int) -> Button:
    """「明天提醒我」."""
    return Button(words.say("button.snooze"), SnoozeButton(no=no))


def _buttons(words: Words, form: Form, view: View, no: int) -> list[Button]:
    if view.mode is Mode.IDLE:
        return _at_rest(words, no)
    question = form.by_key.get(view.question or "")
    choices = _choices(question, view, no) if question and view.mode is Mode.ASKING else []
    actions = [
        Button(
            _label(words, view, question, action)[:BUTTON_LIMIT],
            FormButton(no=no, revision=view.revision, action=action),
        )
        for action in view.buttons
    ]
    return [*choices, *actions]


def _choices(question: Question, view: View, no: int) -> list[Button]:
    by_name = question.kind is AnswerKind.YES_NO
    return [
        Button(choice, ChoiceButton(no=no, revision=view.revision, said=choice if by_name else str(n)))
        for n, choice in enumerate(choices_of(question), 1)
    ]


def _label(words: Words, view: View, question: Question | None, action: Action) -> str:
    if action is Action.SAME and question:
        code = "button.same" if view.kind is ObligationKind.DISPATCH else "button.same_period"
        return words.say(code, last=plain(words, question, view.last or ""))
    if action is Action.AGAIN and question and question.kind is AnswerKind.EVIDENCE:
        return words.say("button.upload_again")
    return words.say(f"button.{action}", offer=f"{Decimal(view.offer):,.2f}" if view.offer else "")
