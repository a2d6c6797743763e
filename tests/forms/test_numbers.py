"""Numbers as people type them."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.forms.numbers import NotANumberError, parse_number
from domain.forms.questions import Question
from tests.forms.talk import FORM

MONEY, COUNT = FORM.by_key["invest_month"], FORM.by_key["trainees_students"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1200", "1200"),
        ("1,200", "1200"),
        ("1，200", "1200"),
        ("１２００", "1200"),
        ("１，２００．５", "1200.5"),
        ("1.2万", "12000"),
        ("１．２万", "12000"),
        ("1.2 万", "12000"),
        ("3亿", "300000000"),
        ("1万亿", "1000000000000"),
        (" 1 200 ", "1200"),
        ("1,234,567.89", "1234567.89"),
        (".5", "0.5"),
        ("007", "7"),
        ("+5", "5"),
        ("-5", "-5"),
        ("0", "0"),
        # the unit behind it changes nothing …
        ("1200万元", "1200"),
        ("1200 万元", "1200"),
        # … and 元 or 亿元 are counted over into 万元
        ("12000000元", "1200"),
        ("5000元", "0.5"),
        ("1.2亿元", "12000"),
    ],
)
def test_a_figure_in_ten_thousand_yuan_is_read_as_people_type_it(typed: str, value: str) -> None:
    assert parse_number(typed, "万元") == Decimal(value)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("32", "32"), ("32人次", "32"), ("３２ 人次", "32"), ("1.2万人次", "12000"), ("1万", "10000")],
)
def test_a_count_is_read_with_or_without_its_unit(typed: str, value: str) -> None:
    assert parse_number(typed, "人次") == Decimal(value)


NOT_NUMBERS = [
    "三十二",
    "一百",
    "",
    " ",
    "万",
    "元",
    "万元",
    "-",
    "+",
    ".",
    ",",
    "1,2",
    "12,00",
    ",200",
    "1.2.3",
    "1..2",
    "5.",
    "--5",
    "1-2",
    "10~20",
    "1e5",
    "1E5",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "0x10",
    "1_000",
    "100%",
    "½",
    "1200美元",
    "12\n34",
    "无",
]


@pytest.mark.parametrize(
    "typed", ["约100", "大约 100", "100左右", "100多", "100 多人次", "近1,200", "不到５０", "80以上"]
)
@pytest.mark.parametrize("question", [MONEY, COUNT], ids=["money", "count"])
def test_a_figure_that_is_not_exact_is_not_guessed_at(question: Question, typed: str) -> None:
    with pytest.raises(Refused) as caught:
        question.parse(typed)
    assert caught.value.refusal.code == "answer.about"


@pytest.mark.parametrize("typed", NOT_NUMBERS)
@pytest.mark.parametrize("question", [MONEY, COUNT], ids=["money", "count"])
def test_what_is_not_a_number_is_refused(question: Question, typed: str) -> None:
    with pytest.raises(Refused) as caught:
        question.parse(typed)
    assert caught.value.refusal.code == "answer.not_a_number"
    assert caught.value.refusal.params["unit"] == question.unit


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("-0.00", "0.00"),
        ("120.5", "120.50"),
        ("1.2万", "12000.00"),
        ("120.50", "120.50"),
    ],
)
def test_money_is_kept_with_two_decimals(typed: str, value: str) -> None:
    assert MONEY.parse(typed) == value


@pytest.mark.parametrize(("typed", "value"), [("0", "0"), ("-0", "0"), ("32.0", "32"), ("1.2万", "12000")])
def test_a_count_is_kept_whole(typed: str, value: str) -> None:
    assert COUNT.parse(typed) == value


@pytest.mark.parametrize(
    ("question", "typed", "code"),
    [
        (MONEY, "-0.01", "answer.negative"),
        (MONEY, "-1万", "answer.negative"),
        (COUNT, "-1", "answer.negative"),
        (MONEY, "1.234", "answer.decimals"),
        (MONEY, "1.200", None),
        (MONEY, "5元", "answer.decimals"),  # 0.0005 万元
        (MONEY, "100元", None),  # 0.01 万元
        (COUNT, "1.5", "answer.fraction"),
        (COUNT, "1.23456万", "answer.fraction"),
        (COUNT, "1.2345万", None),
        (MONEY, "9999999999.99", None),
        (MONEY, "10000000000", "answer.too_big"),
        (MONEY, "9" * 4000, "answer.too_big"),
        (MONEY, "9" * 10000, "answer.too_big"),
        (COUNT, "9" * 10000, "answer.too_big"),
        (COUNT, "1亿亿", "answer.too_big"),
        (COUNT, "9" + "亿" * 1000, "answer.too_big"),
        (MONEY, "9" + "亿" * 200_000, "answer.not_a_number"),
        (MONEY, "0." + "0" * 4000 + "1", "answer.decimals"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_the_reason(
    question: Question, typed: str, code: str | None
) -> None:
    if code is None:
        question.parse(typed)
        return
    with pytest.raises(Refused) as caught:
        question.parse(typed)
    assert caught.value.refusal.code == code
    assert caught.value.refusal.params["label"] == question.label


@given(st.decimals(0, 9_999_999_999, places=2))
@settings(database=None, deadline=None)
def test_a_kept_figure_is_read_as_itself_again(value: Decimal) -> None:
    kept = MONEY.parse(str(value))
    assert Decimal(kept) == value
    assert MONEY.parse(kept) == kept
    assert MONEY.parse(f"{value:,}") == kept


@given(st.text(max_size=40), st.sampled_from(["万元", "人次", "人", "场", "家", ""]))
@settings(database=None, deadline=None, max_examples=300)
def test_any_text_is_a_finite_number_or_is_not_a_number(text: str, unit: str) -> None:
    with suppress(NotANumberError):
        assert parse_number(text, unit).is_finite()
