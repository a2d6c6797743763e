"""A refusal of many things at once is one problem that lists them."""

from domain.errors import Refused
from domain.policy.source import call
from tests.api.site import Site, refused


async def test_all_that_stands_in_the_way_is_listed_with_its_clauses(records: Site) -> None:
    gaps = [
        Refused("application.unanswered", call("三-1"), label="第三方运营机构").refusal,
        Refused("application.unknown_field", None, key="nothing").refusal,
    ]

    @records.app.get("/api/refused-for-many-reasons")
    async def route() -> None:
        raise Refused.of_all("application.incomplete", call("五(一)"), gaps, count=len(gaps))

    problem = refused(await records.get("/api/refused-for-many-reasons"), 422)
    assert problem["clause"] == "《发榜公告》五(一)"
    assert problem["detail"].splitlines()[1:] == [
        f"{n}. {e['detail']}" for n, e in enumerate(problem["errors"], 1)
    ]
    assert problem["errors"] == [
        {
            "code": "application.unanswered",
            "detail": "「第三方运营机构」还没有填写。（依据《发榜公告》三-1）",
            "clause": "《发榜公告》三-1",
        },
        {"code": "application.unknown_field", "detail": "没有「nothing」这一项。", "clause": None},
    ]
