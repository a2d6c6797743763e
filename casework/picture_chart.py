"""The picture of a period as a chart: who reported in each city, and 完成率 against 序时进度.

The font comes with a package (Noto Sans SC), so that the glyphs are there on every machine.
"""

import io
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pylopdf_fonts_zh_cn import sans_path

from domain.calendar import SHANGHAI
from domain.league import Dimension, Place
from domain.picture import Outcome, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

FONT = sans_path()

_COLOURS = {
    Outcome.ON_TIME: "#2e7d4f",
    Outcome.LATE: "#e0a030",
    Outcome.MISSING: "#c0392b",
    Outcome.OPEN: "#b8bec6",
}
_DONE, _TIME, _INK, _GRID = "#1f4e79", "#e0a030", "#222222", "#dddddd"
_DOTS_PER_INCH = 150
_ONE_AT_A_TIME = threading.Lock()
"""matplotlib's caches of fonts are not made for several threads."""


def png(picture: Picture) -> bytes:
    """The chart as a PNG. Takes half a second: call it in a thread."""
    with _ONE_AT_A_TIME:
        out = io.BytesIO()
        figure(picture).savefig(out, format="png", dpi=_DOTS_PER_INCH)
        return out.getvalue()


def figure(picture: Picture) -> "Figure":
    """The chart, to be drawn. Loads matplotlib, which most processes never need."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    places = picture.league(Dimension.CITY).places
    panels = 1 if picture.investment is None else 2
    drawn = Figure(figsize=(5.6 * panels, 2.2 + 0.36 * max(len(places), 4)), facecolor="white")
    FigureCanvasAgg(drawn)
    drawn.suptitle(f"{picture.title} {picture.scope}情况", fontproperties=_font(15), color=_INK)
    drawn.text(0.99, 0.01, _footer(picture), ha="right", fontproperties=_font(8), color="#666666")
    axes = drawn.subplots(1, panels, squeeze=False)[0]
    _reports(axes[0], places)
    if panels > 1:
        _investment(axes[1], picture.league(Dimension.CITY).by_completion)
    drawn.tight_layout(rect=(0, 0.03, 1, 0.98))
    return drawn


def _footer(picture: Picture) -> str:
    shares = picture.counts.shares
    rates = (
        f"报送率 {picture.counts.completeness}%，按时率 {picture.counts.on_time_rate}%；" if shares else ""
    )
    return f"应报 {picture.counts.expected} 家；{rates}截至 {picture.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _reports(axes: "Axes", places: Sequence[Place]) -> None:
    """Bases of each city by outcome, in percent, the best city on top; the numbers are in the bars."""
    names = [f"{place.on_time_rank or '—'} {place.name}" for place in places]
    left = [0.0] * len(places)
    for outcome, colour in _COLOURS.items():
        counts = [getattr(place.counts, outcome.name.lower()) for place in places]
        widths = [100 * n / max(place.counts.expected, 1) for n, place in zip(counts, places, strict=True)]
        axes.barh(names, widths, left=left, color=colour, label=str(outcome), height=0.7)
        for row, (n, start, width) in enumerate(zip(counts, left, widths, strict=True)):
            if width >= 6:  # else it does not fit
                axes.text(
                    start + width / 2,
                    row,
                    f"{n}",
                    fontproperties=_font(8),
                    ha="center",
                    va="center",
                    color="white",
                )
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_xlim(0, 100)
    _finish(axes, "报送情况（%，条内为家数）", len(names))


def _investment(axes: "Axes", places: Sequence[Place]) -> None:
    """完成率 of each city, and a mark where 序时进度 is."""
    known = [(place, place.investment.progress) for place in places if place.investment]
    shown = [(place, progress) for place, progress in known if progress and progress.completion is not None]
    names = [f"{place.completion_rank} {place.name}" for place, _ in shown]
    done = [float(progress.completion or 0) for _, progress in shown]
    axes.barh(names, done, color=_DONE, label="完成率", height=0.7)
    axes.scatter(
        [float(progress.time) for _, progress in shown],
        range(len(shown)),
        marker="|",
        s=260,
        linewidths=2.5,
        color=_TIME,
        label="序时进度",
        zorder=3,
    )
    for row, ((_, progress), end) in enumerate(zip(shown, done, strict=True)):
        axes.text(end, row, f" {progress.completion}", va="center", fontproperties=_font(8), color=_INK)
    axes.set_xlim(0, max([100.0, *done]) * 1.12)
    _finish(axes, "累计投资完成率（%）", len(names))


def _finish(axes: "Axes", title: str, rows: int) -> None:
    if not rows:
        axes.set_yticks([])
    axes.set_title(title, fontproperties=_font(11), color=_INK)
    axes.invert_yaxis()
    axes.grid(axis="x", color=_GRID)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_font(9))
    axes.legend(
        prop=_font(8),
        loc="upper center",
        bbox_to_anchor=(0.5, -0.09),
        ncol=4,
        frameon=False,
        handlelength=1.2,
    )


def _font(size: float) -> "FontProperties":
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=FONT, size=size)
