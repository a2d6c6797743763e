"""Words: every text is used, every code has its text, and no text asks for a value that nobody gives."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bot import words
from bot.keyboards import (
    ApplicationButton,
    BaseAct,
    BaseButton,
    Button,
    ChoiceButton,
    FormButton,
    FoundButton,
    IntentButton,
    ItemButton,
    NewButton,
    PageButton,
    PaperButton,
    SnoozeButton,
    SureButton,
    TurnButton,
    UrgeButton,
    keyboard,
)
from bot.reply import MOST_BYTES, Reply, cut
from bot.words import Language, TextsError, Words, chinese, faults_of, values_of
from bot.words import words as words_in
from domain.errors import DomainError, Refusal
from domain.forms.application import QUESTIONS
from domain.forms.application_dialogue import MOST_NUMBERS
from domain.forms.questions import AnswerKind
from domain.forms.registry import FORMS
from domain.ids import base_id
from domain.policy.materials import MATERIALS
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.terms import ObligationKind
from domain.views import Action, NoticeKind
from domain.worklist import Act, ItemKind
from persistence.tables import rounds

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("domain", "workflows", "persistence", "casework", "api", "bot", "activities")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
TEXTS: dict[str, dict[str, str]] = tomllib.loads((ROOT / "bot/texts/zh.toml").read_text("utf-8"))
IN_ENGLISH: dict[str, dict[str, str]] = tomllib.loads((ROOT / "bot/texts/en.toml").read_text("utf-8"))
TEXTS_OF = {
    language: {f"{group}.{name}": text for group, names in texts.items() for name, text in names.items()}
    for language, texts in (("zh", TEXTS), ("en", IN_ENGLISH))
}
ERRORS = {kind.__name__ for kind in DomainError.__subclasses__()}
SPEAKING = ERRORS | {"Refusal", "of_all", "say", "Note", "Doubt", "_refuse", "_refused"}

MADE = {
    "notice.": [str(kind) for kind in NoticeKind],
    "notice.decided_": ["document_no", "title", "rank", "reason"],
    "several.": ["opened", "soon", "today", "overdue", "asked", "department", "office", "paused", "resumed"],
    "button.": [str(action) for action in Action],
    "office.what_": [kind.name.lower() for kind in ItemKind],
    "office.short_": [kind.name.lower() for kind in ItemKind if kind not in (ItemKind.REPORT, ItemKind.BASE)],
    "form.example_": [
        str(kind)
        for kind in (
            *(AnswerKind.MONEY, AnswerKind.COUNT, AnswerKind.AREA),
            *(AnswerKind.PARTIES, AnswerKind.DATE, AnswerKind.SCORE),
        )
    ],
}
"""Codes that are put together: what stands before the value, and all values."""


ALWAYS_GIVEN = {"doubt": {"label", "no"}, "answer": {"given", "label", "unit", "max"}}
"""What `present.view` and `Question._refused` add to every code of a group."""


class Spoken(NamedTuple):
    """A code in the source, with the names of its values if they can be seen there."""

    code: str
    given: frozenset[str] | None
    where: str


def name_of(call: ast.Call) -> str:
    """What is called, without what it belongs to."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def given(call: ast.Call) -> frozenset[str] | None:
    """Names of the values given; None if they are not written out."""
    names = {keyword.arg for keyword in call.keywords}
    params = next((k.value for k in call.keywords if k.arg == "params"), None)
    if isinstance(params, ast.Dict) and all(isinstance(key, ast.Constant) for key in params.keys):
        return frozenset(str(key.value) for key in params.keys if isinstance(key, ast.Constant))
    if params is not None or None in names:
        return None
    return frozenset(str(name) for name in names)


def spoken() -> Iterator[Spoken]:
    """Every code that is raised, noted, doubted or said, wherever it can be read off the source."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or name_of(node) not in SPEAKING:
                continue
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            first = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "code")]
            plain = [e for e in first if not isinstance(e, ast.JoinedStr)]
            for constant in (c for expression in plain for c in ast.walk(expression)):
                if isinstance(constant, ast.Constant) and re.fullmatch(
                    r"[a-z_]+\.[a-z_]+", str(constant.value)
                ):
                    yield Spoken(str(constant.value), given(node), where)


def literals() -> set[str]:
    """Every string in the source that could be a code."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def prefixes() -> set[str]:
    """What stands before the value in codes that are put together."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) and len(node.values) == 2:
                first = node.values[0]
                if isinstance(first, ast.Constant) and str(first.value).split(".")[0] in TEXTS:
                    found.add(str(first.value))
    return found


LANGUAGES: tuple[Language, ...] = ("zh", "en")
LONG = {"reason", "note", "text", "explanation", "instalments", "old", "help", "given", "items"}
"""Values that people or other texts write: 100 characters. All others are names, dates and numbers: 40 at most."""

ALERTS = ("chat.stranger", "chat.not_yours", "chat.old_button")
"""Shown over the chat, where Telegram takes 200 characters."""


def at_its_longest(words: Words, code: str) -> str:
    """A text with the longest values that are plausible."""
    text = TEXTS_OF[words.language][code]
    return words.say(code, **{name: "长" * (100 if name in LONG else 40) for name in values_of(text)})


def test_every_code_has_its_text() -> None:
    found = {each.code: each.where for each in spoken()}
    assert len(found) > 60, "the search itself still finds what is said"
    assert {
        "decision.wrong_step",
        "answer.negative",
        "doubt.sum",
        "note.paused",
        "chat.stranger",
        "obligation.locked",
        "invite.invalid",
        "round.closed",
    } <= set(found)
    assert {code: where for code, where in found.items() if code not in chinese()} == {}


def test_codes_that_are_put_together_have_their_texts() -> None:
    assert prefixes() == set(MADE), "name all values of a new one in MADE"
    made = {f"{before}{value}" for before, values in MADE.items() for value in values}
    assert made - chinese().codes == set()


def test_every_text_is_used() -> None:
    made = {f"{before}{value}" for before, values in MADE.items() for value in values}
    assert chinese().codes - literals() - made == set()


def test_no_text_asks_for_what_is_not_given() -> None:
    checked = 0
    for code, names, where in spoken():
        group, name = code.split(".")
        if names is not None:
            checked += 1
            assert values_of(TEXTS[group][name]) <= names | ALWAYS_GIVEN.get(group, set()), where
    assert checked > 40


def test_an_unknown_value_or_code_is_an_error_and_never_a_blank() -> None:
    words = Words({"a": {"b": "{known}和{unknown}"}})
    with pytest.raises(KeyError, match="unknown"):
        words.say("a.b", known=1)
    with pytest.raises(KeyError, match=re.escape("a.c")):
        words.say("a.c")
    assert words.say("a.b", known="{x}", unknown="%s") == "{x}和%s", "values are not texts"
    assert "a.b" in words
    assert "a.c" not in words


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    assert faults_of(IN_ENGLISH, TEXTS) == []
    assert words_in("en").codes == chinese().codes
    assert words_in("en").language == "en"


def test_texts_that_are_not_whole_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zh.toml").write_text('[a]\nb = "{x}"\nc = "甲"\nd = "{y}"\n', "utf-8")
    (tmp_path / "en.toml").write_text('[a]\nb = "{z}"\nd = "{y"\ne = ""\n', "utf-8")
    monkeypatch.setattr(words, "_FOLDER", tmp_path)
    words_in.cache_clear()
    try:
        with pytest.raises(TextsError) as caught:
            words_in("en")
    finally:
        words_in.cache_clear()
    assert str(caught.value) == (
        "bot/texts/en.toml: a.b has other values than it should; a.c is missing; "
        "a.d: expected '}' before end of string; a.e is not known"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_into_one_message_at_its_longest(language: Language) -> None:
    spoken_in = words_in(language)
    sizes = {code: len(at_its_longest(spoken_in, code).encode()) for code in spoken_in.codes}
    assert max(sizes.values()) > 1000, "the values do count"
    assert {code: size for code, size in sizes.items() if size > MOST_BYTES} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_that_are_shown_over_the_chat_are_short(language: Language) -> None:
    assert [code for code in ALERTS if len(words_in(language).say(code)) > 200] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_has_a_blank_at_its_end(language: Language) -> None:
    texts = TEXTS_OF[language]
    goes_before = {"delivery.again"}
    found = {code for code, text in texts.items() if not text or text != text.rstrip()}
    assert found - goes_before == set()


def test_english_has_no_chinese_punctuation() -> None:
    quoted = {"form.example_parties"}
    marks = re.compile("[，。：；「」？！]")
    found = {code for code, text in TEXTS_OF["en"].items() if marks.search(text)}
    assert found - quoted == set()


def test_a_refusal_names_its_clause() -> None:
    refusal = Refusal(
        kind="refused", code="application.too_late", params={"last": "1日"}, clause=SUBMISSION_DEADLINE
    )
    assert chinese().refusal(refusal) == "申报已于 1日 截止，不能再提交。（依据《发榜公告》六-2）"
    without = refusal.model_copy(update={"clause": None})
    assert chinese().refusal(without) == "申报已于 1日 截止，不能再提交。"


def test_the_longest_buttons_fit_into_64_bytes() -> None:
    slug = "r" * (getattr(rounds.c.slug.type, "length", None) or 0)
    assert len(slug) == 20
    most = 2**31 - 1  # of PostgreSQL's integer
    longest = base_id(slug, 99, 999_999)
    buttons = [
        *(FormButton(no=most, revision=most, action=action) for action in Action),
        *(ChoiceButton(no=most, revision=most, said=said) for said in ("是", "6")),
        SnoozeButton(no=most),
        TurnButton(no=most),
        *(BaseButton(act=act, base_id=longest) for act in BaseAct),
        *(ApplicationButton(base_id=longest, revision=99_999, said=said) for said in (*Action, "是", "6")),
        *(PaperButton(base_id=longest, item=item.key, no=MOST_NUMBERS) for item in MATERIALS),
        *(NewButton(round=slug, anew=anew) for anew in (False, True)),
        *(IntentButton(revision=most, said=str(action)) for action in Action),
        *(
            ItemButton(kind=kind, ref=f"{longest}/2026-Q4", mark=99_999, act=act)
            for kind in ItemKind
            for act in Act
        ),
        PageButton(page=9_999),
        SureButton(no=2**63 - 1, sure=True),
        FoundButton(base_id=longest),
        UrgeButton(base_id=longest, no=most),
    ]
    for button in buttons:
        packed = button.pack()
        assert len(packed.encode()) <= 64
        assert type(button).unpack(packed) == button


def test_a_long_message_is_cut_between_lines_and_the_buttons_are_under_its_end() -> None:
    text = "\n".join(f"{n}. 示例材料" for n in range(300))
    markup = keyboard([Button("材料", TurnButton(no=1))])
    parts = Reply(text, markup).parts
    assert len(parts) > 1
    assert all(len(part.text.encode()) <= MOST_BYTES for part in parts)
    assert "\n".join(part.text for part in parts) == text
    assert [part.markup for part in parts] == [*[None] * (len(parts) - 1), markup]


@pytest.mark.parametrize("text", ["", "一行", "长" * 5000, "甲\n\n" + "乙" * 680 + "\n丙"])
def test_no_part_is_too_long_and_nothing_is_lost(text: str) -> None:
    pieces = cut(text)
    assert all(len(piece.encode()) <= MOST_BYTES for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


def test_labels_of_the_application_tell_its_questions_apart() -> None:
    labels = [question.label for question in QUESTIONS]
    assert len(set(labels)) == len(labels), "a note finds its question by the label"


@pytest.mark.parametrize("kind", list(FORMS))
def test_labels_of_a_form_tell_its_questions_apart(kind: ObligationKind) -> None:
    labels = [question.label for question in FORMS[kind].questions]
    assert len(set(labels)) == len(labels), "a note finds its question by the label"
