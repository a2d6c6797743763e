"""What a credit grade means for an application (A9): A comes first at equal score, D is for the office to look at."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.application import Dossier
from domain.policy.eligibility import Claim, Outcome, check_submission, findings
from domain.terms import LeadKind
from tests.policy.applicants import DAY, NAMES, dossier, in_the_way, listed, outcomes

ZONE = LeadKind.ZONE


def stands(total: str, since: date = date(2024, 2, 1)) -> dict[str, object]:
    """The total of an account from a day on."""
    return {"since": since, "total": total}


def papers(*totals: dict[str, object], **known: Any) -> Dossier:
    """Complete papers of a lead with an account."""
    return dossier(ZONE, standings=totals, **known)


def seen(application: Dossier, day: date = DAY) -> str:
    """What the rule says that it looked at."""
    return next(f.evidence for f in findings(application, day) if f.rule == "A9")


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("totals", "honest"),
    [
        ((), False),  # a newcomer has earned nothing yet
        ((stands("100"),), True),
        ((stands("90"),), True),
        ((stands("89.99"),), False),
        ((stands("89"), stands("90")), True),
        ((stands("90"), stands("89")), False),
        ((stands("89"), stands("90", DAY)), True),
        ((stands("89"), stands("90", DAY + timedelta(days=1))), False),  # not yet on the day
    ],
)
def test_a_lead_graded_a_on_the_day_comes_first_at_equal_score(
    totals: tuple[dict[str, object], ...], honest: bool
) -> None:
    claims = check_submission(papers(*totals), DAY).claims
    assert claims == ((Claim.HONEST,) if honest else ())


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("total", "outcome", "code"),
    [
        ("60", Outcome.MET, "met"),
        ("59.99", Outcome.PERSON, "graded_d"),
        ("0", Outcome.PERSON, "graded_d"),
    ],
)
def test_a_lead_graded_d_is_for_the_office_to_look_at_and_not_barred(
    total: str, outcome: Outcome, code: str
) -> None:
    application = papers(stands(total))
    assert (outcome, code) in outcomes(application, "A9")
    assert in_the_way(application) == (), "only those who are listed may not take part"


@pytest.mark.rule("A9")
def test_who_is_listed_is_barred_whatever_the_total_is() -> None:
    application = papers(stands("100"), credit=(listed(NAMES[ZONE]),))
    assert [gap.code for gap in in_the_way(application)] == ["eligibility.dishonest"]


def test_the_evidence_names_the_grade() -> None:
    assert seen(papers()).endswith("信用等级：尚未评定")
    assert seen(papers(stands("74"))).endswith("信用记录：0 条；信用等级：C")
