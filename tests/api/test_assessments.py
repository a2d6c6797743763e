"""Yearly assessments over the API: list, look, decide, appeal; and the public pages of what was published (A12)."""

from decimal import Decimal

import pytest

from domain.assessment import Phase
from domain.lifecycle import Step
from domain.policy.effectiveness import Grade
from domain.terms import ObligationState
from persistence.database import Database
from persistence.people import People
from tests.api.site import LEAD_CONTACT, Json, Site, fine, refused
from tests.api.test_upload_page import shown
from tests.persistence.evaluating import FIRST, SECOND, YEAR, assessed, gives, invited
from tests.persistence.jury import application
from tests.support import eventually
from workflows import queues
from workflows.assessment import Assessment
from workflows.messages import FollowUpInput

ONE, OTHER = f"assessment-{FIRST}-{YEAR}", f"assessment-{SECOND}-{YEAR}"
ALL = "/api/assessments"
PAGES = "/public/assessments"


async def began(site: Site) -> None:
    """The assessment of a base begins now, at noon of 5 February 2026."""
    site.later("2026-02-05 12:00")
    await application(site.parts.database, FIRST, Step.RUNNING)
    await site.parts.client.start_workflow(
        Assessment.run,
        FollowUpInput(
            base_id=FIRST, period=YEAR, clock=site.clock.current, self_report=ObligationState.MISSING
        ),
        id=ONE,
        task_queue=queues.MAIN_QUEUE,
    )
    await eventually(lambda: site.parts.gateway.assessment(ONE), lambda found: found.state is not None)


async def decides(site: Site, kind: str, by: str = "office", key: str | None = None, **said: Json) -> Json:
    headers = {"Idempotency_Key": key} if key else {}
    return await site.post(f"{ALL}/{ONE}/decisions", {"kind": kind, **said}, by, **headers)


@pytest.fixture
def later(records: Site) -> Site:
    """In February 2026."""
    records.later("2026-02-05 10:00")
    return records


@pytest.mark.rule("A12")
async def test_an_assessment_is_decided_about_step_by_step(site: Site, database: Database) -> None:
    await began(site)
    for n in range(3):
        one, _ = await invited(database, name=f"示例评价人{n}")
        await gives(database, one)
    found = fine(await site.get(f"{ALL}/{ONE}"))
    assert (found["state"], found["waiting_for"], found["due"]) == (
        "第三方评价",
        "第三方评价机构",
        "2026-03-11",
    )
    assert (found["evaluations"], found["result"], found["possible_decision"]) == (3, None, "结束评价")
    found = fine(await decides(site, "结束评价"))
    assert (found["state"], found["grade"], found["score"]) == ("待拟定等次", "基本合格", "76.00")
    assert found["result"]["caps"] == ["年考核自评缺报"]
    problem = refused(await decides(site, "拟定等次", grade="不合格"), 422)
    assert (problem["code"], problem["clause"]) == ("assessment.reason_needed", "本系统约定考核等次")
    found = fine(await decides(site, "拟定等次", grade="不合格", reason="示例：弄虚作假"))
    assert (found["state"], found["grade"], found["due"]) == ("告知申诉", "不合格", "2026-02-12")
    await site.answers_for(FIRST)
    found = fine(await decides(site, "申诉", "lead", reason="示例：情况不实"))
    assert (found["appeal"], found["appeal_reason"]) == ("处理中", "示例：情况不实")
    found = fine(await decides(site, "申诉处理", upheld=True, grade="基本合格", reason="示例：采纳"))
    assert (found["state"], found["grade"], found["resolution"]) == ("待公布", "基本合格", "示例：采纳")
    found = fine(await decides(site, "公布", document_no="示例发改〔2026〕9号", on="2026-02-05"))
    assert (found["state"], found["published_on"], found["possible_decision"]) == (
        "已公布",
        "2026-02-05",
        None,
    )
    assert "基本合格" in shown(await site.http.get(f"{PAGES}/{YEAR}"))


async def test_the_same_key_again_changes_nothing(site: Site) -> None:
    await began(site)
    closing = {"kind": "结束评价", "reason": "示例：机构不足"}
    first = fine(await decides(site, key="k", **closing))
    assert fine(await decides(site, key="k", **closing)) == first


async def test_what_is_not_theirs_to_decide_is_refused(site: Site) -> None:
    await began(site)
    for by in ("city", "department", "readonly"):
        problem = refused(await decides(site, "结束评价", by, reason="示例"), 403)
        assert problem["code"] == "assessment.not_yours"
    refused(await decides(site, "申诉", "office", reason="示例"), 403)
    for by in ("other city", "lead"):  # for them it is not there
        refused(await decides(site, "申诉", by, reason="示例"), 404)
    problem = refused(await decides(site, "公布", document_no="x", on="2026-02-05"), 409)
    assert "现在是「第三方评价」，不能「公布」" in problem["detail"]
    refused(await decides(site, "申诉", "lead"), 422)  # without a reason


@pytest.mark.rule("A12")
async def test_the_list_is_narrowed_and_cut_into_pages(later: Site, database: Database) -> None:
    await assessed(database, phase=Phase.PUBLISHED, grade=Grade.POOR)
    await assessed(database, SECOND)

    async def ids(by: str = "office", **wanted: str | int) -> list[str]:
        return [one["base"] for one in fine(await later.get(ALL, by, **wanted))["items"]]

    assert await ids() == [FIRST, SECOND]
    assert await ids(year="2024") == []
    assert await ids(state="第三方评价") == [SECOND]
    assert await ids(grade="不合格") == [FIRST]
    assert await ids(base=SECOND) == [SECOND]
    page = fine(await later.get(ALL, limit=1))
    assert [one["base"] for one in page["items"]] == [FIRST]
    assert await ids(cursor=page["next_cursor"]) == [SECOND]
    assert await ids("city") == [FIRST, SECOND]
    assert await ids("other city") == await ids("lead") == []
    refused(await later.get(f"{ALL}/{ONE}", "other city"), 404)
    refused(await later.get(ALL, state="点赞"), 422)
    refused(await later.get(ALL, by=None), 401)


@pytest.mark.rule("A12")
async def test_the_lead_sees_its_grade_only_when_it_is_told(later: Site, database: Database) -> None:
    await assessed(database, phase=Phase.PROPOSAL)
    await assessed(database, SECOND, Phase.APPEAL)
    async with database.transaction() as tx:
        for base_id in (FIRST, SECOND):
            await People(tx).attach(LEAD_CONTACT, base_id)
    hidden, told = [fine(await later.get(f"{ALL}/{one}", "lead")) for one in (ONE, OTHER)]
    assert (hidden["grade"], hidden["score"], hidden["result"]) == (None, None, None)
    assert (told["grade"], Decimal(told["score"])) == ("合格", Decimal("76.00"))
    assert told["result"]["reporting"] == "100.00"
    listed = fine(await later.get(ALL, "lead"))["items"]
    assert [one["grade"] for one in listed] == [None, "合格"]
    assert fine(await later.get(ALL, "lead", grade="合格"))["items"] == [], "a filter tells nothing either"
    assert fine(await later.get(f"{ALL}/{ONE}"))["grade"] == "合格"


@pytest.mark.rule("A12")
async def test_results_are_public_after_their_publication_and_nothing_before(
    later: Site, database: Database
) -> None:
    await assessed(database, phase=Phase.PUBLISHED, grade=Grade.FAIR)
    await assessed(database, SECOND, Phase.PUBLICATION)
    for path in (f"{PAGES}/{YEAR}", f"{PAGES}/{YEAR}.json", f"{PAGES}/2024"):
        assert (await later.http.get(path)).status_code == 404, "it is not the day yet"
    assert "目前没有公布" in shown(await later.http.get(PAGES))
    later.later("2026-02-13 00:00")
    assert f'href="{PAGES}/{YEAR}"' in (await later.http.get(PAGES)).text
    page = shown(await later.http.get(f"{PAGES}/{YEAR}"))
    for said in (f"示例基地 {FIRST}", "示例职业技术大学", "基本合格", "2026-02-13", "示例发改〔2026〕9号"):
        assert said in page
    assert SECOND not in page
    assert (await later.http.get(f"{PAGES}/{YEAR}.json")).json() == {
        "year": YEAR,
        "results": [
            {
                "base_name": f"示例基地 {FIRST}",
                "lead": "示例职业技术大学",
                "city": "太原",
                "level": "省级",
                "grade": "基本合格",
                "published_on": "2026-02-13",
                "document_no": "示例发改〔2026〕9号",
            }
        ],
    }
