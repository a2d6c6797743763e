"""On which grounds a base is suspended, taken off the list or made to pay back, and what has to stand behind each."""

from enum import StrEnum
from types import MappingProxyType

from domain.lifecycle import DecisionKind
from domain.policy.source import MEASURES_DATE, Clause, Dated, measures, ours

ASSESSMENT = measures("八")
CREDIT = measures("七")
LEAVING = ours("退出条件")
SUSPENDING = ours("暂停条件")
RECALLING = ours("收回条件")
RECTIFYING = ours("整改时限")


class Ground(StrEnum):
    """Why a base has to stop, to leave or to pay back."""

    GRADE = "年考核不合格"
    RECTIFICATION = "整改逾期未完成"
    DISHONEST = "严重失信"
    REFORM = "改革推进不力"
    WISH = "主体自愿退出"
    HALTED = "停建"
    CLOSED = "停止运行"
    LEFT = "已退出"


class Evidence(StrEnum):
    """What has to stand behind a ground."""

    GRADE = "最近一次年考核等次为不合格"
    RECTIFICATION = "有锁定时仍未完成的整改"
    LISTED = "牵头单位当日在严重失信主体名单内"
    REFORM = "最近一次改革工作考评为推进不力"
    GONE = "基地已终止培育、未通过认定或摘牌"
    PAPER = "载明该事由的文件文号"


EVIDENCE = MappingProxyType(
    {
        Ground.GRADE: Evidence.GRADE,
        Ground.RECTIFICATION: Evidence.RECTIFICATION,
        Ground.DISHONEST: Evidence.LISTED,
        Ground.REFORM: Evidence.REFORM,
        Ground.WISH: Evidence.PAPER,
        Ground.HALTED: Evidence.PAPER,
        Ground.CLOSED: Evidence.PAPER,
        Ground.LEFT: Evidence.GONE,
    }
)

CLAUSE_OF: MappingProxyType[Ground, Clause] = MappingProxyType(
    {
        Ground.GRADE: ASSESSMENT,
        Ground.RECTIFICATION: RECTIFYING,
        Ground.DISHONEST: CREDIT,
        Ground.REFORM: ASSESSMENT,
        Ground.WISH: LEAVING,
        Ground.HALTED: LEAVING,
        Ground.CLOSED: LEAVING,
        Ground.LEFT: RECALLING,
    }
)
"""Where it comes from that this is a ground at all."""

_POOR = (Ground.GRADE, Ground.RECTIFICATION, Ground.DISHONEST)

GROUNDS: MappingProxyType[DecisionKind, tuple[Dated[tuple[Ground, ...]], ...]] = MappingProxyType(
    {
        DecisionKind.SUSPEND: (
            Dated(MEASURES_DATE, (*_POOR, Ground.HALTED, Ground.CLOSED, Ground.WISH), SUSPENDING),
        ),
        DecisionKind.TERMINATE: (
            Dated(MEASURES_DATE, (*_POOR, Ground.REFORM, Ground.WISH, Ground.HALTED), LEAVING),
        ),
        DecisionKind.REVOKE: (
            Dated(MEASURES_DATE, (*_POOR, Ground.REFORM, Ground.WISH, Ground.CLOSED), LEAVING),
        ),
        DecisionKind.RECALL_FUNDS: (
            Dated(MEASURES_DATE, (Ground.REFORM, Ground.DISHONEST, Ground.LEFT), RECALLING),
        ),
    }
)
"""The grounds that a decision can have."""
