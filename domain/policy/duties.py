"""Who reviews what in the formal review (B9): each school, each enterprise, the budget, and the whole."""

import hashlib

from pydantic import BaseModel, ConfigDict

from domain.application import Application, Party, PartyKind
from domain.policy.members import LEADING_UNIT

BUDGET_DEPARTMENT = "省财政厅"
SCHOOLS_DEPARTMENT = "省教育厅"


class Duty(BaseModel):
    """One signature that a formal review needs. It goes into histories, so it holds no names."""

    model_config = ConfigDict(frozen=True)

    id: str  # whole, budget, school-0, enterprise-2: with the number of the party, the lead being 0
    department: str
    party: int | None = None
    fingerprint: str = ""  # of the party, so that another one in its place is noticed


LABEL = {
    "whole": "申报材料综合审查",
    "budget": "建设预算审核",
    "school": "院校资质审核",
    "enterprise": "企业形式审查",
}


def label(duty: Duty) -> str:
    """What the duty is called."""
    return LABEL[duty.id.split("-")[0]]


def duties(application: Application) -> tuple[Duty, ...]:
    """The duties of an application: the whole and the budget, then its schools and enterprises in their order."""
    found = [Duty(id="whole", department=LEADING_UNIT), Duty(id="budget", department=BUDGET_DEPARTMENT)]
    for n, party in enumerate(application.parties):
        if party.kind is PartyKind.SCHOOL:
            found.append(_of_party(f"school-{n}", SCHOOLS_DEPARTMENT, n, party))
        if party.kind is PartyKind.ENTERPRISE:
            found.append(_of_party(f"enterprise-{n}", party.department, n, party))
    return tuple(found)


def _of_party(duty_id: str, department: str, n: int, party: Party) -> Duty:
    fingerprint = hashlib.sha256(party.line.encode()).hexdigest()[:16]
    return Duty(id=duty_id, department=department, party=n, fingerprint=fingerprint)
