"""What waits for an office: for whom, in which order, and what has to be typed for a decision. What is typed is read."""

import time
from datetime import date, datetime, timedelta

import pytest

from domain.errors import Refused
from domain.pending import FORGOTTEN_AFTER, Pending, Subject, items_of, paper_of, reason_of
from domain.policy.members import LEADING_UNIT
from domain.terms import City, Role
from domain.worklist import PAGE, Act, ItemKind, Needs, Official, Page, WorkItem, needs, official_of
from tests.support import at

NOW = at("2026-11-02 09:00")


def item(kind: ItemKind, ref: str, since: datetime) -> WorkItem:
    return WorkItem(kind=kind, ref=ref, mark=0, base_id="b", base_name="示例基地", since=since)


def test_the_leading_units_people_are_the_office_and_all_others_their_own() -> None:
    office = official_of(1, LEADING_UNIT, None, may_decide=True)
    unit = official_of(2, "省财政厅", None, may_decide=True)
    city = official_of(3, None, "大同", may_decide=False)
    both = official_of(4, LEADING_UNIT, "大同", may_decide=True)
    assert official_of(5, None, None, may_decide=True) is None, "the contact of a base, whatever was granted"
    assert office
    assert unit
    assert city
    assert both
    assert (office.actor.role, office.actor.id, office.unit) == (Role.OFFICE, "contact:1", LEADING_UNIT)
    assert (unit.actor.role, unit.actor.department, unit.unit) == (Role.DEPARTMENT, "省财政厅", "省财政厅")
    assert (city.actor.role, city.actor.city, city.unit) == (Role.CITY, City.DATONG, "大同市级办公室")
    assert both.actor.role is Role.CITY, "the lesser right"


@pytest.mark.parametrize(
    ("number", "total", "shown", "first", "rest"),
    [(1, 3, 3, 1, 0), (1, 12, PAGE, 1, 12 - PAGE), (3, 12, 2, 11, 0), (1, 0, 0, 1, 0)],
)
def test_a_page_knows_what_comes_after_it(number: int, total: int, shown: int, first: int, rest: int) -> None:
    items = tuple(item(ItemKind.REPORT, str(n), NOW) for n in range(shown))
    page = Page(items, number, total)
    assert (page.first, page.rest) == (first, rest)


@pytest.mark.parametrize(
    ("kind", "act", "wanted"),
    [
        (ItemKind.REPORT, Act.PASS, Needs.NOTHING),
        (ItemKind.REPORT, Act.RETURN, Needs.ITEMS),
        (ItemKind.CORRECTION, Act.PASS, Needs.NOTHING),
        (ItemKind.CORRECTION, Act.FAIL, Needs.REASON),
        (ItemKind.DISPUTE, Act.UPHOLD, Needs.REASON),
        (ItemKind.DISPUTE, Act.DISMISS, Needs.REASON),
        (ItemKind.BASE, Act.PAPER, Needs.PAPER),
        (ItemKind.SUPERVISION, Act.CONCLUDE, Needs.NOTHING),
        (ItemKind.SUPERVISION, Act.FAIL, Needs.REASON),
        (ItemKind.ASSESSMENT, Act.TO_GOOD, Needs.REASON),
        (ItemKind.TASK, Act.PASS, Needs.REASON),
    ],
)
def test_what_turns_something_down_needs_a_reason(kind: ItemKind, act: Act, wanted: Needs) -> None:
    assert needs(kind, act) is wanted


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("5：与上月不符", {5: "与上月不符"}),
        ("5:与上月不符;7：缺附件", {5: "与上月不符", 7: "缺附件"}),
        ("5：与上月不符\n\n7： 缺附件 \n", {5: "与上月不符", 7: "缺附件"}),
        ("5：与回单不符；请核对。7：缺附件；", {5: "与回单不符；请核对", 7: "缺附件"}),
    ],
)
def test_items_and_their_reasons_are_read(text: str, items: dict[int, str]) -> None:
    assert items_of(text) == items


@pytest.mark.parametrize("text", ["", "请核对", "5", "5：", "5：甲乙；5：丙丁", "第五项：不符"])
def test_what_is_no_list_of_items_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"deciding\.bad_item"):
        items_of(text)


@pytest.mark.parametrize(
    ("text", "code"), [("", "short"), (" 否 ", "short"), ("\x00错", "short"), ("长" * 501, "long")]
)
def test_a_reason_has_its_limits(text: str, code: str) -> None:
    with pytest.raises(Refused, match=rf"deciding\.reason_too_{code}"):
        reason_of(text)
    assert reason_of(" 属实 ") == "属实"
    assert reason_of("长" * 500) == "长" * 500


@pytest.mark.parametrize(
    "text",
    ["晋示例〔2027〕1号 2027-03-01", "晋示例〔2027〕1号，2027年3月1日", "晋示例〔2027〕1号；3月1日"],
)
def test_a_paper_is_read_with_its_date(text: str) -> None:
    assert paper_of(text, date(2027, 3, 2)) == ("晋示例〔2027〕1号", date(2027, 3, 1))


@pytest.mark.parametrize(
    "text", ["", "晋示例〔2027〕1号", "2027-03-01", "长" * 61 + " 2027-03-01", "号 2027-02-30"]
)
def test_what_is_no_paper_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"deciding\.bad_paper"):
        paper_of(text, date(2027, 3, 2))


@pytest.mark.parametrize("text", ["5：好的" + "\n" * 4000 + "请核对", "号" + " " * 4000 + "3月1日 x"])
def test_thousands_of_blanks_in_what_is_typed_cost_no_time(text: str) -> None:
    began = time.process_time()
    assert items_of(f"5：{'好' * 3}" + "\n" * 4000 + "7：错的") == {5: "好好好", 7: "错的"}
    with pytest.raises(Refused):
        items_of(text)
    with pytest.raises(Refused):
        paper_of(text, date(2027, 3, 2))
    assert time.process_time() - began < 2


def test_a_decision_that_is_left_for_a_day_is_forgotten() -> None:
    subject = Subject(kind=ItemKind.REPORT, ref="1", mark=1)
    pending = Pending(subjects=(subject,), act=Act.RETURN, needs=Needs.ITEMS, asked=1, asked_at=NOW)
    just_before = NOW + FORGOTTEN_AFTER - timedelta(seconds=1)
    assert pending.takes_text(just_before)
    assert not pending.takes_text(NOW + FORGOTTEN_AFTER)
    assert not pending.model_copy(update={"outcome": "✓"}).takes_text(NOW)
    assert not pending.model_copy(update={"needs": Needs.NOTHING}).takes_text(NOW)
    assert Pending.model_validate(pending.model_dump(mode="json")) == pending


def test_a_desk_says_who_decides_by_number_only() -> None:
    assert Official(contact=7, department="省财政厅").actor.model_dump(exclude_none=True) == {
        "role": Role.DEPARTMENT,
        "id": "contact:7",
        "department": "省财政厅",
    }
