"""An application, and what comes before it, in words and buttons. Nothing is decided here."""

from collections.abc import Iterable, Sequence
from datetime import date

from aiogram.types import InlineKeyboardMarkup

from bot.keyboards import ACT_LABEL, ApplicationButton, BaseAct, BaseButton, Button, IntentButton, keyboard
from bot.phrases import asked, example, note, shown
from bot.reply import Reply
from bot.words import Words
from casework.applying import Paper, last_day_of_return, was_returned
from domain.errors import Refusal
from domain.forms.application import FORM_TITLE, QUESTIONS
from domain.forms.application_dialogue import ApplicationView
from domain.forms.intent import Intent, questions
from domain.forms.intent import asked as asked_first
from domain.forms.questions import AnswerKind, Question, choices_of
from domain.policy.rounds import CallOfRound
from domain.views import Action, Mode, Note
from persistence.bases import BaseRow


def application(words: Words, view: ApplicationView, base_id: str, base_name: str, *first: str) -> Reply:
    """What an application shows now, below the lines of `first`."""
    lines = [*first, *(note(words, one, QUESTIONS) for one in view.notes)]
    named = {"form": FORM_TITLE, "base": base_name, "filled": view.filled, "total": view.total}
    if view.question:
        lines += _question(words, view, view.question)
    elif view.mode is Mode.SUMMARY:
        lines += _summary(words, view, named)
    elif view.total and not any(one.code == "note.paused" for one in view.notes):
        lines.append(words.say("application_form.idle", **named))
    buttons = [_button(words, base_id, view.revision, *one) for one in _offered(words, view)]
    if view.mode is Mode.SUMMARY or not view.total:
        buttons.append(_act(words, BaseAct.PAPERS, base_id))
    if view.completing and not view.total:
        buttons.append(_act(words, BaseAct.SUPPLEMENT, base_id))
    return Reply("\n".join(lines), keyboard(buttons))


def _question(words: Words, view: ApplicationView, question: Question) -> list[str]:
    head = words.say("form.head", position=question.no, total=view.total, group=question.group)
    lines = [head, asked(words, question)]
    if view.old:
        return [*lines, words.say("application_form.old", old=shown(words, question, view.old))]
    return [*lines, *filter(None, [example(words, question)])]


def _summary(words: Words, view: ApplicationView, named: dict[str, object]) -> list[str]:
    lines = [words.say("application_form.summary_head", **named)]
    group = ""
    for question, value in view.answers:
        if question.group != group:
            group = question.group
            lines.append(words.say("form.summary_group", group=group))
        said = shown(words, question, value)
        lines.append(words.say("form.summary_line", no=question.no, label=question.label, value=said))
    return [*lines, words.say("application_form.summary_help")]


def _offered(words: Words, view: ApplicationView) -> list[tuple[str, str]]:
    """Labels, and what they stand for."""
    if not view.total:
        return []
    choices = _choices(view.question) if view.question else []
    return [*choices, *((_label(words, view, action), str(action)) for action in view.buttons)]


def _choices(question: Question) -> list[tuple[str, str]]:
    choices = choices_of(question)
    if question.kind is AnswerKind.YES_NO:
        return [(choice, choice) for choice in choices]
    return [(choice, str(no)) for no, choice in enumerate(choices, 1)]


def _label(words: Words, view: ApplicationView, action: Action) -> str:
    if action is Action.SUBMIT:
        return words.say("button.decide_supplement" if view.completing else "button.decide_submit")
    if action is Action.START:
        return words.say("button.fill")
    return words.say(f"button.{action}")


def _button(words: Words, base_id: str, revision: int, label: str, said: str) -> Button:
    if said == Action.START:  # always current
        return _act(words, BaseAct.FILL, base_id)
    return Button(label, ApplicationButton(base_id=base_id, revision=revision, said=said))


def _act(words: Words, act: BaseAct, base_id: str) -> Button:
    return Button(words.say(ACT_LABEL[act]), BaseButton(act=act, base_id=base_id))


def intent(words: Words, told: Intent, terms: CallOfRound, notes: Iterable[Note] = ()) -> Reply:
    """The next question before an application is registered."""
    every = questions(terms)
    lines = [note(words, one, every) for one in notes]
    question = asked_first(terms, told.given)
    if question is None or told.paused:
        return Reply("\n".join(lines))
    lines.append(words.say("form.head", position=question.no, total=len(every), group=question.group))
    lines.append(asked(words, question))
    actions = [Action.BACK, Action.PAUSE] if told.given else [Action.PAUSE]
    said = [*_choices(question), *((words.say(f"button.{action}"), str(action)) for action in actions)]
    return Reply(
        "\n".join(lines),
        keyboard([Button(label, IntentButton(revision=told.revision, said=what)) for label, what in said]),
    )


def gaps(words: Words, refusal: Refusal | None, row: BaseRow) -> Reply:
    """Everything that is missing, each with its clause."""
    if refusal:
        return Reply(words.refusal(refusal), to_go_on(words, row))
    if was_returned(row):
        text = words.say("supplement.no_gaps", base=row.name, last=last_day_of_return(row))
        return Reply(text, keyboard([_act(words, BaseAct.SUPPLEMENT, row.id)]))
    submit = _act(words, BaseAct.SUBMIT, row.id)
    return Reply(words.say("application_form.no_gaps", base=row.name), keyboard([submit]))


def to_go_on(words: Words, row: BaseRow) -> InlineKeyboardMarkup | None:
    """Buttons to the form and to the documents; during 补正 also to handing in again."""
    acts = [BaseAct.FILL, BaseAct.PAPERS, *([BaseAct.SUPPLEMENT] if was_returned(row) else [])]
    return keyboard([_act(words, act, row.id) for act in acts])


def checklist(words: Words, papers: Sequence[Paper], link: str, last: str, again_until: date | None) -> str:
    """The documents with ✓, 缺 or 已退回, and where they are handed in: the returned ones by `again_until`."""
    lines = [_papers_head(words, sum(paper.missing for paper in papers), again_until)]
    for no, paper in enumerate(papers, 1):
        item = paper.item
        lines.append(words.say(_state(paper), no=no, label=item.label, clause=item.clause.cite()))
    return "\n".join([*lines, words.say("papers.link", link=link, last=last)])


def _state(paper: Paper) -> str:
    if paper.returned:
        return "papers.returned"
    return "papers.present" if paper.present else "papers.absent"


def _papers_head(words: Words, missing: int, again_until: date | None) -> str:
    if again_until:
        code = "papers.to_complete" if missing else "papers.completed"
        return words.say(code, count=missing, last=again_until)
    return words.say("papers.missing", count=missing) if missing else words.say("papers.complete")
