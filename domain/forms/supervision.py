"""The form of 季督导: what the base checks itself before the office supervises the quarter."""

from collections.abc import Mapping
from decimal import Decimal

from domain.application import NO, YES
from domain.forms.build import ask, numbered
from domain.forms.files import PICTURES, FileKind
from domain.forms.questions import AnswerKind, Doubt, FormContext
from domain.policy.conditions import MAX_COMPATIBLE_PERCENT
from domain.policy.source import MEASURES_DATE, measures, on, ours
from domain.terms import ObligationKind

KIND = ObligationKind.SUPERVISION

SAFETY = ours("安全自查")
INCOME_USES = ("设备更新", "实训耗材", "薪酬分配", "其他")
"""A5 names the first three, and says 等."""

_TRAINING, _FUNDING, _LAND = measures("二"), measures("四"), measures("五")
_TEACHERS, _SUPERVISION = measures("六"), measures("八")
_PROGRESS, _RUNNING, _SITE = "推进与资金", "实训与安全", "场地与收入"
_REFORM, _FOLLOWING = "改革与合作", "整改与问题"

K = AnswerKind

QUESTIONS = numbered(
    (
        ask(
            "plan_progress",
            "对照建设计划的推进情况",
            _PROGRESS,
            K.CHOICE,
            choices=("超前", "按计划", "滞后"),
            clause=_SUPERVISION,
        ),
        ask(
            "funds_as_approved",
            "资金是否全部按批复用途使用",
            _PROGRESS,
            K.YES_NO,
            choices=(YES, NO),
            clause=_FUNDING,
        ),
        ask(
            "equipment",
            "本季度设备购置和信息化改造",
            _PROGRESS,
            K.TEXT,
            max_length=200,
            may_be_none=True,
            clause=_FUNDING,
        ),
        ask("trainings", "本季度实际开展的实训", _RUNNING, K.COUNT, unit="人次", clause=_TRAINING),
        ask(
            "teachers",
            "双师型教师和产业工程师培养",
            _RUNNING,
            K.TEXT,
            max_length=200,
            may_be_none=True,
            clause=_TEACHERS,
        ),
        ask(
            "safety",
            "实训和场地安全自查结果",
            _RUNNING,
            K.CHOICE,
            choices=("无隐患", "有隐患已整改", "有隐患未整改"),
            clause=SAFETY,
        ),
        ask(
            "compatible_share",
            "兼容设施建筑面积占项目总建筑面积的比例",
            _SITE,
            K.SCORE,
            unit="%",
            clause=_LAND,
        ),
        ask(
            "land_split",
            "兼容用途的土地、房产是否有分割转让",
            _SITE,
            K.YES_NO,
            choices=(YES, NO),
            clause=_LAND,
        ),
        ask(
            "income_uses",
            "本季度经营收入的用途",
            _SITE,
            K.CHOICES,
            choices=INCOME_USES,
            may_be_none=True,
            clause=_TRAINING,
        ),
        ask(
            "partners",
            "合作单位的变化和合作成效",
            _REFORM,
            K.TEXT,
            max_length=200,
            may_be_none=True,
            clause=_TRAINING,
        ),
        ask(
            "reform",
            "产教融合改革任务的推进情况",
            _REFORM,
            K.TEXT,
            max_length=300,
            may_be_none=True,
            clause=_SUPERVISION,
        ),
        ask(
            "rectified",
            "以前督导发现问题的整改情况",
            _FOLLOWING,
            K.CHOICE,
            choices=("已全部整改", "部分整改", "尚未整改"),
            may_be_none=True,
            clause=_SUPERVISION,
        ),
        ask(
            "problems",
            "存在问题与需要协调的事项",
            _FOLLOWING,
            K.TEXT,
            max_length=500,
            may_be_none=True,
            clause=_SUPERVISION,
        ),
        ask(
            "evidence",
            "佐证材料",
            _FOLLOWING,
            K.EVIDENCE,
            files=(FileKind.PDF, *PICTURES),
            most=5,
            may_be_none=True,
            clause=_SUPERVISION,
        ),
    )
)


def doubts(key: str, values: Mapping[str, str], context: FormContext) -> tuple[Doubt, ...]:
    """What the documents do not allow is asked back: it is reported as it is, but not by a slip."""
    if key == "compatible_share" and key in values:
        return _compatible(values[key], context)
    if key == "land_split" and values.get(key) == YES:
        return (Doubt(question=key, code="doubt.land_split", params={"value": YES}),)
    return ()


def _compatible(share: str, context: FormContext) -> tuple[Doubt, ...]:
    most = on(MAX_COMPATIBLE_PERCENT, context.around or MEASURES_DATE).value
    if Decimal(share) <= most:
        return ()
    params = {"value": share, "most": str(most)}
    return (Doubt(question="compatible_share", code="doubt.compatible_share", params=params),)
