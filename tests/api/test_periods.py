"""The picture of a period over HTTP: as JSON, as a workbook, as a chart; and who sees how much of it."""

import io
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from domain.terms import City, ObligationKind
from domain.terms import ObligationState as S
from tests.api.site import OWN, Site, fine, refused
from tests.persistence.province import Province
from tests.support import at

PATH = "/api/periods/2026-01"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def january(records: Site) -> Site:
    """Three bases in two cities; 2 March 2026, after the lock."""
    province = Province(records.parts.database)
    for city, on_time in ((OWN, True), (OWN, False), (City.DATONG, True)):
        base = await province.base(city)
        await province.report(base, "2025-12", certified="5")
        if on_time:
            await province.report(base, certified="10", invest_total="600.00", problems="示例困难")
    records.later("2026-03-02 10:00")
    return records


@pytest.mark.rule("A3", "A10")
async def test_the_whole_province_as_json(january: Site) -> None:
    found = fine(await january.get(PATH, by="department"))
    assert (found["kind"], found["period"], found["city"]) == ("月调度", "2026-01", None)
    assert (found["due"], found["locks"], found["locked"]) == ("2026-02-06", "2026-02-27", True)
    counts = found["counts"]
    assert (counts["expected"], counts["on_time"], counts["late"], counts["missing"]) == (3, 2, 0, 1)
    assert counts["shares"] == {"on_time": "66.7", "late": "0.0", "missing": "33.3", "open": "0.0"}
    assert (counts["completeness"], counts["on_time_rate"]) == ("66.7", "66.7")
    assert found["investment"]["progress"] == {"completion": "33.3", "time": "58.3", "gap": "-25.0"}
    assert [league["dimension"] for league in found["leagues"]] == ["市", "产业方向", "主管部门"]
    cities = [(p["name"], p["on_time_rank"], p["completion_rank"]) for p in found["leagues"][0]["places"]]
    assert cities == [("大同", 1, 1), ("太原", 2, 2)]
    certified = next(item for item in found["items"] if item["key"] == "certified")
    assert (certified["period"], certified["previous"], certified["since_start"]) == (
        "20.00",
        "15.00",
        "35.00",
    )
    assert [c["difference"] for c in found["changes"]] == ["5.00", "5.00"]
    assert [len(h["problems"]) for h in found["help"]] == [2]
    assert [o["base"] for o in found["outstanding"]] == ["示例基地2"]


async def test_a_city_office_sees_its_own_city_only(january: Site) -> None:
    own = fine(await january.get(PATH, by="city"))
    assert (own["city"], own["counts"]["expected"]) == ("太原", 2)
    assert [p["name"] for p in own["leagues"][0]["places"]] == ["太原"]
    assert {c["city"] for c in own["changes"]} == {"太原"}
    other = fine(await january.get(PATH, by="other city"))
    assert (other["city"], other["counts"]["expected"], other["outstanding"]) == ("大同", 1, [])
    content = (await january.get(f"{PATH}/export.xlsx", by="other city")).content
    cities = [
        row[1] for row in load_workbook(io.BytesIO(content))["按市"].iter_rows(min_row=4, values_only=True)
    ]
    assert cities == ["大同"]


@pytest.mark.parametrize("tail", ["", "/export.xlsx", "/chart.png"])
async def test_applicants_and_strangers_see_nothing_of_it(january: Site, tail: str) -> None:
    problem = refused(await january.get(PATH + tail, by="lead"), 403)
    assert (problem["code"], problem["clause"]) == ("picture.not_yours", "本系统约定调度情况")
    refused(await january.get(PATH + tail, by=None), 401)


@pytest.mark.parametrize("tail", ["", "/export.xlsx", "/chart.png"])
@pytest.mark.parametrize(
    ("period", "kind", "status", "code"),
    [
        ("2026-13", "月调度", 422, "picture.no_period"),
        ("昨天", "月调度", 422, "picture.no_period"),
        ("2026-Q1", "月调度", 422, "picture.no_period"),
        ("2026-01", "季督导", 422, "picture.no_period"),
        ("2026-01", "整改", 422, "picture.no_period"),
        ("2026-01", "周调度", 422, None),
        ("2026-03", "月调度", 404, "picture.not_there"),  # not over yet
        ("2099-12", "月调度", 404, "picture.not_there"),
        ("2021-11", "月调度", 404, "picture.not_there"),  # before there was a rule
        ("2022", "年考核", 404, "picture.not_there"),
    ],
)
async def test_a_period_that_there_is_not(
    january: Site, tail: str, period: str, kind: str, status: int, code: str | None
) -> None:
    problem = refused(await january.get(f"/api/periods/{period}{tail}", kind=kind), status)
    assert problem.get("code") == code


@pytest.mark.rule("A3")
async def test_the_workbook_is_offered_under_its_name(january: Site) -> None:
    answer = await january.get(f"{PATH}/export.xlsx", by="office")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    name = unquote(answer.headers["content-disposition"])
    assert name == "attachment; filename*=UTF-8''2026年1月月调度情况.xlsx"
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames[:4] == ["总体情况", "按市", "按产业方向", "按主管部门"]
    assert book["总体情况"]["B4"].value == 3


async def test_the_chart_is_a_picture(january: Site) -> None:
    answer = await january.get(f"{PATH}/chart.png", by="readonly")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert unquote(answer.headers["content-disposition"]).startswith("inline; filename*=UTF-8''2026年1月")


async def test_a_kind_without_figures_is_counted_all_the_same(january: Site) -> None:
    province = Province(january.parts.database)
    base = await province.base(direction=7)
    await province.report(base, "2025-Q4", S.SUBMITTED, kind=ObligationKind.SUPERVISION, on_time=False)
    found = fine(await january.get("/api/periods/2025-Q4", kind="季督导"))
    assert (found["counts"]["expected"], found["counts"]["late"], found["investment"]) == (4, 1, None)
    chart = await january.get("/api/periods/2025-Q4/chart.png", kind="季督导")
    assert chart.content.startswith(b"\x89PNG")


async def test_before_the_lock_there_is_still_time(records: Site) -> None:
    province = Province(records.parts.database)
    await province.report(await province.base(), state=S.OPEN, on_time=None)
    records.later("2026-02-06 16:00")
    found = fine(await records.get(PATH))
    assert (found["counts"]["open"], found["locked"]) == (1, False)
    assert found["at"].startswith(str(at("2026-02-06 16:00").date()))
