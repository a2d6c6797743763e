"""The chart: every character that it shows has a glyph in its font, and it is a picture of the right size."""

import struct
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from casework.picture_chart import FONT, figure, png
from domain.league import league
from domain.picture import Picture
from domain.terms import City
from tests.pictures.samples import sample

NOTHING = sample().model_copy(
    update={
        "leagues": tuple(league(each.dimension, []) for each in sample().leagues),
        "counts": sample().counts.model_copy(update=dict.fromkeys(("on_time", "late", "missing", "open"), 0)),
    }
)
PICTURES = {
    "figures": sample(),
    "none": sample(figures=False),
    "city": sample().model_copy(update={"city": City.TAIYUAN}),
    "empty": NOTHING,
}


def texts(picture: Picture) -> list[Text]:
    drawn = figure(picture)
    drawn.canvas.draw()
    found = [text for text in drawn.findobj(Text) if isinstance(text, Text) and text.get_visible()]
    return [text for text in found if text.get_text().strip()]


@pytest.mark.parametrize("name", PICTURES)
def test_every_character_has_a_glyph_in_the_font_that_came_with_the_package(name: str) -> None:
    known = FT2Font(FONT).get_charmap()
    found = texts(PICTURES[name])
    assert found
    for text in found:
        missing = {c for c in text.get_text() if ord(c) not in known and not c.isspace()}
        assert not missing, text.get_text()
        assert Path(findfont(text.get_fontproperties())) == FONT, text.get_text()


def test_the_font_is_not_one_of_this_machine() -> None:
    assert "site-packages" in FONT.parts
    assert "Noto Sans SC" in FontProperties(fname=FONT).get_name()


@pytest.mark.rule("A10")
def test_it_tells_who_reported_and_how_far_the_investment_is() -> None:
    said = [text.get_text() for text in texts(sample())]
    assert {"2026年10月月调度 全省情况", "按时", "迟报", "缺报", "未报", "完成率", "序时进度"} <= set(said)
    assert "应报 112 家；报送率 94.6%，按时率 85.7%；截至 2026-11-06 15:07" in said
    assert "1 长治" in said
    assert " 124.9" in said
    without = {text.get_text() for text in texts(sample(figures=False))}
    assert "2026年上半年半年发布 全省情况" in without
    assert not {"完成率", "序时进度"} & without


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_a_png_drawn_without_a_warning(name: str) -> None:
    """matplotlib warns of a glyph that is not there, and of what does not fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = png(PICTURES[name])
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert 800 <= width <= 2000
    assert 400 <= height <= 1600


def test_several_are_drawn_at_once_and_alike() -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = set(pool.map(lambda _: png(sample()), range(6)))
    assert len(drawn) == 1
