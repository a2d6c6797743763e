"""试点培育 lasts one year (B15); then 认定 is applied for (B16), or the base has given up."""

from datetime import date

import pytest

from domain.policy.pilot import lapse_at, pilot_end, pilot_last_day, reminder_instants
from tests.policy.published import DAYS_2026
from tests.support import at


@pytest.mark.rule("B15")
@pytest.mark.parametrize(
    ("published", "last"),
    [
        ("2022-03-01", "2023-03-01"),
        ("2023-03-01", "2024-03-01"),
        ("2023-02-28", "2024-02-28"),
        ("2024-02-29", "2025-02-28"),
        ("2022-12-31", "2023-12-31"),
    ],
)
def test_the_pilot_lasts_exactly_one_year(published: str, last: str) -> None:
    assert pilot_last_day(date.fromisoformat(published)) == date.fromisoformat(last)


@pytest.mark.rule("B15")
def test_the_pilot_ends_with_the_end_of_its_last_day() -> None:
    assert pilot_end(date(2024, 2, 29)) == at("2025-03-01 00:00")
    assert pilot_end(date(2022, 3, 1)) == at("2023-03-02 00:00")


@pytest.mark.rule("B16")
@pytest.mark.parametrize(
    ("published", "gone"),
    [
        ("2022-03-01", "2023-04-01 00:00"),
        ("2024-02-29", "2025-03-31 00:00"),
        ("2021-12-01", "2023-01-01 00:00"),
    ],
)
def test_without_an_application_the_base_lapses_thirty_days_after_the_pilot(
    published: str, gone: str
) -> None:
    assert lapse_at(date.fromisoformat(published)) == at(gone)


@pytest.mark.rule("B16")
def test_the_base_is_reminded_sixty_thirty_and_seven_days_before_the_pilot_ends() -> None:
    instants = reminder_instants(date(2025, 7, 1), DAYS_2026, "base-x")
    assert {left: instant.date() for left, instant in instants.items()} == {
        60: date(2026, 5, 6),  # 2 May is a holiday: the next working day
        30: date(2026, 6, 1),
        7: date(2026, 6, 24),
    }
