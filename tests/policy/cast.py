"""The cast: one decision of each kind, everybody who may try to take it, and who may."""

from datetime import date
from decimal import Decimal
from typing import Any

from domain.decisions import (
    Accept,
    Actor,
    ApplyCertification,
    AssessReform,
    Certify,
    ConfirmFunds,
    Consent,
    FailAcceptance,
    Lapse,
    NoticeOver,
    NotSelect,
    OrderRectification,
    PassAcceptance,
    PilotOver,
    Propose,
    Publish,
    RecallFunds,
    Recover,
    Reject,
    Resume,
    Revoke,
    Score,
    StartNotice,
    Submit,
    Suspend,
    Terminate,
    Withdraw,
)
from domain.lifecycle import ONLY_IN_ROUND, DecisionKind
from domain.policy.grounds import Ground
from domain.policy.recall import Instalment, ReformResult
from domain.terms import City, Level, Role
from tests.support import at

NOW = at("2024-03-01 10:00")
TODAY = NOW.date()

DECISIONS = (
    Submit(),
    Withdraw(),
    Accept(),
    Reject(reason="材料不全"),
    Score(score=Decimal("88.50"), organiser="第三方", methods=("基础资料评审",)),
    Propose(),
    NotSelect(reason="名额已满"),
    Consent(document_no="晋政函〔2024〕1号", on=TODAY),
    StartNotice(first=TODAY, last=date(2024, 3, 8)),
    Publish(document_no="晋发改〔2024〕1号", on=TODAY, official_name="示例基地"),
    ApplyCertification(),
    PassAcceptance(),
    FailAcceptance(reason="未达标"),
    Certify(document_no="晋发改〔2024〕2号", on=TODAY),
    Terminate(reason="停建", ground=Ground.HALTED, document_no="示例函〔2024〕1号"),
    Revoke(reason="严重失信", ground=Ground.DISHONEST),
    Suspend(reason="停工", ground=Ground.HALTED, document_no="示例函〔2024〕2号"),
    Resume(),
    OrderRectification(number="2024-O1", due=date(2024, 3, 29)),
    ConfirmFunds(amount=Decimal(3000), document_no="晋发改投资〔2023〕1号", on=TODAY),
    AssessReform(
        result=ReformResult.POOR,
        document_no="晋发改〔2024〕3号",
        completed_on=date(2023, 12, 1),
        on=TODAY,
    ),
    RecallFunds(
        amount=Decimal(100),
        document_no="晋发改〔2024〕4号",
        reason="改革推进不力",
        ground=Ground.REFORM,
        instalments=(Instalment(due=date(2024, 6, 30), amount=Decimal(100)),),
    ),
    Recover(amount=Decimal(40), document_no="示例回单1号", on=TODAY),
    NoticeOver(),
    PilotOver(),
    Lapse(),
)
BY_HAND = tuple(kind for kind in DecisionKind if kind not in ONLY_IN_ROUND)
"""What there is for a base that no round runs."""
OF_KIND: dict[DecisionKind, Any] = {d.kind: d for d in DECISIONS}

ACTORS = {
    "lead": Actor(role=Role.LEAD, id="contact:1"),
    "office": Actor(role=Role.OFFICE, id="token:office"),
    "own city": Actor(role=Role.CITY, id="token:ty", city=City.TAIYUAN),
    "other city": Actor(role=Role.CITY, id="token:dt", city=City.DATONG),
    "no city": Actor(role=Role.CITY, id="token:none"),
    "department": Actor(role=Role.DEPARTMENT, id="token:jyt", department="省教育厅"),
    "readonly": Actor(role=Role.READONLY, id="token:ro"),
    "system": Actor(role=Role.SYSTEM, id="calendar"),
}

_BY_LEAD = ("提交申报", "撤回申报", "申请认定")
_BY_SELECTION = (
    *("受理", "不予受理", "评议", "拟入选", "未入选", "公示", "公布", "终止培育"),
    *("暂停运行", "恢复运行", "责令整改"),
)
_ABOUT_FUNDS = ("核定中央投资", "改革工作考评", "收回中央投资", "收回到账")
_BY_PROVINCE = ("省政府同意", "授牌", "摘牌", *_ABOUT_FUNDS)
_BY_ACCEPTANCE = ("验收通过", "验收未通过")
_BY_TIME = ("公示期满", "试点期满", "视为放弃")


def who_decides(selection: set[str], acceptance: set[str]) -> dict[str, set[str]]:
    rows = (
        (_BY_LEAD, {"lead"}),
        (_BY_SELECTION, selection),
        (_BY_PROVINCE, {"office"}),
        (_BY_ACCEPTANCE, acceptance),
        (_BY_TIME, {"system"}),
    )
    return {kind: who for kinds, who in rows for kind in kinds}


WHO = {
    Level.PROVINCE: who_decides({"office"}, {"office", "department"}),
    Level.CITY: who_decides({"office", "own city"}, {"office", "department", "own city"}),
}
WHO[Level.COUNTY] = WHO[Level.CITY]
