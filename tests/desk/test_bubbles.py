"""What a message looks like."""

from datetime import UTC, datetime

from desk.bubbles import Piece, bubbles, long_time, pieces
from persistence.local_chat import LocalMessage
from tests.support import at


def message(number: int, when: datetime, *labels: str) -> LocalMessage:
    buttons = [[(label, label) for label in labels]] if labels else []
    return LocalMessage(id=number, mine=False, text="话", buttons=buttons, at=when)


def test_only_the_newest_buttons_are_fresh() -> None:
    day = at("2022-01-04 08:50")
    shown = bubbles([message(1, day, "一"), message(2, day, "二"), message(3, day)])
    assert [b.fresh for b in shown] == [False, True, False]


def test_a_line_where_a_month_begins() -> None:
    shown = bubbles(
        [message(n, at(f"{day} 09:00")) for n, day in enumerate(["2022-01-04", "2022-01-05", "2022-02-07"])]
    )
    assert [b.month for b in shown] == ["2022年1月", None, "2022年2月"]


def test_times_are_of_shanghai() -> None:
    night = datetime(2022, 1, 31, 16, 5, tzinfo=UTC)
    [bubble] = bubbles([message(1, night)])
    assert (bubble.time, bubble.month) == ("2月1日 00:05", "2022年2月")
    assert long_time(night) == "2022年2月1日 周二 00:05"


def test_addresses_are_told_apart_from_words() -> None:
    assert pieces("没有地址") == [Piece("没有地址", is_address=False)]
    link = "http://127.0.0.1:8000/evidence/NS41_x-9"
    assert pieces(f"上传链接（今天有效）：{link}\n或发文件。") == [
        Piece("上传链接（今天有效）：", is_address=False),
        Piece(link, is_address=True),
        Piece("\n或发文件。", is_address=False),
    ]
    assert pieces(f"{link}，{link}")[2].is_address
    assert not any(piece.is_address for piece in pieces("javascript:alert(1) ftp://x https://"))
