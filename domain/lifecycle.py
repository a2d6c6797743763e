"""The life of a base: stages of 《发榜公告》五 (B11), the steps within them, and which decision leads where.

公开发榜 is the round's own stage; a base begins at 自愿申报. A stage says what a base has reached, so it stays in
试点培育 until the plaque is granted, and only then stands in 认定授牌. The six exits are stages of their own.
"""

from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """Where a base stands, in the documents' words."""

    CALL = "公开发榜"
    APPLICATION = "自愿申报"
    EXPERT_REVIEW = "专家评议"
    SELECTION = "揭榜落地"
    PILOT = "试点培育"
    CERTIFIED = "认定授牌"
    WITHDRAWN = "撤回"
    REJECTED = "不予受理"
    NOT_SELECTED = "未入选"
    TERMINATED = "终止培育"
    NOT_CERTIFIED = "未通过认定"
    REVOKED = "摘牌"


class Step(StrEnum):
    """What happens next within a stage."""

    PREPARING = "填报申报材料"
    FORMAL_REVIEW = "形式审查"
    EXPERT_REVIEW = "专家评议"
    CONFERENCE = "联席会议讨论"
    OFFERED = "待确认改报"
    CONSENT = "报请省政府同意"
    NOTICE_DUE = "待公示"
    NOTICE = "公示"
    PUBLICATION = "待公布"
    PILOT = "培育建设"
    CERTIFICATION_DUE = "待认定申请"
    ACCEPTANCE = "认定验收"
    PLAQUE = "待授牌"
    RUNNING = "常态运行"
    WITHDRAWN = "撤回"
    REJECTED = "不予受理"
    NOT_SELECTED = "未入选"
    TERMINATED = "终止培育"
    NOT_CERTIFIED = "未通过认定"
    REVOKED = "摘牌"


class DecisionKind(StrEnum):
    """What can be decided about a base. The last three come by themselves, when a deadline has passed."""

    EXTEND = "延期"
    EXPEDITE = "简化遴选"
    SUBMIT = "提交申报"
    WITHDRAW = "撤回申报"
    SIGN_OFF = "签署审查意见"
    SUPPLEMENT = "补正报送"
    ACCEPT = "受理"
    REJECT = "不予受理"
    SCORE = "评议"
    PROPOSE = "拟入选"
    NOT_SELECT = "未入选"
    OFFER = "建议改报"
    TAKE_OFFER = "接受改报"
    DECLINE_OFFER = "放弃改报"
    CONSENT = "省政府同意"
    START_NOTICE = "公示"
    OBJECT = "提出异议"
    RESOLVE_OBJECTION = "异议处理"
    PUBLISH = "公布"
    APPLY_CERTIFICATION = "申请认定"
    PASS_ACCEPTANCE = "验收通过"
    FAIL_ACCEPTANCE = "验收未通过"
    CERTIFY = "授牌"
    TERMINATE = "终止培育"
    REVOKE = "摘牌"
    SUSPEND = "暂停运行"
    RESUME = "恢复运行"
    ORDER_RECTIFICATION = "责令整改"
    CONFIRM_FUNDS = "核定中央投资"
    ASSESS_REFORM = "改革工作考评"
    RECALL_FUNDS = "收回中央投资"
    RECOVER = "收回到账"
    NOTICE_OVER = "公示期满"
    PILOT_OVER = "试点期满"
    LAPSE = "视为放弃"


_D, _S = DecisionKind, Step

REPORTING = frozenset({_S.PILOT, _S.CERTIFICATION_DUE, _S.ACCEPTANCE, _S.PLAQUE, _S.RUNNING})
"""Steps in which a base owes its regular reports (A10)."""

LEFT = frozenset({_S.TERMINATED, _S.NOT_CERTIFIED, _S.REVOKED})
"""Exits of a base that had begun its pilot: central money can still be recalled (A11)."""

ABOUT_FUNDS = (_D.CONFIRM_FUNDS, _D.RECALL_FUNDS, _D.RECOVER)
"""What is decided about a base's central money, also after it has left."""

TRANSITIONS = MappingProxyType(
    {
        (_S.PREPARING, _D.EXTEND): _S.PREPARING,
        (_S.PREPARING, _D.EXPEDITE): _S.PREPARING,
        (_S.PREPARING, _D.SUBMIT): _S.FORMAL_REVIEW,
        (_S.PREPARING, _D.LAPSE): _S.WITHDRAWN,
        (_S.FORMAL_REVIEW, _D.SIGN_OFF): _S.FORMAL_REVIEW,
        (_S.FORMAL_REVIEW, _D.SUPPLEMENT): _S.FORMAL_REVIEW,
        (_S.FORMAL_REVIEW, _D.ACCEPT): _S.EXPERT_REVIEW,
        (_S.FORMAL_REVIEW, _D.REJECT): _S.REJECTED,
        (_S.EXPERT_REVIEW, _D.SCORE): _S.CONFERENCE,
        (_S.CONFERENCE, _D.PROPOSE): _S.CONSENT,
        (_S.CONFERENCE, _D.OFFER): _S.OFFERED,
        (_S.OFFERED, _D.TAKE_OFFER): _S.CONSENT,
        (_S.OFFERED, _D.DECLINE_OFFER): _S.NOT_SELECTED,
        (_S.OFFERED, _D.LAPSE): _S.NOT_SELECTED,
        (_S.CONSENT, _D.CONSENT): _S.NOTICE_DUE,
        (_S.NOTICE_DUE, _D.START_NOTICE): _S.NOTICE,
        (_S.NOTICE, _D.OBJECT): _S.NOTICE,
        (_S.NOTICE, _D.RESOLVE_OBJECTION): _S.NOTICE,
        (_S.NOTICE, _D.NOTICE_OVER): _S.PUBLICATION,
        (_S.PUBLICATION, _D.PUBLISH): _S.PILOT,
        (_S.PILOT, _D.PILOT_OVER): _S.CERTIFICATION_DUE,
        (_S.CERTIFICATION_DUE, _D.APPLY_CERTIFICATION): _S.ACCEPTANCE,
        (_S.CERTIFICATION_DUE, _D.LAPSE): _S.TERMINATED,
        (_S.ACCEPTANCE, _D.PASS_ACCEPTANCE): _S.PLAQUE,
        (_S.ACCEPTANCE, _D.FAIL_ACCEPTANCE): _S.NOT_CERTIFIED,
        (_S.PLAQUE, _D.CERTIFY): _S.RUNNING,
        (_S.RUNNING, _D.REVOKE): _S.REVOKED,
        **{
            (step, _D.WITHDRAW): _S.WITHDRAWN
            for step in (_S.PREPARING, _S.FORMAL_REVIEW, _S.EXPERT_REVIEW, _S.CONFERENCE)
        },
        **{
            (step, _D.NOT_SELECT): _S.NOT_SELECTED
            for step in (_S.CONFERENCE, _S.CONSENT, _S.NOTICE_DUE, _S.NOTICE, _S.PUBLICATION)
        },
        **{
            (step, _D.TERMINATE): _S.TERMINATED
            for step in (_S.PILOT, _S.CERTIFICATION_DUE, _S.ACCEPTANCE, _S.PLAQUE)
        },
        **{
            (step, kind): step
            for step in Step
            if step in REPORTING
            for kind in (_D.SUSPEND, _D.RESUME, _D.ORDER_RECTIFICATION, _D.ASSESS_REFORM)
        },
        **{(step, kind): step for step in Step if step in REPORTING | LEFT for kind in ABOUT_FUNDS},
    }
)
"""(step, decision) → next step. What is not here is refused."""

STAGE_OF = MappingProxyType(
    {
        _S.PREPARING: Stage.APPLICATION,
        _S.FORMAL_REVIEW: Stage.APPLICATION,
        _S.EXPERT_REVIEW: Stage.EXPERT_REVIEW,
        _S.CONFERENCE: Stage.SELECTION,
        _S.OFFERED: Stage.SELECTION,
        _S.CONSENT: Stage.SELECTION,
        _S.NOTICE_DUE: Stage.SELECTION,
        _S.NOTICE: Stage.SELECTION,
        _S.PUBLICATION: Stage.SELECTION,
        _S.PILOT: Stage.PILOT,
        _S.CERTIFICATION_DUE: Stage.PILOT,
        _S.ACCEPTANCE: Stage.PILOT,
        _S.PLAQUE: Stage.PILOT,
        _S.RUNNING: Stage.CERTIFIED,
        _S.WITHDRAWN: Stage.WITHDRAWN,
        _S.REJECTED: Stage.REJECTED,
        _S.NOT_SELECTED: Stage.NOT_SELECTED,
        _S.TERMINATED: Stage.TERMINATED,
        _S.NOT_CERTIFIED: Stage.NOT_CERTIFIED,
        _S.REVOKED: Stage.REVOKED,
    }
)

EXITS = frozenset({_S.WITHDRAWN, _S.REJECTED, _S.NOT_SELECTED, _S.TERMINATED, _S.NOT_CERTIFIED, _S.REVOKED})
"""Steps from which nothing leads on."""


BY_THEMSELVES = frozenset({_D.NOTICE_OVER, _D.PILOT_OVER, _D.LAPSE})
"""What nobody decides: a deadline passes."""


BY_ROUND = frozenset(
    {
        _D.EXTEND,
        _D.ACCEPT,
        _D.REJECT,
        _D.SCORE,
        _D.PROPOSE,
        _D.NOT_SELECT,
        _D.OFFER,
        _D.CONSENT,
        _D.START_NOTICE,
        _D.PUBLISH,
    }
)
"""What an application is not decided about by itself when a round runs it: the round carries out its list (B14)."""

ONLY_IN_ROUND = frozenset(
    {
        _D.EXTEND,
        _D.EXPEDITE,
        _D.SIGN_OFF,
        _D.SUPPLEMENT,
        _D.OFFER,
        _D.TAKE_OFFER,
        _D.DECLINE_OFFER,
        _D.OBJECT,
        _D.RESOLVE_OBJECTION,
    }
)
"""What there is only for an application that a round runs."""


def possible(step: Step, *, in_round: bool = False) -> tuple[DecisionKind, ...]:
    """The decisions that somebody can take at `step` about one base."""
    not_here = BY_THEMSELVES | ((BY_ROUND | {_D.OBJECT}) if in_round else ONLY_IN_ROUND)
    return tuple(kind for at, kind in TRANSITIONS if at == step and kind not in not_here)
