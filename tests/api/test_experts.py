"""The office invites experts, follows how far they come, and sees the scores when the review is closed (B13)."""

from decimal import Decimal

import pytest

from persistence.database import Database
from persistence.review import Experts
from tests.api.site import CALLERS, Json, Site, fine, refused
from tests.persistence.jury import ELSEWHERE, FIRST, NOW, application, closed, invited, puts
from tests.support import at

EXPERTS, SCORES = "/api/rounds/2021/experts", "/api/rounds/2021/scores"
NEW = {
    "name": "示例专家甲",
    "organisation": "示例大学",
    "phone": "13800000000",
    "directions": [3, 4],
    "expires_on": "2022-03-01",
}


async def revoked(site: Site, path: str, by: str = "office") -> int:
    """The status of a DELETE."""
    headers = {"Authorization": f"Bearer {site.tokens[by]}"}
    return (await site.http.delete(path, headers=headers)).status_code


async def test_a_link_is_valid_for_ten_years_at_most(records: Site) -> None:
    fine(await records.post(EXPERTS, NEW | {"expires_on": "2032-01-01"}), 201)
    for day in ("2032-01-04", "9999-12-31"):
        assert "10 年" in refused(await records.post(EXPERTS, NEW | {"expires_on": day}), 422)["detail"]


async def test_an_expert_gets_a_link_that_is_shown_once(records: Site, database: Database) -> None:
    made = fine(await records.post(EXPERTS, NEW), 201)
    path, _, token = made["link"].rpartition("/")
    assert path == "http://127.0.0.1:8000/public/review"
    assert made["expires_at"] == at("2022-03-02 00:00").isoformat()
    async with database.transaction() as tx:
        assert (await Experts(tx).by_token(token, NOW)).id == made["id"]
    listed = (await records.get(EXPERTS)).text
    assert "示例大学" in listed
    for secret in (token, "13800000000", "示例专家甲"):
        assert secret not in listed


async def test_the_list_tells_how_far_each_has_come_and_whose_link_is_dead(
    records: Site, database: Database
) -> None:
    await application(database, FIRST)
    await application(database, ELSEWHERE)
    number = fine(await records.post(EXPERTS, NEW), 201)["id"]
    expert, _ = await invited(database, "示例专家甲", "示例大学", (3, 4))
    await puts(database, expert)
    known = {
        "id": number,
        "organisation": "示例大学",
        "directions": [3, 4],
        "assigned": 2,
        "scored": 1,
        "recused": 0,
    }
    [shown] = fine(await records.get(EXPERTS))
    assert shown.items() >= (known | {"revoked": False}).items()
    assert await revoked(records, f"{EXPERTS}/{number}") == 204
    [shown] = fine(await records.get(EXPERTS))
    assert shown.items() >= (known | {"revoked": True}).items()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires_on": "2022-01-04"}, "expert.expired_already"),
        ({"directions": [3, 31]}, "expert.no_direction"),
    ],
)
async def test_an_expert_is_invited_for_what_there_is_and_for_days_to_come(
    records: Site, change: Json, code: str
) -> None:
    problem = refused(await records.post(EXPERTS, NEW | change), 422)
    assert (problem["code"], problem["clause"]) == (code, "《发榜公告》五(二)")


async def test_there_are_no_experts_of_a_round_that_is_not(records: Site) -> None:
    refused(await records.post("/api/rounds/2099/experts", NEW), 404)
    for path in ("/api/rounds/2099/experts", "/api/rounds/2099/scores"):
        refused(await records.get(path), 404)
    assert await revoked(records, f"{EXPERTS}/99") == 404


async def test_only_the_office_manages_experts_and_sees_scores(records: Site, database: Database) -> None:
    expert, _ = await invited(database)
    await closed(database)
    allowed = {"office", "admin"}
    for caller in CALLERS:
        answers = [
            (await records.post(EXPERTS, NEW, by=caller)).status_code,
            (await records.get(EXPERTS, by=caller)).status_code,
            (await records.get(SCORES, by=caller)).status_code,
            await revoked(records, f"{EXPERTS}/{expert.id}", caller),
        ]
        assert answers == ([201, 200, 200, 204] if caller in allowed else [403] * 4), caller
    for path in (EXPERTS, SCORES):
        refused(await records.get(path, by=None), 401)


@pytest.mark.rule("B13")
async def test_scores_are_sealed_until_the_review_is_closed_and_carry_no_names(
    records: Site, database: Database
) -> None:
    await application(database)
    for n, total in enumerate((80, 82, 40)):
        expert, _ = await invited(database, f"示例专家{n}")
        await puts(database, expert, total=Decimal(total))
    problem = refused(await records.get(SCORES), 422)
    assert (problem["code"], problem["clause"]) == ("review.sealed", "《发榜公告》五(二)")
    await closed(database)
    answer = await records.get(SCORES)
    [one] = fine(answer)
    assert one["base"] == FIRST
    assert [(s["expert"], s["total"], s["outlier"]) for s in one["scores"]] == [
        (1, "80.00", False),
        (2, "82.00", False),
        (3, "40.00", True),
    ]
    assert one["scores"][0]["items"]["majors"] == "80"
    assert "示例专家" not in answer.text
