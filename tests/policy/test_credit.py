"""Credit records (A9): when they hold, and whom they mean."""

from datetime import date

import pytest

from domain.policy.credit import CreditKind, CreditRecord, found, in_force

DAY = date(2024, 3, 1)


def record(**known: object) -> CreditRecord:
    base = {"name": "示例公司", "kind": "严重失信", "effective_from": "2024-01-01", "source": "示例名单"}
    return CreditRecord.model_validate(base | known)


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [
        ("2024-01-01", None, True),
        ("2024-03-01", None, True),
        ("2024-03-02", None, False),
        ("2024-01-01", "2024-03-01", True),
        ("2024-01-01", "2024-02-29", False),
    ],
)
def test_a_record_holds_from_its_first_day_to_its_last(first: str, last: str | None, holds: bool) -> None:
    assert bool(in_force([record(effective_from=first, effective_to=last)], DAY)) is holds


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("code", "name", "given", "meant"),
    [
        ("A" * 18, "示例公司", "A" * 18, True),
        ("A" * 18, "示例公司（更名前）", "A" * 18, True),  # the code is what counts
        ("A" * 18, "示例公司", "B" * 18, True),  # a wrong code does not hide a name
        ("A" * 18, "旧名", "B" * 18, False),
        ("A" * 18, "示例公司", "", True),
        ("", "示例公司", "A" * 18, True),
        ("", "示例公司分公司", "", False),  # not a part of a name
    ],
)
def test_a_party_is_known_by_its_code_or_by_its_exact_name(
    code: str, name: str, given: str, meant: bool
) -> None:
    assert record(credit_code=code, name=name).is_about("示例公司", given) is meant


@pytest.mark.rule("A9")
def test_only_records_of_the_kind_asked_for_are_found() -> None:
    records = [record(), record(kind="守信激励"), record(name="示例学院")]
    assert found(records, CreditKind.HONEST, DAY, "示例公司") == (records[1],)
    assert found(records, CreditKind.DISHONEST, DAY, "示例公司") == (records[0],)
