"""The supervision of quarters over HTTP: what was found and ordered, with words, photos and PDFs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from temporalio.testing import WorkflowEnvironment

from domain.terms import Level, ObligationState
from persistence import tables
from persistence.database import Database
from tests import pdfs
from tests.api.site import OTHER, OWN, Json, Site, fine, refused
from tests.api.supervisions import (
    BASE,
    NOTED,
    ORDER,
    ORDERED,
    OTHER_BASE,
    decide,
    hand_in,
    in_april,
    supervised,
)
from tests.persistence.test_pictures import picture
from tests.support import eventually

READ = ("office", "city", "lead")


@pytest.fixture
async def site(
    skipping: WorkflowEnvironment, database: Database, database_url: str, tmp_path: Path
) -> AsyncIterator[Site]:
    """The API at noon of 10 April 2026."""
    async with in_april(skipping.client, database_url, tmp_path) as site:
        yield site


@pytest.mark.rule("A9", "A10")
async def test_what_is_found_is_kept_in_words_and_ordered_of_the_base(site: Site) -> None:
    known = await supervised(site)
    before = fine(await site.get(f"/api/supervisions/{known}"))
    assert (before["state"], before["approach"], before["grade"]) == ("督导中", "书面督导", "B")
    assert (before["waiting_for"], before["until"], before["overdue"]) == (
        "省发展改革委",
        "2026-05-06",
        False,
    )
    assert (before["findings"], before["possible_conclusion"]) == ([], "未发现问题")

    after = fine(await decide(site, known, "督导记录", findings=[NOTED, ORDERED]))
    assert after == fine(await site.get(f"/api/supervisions/{known}"))
    assert (after["state"], after["waiting_for"]) == ("整改中", "基地联系人")
    assert (after["findings_count"], after["orders_open"], after["possible_conclusion"]) == (2, 1, None)
    noted, ordered = after["findings"]
    assert (noted["number"], noted["label"], noted["text"]) == (1, "其他", "台账不全")
    assert noted["rectification"] is None
    assert (ordered["label"], ordered["severity"]) == ("实训和场地安全自查结果", "严重")
    assert ordered["rectification"] == {
        "obligation_id": f"obligation-{BASE}-rectification-2026-Q1-2",
        "requirement": "清理消防通道",
        "owner": "示例责任人",
        "ordered_on": "2026-04-10",
        "deadline": "2026-04-24",
        "state": "填报中",
    }

    async def owed() -> list[Json]:
        return list(fine(await site.get("/api/obligations", kind="整改"))["items"])

    (rectification,) = await eventually(owed)
    assert rectification["id"] == ordered["rectification"]["obligation_id"]
    assert (rectification["base"], rectification["due"]) == (BASE, "2026-04-24")


@pytest.mark.rule("A10")
async def test_a_conclusion_ends_it_with_a_remark(site: Site) -> None:
    known = await supervised(site)
    problem = refused(await decide(site, known, "督导结论", conclusion="已整改"), 422)
    assert (problem["code"], problem["clause"]) == ("supervision.other_conclusion", "《推进措施》八")
    assert "只能是「未发现问题」" in problem["detail"]
    ended = fine(await decide(site, known, "督导结论", conclusion="未发现问题", remark="资料齐全"))
    assert (ended["state"], ended["conclusion"], ended["remark"]) == ("已办结", "未发现问题", "资料齐全")
    assert (ended["waiting_for"], ended["possible_conclusion"]) == ("无", None)
    problem = refused(await decide(site, known, "督导记录", findings=[NOTED]), 409)
    assert "2026年第一季度季督导已经办结" in problem["detail"]
    refused(await hand_in(site, known, picture()), 409)


@pytest.mark.parametrize(
    ("fields", "clause", "words"),
    [
        ({"findings": [NOTED | {"severity": "较重"}]}, "本系统约定责令整改", "须责令整改"),
        ({"findings": [NOTED | {"item": "weather"}]}, "《推进措施》八", "其他（other）"),
        (
            {"findings": [ORDERED | {"order": ORDER | {"due": "2026-04-18"}}]},
            "本系统约定整改期限",
            "不是工作日",
        ),
        ({"findings": [ORDERED | {"order": ORDER | {"due": "2027-01-04"}}]}, "本系统约定整改期限", "不在"),
        ({"visited": "2026-04-11"}, "《推进措施》八", "2026-04-11"),
        ({"findings": [NOTED | {"documents": ["0" * 64]}]}, "《推进措施》八", "请先上传"),
    ],
)
async def test_what_a_rule_forbids_is_refused_with_its_clause(
    site: Site, fields: Json, clause: str, words: str
) -> None:
    known = await supervised(site)
    problem = refused(await decide(site, known, "督导记录", **fields), 422)
    assert (problem["clause"], words in problem["detail"]) == (clause, True)
    assert fine(await site.get(f"/api/supervisions/{known}"))["findings"] == []


@pytest.mark.parametrize(
    ("decision", "named"),
    [
        ({}, "body"),
        ({"kind": "点赞"}, "body"),
        ({"kind": "督导记录"}, "body.督导记录"),
        ({"kind": "督导记录", "findings": [NOTED | {"text": ""}]}, "findings.0.text"),
        ({"kind": "督导记录", "findings": [NOTED | {"documents": ["x"]}]}, "documents.0"),
        ({"kind": "督导记录", "findings": [ORDERED | {"order": {"owner": "示例"}}]}, "order.requirement"),
        ({"kind": "督导结论", "conclusion": "逾期未整改"}, "body.督导结论"),
        ({"kind": "督导结论", "conclusion": "很好"}, "body.督导结论.conclusion"),
    ],
)
async def test_a_decision_that_is_none_names_what_is_wrong(site: Site, decision: Json, named: str) -> None:
    known = await supervised(site)
    problem = refused(await site.post(f"/api/supervisions/{known}/decisions", decision), 422)
    assert any(error["field"].endswith(named) for error in problem["errors"]), problem["errors"]


@pytest.mark.rule("B10", "B12")
@pytest.mark.parametrize(
    ("level", "guide", "statuses"),
    [
        #                          office city other department readonly lead
        (Level.PROVINCE, "省教育厅", (200, 403, 404, 200, 403, 403)),
        (Level.CITY, "省财政厅", (200, 200, 404, 403, 403, 403)),
        (Level.COUNTY, None, (200, 200, 404, 403, 403, 403)),
    ],
)
async def test_who_records_what_was_found(
    site: Site, level: Level, guide: str | None, statuses: tuple[int, ...]
) -> None:
    known = await supervised(site, level=level, guide=guide)
    await site.answers_for(BASE)
    callers = ("office", "city", "other city", "department", "readonly", "lead")
    answers = [await decide(site, known, "督导记录", by, findings=[NOTED]) for by in callers]
    assert tuple(answer.status_code for answer in answers) == statuses
    found = fine(await site.get(f"/api/supervisions/{known}"))["findings"]
    assert len(found) == statuses.count(200)


async def test_words_of_whoever_may_not_are_not_kept(site: Site, database: Database) -> None:
    known = await supervised(site)
    refused(await decide(site, known, "督导记录", "city", findings=[NOTED]), 403)
    async with database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(tables.supervision_texts)) == 0


async def test_the_same_key_twice_is_one_record(site: Site) -> None:
    known = await supervised(site)
    first = fine(await decide(site, known, "督导记录", key="k", findings=[ORDERED]))
    assert fine(await decide(site, known, "督导记录", key="k", findings=[ORDERED])) == first
    again = fine(await decide(site, known, "督导记录", key="another", findings=[ORDERED]))
    assert again["findings_count"] == 2


async def test_a_refused_record_can_be_corrected_under_the_same_key(site: Site) -> None:
    known = await supervised(site)
    refused(await decide(site, known, "督导记录", key="k", findings=[NOTED | {"severity": "严重"}]), 422)
    assert fine(await decide(site, known, "督导记录", key="k", findings=[NOTED]))["findings_count"] == 1


# Lists


@pytest.mark.parametrize(
    ("by", "params", "found"),
    [
        ("office", {}, [BASE, OTHER_BASE]),
        ("office", {"period": "2026-Q1"}, [BASE, OTHER_BASE]),
        ("office", {"period": "2026-Q2"}, []),
        ("office", {"state": "整改中"}, [OTHER_BASE]),
        ("office", {"city": OTHER}, [OTHER_BASE]),
        ("office", {"base": BASE}, [BASE]),
        ("city", {}, [BASE]),
        ("city", {"city": OTHER}, []),
        ("other city", {}, [OTHER_BASE]),
        ("lead", {}, [OTHER_BASE]),
        ("readonly", {}, [BASE, OTHER_BASE]),
    ],
)
async def test_a_list_is_narrowed_to_what_is_asked_for_and_may_be_seen(
    site: Site, by: str, params: dict[str, str], found: list[str]
) -> None:
    await supervised(site)
    other = await supervised(site, OTHER_BASE, city=OTHER)
    await site.answers_for(OTHER_BASE)
    fine(await decide(site, other, "督导记录", findings=[ORDERED]))
    items = fine(await site.get("/api/supervisions", by, **params))["items"]
    assert [item["base"] for item in items] == found


async def test_a_list_comes_in_pages(site: Site) -> None:
    await supervised(site)
    await supervised(site, OTHER_BASE)
    first = fine(await site.get("/api/supervisions", limit=1))
    second = fine(await site.get("/api/supervisions", limit=1, cursor=first["next_cursor"]))
    last = fine(await site.get("/api/supervisions", limit=1, cursor=second["next_cursor"]))
    assert [page["items"][0]["base"] for page in (first, second)] == [BASE, OTHER_BASE]
    assert last == {"items": [], "next_cursor": None}


async def test_a_state_that_there_is_not_is_no_filter(site: Site) -> None:
    refused(await site.get("/api/supervisions", state="很好"), 422)


async def test_who_is_responsible_is_not_shown_to_everybody(site: Site) -> None:
    known = await supervised(site)
    await site.answers_for(BASE)
    fine(await decide(site, known, "督导记录", findings=[ORDERED]))
    for by, owner in (("office", "示例责任人"), ("lead", "示例责任人"), ("readonly", None)):
        (found,) = fine(await site.get(f"/api/supervisions/{known}", by))["findings"]
        assert found["rectification"]["owner"] == owner
    refused(await site.get(f"/api/supervisions/{known}", "other city"), 404)


async def test_what_there_is_not_is_not_found(site: Site) -> None:
    problem = refused(await site.get("/api/supervisions/supervision-x"), 404)
    assert problem["code"] == "supervision.not_found"
    refused(await decide(site, "supervision-x", "督导记录", findings=[NOTED]), 404)
    refused(await hand_in(site, "supervision-x", picture()), 404)


# Photos and PDFs


@pytest.mark.rule("A10")
async def test_photos_and_pdfs_back_a_finding_and_are_read_by_those_who_work_on_the_base(site: Site) -> None:
    known = await supervised(site)
    await site.answers_for(BASE)
    photo = fine(await hand_in(site, known, picture()), 201)
    paper = fine(await hand_in(site, known, pdfs.pdf(2), "记录.pdf", "department"), 201)
    assert (photo["media_type"], photo["pages"], photo["filename"]) == ("image/jpeg", 0, "现场.jpg")
    assert (paper["media_type"], paper["pages"], paper["filename"]) == ("application/pdf", 2, "记录.pdf")
    backed = ORDERED | {"documents": [photo["sha256"], paper["sha256"]]}
    after = fine(await decide(site, known, "督导记录", findings=[backed]))
    assert after["findings"][0]["documents"] == [photo, paper]

    statuses = {
        "office": 200,
        "city": 200,
        "lead": 200,
        "department": 200,
        "other city": 404,
        "readonly": 403,
    }
    for by, status in statuses.items():
        answer = await site.get(f"/api/documents/{photo['sha256']}", by, base_id=BASE)
        assert answer.status_code == status, by
        if status == 200:
            assert answer.content == picture()
            assert answer.headers["content-type"] == "image/jpeg"
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_document_is_found_only_by_its_own_base(site: Site) -> None:
    known = await supervised(site)
    await supervised(site, OTHER_BASE)
    photo = fine(await hand_in(site, known, picture()), 201)
    problem = refused(await site.get(f"/api/documents/{photo['sha256']}", base_id=OTHER_BASE), 404)
    assert problem["code"] == "document.not_found"
    refused(await site.get(f"/api/documents/{photo['sha256']}"), 422)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "upload.empty"),
        (b"<html>", "evidence.wrong_kind"),
        (picture()[:-100], "upload.broken_picture"),
        (pdfs.encrypted(), "upload.encrypted"),
    ],
)
async def test_what_is_neither_photo_nor_pdf_is_refused(site: Site, content: bytes, code: str) -> None:
    known = await supervised(site)
    problem = refused(await hand_in(site, known, content), 422)
    assert (problem["code"], bool(problem["clause"])) == (code, True)
    assert fine(await site.get(f"/api/supervisions/{known}"))["documents"] == []


async def test_a_form_without_a_file_is_refused(site: Site) -> None:
    known = await supervised(site)
    answer = await site.send(
        "POST", f"/api/supervisions/{known}/documents", data={"x": "y"}, files={"other": b"x"}
    )
    refused(answer, 422)


@pytest.mark.parametrize(("by", "status"), [("city", 403), ("other city", 404), ("readonly", 403)])
async def test_who_may_not_record_hands_nothing_in(site: Site, by: str, status: int) -> None:
    known = await supervised(site)
    refused(await hand_in(site, known, picture(), by=by), status)


@pytest.mark.rule("A9")
async def test_a_missed_self_check_asks_for_a_visit(site: Site) -> None:
    known = await supervised(site, city=OWN, self_report=ObligationState.MISSING)
    assert fine(await site.get(f"/api/supervisions/{known}"))["approach"] == "现场督导"
    problem = refused(await decide(site, known, "督导结论", conclusion="未发现问题"), 422)
    assert problem["clause"] == "本系统约定分级督导"
    fine(await decide(site, known, "督导记录", visited="2026-04-10"))
    assert fine(await decide(site, known, "督导结论", conclusion="未发现问题"))["visited"] == "2026-04-10"
