"""The credit list over HTTP: taken in whole or not at all, and what it does to an application (A9)."""

from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from casework.credit_list import MAX_BYTES
from domain.lifecycle import Step
from domain.terms import LeadKind
from persistence.applications import Applications
from persistence.tables import credit_records
from tests.api.site import Json, Site, fine, refused
from tests.policy.applicants import values_of
from tests.support import LEAD, register, state_of

CREDIT = "/api/credit"
HEADINGS = ("名称", "统一社会信用代码", "类别", "生效日期", "失效日期", "来源")
BAD = ("示例失信有限公司", "91140000MA0EXAMP1W", "严重失信", "2021-06-01", "2024-05-31", "示例人民法院")
GOOD = ("示例守信学院", "12140000MB0EXAMP14", "守信激励", "2022-01-01", "", "示例信用平台")


def as_csv(*rows: tuple[str, ...]) -> bytes:
    """A list as CSV."""
    return "\n".join(",".join(row) for row in (HEADINGS, *rows)).encode()


def as_xlsx(*rows: tuple[Any, ...]) -> bytes:
    """A list as a workbook that was not made from the template."""
    book, file = Workbook(), BytesIO()
    for row in (HEADINGS, *rows):
        book.worksheets[0].append(row)
    book.save(file)
    return file.getvalue()


async def sends(site: Site, content: bytes, name: str = "名单.csv", by: str = "office") -> httpx.Response:
    """Hand a list in."""
    return await site.send("POST", CREDIT, by, files={"file": (name, content)})


async def stored(site: Site) -> int:
    async with site.parts.database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(credit_records)) or 0


@pytest.mark.rule("A9")
@pytest.mark.parametrize("content", [as_csv(BAD, GOOD), as_xlsx(BAD, GOOD)], ids=["csv", "xlsx"])
async def test_the_same_list_twice_changes_nothing(records: Site, content: bytes) -> None:
    assert fine(await sends(records, content)) == {"new": 2, "known": 0}
    before = fine(await records.get(CREDIT))
    assert fine(await sends(records, content)) == {"new": 0, "known": 2}
    assert fine(await records.get(CREDIT)) == before
    assert [tuple(record.values()) for record in before] == [(*GOOD[:4], None, GOOD[5]), BAD]


@pytest.mark.rule("A9")
async def test_an_entry_that_ended_is_brought_up_to_date(records: Site) -> None:
    fine(await sends(records, as_csv(GOOD)))
    ended = (*GOOD[:4], "2022-12-31", GOOD[5])
    assert fine(await sends(records, as_csv(ended, BAD))) == {"new": 1, "known": 1}
    (honest,) = fine(await records.get(CREDIT, kind="守信激励"))
    assert honest["effective_to"] == "2022-12-31"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, [GOOD[0], BAD[0]]),
        ({"kind": "严重失信"}, [BAD[0]]),
        ({"on": "2021-05-31"}, []),
        ({"on": "2021-06-01"}, [BAD[0]]),
        ({"on": "2024-05-31"}, [GOOD[0], BAD[0]]),
        ({"on": "2024-06-01"}, [GOOD[0]]),
        ({"kind": "严重失信", "on": "2024-06-01"}, []),
    ],
)
async def test_the_list_is_narrowed_by_kind_and_day(
    records: Site, asked: dict[str, str], names: list[str]
) -> None:
    fine(await sends(records, as_csv(BAD, GOOD)))
    assert [one["name"] for one in fine(await records.get(CREDIT, by="department", **asked))] == names


@pytest.mark.parametrize("asked", [{"kind": "失信"}, {"on": "昨天"}])
async def test_what_cannot_be_asked_for_is_refused(records: Site, asked: dict[str, str]) -> None:
    (error,) = refused(await records.get(CREDIT, **asked), 422)["errors"]
    assert error["field"] == f"query.{next(iter(asked))}"


@pytest.mark.rule("A9")
async def test_every_error_has_its_row_and_column_and_nothing_is_taken_in(records: Site) -> None:
    wrong = ("", "91140000MA0EXAMP11", "失信", "2022-02-30", "", "示例")
    backwards = (*GOOD[:4], "2021-12-31", GOOD[5])
    problem = refused(await sends(records, as_csv(BAD, wrong, backwards)), 422)
    assert (problem["code"], problem["clause"]) == ("credit.bad_list", "《推进措施》七")
    assert problem["detail"] == (
        "信用名单有 5 处有误，全部没有导入；请逐处改正后重新导入。（依据《推进措施》七）"
    )
    assert [(e["row"], e["column"]) for e in problem["errors"]] == [
        (3, "名称"),
        (3, "统一社会信用代码"),
        (3, "类别"),
        (3, "生效日期"),
        (4, "失效日期"),
    ]
    assert "末位应为「W」" in problem["errors"][1]["detail"]
    assert await stored(records) == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "没有表头"),
        (b"\xff\xfea\x00", "既不是 XLSX"),
        (as_csv(), "没有一行数据"),
        (b"x" * (MAX_BYTES[0].value + 1), "超过 5 MB"),
    ],
    ids=["empty", "binary", "headings only", "too large"],
)
async def test_a_file_that_is_no_list_is_refused_as_a_whole(records: Site, content: bytes, says: str) -> None:
    (error,) = refused(await sends(records, content), 422)["errors"]
    assert (error["row"], error["column"]) == (0, "")
    assert says in error["detail"]


@pytest.mark.parametrize("sent", [{}, {"data": {"file": "名称"}}, {"files": {"list": ("a.csv", b"a")}}])
async def test_a_form_without_a_file_is_refused(records: Site, sent: Json) -> None:
    assert "file" in refused(await records.send("POST", CREDIT, **sent), 422)["detail"]


@pytest.mark.rule("A9")
async def test_only_the_office_takes_a_list_in_and_member_units_look_at_it(records: Site) -> None:
    for caller in ("city", "department", "readonly", "lead"):
        problem = refused(await sends(records, as_csv(BAD), by=caller), 403)
        assert (problem["code"], problem["clause"]) == ("credit.office_only", "《推进措施》七")
    assert await stored(records) == 0
    for caller in ("city", "readonly", "lead"):
        problem = refused(await records.get(CREDIT, by=caller), 403)
        assert (problem["code"], problem["clause"]) == ("credit.not_yours", "《推进措施》七")


@pytest.mark.rule("A9")
async def test_who_is_on_the_list_may_not_take_part(records: Site) -> None:
    base_id = "base-2021-03-1"
    await register(records.parts.database, state_of(base_id, Step.PREPARING))
    async with records.parts.database.transaction() as tx:
        await Applications(tx).create(base_id, LEAD, records.clock.now())

    lead = f"示例职业技术大学，院校，{GOOD[1]}，省教育厅"
    answers = values_of(LeadKind.SCHOOL, lead=lead)
    fine(await records.send("PUT", f"/api/bases/{base_id}/application", json=answers))

    async def dishonest() -> bool:
        found = fine(await records.get(f"/api/bases/{base_id}/application"))["findings"]
        return any(f["rule"] == "A9" and "示例职业技术大学在严重失信" in f["detail"] for f in found)

    assert not await dishonest()
    fine(await sends(records, as_csv(("示例职业技术学院（更名前）", GOOD[1], *BAD[2:]))))
    assert await dishonest()
