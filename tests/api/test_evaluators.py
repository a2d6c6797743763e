"""The office invites a third party's evaluators, follows how far they come, and sees the points when it is over (A12)."""

import pytest

from domain.assessment import Phase
from domain.ids import assessment_id
from persistence.assessments import Assessments
from persistence.database import Database
from persistence.evaluators import Evaluators
from tests.api.site import EVERYBODY, Json, Site, fine, refused
from tests.persistence.evaluating import FIRST, NOW, SECOND, YEAR, assessed, gives, invited
from tests.support import at

EVALUATORS = "/api/evaluators"
NEW = {
    "year": YEAR,
    "name": "示例评价人",
    "organisation": "示例评价机构",
    "bases": [FIRST],
    "expires_on": "2026-03-31",
}
POINTS_OF = f"/api/assessments/{assessment_id(FIRST, YEAR)}/evaluations"


@pytest.fixture
def later(records: Site) -> Site:
    """In February 2026."""
    records.later("2026-02-05 10:00")
    return records


async def test_an_evaluator_gets_a_link_that_is_shown_once(later: Site, database: Database) -> None:
    await assessed(database)
    made = fine(await later.post(EVALUATORS, NEW), 201)
    path, _, token = made["link"].rpartition("/")
    assert path == "http://127.0.0.1:8000/evaluate"
    assert made["expires_at"] == at("2026-04-01 00:00").isoformat()
    async with database.transaction() as tx:
        assert (await Evaluators(tx).by_token(token, NOW)).id == made["id"]
    listed = (await later.get(EVALUATORS, year=YEAR)).text
    assert "示例评价机构" in listed
    for secret in (token, "示例评价人"):
        assert secret not in listed


@pytest.mark.rule("A12")
async def test_the_list_tells_how_far_each_has_come_and_whose_link_is_dead(
    later: Site, database: Database
) -> None:
    await assessed(database)
    await assessed(database, SECOND)
    number = fine(await later.post(EVALUATORS, NEW | {"bases": [FIRST, SECOND]}), 201)["id"]
    one, _ = await invited(database, FIRST)  # the same person again
    await gives(database, one)
    known = {"id": number, "bases": [FIRST, SECOND], "evaluated": 1, "recused": 0}
    [shown] = fine(await later.get(EVALUATORS, year=YEAR))
    assert shown.items() >= (known | {"revoked": False}).items()
    assert (await later.send("DELETE", f"{EVALUATORS}/{number}")).status_code == 204
    [shown] = fine(await later.get(EVALUATORS, year=YEAR))
    assert shown.items() >= (known | {"revoked": True}).items()
    assert fine(await later.get(EVALUATORS, year="2024")) == []


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"expires_on": "2026-02-04"}, 422, "2026-02-04 已经过去"),
        ({"expires_on": "2036-02-05"}, 422, "10 年"),
        ({"bases": []}, 422, ""),
        ({"bases": ["base-2021-99-1"]}, 404, "base-2021-99-1"),
        ({"year": "25"}, 422, ""),
    ],
)
async def test_what_cannot_be_an_invitation_is_refused(
    later: Site, database: Database, change: Json, status: int, said: str
) -> None:
    await assessed(database)
    assert said in refused(await later.post(EVALUATORS, NEW | change), status)["detail"]


@pytest.mark.rule("A12")
async def test_only_the_office_manages_evaluators_and_sees_their_points(
    later: Site, database: Database
) -> None:
    await assessed(database, phase=Phase.PROPOSAL)
    one, _ = await invited(database)
    for caller in EVERYBODY:
        answers = [
            (await later.post(EVALUATORS, NEW, by=caller)).status_code,
            (await later.get(EVALUATORS, by=caller, year=YEAR)).status_code,
            (await later.get(POINTS_OF, by=caller)).status_code,
            (await later.send("DELETE", f"{EVALUATORS}/{one.id}", by=caller)).status_code,
        ]
        assert answers == ([201, 200, 200, 204] if caller in ("office", "admin") else [403] * 4), caller
    for path in (f"{EVALUATORS}?year={YEAR}", POINTS_OF):
        refused(await later.get(path, by=None), 401)


@pytest.mark.rule("A12")
async def test_points_are_sealed_until_the_evaluation_is_closed_and_carry_no_names(
    later: Site, database: Database
) -> None:
    await assessed(database)
    for n, total in enumerate(("80.00", "82.00", "40.00")):
        one, _ = await invited(database, name=f"示例评价人{n}")
        await gives(database, one, total=total)
    problem = refused(await later.get(POINTS_OF), 422)
    assert (problem["code"], problem["clause"]) == ("evaluation.sealed", "《推进措施》八")
    async with database.transaction() as tx:
        await Assessments(tx).close(assessment_id(FIRST, YEAR), NOW)
    answer = await later.get(POINTS_OF)
    assert [(one["total"], one["outlier"]) for one in fine(answer)] == [
        ("80.00", False),
        ("82.00", False),
        ("40.00", True),
    ]
    assert "示例评价人" not in answer.text
