"""What is meant by a text, before any form is asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.forms.reading import MOST_LINES, read
from domain.forms.said import Said
from domain.views import Action


@pytest.mark.parametrize(
    "typed",
    [
        "你好",
        "您好！",
        "？",
        "help",
        "这个怎么填？",
        "这一项怎么算",
        "请问这一项应该怎么填写呢?",
        "填什么",
        "单位是什么意思",
    ],
)
def test_a_greeting_or_a_question_back_asks_for_help(typed: str) -> None:
    assert read(typed) == Said(action=Action.HELP, text=typed)


@pytest.mark.parametrize(
    "typed",
    [
        "无",
        "主体结构封顶",
        "如何办理土地证需协调",
        "建议明确税收优惠怎么落实到企业",
        "是否可以追加资金？",
        "怎么填都超过 200 字的一段说明，其实是形象进度",
        "提交",
        "320 人次",
        "2026 完成",
    ],
)
def test_an_answer_is_left_as_it_was_typed(typed: str) -> None:
    assert read(typed) == Said(text=typed)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("跳过", ""),
        ("跳过这一项", ""),
        ("跳过 设备尚未验收", "设备尚未验收"),
        ("跳过：设备尚未验收", "设备尚未验收"),
        ("跳过本项，待银行对账", "待银行对账"),
    ],
)
def test_an_item_is_skipped_with_its_reason_or_without(typed: str, reason: str) -> None:
    assert read(typed) == Said(action=Action.SKIP, text=reason)


def test_what_only_begins_with_the_word_is_an_answer() -> None:
    assert read("跳过冬季停工期后复工") == Said(text="跳过冬季停工期后复工")


@pytest.mark.parametrize("typed", ["改5", "改 5", "修改第5项", "更正 ５", "第 5 项"])
def test_an_item_is_picked_by_its_number(typed: str) -> None:
    said = read(typed)
    assert (said.action, said.item) == (Action.PICK, 5)


def test_a_bare_number_may_be_an_answer_or_an_item() -> None:
    assert read("5") == Said(text="5", item=5)
    assert read("改5=40") == Said(text="5=40")


@pytest.mark.parametrize("typed", ["同上", "和上月一样", "与上期相同"])
def test_the_same_again_is_said_in_many_ways(typed: str) -> None:
    assert read(typed).action is Action.SAME


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("5=40\n6=3", 2),
        ("5=40\n\n  \n6：3\n企业职工实训：80 人次\n11 5", 4),
        ("5=40", 0),
        ("5=40\n主体结构封顶", 0),
        ("\n".join(["5=40"] * (MOST_LINES + 1)), 0),
    ],
)
def test_lines_may_be_answers_if_each_of_them_may(typed: str, count: int) -> None:
    assert len(read(typed).batch) == count


def test_nobody_can_type_a_file() -> None:
    assert "sha256:" not in read("sha256:" + "ab" * 32).text
    assert all("sha256:" not in one.text for one in read("4=sha256:" + "ab" * 32 + "\n5=6").batch)


@given(st.text())
@settings(database=None)
def test_any_text_is_read(typed: str) -> None:
    assert isinstance(read(typed), Said)
