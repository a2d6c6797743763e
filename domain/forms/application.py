"""The questions of the application (申报书), and which of them are asked of whom."""

from collections.abc import Callable, Mapping

from domain.application import (
    INVESTMENT_KEYS,
    NO,
    NONE,
    YES,
    Body,
    DoubleHigh,
    HubRole,
    Origin,
    PilotList,
    SchoolKind,
)
from domain.forms.questions import AnswerKind, Question
from domain.policy.directions import DIRECTIONS_2021, OTHER_DIRECTION
from domain.policy.materials import PLAN, PLAN_SECTIONS, SUPPORT_LIST, SUPPORT_POLICIES
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.source import Clause, call, measures
from domain.terms import LeadKind

FORM_TITLE = "申报书"

Values = Mapping[str, str]

_WRITTEN_TWO_WAYS = {"资源与安全大类": "资源环境与安全大类"}
"""附件1 writes this class short for direction 7 and in full for direction 13."""


def majors_of(direction: int) -> tuple[str, ...]:
    """The classes of specialities that match a direction; none for the one that the applicant names."""
    rows = [row for row in DIRECTIONS_2021 if row.no == direction]
    return tuple(_WRITTEN_TWO_WAYS.get(major, major) for row in rows for major in row.majors)


MAJORS = tuple(dict.fromkeys(major for row in DIRECTIONS_2021 for major in majors_of(row.no)))

_PARTIES, _MONEY, _SITE, _RUNNING = "参与主体", "建设投资", "场地", "运营机制"
_HUBS, _PAPERS, _APPLICANT, _PROMISES = "协同布局", "政策与方案", "申报条件", "承诺"

_LEADS = call("一")
_FUNDING, _LAND, _WAYS = measures("四"), measures("五"), measures("一")
_CREDIT, _PAIRING, _TRUTH = measures("七"), measures("八"), call("附件3三-4")
_ENTERPRISE, _STRENGTH, _OUTSIDE = call("三-2"), call("三-3"), call("三-4")
_VOCATIONAL, _GENERAL = call("三-5"), call("三-6")

K = AnswerKind


def _q(key: str, label: str, group: str, kind: AnswerKind, clause: Clause, **more: object) -> Question:
    fields = {"key": key, "label": label, "group": group, "kind": kind, "clause": clause}
    return Question.model_validate({"no": 0, **fields, **more})


def _investment(key: str) -> Question:
    return _q(key, f"计划投资：{INVESTMENT_KEYS[key]}", _MONEY, K.MONEY, _FUNDING, unit="万元")


def _area(key: str, label: str) -> Question:
    return _q(key, label, _SITE, K.AREA, _LAND, unit="平方米")


def _text(key: str, label: str, group: str, clause: Clause, length: int, *, none: bool = False) -> Question:
    return _q(key, label, group, K.TEXT, clause, max_length=length, may_be_none=none)


def _choice(key: str, label: str, group: str, clause: Clause, choices: tuple[str, ...]) -> Question:
    return _q(key, label, group, K.CHOICE, clause, choices=choices)


def _choices(
    key: str, label: str, group: str, clause: Clause, choices: tuple[str, ...], *, none: bool = False
) -> Question:
    return _q(key, label, group, K.CHOICES, clause, choices=choices, may_be_none=none)


def _yes_no(key: str, label: str, group: str, clause: Clause) -> Question:
    return _q(key, label, group, K.YES_NO, clause, choices=(YES, NO))


_UNNUMBERED = (
    _q("lead", "牵头单位", _PARTIES, K.PARTIES, _LEADS, most=1),
    _q("partners", "参与单位", _PARTIES, K.PARTIES, call("附件3一"), may_be_none=True),
    _text("direction_name", "产业方向名称", _PARTIES, call("附件1第30项"), 40),
    *(_investment(key) for key in INVESTMENT_KEYS),
    _area("floor_area", "总建筑面积"),
    _area("compatible_area", "其中兼容设施建筑面积"),
    _text("operator", "第三方运营机构", _RUNNING, _WAYS, 100, none=True),
    _choices("bodies", "已建立的协同机制", _RUNNING, _WAYS, tuple(Body), none=True),
    _choice("hub_role", "一主多分中的定位", _HUBS, _WAYS, tuple(HubRole)),
    _text("hub", "所属主基地的编号", _HUBS, _WAYS, 60),
    _choice("paired_unit", "结对单位", _HUBS, _PAIRING, ALL_MEMBER_UNITS),
    _text("support_from", "支持政策清单的出具单位", _PAPERS, call("三-1"), 100, none=True),
    _choices(
        "support_policies",
        "支持政策清单包含的内容",
        _PAPERS,
        SUPPORT_LIST,
        tuple(p.label for p in SUPPORT_POLICIES),
    ),
    _choices("plan_sections", "建设实施方案已包含的部分", _PAPERS, PLAN, PLAN_SECTIONS),
    _choice("pilot_list", "产教融合型试点企业入库情况", _APPLICANT, _ENTERPRISE, (*PilotList, NONE)),
    _text("conditions", "研发应用和生产性全要素条件", _APPLICANT, _STRENGTH, 500),
    _choice("origin", "企业来源", _APPLICANT, _OUTSIDE, tuple(Origin)),
    _text("local_subsidiary", "山西境内子公司名称", _APPLICANT, _OUTSIDE, 100, none=True),
    _yes_no("global_500", "是否世界500强企业", _APPLICANT, _OUTSIDE),
    _yes_no("local_team", "是否在山西设有固定的本地化服务体系和团队", _APPLICANT, _OUTSIDE),
    _choice("school_kind", "学校类型", _APPLICANT, _VOCATIONAL, tuple(SchoolKind)),
    _choices("majors", "骨干学科专业群所属专业大类", _APPLICANT, _VOCATIONAL, MAJORS),
    _choice("double_high", "双高计划建设单位", _APPLICANT, _VOCATIONAL, tuple(DoubleHigh)),
    _text("contribution", "基础研究和应用开发等方面的突出贡献", _APPLICANT, _GENERAL, 500),
    _text("major_transfer", "重大科技转化成果", _APPLICANT, _GENERAL, 200, none=True),
    _yes_no("credit_commitment", "签署信用承诺书", _PROMISES, _CREDIT),
    _yes_no("truthful", "承诺申报材料真实", _PROMISES, _TRUTH),
    _yes_no("willing", "承诺按照改革路径承担改革任务", _PROMISES, _TRUTH),
)

QUESTIONS = tuple(question.model_copy(update={"no": no}) for no, question in enumerate(_UNNUMBERED, 1))
"""Every question there is; nobody is asked all of them."""

BY_KEY = {question.key: question for question in QUESTIONS}

_When = Callable[[LeadKind, int, Values], bool]


def _of(kind: LeadKind) -> _When:
    return lambda lead_kind, _, __: lead_kind is kind


def _school(*kinds: SchoolKind) -> _When:
    return lambda lead_kind, _, values: (
        lead_kind is LeadKind.SCHOOL and values.get("school_kind") in tuple(map(str, kinds))
    )


def _from_outside(lead_kind: LeadKind, _: int, values: Values) -> bool:
    return lead_kind is LeadKind.ENTERPRISE and values.get("origin") in (Origin.CHINA, Origin.ABROAD)


def _without_subsidiary(lead_kind: LeadKind, direction: int, values: Values) -> bool:
    return _from_outside(lead_kind, direction, values) and values.get("local_subsidiary") == NONE


def _large(lead_kind: LeadKind, direction: int, values: Values) -> bool:
    return _without_subsidiary(lead_kind, direction, values) and values.get("global_500") == YES


_WHEN: dict[str, _When] = {
    "direction_name": lambda _, direction, __: direction == OTHER_DIRECTION,
    "hub": lambda _, __, values: values.get("hub_role") == HubRole.BRANCH,
    "pilot_list": _of(LeadKind.ENTERPRISE),
    "conditions": _of(LeadKind.ENTERPRISE),
    "origin": _of(LeadKind.ENTERPRISE),
    "local_subsidiary": _from_outside,
    "global_500": _without_subsidiary,
    "local_team": _large,
    "school_kind": _of(LeadKind.SCHOOL),
    "majors": _school(SchoolKind.VOCATIONAL, SchoolKind.APPLIED),
    "double_high": _school(SchoolKind.VOCATIONAL),
    "contribution": _school(SchoolKind.GENERAL),
    "major_transfer": _school(SchoolKind.GENERAL),
}
"""When a question is asked; the others always are."""


def asked(lead_kind: LeadKind, direction: int, values: Values) -> tuple[Question, ...]:
    """The questions for this applicant, given its answers so far."""
    return tuple(q for q in QUESTIONS if q.key not in _WHEN or _WHEN[q.key](lead_kind, direction, values))


def missing(lead_kind: LeadKind, direction: int, values: Values) -> tuple[Question, ...]:
    """The questions that are asked and have no answer yet."""
    return tuple(q for q in asked(lead_kind, direction, values) if q.key not in values)


def answered(lead_kind: LeadKind, direction: int, values: Values) -> dict[str, str]:
    """The answers that count: what is no longer asked, because another answer changed, is left out."""
    return {q.key: values[q.key] for q in asked(lead_kind, direction, values) if q.key in values}
