"""Who may take which decision at which level (B9, B12, B14, B16). At which step is `lifecycle.TRANSITIONS`.

The province selects, manages and hands every plaque (统一认定、统一挂牌); the city office selects and cultivates
市级 and 县级 bases of its own city; member units take part in the 验收; the applicant acts for itself only. What
follows from central money is the province's alone (A11).
"""

from types import MappingProxyType

from domain.lifecycle import BY_ROUND
from domain.lifecycle import DecisionKind as D
from domain.policy.source import call
from domain.terms import Level, Role

DIVISION_OF_WORK = call("四")
LEVELS = call("五")

_OFFICE = frozenset({Role.OFFICE})
_CITY = frozenset({Role.OFFICE, Role.CITY})
_LEAD = frozenset({Role.LEAD})
_SYSTEM = frozenset({Role.SYSTEM})
_ROUND = frozenset({Role.ROUND})


def _by_level(province: frozenset[Role], city: frozenset[Role]) -> MappingProxyType[Level, frozenset[Role]]:
    return MappingProxyType({Level.PROVINCE: province, Level.CITY: city, Level.COUNTY: city})


_SELECTION = _by_level(_OFFICE, _CITY)
_CONFERENCE = frozenset({Role.OFFICE, Role.DEPARTMENT})
_DEPARTMENTS = frozenset({Role.DEPARTMENT, Role.OFFICE})
"""The office is 省发展改革委's: it signs for that one (see `domain.policy.formal_review`)."""

AUTHORITY = MappingProxyType(
    {
        D.EXTEND: _by_level(_ROUND, _ROUND),
        D.EXPEDITE: _by_level(_OFFICE, _OFFICE),
        D.SIGN_OFF: _by_level(_DEPARTMENTS, _DEPARTMENTS | {Role.CITY}),
        D.SUPPLEMENT: _by_level(_LEAD, _LEAD),
        D.OFFER: _by_level(_ROUND, _ROUND),
        D.TAKE_OFFER: _by_level(_LEAD, _LEAD),
        D.DECLINE_OFFER: _by_level(_LEAD, _LEAD),
        D.OBJECT: _by_level(frozenset({Role.PUBLIC}), frozenset({Role.PUBLIC})),
        D.RESOLVE_OBJECTION: _SELECTION,
        D.SUBMIT: _by_level(_LEAD, _LEAD),
        D.WITHDRAW: _by_level(_LEAD, _LEAD),
        D.ACCEPT: _SELECTION,
        D.REJECT: _SELECTION,
        D.SCORE: _SELECTION,
        D.PROPOSE: _SELECTION,
        D.NOT_SELECT: _SELECTION,
        D.CONSENT: _by_level(_OFFICE, _OFFICE),
        D.START_NOTICE: _SELECTION,
        D.PUBLISH: _SELECTION,
        D.APPLY_CERTIFICATION: _by_level(_LEAD, _LEAD),
        D.PASS_ACCEPTANCE: _by_level(_CONFERENCE, _CONFERENCE | {Role.CITY}),
        D.FAIL_ACCEPTANCE: _by_level(_CONFERENCE, _CONFERENCE | {Role.CITY}),
        D.CERTIFY: _by_level(_OFFICE, _OFFICE),
        D.TERMINATE: _SELECTION,
        D.REVOKE: _by_level(_OFFICE, _OFFICE),
        D.SUSPEND: _SELECTION,
        D.RESUME: _SELECTION,
        D.ORDER_RECTIFICATION: _SELECTION,
        D.CONFIRM_FUNDS: _by_level(_OFFICE, _OFFICE),
        D.ASSESS_REFORM: _by_level(_OFFICE, _OFFICE),
        D.RECALL_FUNDS: _by_level(_OFFICE, _OFFICE),
        D.RECOVER: _by_level(_OFFICE, _OFFICE),
        D.NOTICE_OVER: _by_level(_SYSTEM, _SYSTEM),
        D.PILOT_OVER: _by_level(_SYSTEM, _SYSTEM),
        D.LAPSE: _by_level(_SYSTEM, _SYSTEM),
    }
)
"""Of a base that no round runs."""

IN_ROUND = MappingProxyType(
    dict.fromkeys(BY_ROUND, _ROUND)
    | {D.ACCEPT: _SYSTEM, D.REJECT: _ROUND | _SYSTEM, D.NOT_SELECT: _ROUND | _SYSTEM}
)
"""Who takes these about an application that a round runs, at every level: nobody decides around the round (B14)."""


def who_may(kind: D, level: Level, *, in_round: bool) -> frozenset[Role]:
    """The roles that may take a decision about one base."""
    if in_round and kind in IN_ROUND:
        return IN_ROUND[kind]
    return AUTHORITY[kind][level]
