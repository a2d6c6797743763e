"""`docs/policy.md` says what the rules and the tests say now, and no row is left without either."""

from pathlib import Path

import pytest

from domain.policy.conditions import RULES
from domain.policy.rows import ROWS, Row
from domain.policy.source import call
from tests.house.policy_page import PAGE, dated_values, marked_tests, page, problems

REQUIRED = [*(f"B{n}" for n in range(1, 21)), "A1", "A2", "A8", "A9", "A13", "A16"]
PLACE = "domain.policy.notice.check_window"


def row(*places: str) -> Row:
    return Row("B99", call("五"), "示例", places)


@pytest.fixture(scope="module")
def shown() -> dict[str, list[str]]:
    return marked_tests()


def test_the_page_is_what_would_be_generated_now() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make policy`"


@pytest.mark.parametrize("required", REQUIRED)
def test_a_required_row_is_there_and_shown_by_a_test(required: str, shown: dict[str, list[str]]) -> None:
    assert [r.id for r in ROWS].count(required) == 1
    assert shown.get(required)


def test_every_row_has_a_test_and_places_and_every_marker_a_row(shown: dict[str, list[str]]) -> None:
    assert problems(ROWS, shown) == []
    assert [r.id for r in ROWS if not r.places] == []


def test_every_condition_of_taking_part_is_a_row_of_the_same_document() -> None:
    documents = {r.id: r.clause.document for r in ROWS}
    assert {rule.id: rule.clause.document for rule in RULES}.items() <= documents.items()


@pytest.mark.parametrize(
    ("rows", "found", "says"),
    [
        ([row(PLACE)], {}, "B99 has no test"),
        ([row(PLACE)], {"B99": []}, "B99 has no test"),
        ([row(f"{PLACE}s")], {"B99": ["x"]}, f"B99: {PLACE}s does not exist"),
        ([row("domain.policy.nowhere.x")], {"B99": ["x"]}, "B99: domain.policy.nowhere.x does not exist"),
        ([], {"B77": ["tests/test_x.py::test_y"]}, "B77 is no row, but named by tests/test_x.py::test_y"),
    ],
)
def test_what_is_missing_is_reported_by_name(rows: list[Row], found: dict[str, list[str]], says: str) -> None:
    assert problems(rows, found) == [says]


def test_a_marker_is_found_on_a_function_a_class_and_a_module(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_one.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.rule('B1')]\n"
        "@pytest.mark.rule('B2', 'B3')\n"
        "async def test_a(): ...\n"
        "@pytest.mark.rule('B4')\n"
        "class TestB:\n"
        "    def test_c(self): ...\n"
        "@pytest.mark.rule('B5')\n"
        "def helper(): ...\n",
        "utf-8",
    )
    a, c = "tests/test_one.py::test_a", "tests/test_one.py::TestB::test_c"
    assert marked_tests(folder) == {"B1": [a, c], "B2": [a], "B3": [a], "B4": [c]}


def test_every_dated_value_stands_in_the_table_once_with_older_and_newer_ones() -> None:
    found = [(v.module, v.name, v.dated.effective_from.isoformat()) for v in dated_values()]
    assert len(set(found)) == len(found)
    members = [day for module, name, day in found if name == "MEMBER_UNITS"]
    assert members == ["2021-12-20", "2023-07-05"]
    assert ("domain.policy.notice", "MINIMUM_WORKING_DAYS", "2021-12-20") in found
    assert not any(name.startswith("CADENCES") for _, name, _ in found), "another name for a known value"
