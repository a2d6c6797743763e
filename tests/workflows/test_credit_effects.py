"""What a lead did in an earlier base counts in a later round (A9): who is first, who is flagged, who may not take part."""

from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from casework import credit_findings
from casework.credit_findings import NewFinding
from domain.errors import Refused
from domain.lifecycle import Step
from domain.policy.credit_account import CreditReason
from domain.policy.credit_finding import FindingEnd, FindingKind
from domain.policy.eligibility import Claim, Outcome, findings
from domain.terms import LeadKind
from persistence.applications import Applications
from persistence.bases import Bases, NewBase
from persistence.credit_accounts import CreditAccounts
from persistence.credit_findings import Ending
from persistence.database import Database
from tests.policy.applicants import NAMES
from tests.support import OFFICE, at, state_of
from tests.workflows.fair import Applicant, Fair, fair

EARLIER = "base-2019-03-1"
NOW = at("2021-12-20 09:30")
CODE = "12140000MB0KEXAMP1"
"""That of the school, in its application."""


async def earlier_base(place: Fair, kind: LeadKind) -> str:
    """A base of the same lead from before the round."""
    async with place.database.transaction() as tx:
        state = state_of(EARLIER, Step.PILOT, published_on=date(2019, 7, 1))
        await Bases(tx).add(NewBase(code=EARLIER, name="示例基地", lead=NAMES[kind]), state)
    return EARLIER


async def behaved(place: Fair, reason: CreditReason, times: int) -> None:
    """What the earlier base did."""
    async with place.database.transaction() as tx:
        for n in range(times):
            await CreditAccounts(tx).book(EARLIER, f"{reason}:{n}", reason, NOW, {"kind": "月调度"})


@pytest.mark.rule("A9")
async def test_at_equal_score_the_lead_that_always_reported_on_time_is_first(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        await earlier_base(place, LeadKind.ZONE)
        await behaved(place, CreditReason.ON_TIME, 6)
        newcomer, known = await place.to_conference(
            Applicant(3, kind=LeadKind.GOVERNMENT, score="80"), Applicant(3, kind=LeadKind.ZONE, score="80")
        )
        claims = {b: (await place.gateway.base(b)).state.claims for b in (newcomer, known)}
        assert claims == {newcomer: (), known: (Claim.HONEST,)}
        rows = await place.listed()
        assert (rows[known].rank, rows[newcomer].rank) == (1, 2)
        assert "因诚实守信主体优先" in rows[known].explanation
        assert "《推进措施》七" in rows[newcomer].explanation


@pytest.mark.rule("A9")
async def test_a_lead_graded_d_takes_part_and_the_office_is_told(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        await earlier_base(place, LeadKind.ZONE)
        await behaved(place, CreditReason.MISSING, 4)  # 53 points
        base = await place.applies(Applicant(3, kind=LeadKind.ZONE))
        assert (await place.submits(base)).state.step is Step.FORMAL_REVIEW
        async with database.transaction() as tx:
            dossier = await Applications(tx).dossier(await Bases(tx).get(base, place.time.instant))
        (flagged,) = [f for f in findings(dossier, date(2022, 1, 5)) if f.code == "eligibility.graded_d"]
        assert (flagged.outcome, flagged.params) == (Outcome.PERSON, {"total": "53"})


@pytest.mark.rule("A9")
async def test_a_serious_finding_about_an_earlier_base_bars_the_lead_until_it_is_taken_back(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        earlier = await earlier_base(place, LeadKind.SCHOOL)
        base = await place.applies(Applicant(3, kind=LeadKind.SCHOOL))
        finding = NewFinding(
            lead=None,
            base=earlier,
            credit_code=CODE,
            kind=FindingKind.SERIOUS,
            reason="示例理由",
            document_no="示例〔2021〕1号",
            effective_from=NOW.date(),
            effective_to=None,
        )
        decided = await credit_findings.find(database, finding, OFFICE, NOW)
        with pytest.raises(Refused) as caught:
            await place.submits(base)
        (gap,) = caught.value.refusal.items
        assert (gap.code, gap.clause and gap.clause.cite()) == ("eligibility.dishonest", "《推进措施》七")
        assert (await place.gateway.base(base)).state.step is Step.PREPARING
        ending = Ending(
            end_kind=FindingEnd.CORRECTED, end_reason="认定有误", end_document_no="示例〔2021〕2号"
        )
        await credit_findings.end(database, decided.finding.id, ending, OFFICE, NOW)
        assert (await place.submits(base)).state.step is Step.FORMAL_REVIEW
