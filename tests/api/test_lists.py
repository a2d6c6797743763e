"""The two lists: filters, cursors, and the days they show."""

from datetime import date

import pytest

from activities.calendar import working_days
from domain.calendar import Period
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.policy.obligations import schedule
from domain.terms import City, Level, ObligationKind
from persistence.obligations import Obligations
from tests.api.site import Json, Site, fine, refused
from tests.support import at

KIND = ObligationKind.DISPATCH

A, B, C, D = (f"base-2021-03-{n}" for n in (1, 10, 2, 3))
"""In the order of the list."""

NEXT_DUE = [
    # step, what is known of the base, the last day on which it is still possible
    (Step.PREPARING, {}, "2022-01-21"),
    (Step.FORMAL_REVIEW, {}, None),
    (Step.NOTICE, {"notice_last_day": date(2022, 1, 14)}, "2022-01-14"),
    (Step.PUBLICATION, {"notice_last_day": date(2022, 1, 4)}, None),
    (Step.PILOT, {"published_on": date(2022, 1, 4)}, "2023-01-04"),
    (Step.PILOT, {"published_on": date(2021, 7, 1)}, "2022-01-10"),  # of its 月调度
    (Step.PILOT, {"published_on": date(2021, 1, 6)}, "2022-01-06"),  # the pilot ends before that is due
    (
        Step.CERTIFICATION_DUE,
        {"published_on": date(2020, 12, 9), "since": at("2021-12-10 00:00")},
        "2022-01-08",
    ),
    (Step.WITHDRAWN, {}, None),
]


async def owed(site: Site, base: str, *periods: str) -> None:
    """Obligations of a base on record, without their workflows."""
    async with site.parts.database.transaction() as tx:
        for period in periods:
            planned = schedule(KIND, Period.parse(period), working_days(), base)
            await Obligations(tx).open(obligation_id(base, KIND, period), base, planned)


async def some_bases(site: Site) -> None:
    """Four bases, written down only."""
    pilot: Json = {"published_on": date(2021, 7, 1)}
    await site.base(A, Step.PILOT, started=False, **pilot)
    await site.base(B, Step.PILOT, city=City.DATONG, level=Level.CITY, started=False, **pilot)
    await site.base(C, Step.FORMAL_REVIEW, level=Level.COUNTY, started=False)
    await site.base(D, Step.RUNNING, started=False, **pilot)
    await owed(site, A, "2021-11", "2021-12")
    await owed(site, B, "2021-12")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [A, B, C, D]),
        ({"stage": "试点培育"}, [A, B]),
        ({"stage": "不存在"}, []),
        ({"level": "县级"}, [C]),
        ({"direction": 3}, [A, B, C, D]),
        ({"direction": 4}, []),
        ({"city": "大同"}, [B]),
        ({"lead": "职业"}, [A, B, C, D]),
        ({"lead": "%"}, []),
        ({"lead": "_"}, []),
        ({"overdue": "true"}, [A]),
        ({"overdue": "false"}, [B, C, D]),
        ({"stage": "试点培育", "city": "太原", "overdue": "true"}, [A]),
    ],
)
async def test_bases_by_filter(records: Site, wanted: Json, found: list[str]) -> None:
    await some_bases(records)
    page = fine(await records.get("/api/bases", **wanted))
    assert [base["id"] for base in page["items"]] == found
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [(A, "2021-11"), (A, "2021-12"), (B, "2021-12")]),
        ({"period": "2021-11"}, [(A, "2021-11")]),
        ({"period": "2021-12", "base": B}, [(B, "2021-12")]),
        ({"kind": "月调度", "base": A}, [(A, "2021-11"), (A, "2021-12")]),
        ({"kind": "季督导"}, []),
        ({"state": "填报中", "city": "大同"}, [(B, "2021-12")]),
        ({"state": "已报送"}, []),
        ({"base": "base-2021-03-9"}, []),
    ],
)
async def test_obligations_by_filter(records: Site, wanted: Json, found: list[tuple[str, str]]) -> None:
    await some_bases(records)
    page = fine(await records.get("/api/obligations", **wanted))
    assert [(one["base"], one["period"]) for one in page["items"]] == found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_a_list_is_walked_by_its_cursor(records: Site, limit: int) -> None:
    await some_bases(records)
    await owed(records, A, "2021-10")
    for path in ("/api/bases", "/api/obligations"):
        walked: list[str] = []
        cursor = ""
        for _ in range(9):
            page = fine(await records.get(path, limit=limit, cursor=cursor))
            assert len(page["items"]) <= limit
            walked += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        assert not cursor
        everything = fine(await records.get(path))["items"]
        assert walked == [item["id"] for item in everything]
        assert len(set(walked)) == 4


async def test_a_cursor_keeps_to_the_filter(records: Site) -> None:
    await some_bases(records)
    first = fine(await records.get("/api/bases", stage="试点培育", limit=1))
    assert first["next_cursor"] == A
    rest = fine(await records.get("/api/bases", stage="试点培育", limit=5, cursor=A))
    assert [base["id"] for base in rest["items"]] == [B]


@pytest.mark.parametrize(
    ("path", "wrong", "field"),
    [
        ("/api/bases", {"limit": 0}, "query.limit"),
        ("/api/bases", {"limit": 201}, "query.limit"),
        ("/api/bases", {"limit": "all"}, "query.limit"),
        ("/api/bases", {"direction": "三"}, "query.direction"),
        ("/api/bases", {"direction": 10**12}, "query.direction"),
        ("/api/bases", {"overdue": "perhaps"}, "query.overdue"),
        ("/api/obligations", {"limit": 0}, "query.limit"),
    ],
)
async def test_a_wrong_filter_is_named(records: Site, path: str, wrong: Json, field: str) -> None:
    (error,) = refused(await records.get(path, **wrong), 422)["errors"]
    assert error["field"] == field


@pytest.mark.parametrize(("step", "known", "last_day"), NEXT_DUE)
async def test_next_due_is_the_last_day_on_which_it_is_still_possible(
    site: Site, step: Step, known: Json, last_day: str | None
) -> None:
    base_id = await site.base(A, step, **{"since": at("2022-01-05 11:00")} | known)
    if known.get("published_on", date.max) < date(2022, 1, 1):
        await site.opened(base_id)
    shown = fine(await site.get(f"/api/bases/{base_id}"))
    (listed,) = fine(await site.get("/api/bases"))["items"]
    assert shown["next_due"] == listed["next_due"] == last_day
    assert {key: shown[key] for key in listed} == listed


async def test_a_late_report_makes_its_base_overdue(site: Site) -> None:
    site.later("2022-01-11 10:20")
    await site.pilot(A)
    listed = fine(await site.get("/api/bases", overdue="true"))["items"]
    assert [(base["id"], base["overdue"], base["waiting_for"]) for base in listed] == [
        (A, True, "基地联系人")
    ]
    shown = fine(await site.get(f"/api/bases/{A}"))
    assert (shown["overdue"], shown["waiting_for"], shown["next_due"]) == (True, "基地联系人", "2022-01-10")
    (one,) = shown["obligations"]
    assert (one["overdue"], one["due"], one["locks"]) == (True, "2022-01-10", "2022-01-24")
