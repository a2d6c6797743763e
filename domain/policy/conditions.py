"""The conditions of taking part, one function for each (B1, B3–B8, B19, B20, A1, A8, A9, A13), and their table."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.application import NONE, Application, Dossier, Origin, Party, PartyKind, PilotList
from domain.forms.application import majors_of
from domain.policy import materials
from domain.policy.credit import CREDIT, CreditKind, found
from domain.policy.credit_account import CreditGrade, grade, plain, standing_on
from domain.policy.hubs import HUBS, hub_problem, rivals
from domain.policy.members import MEMBER_UNITS
from domain.policy.source import MEASURES_DATE, Clause, Dated, call, measures, on
from domain.terms import LeadKind

LAND = measures("五")
PAIRING = measures("八")
MAX_COMPATIBLE_PERCENT = (Dated(MEASURES_DATE, 15, LAND),)
"""Of the total floor area."""


class Outcome(StrEnum):
    """What a rule says of an application."""

    MET = "符合"
    NOT_MET = "不符合"
    PERSON = "需人工核实"


class Case(NamedTuple):
    """What a rule is given."""

    dossier: Dossier
    application: Application  # without answers to what is no longer asked
    day: date

    @property
    def called_on(self) -> date:
        """A round keeps the values that were in force when it was called."""
        return self.dossier.called_on or self.day

    @property
    def lead(self) -> Party:
        """The lead. A rule that looks at it is judged only when it is there."""
        return self.application.parties[0]


class Verdict(NamedTuple):
    """What a rule answers; `seen` is what it looked at besides the applicant's own answers."""

    outcome: Outcome
    code: str
    params: dict[str, str]
    seen: str = ""


class Rule(NamedTuple):
    """One row of the table."""

    id: str
    clause: Clause
    keys: tuple[str, ...]  # the answers it looks at; it is for those applicants who are asked any of them
    judge: Callable[[Case], Verdict]


def _met(seen: str = "") -> Verdict:
    return Verdict(Outcome.MET, "eligibility.met", {}, seen)


def _not_met(code: str, seen: str = "", **params: object) -> Verdict:
    return Verdict(Outcome.NOT_MET, code, {k: str(v) for k, v in params.items()}, seen)


def _person(code: str, seen: str = "", **params: object) -> Verdict:
    return Verdict(Outcome.PERSON, code, {k: str(v) for k, v in params.items()}, seen)


_KIND = {
    LeadKind.GOVERNMENT: PartyKind.GOVERNMENT,
    LeadKind.ENTERPRISE: PartyKind.ENTERPRISE,
    LeadKind.SCHOOL: PartyKind.SCHOOL,
    LeadKind.ZONE: PartyKind.ZONE,
}


def lead_fits(case: Case) -> Verdict:
    """B1: the lead is of the kind that it is registered as, and the one that is registered."""
    lead, d = case.lead, case.dossier
    seen = f"登记：{d.lead}（{d.lead_kind}）"
    if lead.kind is not _KIND[d.lead_kind]:
        return _not_met("eligibility.lead_kind", seen, kind=lead.kind, lead_kind=d.lead_kind)
    if lead.name != d.lead:
        return _person("eligibility.lead_name", seen, given=lead.name, registered=d.lead)
    return _met(seen)


def has_support_list(case: Case) -> Verdict:
    """B3: a city, or a unit of the province, has issued a list of supporting policies."""
    return _met() if case.application.support_from != NONE else _not_met("eligibility.no_support_list")


def support_covers(case: Case) -> Verdict:
    """B19: the list says something about each of the three groups of 附件2."""
    groups = materials.uncovered_groups(case.application.support_policies)
    return _person("eligibility.support_gaps", groups="、".join(groups)) if groups else _met()


def is_pilot_enterprise(case: Case) -> Verdict:
    """B4: listed, filing now, or let in by the office's recorded decision."""
    if case.dossier.expedited:
        return _met("办公室已决定简化遴选")
    if case.application.pilot_list in (PilotList.LISTED, PilotList.FILING):
        return _met()
    if case.application.pilot_list is PilotList.SIMPLIFIED:
        return _person("eligibility.simplified_undecided")
    return _not_met("eligibility.no_pilot_enterprise")


def is_local(case: Case) -> Verdict:
    """B6: from Shanxi, or with a subsidiary there; one of the 世界500强 may have a local team instead."""
    a = case.application
    if a.origin is Origin.SHANXI or a.local_subsidiary != NONE or (a.global_500 and a.local_team):
        return _met()
    return _not_met("eligibility.no_local_presence", origin=a.origin)


def has_matching_major(case: Case) -> Verdict:
    """B7: a class of specialities that matches the direction, where 附件1 names any."""
    expected = majors_of(case.dossier.direction)
    if not expected:
        return _person("eligibility.majors_open")
    wanted, given = "、".join(expected), "、".join(case.application.majors)
    if set(expected) & set(case.application.majors):
        return _met(f"拟对接专业（群）：{wanted}")
    return _not_met("eligibility.no_matching_major", majors=given, expected=wanted)


def statement_to_judge(case: Case) -> Verdict:
    """B5, B8: a statement that a person has to judge."""
    return _person("eligibility.statement")


def compatible_share(case: Case) -> Verdict:
    """A8: compatible facilities take at most 15% of the floor area."""
    floor, compatible = case.application.floor_area, case.application.compatible_area
    most = on(MAX_COMPATIBLE_PERCENT, case.called_on).value
    if compatible is None or floor is None or compatible * 100 <= floor * most:
        return _met()
    return _not_met("eligibility.compatible_share", compatible=compatible, floor=floor, percent=most)


def hub_fits(case: Case) -> Verdict:
    """A1: a branch names the one hub of its direction."""
    d = case.dossier
    known = (d.base_id, d.direction, case.application, d.others)
    problem, others = hub_problem(*known), rivals(*known)
    seen = f"其他申报和已有基地：{len(d.others)} 个"
    if problem:
        return _not_met(problem.code, seen, **problem.params)
    return _person("eligibility.hub_rivals", seen, rivals="、".join(others)) if others else _met(seen)


def nobody_dishonest(case: Case) -> Verdict:
    """A9: no party, nor the registered lead, is on a list of 严重失信主体. Of a lead graded D a person has to judge:
    only those who are listed may not take part."""
    d, parties = case.dossier, {p.name: p.credit_code for p in case.application.parties}
    bad = [
        name
        for name, code in ({d.lead: ""} | parties).items()
        if found(d.credit, CreditKind.DISHONEST, case.day, name, code)
    ]
    standing = standing_on(d.standings, case.day)
    graded = grade(standing.total, case.day) if standing else None
    seen = f"信用记录：{len(d.credit)} 条；信用等级：{graded or '尚未评定'}"
    if bad:
        return _not_met("eligibility.dishonest", seen, names="、".join(bad))
    if standing and graded is CreditGrade.D:
        return _person("eligibility.graded_d", seen, total=plain(standing.total))
    return _met(seen)


def commits(case: Case) -> Verdict:
    """A9: a letter of commitment is signed."""
    return _met() if case.application.credit_commitment else _not_met("eligibility.no_commitment")


def pledges(case: Case) -> Verdict:
    """B20: the materials are true, and the applicant is willing to carry the reform tasks."""
    a = case.application
    return _met() if a.truthful and a.willing else _not_met("eligibility.no_pledge")


def plan_is_whole(case: Case) -> Verdict:
    """B20: the plan has all eight sections."""
    gaps = [s for s in materials.PLAN_SECTIONS if s not in case.application.plan_sections]
    return _not_met("eligibility.plan_gaps", sections="、".join(gaps)) if gaps else _met()


def paired_unit_fits(case: Case) -> Verdict:
    """A13: one member unit of the day of the call (A16), other than the lead's own department."""
    unit = case.application.paired_unit
    if unit not in on(MEMBER_UNITS, case.called_on).value:
        return _not_met("eligibility.no_member_unit", unit=unit)
    if not case.lead.department:
        return _person("eligibility.department_unknown")
    return _not_met("eligibility.own_department", unit=unit) if unit == case.lead.department else _met()


RULES = (
    Rule("B1", call("一"), ("lead",), lead_fits),
    Rule("B3", call("三-1"), ("support_from",), has_support_list),
    Rule("B19", materials.SUPPORT_LIST, ("support_policies",), support_covers),
    Rule("B4", call("三-2"), ("pilot_list",), is_pilot_enterprise),
    Rule("B5", call("三-3"), ("conditions",), statement_to_judge),
    Rule("B6", call("三-4"), ("origin", "local_subsidiary", "global_500", "local_team"), is_local),
    Rule("B7", call("三-5"), ("majors",), has_matching_major),
    Rule("B8", call("三-6"), ("contribution",), statement_to_judge),
    Rule("B20", materials.PLAN, ("plan_sections",), plan_is_whole),
    Rule("B20", call("附件3三-4"), ("truthful", "willing"), pledges),
    Rule("A1", HUBS, ("hub_role", "hub"), hub_fits),
    Rule("A8", LAND, ("floor_area", "compatible_area"), compatible_share),
    Rule("A9", CREDIT, ("lead", "partners"), nobody_dishonest),
    Rule("A9", CREDIT, ("credit_commitment",), commits),
    Rule("A13", PAIRING, ("lead", "paired_unit"), paired_unit_fits),
)
