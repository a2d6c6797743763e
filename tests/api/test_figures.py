"""Whatever was reported can be asked for over HTTP, across bases and periods (A3)."""

from typing import Any

import pytest

from domain.terms import City, Level, ObligationKind, ObligationState
from persistence.database import Database
from tests.api.site import Json, Site, fine, refused
from tests.persistence.reported import BASE, OTHER, a_base, reported

pytestmark = pytest.mark.rule("A3")

FIGURES = "/api/figures"
K = ObligationKind


@pytest.fixture
async def site(records: Site, database: Database) -> Site:
    """Two bases with reports of every length."""
    await a_base(database)
    await a_base(database, OTHER, city=City.DATONG, level=Level.CITY)
    for period in ("2025-12", "2026-01", "2026-06"):
        await reported(database, BASE, K.DISPATCH, period, {"invest_month": "120.50", "certified": "60"})
    await reported(
        database, BASE, K.DISPATCH, "2026-06", {"invest_month": "130.00", "progress": "封顶"}, version=2
    )
    await reported(
        database, OTHER, K.DISPATCH, "2026-06", {"invest_month": "7.00"}, state=ObligationState.SUBMITTED
    )
    await reported(database, BASE, K.ASSESSMENT, "2026", {"planning_score": "91.5"})
    await reported(database, OTHER, K.RECTIFICATION, "2026-Q2-1", {"measures": "已更换设备"})
    await reported(database, OTHER, K.ASSESSMENT, "2026", state=ObligationState.OPEN, on_time=None)
    return records


def told(page: Json) -> list[tuple[str, ...]]:
    """Rows as they are read."""
    return [(row["base"], row["period"], row["key"], row["number"] or row["text"]) for row in page["items"]]


async def test_every_figure_is_there_in_its_newest_version(site: Site) -> None:
    page = fine(await site.get(FIGURES))
    assert sorted(told(page)) == [
        (BASE, "2025-12", "certified", "60.00"),
        (BASE, "2025-12", "invest_month", "120.50"),
        (BASE, "2026", "planning_score", "91.50"),
        (BASE, "2026-01", "certified", "60.00"),
        (BASE, "2026-01", "invest_month", "120.50"),
        (BASE, "2026-06", "invest_month", "130.00"),
        (BASE, "2026-06", "progress", "封顶"),
        (OTHER, "2026-06", "invest_month", "7.00"),
        (OTHER, "2026-Q2-1", "measures", "已更换设备"),
    ]
    (one,) = fine(await site.get(FIGURES, base=OTHER, kind="月调度"))["items"]
    assert one == {
        "base": OTHER,
        "base_name": f"示例基地 {OTHER}",
        "lead": "示例职业技术大学",
        "city": "大同",
        "level": "市级",
        "direction": "工业互联网产教融合平台载体和实训基地",
        "direction_no": 4,
        "obligation": f"obligation-{OTHER}-monthly-2026-06",
        "kind": "月调度",
        "period": "2026-06",
        "state": "已报送",
        "version": 1,
        "key": "invest_month",
        "label": "本月完成投资",
        "unit": "万元",
        "number": "7.00",
        "text": None,
    }


NARROWED: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    ({"kind": "年考核"}, {(BASE, "2026")}),
    ({"kind": "季督导"}, set()),
    ({"city": "大同"}, {(OTHER, "2026-06"), (OTHER, "2026-Q2-1")}),
    ({"level": "省级", "key": "certified"}, {(BASE, "2025-12"), (BASE, "2026-01")}),
    ({"direction": 4, "period_from": "2026-Q2"}, {(OTHER, "2026-06"), (OTHER, "2026-Q2-1")}),
    ({"direction": 4, "period_to": "2026-05"}, set()),
    ({"key": "invest_month", "period_from": "2026-06"}, {(BASE, "2026-06"), (OTHER, "2026-06")}),
    ({"key": "invest_month", "period_to": "2025"}, {(BASE, "2025-12")}),
    (
        {"period_from": "2026", "period_to": "2026", "base": BASE},
        {(BASE, "2026"), (BASE, "2026-01"), (BASE, "2026-06")},
    ),
    ({"period_from": "2026-H1", "period_to": "2026-Q2", "kind": "年考核"}, set()),
    (
        {"period_from": "2026-H1", "period_to": "2026-H1", "base": BASE},
        {(BASE, "2026-01"), (BASE, "2026-06")},
    ),
    ({"period_from": "2026-02", "period_to": "2026-05"}, set()),
    ({"base": "base-2021-99-1"}, set()),
]


@pytest.mark.parametrize(("wanted", "expected"), NARROWED)
async def test_the_figures_are_narrowed(
    site: Site, wanted: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """A period is whole within another, or it is not in it."""
    page = fine(await site.get(FIGURES, **wanted))
    assert {(row["base"], row["period"]) for row in page["items"]} == expected


@pytest.mark.parametrize("limit", [1, 3, 9])
async def test_page_by_page_nothing_is_lost_or_told_twice(site: Site, limit: int) -> None:
    whole, found, cursor = told(fine(await site.get(FIGURES))), [], ""
    while True:
        page = fine(await site.get(FIGURES, limit=limit, cursor=cursor))
        found += told(page)
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert found == whole


async def test_a_city_sees_its_own_and_an_applicant_what_it_answers_for(site: Site) -> None:
    assert {row[0] for row in told(fine(await site.get(FIGURES, "city")))} == {BASE}
    assert told(fine(await site.get(FIGURES, "city", city="大同"))) == []
    assert told(fine(await site.get(FIGURES, "city", base=OTHER))) == []
    assert told(fine(await site.get(FIGURES, "lead"))) == []
    await site.answers_for(OTHER)
    assert {row[0] for row in told(fine(await site.get(FIGURES, "lead")))} == {OTHER}


@pytest.mark.parametrize(
    "wanted",
    [
        {"period_from": "2026-13"},
        {"period_to": "去年"},
        {"period_from": "9999"},
        {"period_to": "0001-01"},
        {"kind": "周报"},
        {"city": "北京"},
        {"limit": 0},
        {"limit": 1001},
        {"bases": BASE},
        {"key": "a\0b"},
    ],
)
async def test_what_cannot_be_asked_for_is_refused(site: Site, wanted: dict[str, Any]) -> None:
    refused(await site.get(FIGURES, **wanted), 422)
