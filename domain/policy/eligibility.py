"""Whether an application may be handed in: every condition judged, every gap named at once, and what follows."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.application import NONE, Application, Dossier, DoubleHigh, HubRole
from domain.errors import Refusal, Refused
from domain.forms.application import BY_KEY, answered, asked, missing
from domain.policy import materials
from domain.policy.conditions import RULES, Case, Rule
from domain.policy.conditions import Outcome as Outcome
from domain.policy.credit import CreditKind, found
from domain.policy.credit_account import CreditGrade, grade, standing_on
from domain.policy.duties import Duty, duties
from domain.policy.source import Clause, call

APPLICATION = call("五(一)")


class Claim(StrEnum):
    """What puts an applicant first at equal score, in this order (B7, B8, A9)."""

    DOUBLE_HIGH = "双高计划建设单位"
    MAJOR_TRANSFER = "重大科技转化成果"
    HONEST = "诚实守信主体"


class Finding(BaseModel):
    """What one rule says of an application, and what was looked at."""

    model_config = ConfigDict(frozen=True)

    rule: str
    outcome: Outcome
    clause: Clause
    code: str
    params: dict[str, str] = {}
    evidence: str

    @property
    def refusal(self) -> Refusal:
        """In the shape that the words of any code and clause are made from."""
        return Refusal(kind="refused", code=self.code, params=self.params, clause=self.clause)


class Submission(BaseModel):
    """What a complete application leads to: its reviews, and its claims at equal score."""

    model_config = ConfigDict(frozen=True)

    duties: tuple[Duty, ...]
    claims: tuple[Claim, ...]
    hub: bool  # applies as the 主基地 of its direction


def current(dossier: Dossier) -> Application:
    """The application without answers to questions that are no longer asked."""
    return Application.of(answered(dossier.lead_kind, dossier.direction, dossier.values))


def findings(dossier: Dossier, day: date) -> tuple[Finding, ...]:
    """Every rule that is for this applicant and whose answers are all there; the others are missing questions."""
    case = Case(dossier, current(dossier), day)
    theirs = {q.key for q in asked(dossier.lead_kind, dossier.direction, dossier.values)}
    ready = theirs & dossier.values.keys()
    rules = [(rule, theirs & set(rule.keys)) for rule in RULES]
    return tuple(_finding(rule, case, keys) for rule, keys in rules if keys and keys <= ready)


def _finding(rule: Rule, case: Case, keys: set[str]) -> Finding:
    verdict = rule.judge(case)
    return Finding(
        rule=rule.id,
        outcome=verdict.outcome,
        clause=rule.clause,
        code=verdict.code,
        params=verdict.params,
        evidence="；".join([*(_said(case, key) for key in rule.keys if key in keys), verdict.seen]).rstrip(
            "；"
        ),
    )


def _said(case: Case, key: str) -> str:
    return f"{BY_KEY[key].label}：{case.dossier.values[key].replace(chr(10), '；')}"


def check_submission(dossier: Dossier, day: date) -> Submission:
    """Refuse with everything that stands in the way: unanswered questions, absent materials, conditions not met."""
    in_the_way = gaps(dossier, day)
    if in_the_way:
        raise Refused.of_all("application.incomplete", APPLICATION, in_the_way, count=len(in_the_way))
    application = current(dossier)
    return Submission(
        duties=duties(application),
        claims=claims(dossier, application, day),
        hub=application.hub_role is HubRole.HUB,
    )


def gaps(dossier: Dossier, day: date) -> list[Refusal]:
    """Everything that stands in the way of handing it in."""
    return [*_unanswered(dossier), *_absent(dossier), *_failed(dossier, day)]


def _unanswered(dossier: Dossier) -> list[Refusal]:
    open_questions = missing(dossier.lead_kind, dossier.direction, dossier.values)
    return [Refused("application.unanswered", q.clause, label=q.label).refusal for q in open_questions]


def _absent(dossier: Dossier) -> list[Refusal]:
    items = materials.missing(dossier.lead_kind, current(dossier), dossier.materials)
    return [Refused("application.no_material", item.clause, label=item.label).refusal for item in items]


def _failed(dossier: Dossier, day: date) -> list[Refusal]:
    return [f.refusal for f in findings(dossier, day) if f.outcome is Outcome.NOT_MET]


def claims(dossier: Dossier, application: Application, day: date) -> tuple[Claim, ...]:
    """What counts for the applicant at equal score."""
    holds = {
        Claim.DOUBLE_HIGH: application.double_high in (DoubleHigh.NATIONAL, DoubleHigh.PROVINCIAL),
        Claim.MAJOR_TRANSFER: application.major_transfer not in ("", NONE),
        Claim.HONEST: _is_honest(dossier, application, day),
    }
    return tuple(claim for claim in Claim if holds[claim])


def _is_honest(dossier: Dossier, application: Application, day: date) -> bool:
    """A9: on the list of 守信激励, or graded A on the day, which only a lead that has reported before can be."""
    code = application.lead.credit_code if application.lead else ""
    standing = standing_on(dossier.standings, day)
    graded_a = standing is not None and grade(standing.total, day) is CreditGrade.A
    return graded_a or bool(found(dossier.credit, CreditKind.HONEST, day, dossier.lead, code))
