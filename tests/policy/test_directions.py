"""The thirty directions of 附件1 (B18), the round of 2021 (B17), the member units (A16), dated values."""

from datetime import date

import pytest

from domain.calendar import last_day_before
from domain.policy.directions import DIRECTIONS_2021, OTHER_DIRECTION
from domain.policy.members import ALL_MEMBER_UNITS, LEADING_UNIT, MEMBER_UNITS
from domain.policy.rounds import ROUND_2021
from domain.policy.source import Dated, Document, call, measures, on, ours

_ENDING = "产教融合平台载体和实训基地"


@pytest.mark.rule("B18")
def test_there_are_thirty_directions_in_their_order() -> None:
    assert [d.no for d in DIRECTIONS_2021] == list(range(1, 31))


@pytest.mark.rule("B18")
def test_every_direction_has_its_own_full_name() -> None:
    assert all(d.name.endswith(_ENDING) and d.short for d in DIRECTIONS_2021)
    assert len({d.name for d in DIRECTIONS_2021}) == 30


@pytest.mark.rule("B18")
def test_only_28_29_and_30_have_no_focus() -> None:
    assert [d.no for d in DIRECTIONS_2021 if not d.focus] == [28, 29, 30]


@pytest.mark.rule("B18")
def test_every_direction_but_the_other_one_names_its_classes_of_specialities() -> None:
    assert [d.no for d in DIRECTIONS_2021 if not d.majors] == [OTHER_DIRECTION]
    assert all(major.endswith("大类") for d in DIRECTIONS_2021 for major in d.majors)


@pytest.mark.rule("B18")
@pytest.mark.parametrize(
    ("no", "short"),
    [(1, "智能建造"), (3, "大数据"), (12, "智能网联新能源汽车"), (29, "智慧水利"), (30, "其它产业类型")],
)
def test_a_direction_is_called_by_its_industry_and_cites_its_row(no: int, short: str) -> None:
    direction = DIRECTIONS_2021[no - 1]
    assert direction.short == short
    assert direction.clause.cite() == f"《发榜公告》附件1第{no}项"


@pytest.mark.rule("B17")
def test_the_round_of_2021_takes_materials_until_the_end_of_21_january_2022() -> None:
    assert ROUND_2021.announced_on == date(2021, 12, 20)
    assert ROUND_2021.briefing_on == date(2021, 12, 30)
    assert last_day_before(ROUND_2021.deadline) == date(2022, 1, 21)
    assert ROUND_2021.deadline.isoformat() == "2022-01-22T00:00:00+08:00"
    assert ROUND_2021.directions == DIRECTIONS_2021


@pytest.mark.rule("A16")
@pytest.mark.parametrize(("day", "units"), [("2021-12-20", 7), ("2023-07-04", 7), ("2023-07-05", 14)])
def test_the_conference_had_seven_members_and_has_fourteen_since_the_measures(day: str, units: int) -> None:
    members: tuple[str, ...] = on(MEMBER_UNITS, date.fromisoformat(day)).value
    assert len(set(members)) == units
    assert members[0] == LEADING_UNIT


@pytest.mark.rule("A16")
def test_help_can_be_asked_of_all_fourteen() -> None:
    assert len(ALL_MEMBER_UNITS) == 14


def test_the_value_in_force_is_the_latest_that_has_begun() -> None:
    values = (
        Dated(date(2021, 12, 20), 5, ours("公示期")),
        Dated(date(2027, 1, 1), 9, ours("公示期")),
        Dated(date(2025, 1, 1), 7, ours("公示期")),
    )
    assert [on(values, date(y, 1, 1)).value for y in (2020, 2022, 2025, 2026, 2027)] == [5, 5, 7, 7, 9]


def test_a_clause_is_cited_as_people_cite_it() -> None:
    assert call("三-2").cite() == "《发榜公告》三-2"
    assert measures("八").cite() == "《推进措施》八"
    assert ours("公示期").document is Document.OURS
    assert measures("八").effective_from == date(2023, 7, 5)
