"""The main numbers of a period in words."""

from datetime import timedelta

import pytest

from bot.render_digest import digest
from bot.reply import MOST_BYTES
from bot.words import chinese
from domain.league import Counts, Dimension, League
from domain.picture import Picture
from domain.terms import City
from tests.pictures.samples import sample


def lines(picture: Picture) -> list[str]:
    return digest(chinese(), picture).text.splitlines()


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("days", "locked", "said"),
    [
        (0, False, "应报日 2026-11-06，之后至 2026-11-20 仍可补报。"),
        (3, False, "应报日 2026-11-06 已过，2026-11-20 前仍可补报。"),
        (17, True, "已于 2026-11-20 锁定。"),
    ],
)
def test_it_tells_how_late_it_is_when_it_goes_out(days: int, locked: bool, said: str) -> None:
    picture = sample()
    later = picture.model_copy(update={"at": picture.at + timedelta(days=days), "locked": locked})
    assert lines(later)[1].startswith(said)


def test_of_a_kind_without_figures_completeness_is_told() -> None:
    said = lines(sample(figures=False))
    assert said[0] == "【2026年上半年半年发布】全省情况"
    assert "报送率 94.6%，按时率 85.7%。" in said
    assert not any("完成率" in line or "本期" in line for line in said)


def test_after_the_lock_three_parts_are_told_even_if_nobody_is_late() -> None:
    picture = sample().model_copy(update={"counts": Counts(on_time=3, missing=1), "locked": True})
    assert "应报 4 家：按时 3 家（75.0%），迟报 0 家（0.0%），缺报 1 家（25.0%）。" in lines(picture)


def test_a_city_compares_nothing_with_itself() -> None:
    picture = sample()
    (first, *_) = picture.league(Dimension.CITY).places
    leagues = (League(dimension=Dimension.CITY, places=(first,)), *picture.leagues[1:])
    said = lines(picture.model_copy(update={"city": City.TAIYUAN, "leagues": leagues}))
    assert said[0] == "【2026年10月月调度】太原市情况"
    assert not any("第 1 名" in line for line in said)


def test_of_nobody_there_is_nothing_to_tell() -> None:
    assert "本期没有应报的基地。" in lines(sample().model_copy(update={"counts": Counts(waived=2)}))


def test_it_is_one_message() -> None:
    assert len(digest(chinese(), sample()).text.encode()) <= MOST_BYTES
