"""The form of 年度综合报告: the year's totals, what was achieved and what not, and the report itself (A14)."""

from domain.forms.build import ask, numbered
from domain.forms.files import FileKind
from domain.forms.questions import AnswerKind
from domain.policy.source import measures
from domain.terms import ObligationKind

KIND = ObligationKind.REPORT

_FUNDING, _TRAINING, _REPORTING = measures("四"), measures("二"), measures("八")
_TOTALS, _TEXTS, _FILE = "全年合计", "总结与计划", "报告正文"

K = AnswerKind

QUESTIONS = numbered(
    (
        ask("invest_year", "全年完成投资", _TOTALS, K.MONEY, unit="万元", clause=_FUNDING),
        ask("funds_year", "全年到位资金", _TOTALS, K.MONEY, unit="万元", clause=_FUNDING),
        ask("trainees_year", "全年实训", _TOTALS, K.COUNT, unit="人次", clause=_TRAINING),
        ask("certified_year", "全年取得职业技能等级证书人数", _TOTALS, K.COUNT, unit="人", clause=_TRAINING),
        ask("income_year", "全年经营收入", _TOTALS, K.MONEY, unit="万元", clause=_TRAINING),
        ask("achievements", "主要成效", _TEXTS, K.TEXT, max_length=500, clause=_REPORTING),
        ask(
            "problems",
            "存在问题与建议",
            _TEXTS,
            K.TEXT,
            max_length=500,
            may_be_none=True,
            clause=_REPORTING,
        ),
        ask("next_plan", "下一年度工作计划", _TEXTS, K.TEXT, max_length=500, clause=_REPORTING),
        ask(
            "report",
            "年度综合报告",
            _FILE,
            K.EVIDENCE,
            files=(FileKind.PDF,),
            most=1,
            clause=_REPORTING,
        ),
    )
)
