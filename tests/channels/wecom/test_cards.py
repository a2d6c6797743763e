"""Any text and any buttons become messages that WeCom takes, and a member reads all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.account import NAME
from bot.channels.wecom.cards import Button, Card, Lines, Message, Text, lay_out, length, numbered
from bot.channels.wecom.subjects import subject_of
from bot.keyboards import ChoiceButton, FormButton, SnoozeButton, TurnButton
from domain.views import Action
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import ACCOUNT, KEYS, Member

CHOOSE = "请选择"

_CHARACTERS = st.sampled_from([*"甲乙丙，。1230. ab#", "\n", "𠮷", "…"])
_TEXTS = st.text(_CHARACTERS, min_size=1, max_size=1500).filter(lambda t: t.strip() and CHOOSE not in t)
_LABELS = st.text(st.sampled_from([*"同上月1,234.50 一", "𠮷"]), min_size=1, max_size=40).filter(str.strip)
_DATA = st.text("abcf:12", min_size=1, max_size=8)
_BUTTONS = st.lists(st.builds(Button, _LABELS, _DATA), max_size=20)


def squeezed(text: str) -> str:
    """Without what may be lost where a text is cut."""
    return "".join(text.split())


def is_taken(message: Message, nth: int = 0) -> None:
    """The platform's own checks, and that characters beyond the first plane are counted twice."""
    asked = {"touser": "a", "agentid": ACCOUNT.agent_id, **message.body("jb-1", nth)}
    WeCom()._check(asked)
    if isinstance(message, Card):
        assert length(message.title) <= 36
        assert length(message.text) <= 160
        assert all(length(shown) <= 10 for shown in message.shown)


@given(_TEXTS, _BUTTONS)
def test_any_text_with_any_buttons(text: str, buttons: list[Button]) -> None:
    messages = lay_out(text, buttons, CHOOSE)
    for message in messages:
        is_taken(message)
    assert [button for m in messages for button in m.buttons] == buttons, "each once, in order"
    told = "".join(m.text if m.text and isinstance(m, Text) else _head(m) for m in messages)
    assert squeezed(told).startswith(squeezed(text))
    for n, button in enumerate(buttons, 1):
        if length(button.label) > 10:
            assert squeezed(button.label) in squeezed(told), n
    assert messages == lay_out(text, buttons, CHOOSE)


def _head(message: Message) -> str:
    assert isinstance(message, Card)
    return (message.title if message.title != CHOOSE else "") + message.text


@given(_TEXTS, _BUTTONS)
def test_without_cards(text: str, buttons: list[Button]) -> None:
    messages = numbered(text, buttons)
    for message in messages:
        is_taken(message)
    assert [button for m in messages for button in m.buttons] == buttons
    told = squeezed("".join(m.text for m in messages))
    assert told == squeezed(text + "".join(f"#{n}{b.label}" for n, b in enumerate(buttons, 1)))


@given(st.integers(0, 100))
def test_what_is_said_again_on_purpose_differs_and_is_not_too_long(nth: int) -> None:
    text = Text("长" * 672)
    assert len(text.text.encode()) == 2016
    is_taken(text, nth)
    if 0 < nth <= 32:
        assert text.body("jb-1", nth) != text.body("jb-1", nth - 1)


@given(
    st.lists(st.text("甲乙丙 丁.", min_size=1, max_size=60).filter(str.strip), min_size=1, max_size=4).map(
        "\n".join
    ),
    st.lists(
        st.text("同上月1,2", min_size=1, max_size=20).filter(lambda t: t == t.strip()),
        unique=True,
        max_size=9,
    ),
)
def test_a_member_reads_the_text_and_the_whole_labels(text: str, labels: list[str]) -> None:
    """The peer puts together what was cut, so that tests see what people see."""
    member = Member(WeCom(), "anna")
    buttons = [Button(label, f"f:{n}") for n, label in enumerate(labels)]
    messages = lay_out(text, buttons, CHOOSE)
    for n, message in enumerate(messages):
        body = message.body(f"jb-{n + 1}", 0)
        member.shows(body)
    (said,) = member.screen
    assert said.text == text.rstrip(" ") or said.text.rstrip() == text.rstrip()
    assert said.buttons == {button.label: button.data for button in buttons}


SHORT = [Button("0", "f:1"), Button("上一项", "f:2")]


@pytest.mark.parametrize(
    ("text", "buttons", "shape"),
    [
        ("您好", [], ["text"]),
        ("3/20 · 分组\n指标（人）", SHORT, ["card"]),
        ("长" * 37, SHORT, ["card"]),
        ("长" * 161, SHORT, ["text", "card"]),
        ("题\n" + "长" * 161, SHORT, ["text", "card"]),
        ("选一项", [Button(str(n), f"c:{n}") for n in range(7)], ["text", "card", "card"]),
        ("选一项", [Button("甲", "same"), Button("乙", "same")], ["text", "card", "card"]),
        ("长" * 1500, SHORT, ["text", "text", "text", "card"]),
    ],
)
def test_how_many_messages(text: str, buttons: list[Button], shape: list[str]) -> None:
    kinds = {Text: "text", Card: "card", Lines: "text"}
    assert [kinds[type(message)] for message in lay_out(text, buttons, CHOOSE)] == shape


def test_a_label_that_is_too_long() -> None:
    (card,) = lay_out("投资", [Button("同上月 1,234,567.50", "f:1"), Button("0", "f:2")], CHOOSE)
    assert isinstance(card, Card)
    assert (card.title, card.text) == ("投资", "1. 同上月 1,234,567.50")
    assert card.shown == ("1.同上月 1,2…", "0")


def test_a_label_that_has_a_number_keeps_it() -> None:
    (card,) = lay_out("文件", [Button("11. 示例合作协议及附件清单", "p:1")], CHOOSE)
    assert isinstance(card, Card)
    assert (card.text, card.shown) == ("11. 示例合作协议及附件清单", ("11. 示例合作协…",))


def test_what_buttons_are_about() -> None:
    form = FormButton(no=12, revision=3, action=Action.START).pack()
    choice = ChoiceButton(no=12, revision=4, said="是").pack()
    snooze, other = SnoozeButton(no=12).pack(), TurnButton(no=13).pack()
    assert subject_of([form, choice, snooze]) == "form:12"
    assert subject_of([form, other]) is None
    assert subject_of(["unheard:of"]) is None
    assert subject_of([]) is None


def test_secrets_are_not_in_the_name_of_the_cache() -> None:
    assert len(ACCOUNT.cache_key) <= 20
    assert ACCOUNT.cache_key.startswith(NAME)
    assert ACCOUNT._replace(secret="another").cache_key != ACCOUNT.cache_key
    assert KEYS.token not in ACCOUNT.cache_key
