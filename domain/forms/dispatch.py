"""The form of 月调度: twenty-two items, how they are checked against each other, what is computed from them."""

from collections.abc import Mapping
from decimal import Decimal

from domain.forms.questions import AnswerKind, Doubt, FormContext, Question
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.progress import Progress, progress
from domain.policy.source import measures
from domain.terms import ObligationKind

KIND = ObligationKind.DISPATCH

_TRAINING = measures("二")
_TAX = measures("三")
_FUNDING = measures("四")
_TEACHERS = measures("六")
_SUPERVISION = measures("八")


def _money(no: int, key: str, label: str, group: str, **more: object) -> Question:
    clause = _FUNDING if no < 8 else _TRAINING
    return Question.model_validate(
        {"no": no, "key": key, "label": label, "group": group, "kind": AnswerKind.MONEY, "unit": "万元"}
        | {"clause": clause}
        | more
    )


def _count(no: int, key: str, label: str, group: str, unit: str) -> Question:
    clause = _TEACHERS if key == "teachers_dual" else _TRAINING
    return Question(no=no, key=key, label=label, group=group, kind=AnswerKind.COUNT, unit=unit, clause=clause)


_INVESTMENT, _FUNDS, _STATE = "投资完成", "资金到位", "形象进度"
_TRAINEES, _SKILLS, _INCOME, _PROBLEMS = "实训人次", "技能与合作", "经营收入", "问题与协调"

QUESTIONS = (
    _money(1, "invest_month", "本月完成投资", _INVESTMENT),
    _money(2, "invest_total", "开工以来累计完成投资", _INVESTMENT, cumulative=True),
    _money(3, "funds_central", "本月到位中央预算内资金", _FUNDS),
    _money(4, "funds_province", "本月到位省级补助投资", _FUNDS),
    _money(5, "funds_bond", "本月到位地方政府债券", _FUNDS),
    _money(6, "funds_loan", "本月到位国内外贷款", _FUNDS),
    _money(7, "funds_self", "本月到位主体自筹", _FUNDS),
    Question(
        no=8,
        key="progress",
        label="形象进度",
        group=_STATE,
        kind=AnswerKind.TEXT,
        max_length=200,
        clause=_SUPERVISION,
    ),
    _count(9, "trainees_students", "高校在校生实训", _TRAINEES, "人次"),
    _count(10, "trainees_employees", "企业职工实训", _TRAINEES, "人次"),
    _count(11, "trainees_rural", "农村转移就业劳动者实训", _TRAINEES, "人次"),
    _count(12, "trainees_unemployed", "城镇失业人员实训", _TRAINEES, "人次"),
    _count(13, "trainees_veterans", "退役军人实训", _TRAINEES, "人次"),
    _count(14, "certified", "取得职业技能等级证书人数", _SKILLS, "人"),
    _count(15, "contests", "技能大赛场次", _SKILLS, "场"),
    _count(16, "teachers_dual", "双师型教师人数", _SKILLS, "人"),
    _count(17, "partners_new", "新增合作单位", _SKILLS, "家"),
    _money(18, "income_training", "有偿社会培训收入", _INCOME),
    _money(19, "income_tech", "技术服务收入", _INCOME),
    _money(20, "income_transfer", "成果孵化与交易转化收入", _INCOME),
    Question(
        no=21,
        key="problems",
        label="存在问题与建议",
        group=_PROBLEMS,
        kind=AnswerKind.TEXT,
        max_length=500,
        may_be_none=True,
        clause=_SUPERVISION,
    ),
    Question(
        no=22,
        key="help_from",
        label="需协调的成员单位",
        group=_PROBLEMS,
        kind=AnswerKind.CHOICE,
        choices=ALL_MEMBER_UNITS,
        may_be_none=True,
        clause=_SUPERVISION,
    ),
)

_TRAINEE_KEYS = tuple(q.key for q in QUESTIONS if q.group == _TRAINEES)
_CHANGE_RATIO = Decimal("0.5")
_CHANGE_FLOOR = 10


def offered_total(values: Mapping[str, str], context: FormContext) -> Decimal | None:
    """Last total plus this month; None while this month is not known."""
    if "invest_month" not in values:
        return None
    return Decimal(context.last.get("invest_total", "0")) + Decimal(values["invest_month"])


def doubts(key: str, values: Mapping[str, str], context: FormContext) -> tuple[Doubt, ...]:
    """What is doubtful about the answer to `key`, given all answers so far."""
    if key not in values:
        return ()
    question = _BY_KEY[key]
    found = []
    if question.is_number and not question.cumulative:
        found.append(_change(question, values[key], context))
    if key == "invest_total":
        found += [_sum(values, context), _over_plan(values[key], context)]
    if key == "certified":
        found.append(_certificates(values))
    return tuple(d for d in found if d)


def _change(question: Question, value: str, context: FormContext) -> Doubt | None:
    if question.key not in context.last:
        return None
    now, last = question.number(value), question.number(context.last[question.key])
    change = abs(now - last)
    if change <= _CHANGE_FLOOR or change <= last * _CHANGE_RATIO:
        return None
    percent = f"{(now - last) * 100 / last:+.0f}%" if last else "由零起"
    return Doubt(
        question=question.key,
        code="doubt.change",
        params={
            "value": value,
            "last": context.last[question.key],
            "unit": question.unit,
            "percent": percent,
        },
    )


def _sum(values: Mapping[str, str], context: FormContext) -> Doubt | None:
    expected, given = offered_total(values, context), Decimal(values["invest_total"])
    if expected is None or "invest_total" not in context.last or expected == given:
        return None
    params = {"value": f"{given:.2f}", "expected": f"{expected:.2f}", "last": context.last["invest_total"]}
    return Doubt(question="invest_total", code="doubt.sum", params=params)


def _over_plan(value: str, context: FormContext) -> Doubt | None:
    if context.planned_total is None or Decimal(value) <= context.planned_total:
        return None
    params = {"value": value, "plan": f"{context.planned_total:.2f}"}
    return Doubt(question="invest_total", code="doubt.over_plan", params=params)


def _certificates(values: Mapping[str, str]) -> Doubt | None:
    if not all(key in values for key in _TRAINEE_KEYS):
        return None
    trainees = sum(int(values[key]) for key in _TRAINEE_KEYS)
    if int(values["certified"]) <= trainees:
        return None
    params = {"value": values["certified"], "trainees": str(trainees)}
    return Doubt(question="certified", code="doubt.certificates", params=params)


def computed(values: Mapping[str, str], context: FormContext) -> Progress | None:
    """完成率 and 序时进度 of the total reported; None while there is no total."""
    if "invest_total" not in values:
        return None
    return progress(Decimal(values["invest_total"]), context.planned_total, context.pilot_months)


_BY_KEY = {q.key: q for q in QUESTIONS}
