"""The form of 整改: what was done about what was ordered, with the evidence of it."""

from domain.forms.build import ask, numbered
from domain.forms.files import PICTURES, FileKind
from domain.forms.questions import AnswerKind
from domain.policy.source import measures
from domain.terms import ObligationKind

KIND = ObligationKind.RECTIFICATION

_SUPERVISION = measures("八")
_DONE, _PROOF = "整改情况", "整改佐证"

K = AnswerKind

QUESTIONS = numbered(
    (
        ask("measures", "已采取的整改措施", _DONE, K.TEXT, max_length=500, clause=_SUPERVISION),
        ask("finished_on", "整改完成日期", _DONE, K.DATE, clause=_SUPERVISION),
        ask(
            "remaining",
            "尚未解决的问题和下一步安排",
            _DONE,
            K.TEXT,
            max_length=300,
            may_be_none=True,
            clause=_SUPERVISION,
        ),
        ask(
            "evidence",
            "整改前后照片或证明文件",
            _PROOF,
            K.EVIDENCE,
            files=(*PICTURES, FileKind.PDF),
            most=5,
            clause=_SUPERVISION,
        ),
    )
)
