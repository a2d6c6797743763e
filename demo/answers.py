"""What a demo player answers in a form: invented, plausible from period to period, and the same whenever it is played."""

import hashlib
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from PIL import Image, ImageDraw

from demo.papers import pdf
from demo.people import LATECOMERS
from domain.calendar import SHANGHAI, business_day
from domain.forms.assessment import ELEMENTS
from domain.forms.files import FileKind
from domain.forms.questions import NONE_WORD, AnswerKind, Question

_TEXTS = MappingProxyType(
    {
        "progress": "主体工程按计划推进，设备安装调试中",
        "equipment": "示例实训设备一批到位，正在安装调试",
        "teachers": "选派骨干教师到示例企业实践一个月",
        "partners": "与示例企业共建课程两门",
        "reform": "按计划推进订单培养和现场工程师项目",
        "self_summary": "示例：全年任务基本完成，实训规模稳步增长",
        "media": "示例日报",
        "title": "示例：基地实训规模稳步增长",
        "reference": "示例日报 第3版",
        "indicators": "示例：累计完成投资、实训人次、技能等级认定人数均完成序时目标",
        "achievements": "示例：建成实训室六个，服务企业二十余家",
        "next_plan": "示例：完成二期设备采购，新增合作企业十家",
        "measures": "示例：已更换老化线路，增配消防器材，并组织全员培训",
    }
)
_NOTE = "示例：制度健全，台账完整，佐证材料附后"
_TROUBLE = "示例：部分设备进口周期较长，建议协调通关"
_CORRECTED = "（已按退回理由补充：示例完成主体结构三层，设备到位八成）"

_BETWEEN: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "trainees_students": (120, 400),
        "trainees_employees": (40, 160),
        "trainees_rural": (0, 30),
        "trainees_unemployed": (0, 20),
        "trainees_veterans": (0, 15),
        "certified": (20, 80),
        "contests": (0, 3),
        "teachers_dual": (20, 40),
        "partners_new": (0, 4),
        "income_training": (4, 30),
        "income_tech": (2, 20),
        "income_transfer": (0, 12),
        "trainings": (200, 900),
        "compatible_share": (6, 15),
        "invest_year": (600, 1800),
        "funds_year": (500, 1600),
        "trainees_year": (2000, 6000),
        "certified_year": (200, 800),
        "income_year": (60, 300),
        "tax_investment": (100, 400),
        "tax_payable": (30, 90),
        "training_funds": (50, 80),
        "training_frontline": (30, 48),
    }
)
_USUAL: Mapping[AnswerKind, tuple[int, int]] = MappingProxyType(
    {AnswerKind.MONEY: (20, 140), AnswerKind.COUNT: (0, 60), AnswerKind.SCORE: (82, 96)}
)
_SELF_SCORES = frozenset(element.score_key for element in ELEMENTS)
_WORST_SCORES = (58, 70)
_CHOSEN = MappingProxyType({"plan_progress": "按计划", "funds_as_approved": "是", "safety": "无隐患"})
_SWAY_PERCENT, _LEAP_EVERY, _HELP_EVERY, _FILE_EVERY = 15, 40, 7, 3
_PICTURE = (480, 320)


class Asked(NamedTuple):
    """A question as it reached somebody."""

    question: Question
    who: str
    at: datetime
    returned: bool  # it was answered before, and the office does not agree

    def chance(self, below: int, *more: str) -> int:
        """A number that comes out the same for this person and question, and for whatever else is named."""
        said = ":".join((self.who, self.question.key, *more))
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big") % below

    @property
    def month(self) -> str:
        """The month in which it is asked."""
        return f"{self.at.astimezone(SHANGHAI):%Y-%m}"


def value_of(asked: Asked) -> str:
    """What is typed. Not for files."""
    question = asked.question
    match question.kind:
        case AnswerKind.DATE:
            return str(business_day(asked.at - timedelta(days=1)))
        case AnswerKind.CHOICES:
            return "1、2"
        case AnswerKind.CHOICE | AnswerKind.YES_NO:
            return _choice(asked)
        case AnswerKind.TEXT:
            return _text(asked)
    return str(_number(asked))


def _choice(asked: Asked) -> str:
    question = asked.question
    if question.key == "help_from" and asked.chance(_HELP_EVERY, asked.month) == 0:
        return question.choices[asked.chance(len(question.choices))]
    return _CHOSEN.get(question.key) or (NONE_WORD if question.may_be_none else question.choices[-1])


def _text(asked: Asked) -> str:
    question = asked.question
    if question.key == "problems" and asked.chance(_HELP_EVERY, asked.month) == 0:
        return _TROUBLE
    said = _TEXTS.get(question.key) or (NONE_WORD if question.may_be_none else _NOTE)
    return f"{said}{_CORRECTED}" if asked.returned else said


def _number(asked: Asked) -> int:
    """Around what is usual for this person; now and then a leap."""
    question = asked.question
    low, high = _BETWEEN.get(question.key) or _USUAL[question.kind]
    if question.key in _SELF_SCORES and asked.who in LATECOMERS:
        low, high = _WORST_SCORES
    usual = low + asked.chance(high - low)
    sway = asked.chance(2 * _SWAY_PERCENT + 1, asked.month, str(asked.returned)) - _SWAY_PERCENT
    leap = 2 if question.key not in _BETWEEN and asked.chance(_LEAP_EVERY, asked.month) == 0 else 1
    number = leap * (usual * (100 + sway) // 100)
    return min(number, high) if question.kind is AnswerKind.SCORE else number


class Paper(NamedTuple):
    """A file as it is chosen in a browser: name, content, media type."""

    name: str
    content: bytes
    media_type: str


def paper_of(asked: Asked) -> Paper | None:
    """The evidence that somebody has at hand; None if there is none, and none is needed."""
    question = asked.question
    if question.may_be_none and asked.chance(_FILE_EVERY, asked.month):
        return None
    name = f"示例：{question.label} {asked.month}"
    if FileKind.PNG in question.files and not question.may_be_none:
        return Paper(f"{name}.png", _photo(asked), "image/png")
    return Paper(f"{name}.pdf", pdf(f"示例：{question.label}", asked.who, asked.month), "application/pdf")


def _photo(asked: Asked) -> bytes:
    """A workshop after it was put right, as far as rectangles can tell."""
    width, height = _PICTURE
    picture = Image.new("RGB", _PICTURE, "#dfe7ee")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 2 // 3, width, height), fill="#b7a88f")
    for n in range(4):
        left = 30 + n * 110
        top = 90 + asked.chance(60, asked.month, str(n))
        draw.rectangle((left, top, left + 80, height * 3 // 4), fill="#2f6f9f", outline="#1b3f5a", width=3)
        draw.rectangle((left + 20, top + 20, left + 60, top + 50), fill="#e8f4c8")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
