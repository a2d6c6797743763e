"""The form of 半年发布: what was published to the main provincial media, and where (A14)."""

from domain.forms.build import ask, numbered
from domain.forms.files import PICTURES, FileKind
from domain.forms.questions import AnswerKind
from domain.policy.source import measures
from domain.terms import ObligationKind

KIND = ObligationKind.PUBLICATION

_PUBLISHING = measures("八")
_WHERE, _WHAT = "发布情况", "发布内容"

K = AnswerKind

QUESTIONS = numbered(
    (
        ask("published_on", "发布日期", _WHERE, K.DATE, clause=_PUBLISHING),
        ask("media", "刊发的省内主要媒体", _WHERE, K.TEXT, max_length=60, clause=_PUBLISHING),
        ask("title", "稿件标题", _WHERE, K.TEXT, max_length=100, clause=_PUBLISHING),
        ask("reference", "网址或版次、期号", _WHERE, K.TEXT, max_length=300, clause=_PUBLISHING),
        ask(
            "indicators",
            "发布的主要指标和能力建设运行情况",
            _WHAT,
            K.TEXT,
            max_length=500,
            clause=_PUBLISHING,
        ),
        ask(
            "evidence",
            "报样或网页截图",
            _WHAT,
            K.EVIDENCE,
            files=(FileKind.PDF, *PICTURES),
            most=5,
            may_be_none=True,
            clause=_PUBLISHING,
        ),
    )
)
