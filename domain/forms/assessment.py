"""The form of 年考核: the eight elements of the management loop (A15), and what an enterprise adds for its taxes (A6)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from domain.forms.build import ask, numbered
from domain.forms.questions import AnswerKind, Doubt, FormContext, Question
from domain.policy.source import measures
from domain.terms import LeadKind, ObligationKind

KIND = ObligationKind.ASSESSMENT

_LOOP, _TAX = measures("八"), measures("三")
_OVERALL, _TAXES = "总体自评", "财税与培训经费"

K = AnswerKind


class Element(NamedTuple):
    """One of the eight elements."""

    key: str
    label: str

    @property
    def score_key(self) -> str:
        """The question for its self-score, 0 to 100."""
        return f"{self.key}_score"

    @property
    def note_key(self) -> str:
        """The question for what backs the score."""
        return f"{self.key}_note"


ELEMENTS = (
    Element("planning", "计划规划"),
    Element("organisation", "组织方式"),
    Element("positioning", "目标定位"),
    Element("tasks", "重点任务"),
    Element("indicators", "指标体系"),
    Element("scale", "规模价值"),
    Element("benefits", "预期效益"),
    Element("evaluation", "绩效评价"),
)
"""As 《推进措施》八 names them."""

TAX_KEYS = ("tax_investment", "tax_payable", "training_funds", "training_frontline")
"""Asked of enterprises only; 万元 in the year."""


def _of_element(element: Element) -> tuple[Question, Question]:
    return (
        ask(
            element.score_key,
            f"{element.label}自评分",
            element.label,
            K.SCORE,
            unit="分",
            clause=_LOOP,
        ),
        ask(
            element.note_key, f"{element.label}自评依据", element.label, K.TEXT, max_length=200, clause=_LOOP
        ),
    )


def _tax(key: str, label: str) -> Question:
    more = {"unit": "万元", "only_for": LeadKind.ENTERPRISE, "clause": _TAX}
    return ask(key, label, _TAXES, K.MONEY, **more)


QUESTIONS = numbered(
    (
        *(question for element in ELEMENTS for question in _of_element(element)),
        ask("self_summary", "全年总体自评", _OVERALL, K.TEXT, max_length=500, clause=_LOOP),
        _tax("tax_investment", "本年度符合规定的兴办职业教育投资额"),
        _tax("tax_payable", "本年度应缴教育费附加和地方教育附加"),
        _tax("training_funds", "本年度使用的职工教育经费"),
        _tax("training_frontline", "其中用于一线职工教育和培训"),
    )
)


def doubts(key: str, values: Mapping[str, str], context: FormContext) -> tuple[Doubt, ...]:
    """A part that is more than its whole is asked back, whichever of the two was answered last."""
    if key not in ("training_funds", "training_frontline"):
        return ()
    funds, frontline = values.get("training_funds"), values.get("training_frontline")
    if funds is None or frontline is None or Decimal(frontline) <= Decimal(funds):
        return ()
    return (Doubt(question=key, code="doubt.frontline", params={"frontline": frontline, "funds": funds}),)
