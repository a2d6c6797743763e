"""One obligation over HTTP: before, while and after it is filled."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.forms.registry import FORMS
from domain.terms import ObligationKind
from tests.api.site import Json, Site, fine, refused
from tests.support import FULL, eventually

BASE = "base-2021-03-1"
OBLIGATION = "obligation-base-2021-03-1-monthly-2021-12"
DISPATCH = FORMS[ObligationKind.DISPATCH]


async def test_before_its_period_opens_there_is_no_obligation(site: Site) -> None:
    await site.base(BASE)
    assert refused(await site.get(f"/api/obligations/{OBLIGATION}"), 404)["code"] == "obligation.not_found"
    assert fine(await site.get("/api/obligations"))["items"] == []


@pytest.mark.rule("A10")
async def test_before_while_and_after_it_is_filled(site: Site) -> None:
    assert await site.pilot(BASE) == OBLIGATION

    async def shown() -> Json:
        return fine(await site.get(f"/api/obligations/{OBLIGATION}", by="readonly"))

    opened = await shown()
    assert (opened["base"], opened["kind"], opened["period"]) == (BASE, "月调度", "2021-12")
    assert (opened["state"], opened["filled"], opened["total"]) == ("填报中", 0, 22)
    assert (opened["opens"][:10], opened["due"], opened["locks"]) == (
        "2022-01-04",
        "2022-01-10",
        "2022-01-24",
    )
    assert (opened["overdue"], opened["tentative"]) == (False, False)
    assert (opened["values"], opened["progress"]) == ({}, None)
    assert (opened["ended_at"], opened["on_time"]) == (None, None)

    await site.says(OBLIGATION, "开始")
    for n, text in enumerate(list(FULL.values())[:3], 1):
        await site.says(OBLIGATION, text)
        half = await shown()
        assert half == opened | {"filled": n}, "a draft is counted, not shown"

    await site.hands_in(OBLIGATION)
    done = await shown()
    assert (done["state"], done["filled"], done["on_time"], done["overdue"]) == ("已报送", 22, True, False)
    assert done["ended_at"].startswith("2022-01-05T10:")
    assert done["ended_at"].endswith("+08:00")
    assert list(done["values"]) == [question.key for question in DISPATCH.questions]
    assert done["values"] == {key: DISPATCH.by_key[key].parse(text) for key, text in FULL.items()}
    assert done["progress"] == {"completion": "22.4", "time": "50.0", "gap": "-27.6"}

    (listed,) = fine(await site.get("/api/obligations", state="已报送"))["items"]
    assert {key: done[key] for key in listed} == listed
    (of_base,) = fine(await site.get(f"/api/bases/{BASE}"))["obligations"]
    assert of_base == listed


async def test_after_it_was_handed_in_the_base_waits_for_time_again(site: Site) -> None:
    await site.pilot(BASE)
    waiting = fine(await site.get(f"/api/bases/{BASE}"))
    assert (waiting["waiting_for"], waiting["next_due"]) == ("基地联系人", "2022-01-10")
    await site.hands_in(OBLIGATION)

    async def base() -> Json:
        return fine(await site.get(f"/api/bases/{BASE}"))

    rested = await eventually(base, lambda found: found["waiting_for"] == "时间届满")
    assert (rested["next_due"], rested["overdue"]) == ("2022-07-01", False)


async def test_what_was_never_handed_in_is_missing_and_empty(
    site: Site, skipping: WorkflowEnvironment
) -> None:
    await site.pilot(BASE)
    await site.says(OBLIGATION, "开始")
    await site.says(OBLIGATION, "120.5")
    await skipping.sleep(timedelta(days=20))

    async def shown() -> Json:
        return fine(await site.get(f"/api/obligations/{OBLIGATION}"))

    missing = await eventually(shown, lambda found: found["state"] == "缺报")
    assert (missing["filled"], missing["values"], missing["progress"]) == (0, {}, None)
    assert (missing["on_time"], missing["overdue"]) == (False, False)
    assert missing["ended_at"].startswith("2022-01-25T00:00:0")
