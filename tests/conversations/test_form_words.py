"""What forms and notices say: every question, every notice, several at once, and none longer than a channel takes."""

from datetime import UTC, datetime

import pytest

from bot.keyboards import ChoiceButton, FormButton, SheetButton, SnoozeButton, TurnButton
from bot.render import Renderer
from bot.reply import MOST_BYTES, Reply
from bot.words import chinese, in_words, period_words
from domain.errors import Refused, Stale
from domain.forms.questions import AnswerKind, FormContext, Question
from domain.forms.registry import FORMS
from domain.policy.source import ours
from domain.terms import LeadKind, ObligationKind
from domain.views import Action, Mode, Note, Notice, NoticeKind, View
from tests.forms.talk import Talk
from tests.support import FULL_BY_KIND

RENDERER = Renderer(chinese())
EVERY = [(kind, question) for kind, form in FORMS.items() for question in form.questions]
PERIODS = {
    ObligationKind.DISPATCH: "2026-10",
    ObligationKind.SUPERVISION: "2026-Q3",
    ObligationKind.ASSESSMENT: "2026",
    ObligationKind.PUBLICATION: "2026-H1",
    ObligationKind.REPORT: "2026",
    ObligationKind.RECTIFICATION: "2026-Q1-2",
}
LONGEST_NAME = "示" * 100
ABOUT_A_REPORT = [
    kind
    for kind in NoticeKind
    if kind
    in {
        *("opened", "soon", "today", "overdue", "missing", "department", "office", "asked"),
        *("returned_report", "accepted", "waived", "objected", "extended_report", "paused", "resumed"),
        *("reopen_asked", "reopened", "reopen_refused"),
    }
]


def ids(value: object) -> str | None:
    return value.key if isinstance(value, Question) else None


def labels(reply: Reply) -> list[str]:
    return [b.text for row in (reply.markup.inline_keyboard if reply.markup else []) for b in row]


def data(reply: Reply) -> list[str]:
    return [
        str(b.callback_data) for row in (reply.markup.inline_keyboard if reply.markup else []) for b in row
    ]


def longest(question: Question, kind: ObligationKind) -> str:
    if question.kind is AnswerKind.TEXT:
        return "长" * question.max_length
    if question.kind is AnswerKind.CHOICES:
        return question.parse("全部")
    if question.is_number and question.kind is not AnswerKind.SCORE:
        return question.parse("9999999999")
    return question.parse(FULL_BY_KIND[kind][question.key])


def view_of(talk: Talk, kind: ObligationKind, *notes: Note) -> View:
    return talk.view().model_copy(update={"period": PERIODS[kind], "notes": notes})


def at(kind: ObligationKind, question: Question, context: FormContext) -> Talk:
    talk = Talk(context, kind=kind)
    talk.draft = talk.draft.model_copy(update={"mode": Mode.ASKING, "cursor": question.key})
    return talk


# Periods


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2026-10", "2026年10月"),
        ("2026-01", "2026年1月"),
        ("2026-Q3", "2026年第三季度"),
        ("2026-H1", "2026年上半年"),
        ("2026-H2", "2026年下半年"),
        ("2026", "2026年度"),
        ("2026-Q1-2", "2026年第一季度整改第2项"),
        ("2026-1", "2026年度整改第1项"),
        ("示例-甲", "示例-甲"),
    ],
)
def test_a_period_is_told_as_people_say_it(period: str, words: str) -> None:
    assert period_words(period) == words


@pytest.mark.parametrize(
    ("kind", "period", "words"),
    [
        ("月调度", "2026-12", "2026年12月 月调度"),
        ("季督导", "2026-Q4", "2026年第四季度 季督导"),
        ("年度综合报告", "2026", "2026年 年度综合报告"),
        ("整改", "2026-Q1-2", "2026年第一季度 整改第2项"),
        ("整改", "2026-12", "2026年度 整改第12项"),
        ("整改", "示例", "示例 整改"),
    ],
)
def test_period_and_kind_are_read_in_one(kind: str, period: str, words: str) -> None:
    said = in_words({"period": period, "kind": kind, "due": "x"})
    assert f"{said['period']} {said['kind']}" == words
    assert said["due"] == "x"


def test_a_refusal_tells_of_an_order_as_people_say_it() -> None:
    error = Stale("obligation.submitted", ours("整改时限"), period="2026-Q1-2", kind="整改", locks="x")
    assert chinese().refusal(error.refusal).startswith("2026年第一季度整改第2项已经报送")


# Questions


@pytest.mark.parametrize(("kind", "question"), EVERY, ids=ids)
def test_every_question_at_its_longest_is_one_message(kind: ObligationKind, question: Question) -> None:
    every = {q.key: longest(q, kind) for q in FORMS[kind].questions}
    note = "要" * 400
    for context in (
        FormContext(lead_kind=LeadKind.ENTERPRISE, last=every),
        FormContext(
            lead_kind=LeadKind.ENTERPRISE,
            note=note if question.no > 1 else "",
            returned={question.key: "因" * 500},
            before=every,
        ),
    ):
        view = view_of(at(kind, question, context), kind)
        reply = RENDERER.view(view, 2**31 - 1)
        assert len(reply.text.encode()) <= MOST_BYTES
        assert f"{question.no}/{len(FORMS[kind].questions)} · {question.group}" in reply.text
        assert question.label in reply.text
        assert len(labels(reply)) <= 6
        assert all(1 <= len(label) <= 24 for label in labels(reply))
        assert all(len(one.encode()) <= 64 for one in data(reply))


@pytest.mark.parametrize(("kind", "question"), EVERY, ids=ids)
def test_every_refusal_with_its_question_again_is_one_message(
    kind: ObligationKind, question: Question
) -> None:
    context = FormContext(
        lead_kind=LeadKind.ENTERPRISE, last={q.key: longest(q, kind) for q in FORMS[kind].questions}
    )
    for text in ("外" * 4000, "-1.234", "9" * 30):
        try:
            question.parse(text)
        except Refused as e:
            note = Note(code=e.refusal.code, params=e.refusal.params, clause=e.refusal.clause)
            reply = RENDERER.view(view_of(at(kind, question, context), kind, note), 1)
            assert len(reply.text.encode()) <= MOST_BYTES
            assert "（依据" in reply.text


def test_a_month_has_a_last_month_and_other_periods_a_last_period() -> None:
    for kind, key, shown, button in (
        (ObligationKind.DISPATCH, "contests", "上月：1 场", "同上月 1"),
        (ObligationKind.SUPERVISION, "trainings", "上期：420 人次", "同上期 420"),
        (ObligationKind.SUPERVISION, "reform", "上期：无", "同上期 无"),
        (ObligationKind.ASSESSMENT, "planning_score", "上期：88 分", "同上期 88"),
    ):
        question = FORMS[kind].by_key[key]
        last = {key: question.parse(FULL_BY_KIND[kind][key])}
        reply = RENDERER.view(view_of(at(kind, question, FormContext(last=last)), kind), 1)
        assert shown in reply.text
        assert button in labels(reply)


def test_a_few_choices_are_on_buttons_many_are_a_list() -> None:
    kind = ObligationKind.SUPERVISION
    by_key = FORMS[kind].by_key
    reply = RENDERER.view(view_of(at(kind, by_key["safety"], FormContext()), kind), 7)
    assert labels(reply) == ["无隐患", "有隐患已整改", "有隐患未整改", "上一项", "暂停"]
    assert ChoiceButton.unpack(data(reply)[1]) == ChoiceButton(no=7, revision=0, said="2")
    reply = RENDERER.view(view_of(at(kind, by_key["funds_as_approved"], FormContext()), kind), 7)
    assert labels(reply)[:2] == ["是", "否"]
    assert ChoiceButton.unpack(data(reply)[0]).said == "是"
    reply = RENDERER.view(view_of(at(kind, by_key["income_uses"], FormContext()), kind), 7)
    assert "1. 设备更新\n2. 实训耗材\n3. 薪酬分配\n4. 其他" in reply.text
    assert labels(reply) == ["全部", "无", "上一项", "暂停"]


def test_files_are_asked_for_by_their_kinds_and_counted() -> None:
    kind = ObligationKind.RECTIFICATION
    talk = at(kind, FORMS[kind].by_key["evidence"], FormContext(note="更换线路" * 40))
    reply = RENDERER.view(view_of(talk, kind), 1)
    assert "（请发送 JPEG、PNG、PDF 文件，最多 5 个，发完点「完成」）" in reply.text
    assert reply.text.startswith("整改要求：更换线路更换线路")
    assert reply.text.splitlines()[0].endswith("…")
    talk.say(FULL_BY_KIND[kind]["evidence"])
    reply = RENDERER.view(view_of(talk, kind), 1)
    assert "已收到 1 个文件" in reply.text
    assert labels(reply) == ["完成", "重新上传", "上一项", "暂停"]
    talk.say("完成", "换了", "2026-05-12", "无")
    summary = RENDERER.view(view_of(talk, kind), 1).text
    assert "4. 整改前后照片或证明文件：附件 1 个" in summary


def test_what_was_ordered_stands_whole_where_the_form_begins() -> None:
    kind, note = ObligationKind.RECTIFICATION, "更换线路" * 40
    talk = Talk(FormContext(note=note), kind=kind)
    assert f"整改要求：{note}\n" in RENDERER.view(view_of(talk, kind), 1).text
    talk.say("开始")
    assert RENDERER.view(view_of(talk, kind), 1).text.startswith(f"整改要求：{note}\n1/4 · 整改情况\n")


def test_a_returned_item_shows_the_old_value_and_the_reason() -> None:
    kind = ObligationKind.DISPATCH
    talk = Talk(FormContext(returned={"certified": "与台账不符"}, before={"certified": "60"}), kind=kind)
    idle = RENDERER.view(view_of(talk, kind), 1).text
    assert idle == "2026年10月 月调度：退回的项目还有 1 项待更正，2027-01-30 前重新提交。点「开始填报」继续。"
    talk.draft = talk.draft.model_copy(update={"mode": Mode.ASKING, "cursor": "certified"})
    text = RENDERER.view(view_of(talk, kind), 1).text
    assert text.endswith("原填：60 人；退回理由：与台账不符")
    talk.say("58")
    talk.say("汇总")
    assert "14. 取得职业技能等级证书人数：58 人（已更正）" in RENDERER.view(view_of(talk, kind), 1).text


# Put off


def test_a_form_at_rest_and_a_reminder_can_be_put_off() -> None:
    kind = ObligationKind.SUPERVISION
    reply = RENDERER.view(view_of(Talk(kind=kind), kind), 5)
    assert labels(reply) == ["开始填报", "明天提醒我", "下载模板"]
    assert data(reply) == [one(no=5).pack() for one in (TurnButton, SnoozeButton, SheetButton)]


@pytest.mark.parametrize("mode", [Mode.IDLE, Mode.ASKING, Mode.SUMMARY])
def test_what_was_put_off_is_not_asked_now(mode: Mode) -> None:
    kind = ObligationKind.SUPERVISION
    talk = Talk(kind=kind)
    talk.draft = talk.draft.model_copy(update={"mode": mode, "cursor": "reform"})
    note = Note(code="note.snoozed", params={"date": "2026-10-21"})
    reply = RENDERER.view(view_of(talk, kind, note), 5)
    assert reply.text == "好的，2026-10-21 再提醒您。"
    assert labels(reply) == ["开始填报", "明天提醒我", "下载模板"]


# Notices


def notice_of(kind: NoticeKind, of: ObligationKind = ObligationKind.DISPATCH, **more: str) -> Notice:
    params = {
        **{"period": PERIODS[of], "kind": str(of), "due": "2026-11-06", "locks": "2026-11-20"},
        **{"total": "22", "filled": "8", "days": "3"},
    }
    return Notice(key="k", base_id="base-1", kind=kind, obligation_id="o", params=params | more)


@pytest.mark.parametrize("of", ObligationKind)
@pytest.mark.parametrize("kind", ABOUT_A_REPORT)
def test_every_notice_at_its_longest_is_one_message(kind: NoticeKind, of: ObligationKind) -> None:
    items = [q.key for q in FORMS[of].questions]
    more = {"reason": "由" * 500, "items": ",".join(items)} | {f"reason_{key}": "因" * 500 for key in items}
    reply = RENDERER.notice(notice_of(kind, of, **more), LONGEST_NAME, 2**31 - 1)
    assert len(reply.text.encode()) <= MOST_BYTES
    named = in_words({"period": PERIODS[of], "kind": of})
    assert named["period"] + named["kind"] in reply.text
    assert LONGEST_NAME in reply.text
    assert "{" not in reply.text
    assert len(labels(reply)) <= 3


def test_the_ladder_in_words() -> None:
    said = {
        kind: RENDERER.notice(notice_of(kind, ObligationKind.SUPERVISION), "示例基地", 5).text
        for kind in ABOUT_A_REPORT
    }
    assert said[NoticeKind.OPENED].startswith(
        "2026年第三季度季督导，共 22 项，2026-11-06 前报送（示例基地）。"
    )
    assert (
        "示例基地 的2026年第三季度季督导应于 2026-11-06 前报送，已逾期 3 个工作日"
        in said[NoticeKind.DEPARTMENT_TOLD]
    )
    assert "2026-11-20 后锁定，记为缺报。" in said[NoticeKind.OFFICE_TOLD]
    assert said[NoticeKind.ASKED].startswith("按您的要求提醒：2026年第三季度季督导（示例基地）")


@pytest.mark.parametrize("kind", ABOUT_A_REPORT)
def test_who_is_reminded_can_go_on_and_put_it_off_who_is_only_told_cannot(kind: NoticeKind) -> None:
    put_off = {"opened", "soon", "today", "overdue"}
    to_fill = put_off | {"asked", "returned_report", "extended_report", "resumed", "reopened"}
    expected = (["开始填报"] if kind in to_fill else []) + (["明天提醒我"] if kind in put_off else [])
    expected += ["下载模板"] if kind == "opened" else []
    assert labels(RENDERER.notice(notice_of(kind), "示例基地", 5)) == expected


def test_what_was_returned_is_listed_with_its_reasons() -> None:
    notice = notice_of(
        NoticeKind.REPORT_RETURNED,
        items="funds_self,certified",
        reason_funds_self="与回单不符",
        reason_certified="请核对",
    )
    assert RENDERER.notice(notice, "示例基地", 5).text.splitlines() == [
        "2026年10月月调度（示例基地）被退回，请于 2026-11-06 前更正退回的项目并重新提交，2026-11-20 后锁定。",
        "7. 本月到位主体自筹：与回单不符",
        "14. 取得职业技能等级证书人数：请核对",
    ]


def test_a_reason_that_was_given_is_told() -> None:
    told = RENDERER.notice(notice_of(NoticeKind.REOPEN_REFUSED, reason="数据已汇总上报"), "示例基地", 5).text
    assert told.splitlines()[1:] == ["理由：数据已汇总上报"]
    assert "理由" not in RENDERER.notice(notice_of(NoticeKind.PAUSED, reason=""), "示例基地", 5).text


# Several at once


def test_several_reminders_are_one_message_with_a_line_and_a_button_each() -> None:
    reply = RENDERER.several(
        [
            (notice_of(NoticeKind.OPENED), "示例基地甲", 1),
            (notice_of(NoticeKind.TODAY, ObligationKind.RECTIFICATION), "示例基地乙", 2),
            (notice_of(NoticeKind.OVERDUE, ObligationKind.ASSESSMENT), "示例基地甲", 3),
        ]
    )
    assert reply.text.splitlines() == [
        "您有 3 项提醒：",
        "1. 2026年10月月调度（示例基地甲），2026-11-06 前报送",
        "2. 2026年第一季度整改第2项（示例基地乙），今天是最后一天",
        "3. 2026年度年考核（示例基地甲），已逾期，2026-11-20 前可补报",
    ]
    assert labels(reply) == ["1. 2026年10月月调度", "2. 2026年第一季度整改第2项", "3. 2026年度年考核"]
    assert data(reply) == [TurnButton(no=no).pack() for no in (1, 2, 3)]


@pytest.mark.parametrize("kind", ABOUT_A_REPORT)
def test_however_many_there_are_it_is_one_message(kind: NoticeKind) -> None:
    for count in (2, 30, 300):
        reply = RENDERER.several([(notice_of(kind), LONGEST_NAME, no) for no in range(1, count + 1)])
        assert len(reply.text.encode()) <= MOST_BYTES
        assert reply.text.startswith(f"您有 {count} 项提醒：\n1. ")
        assert len(labels(reply)) <= 6
        assert ("另有" in reply.text) == (count > 2)


def test_those_above_a_base_are_told_of_several_without_buttons() -> None:
    reply = RENDERER.several([(notice_of(NoticeKind.OFFICE_TOLD), LONGEST_NAME, no) for no in range(20)])
    assert labels(reply) == []
    assert reply.text.endswith("项没有列出。")


def test_buttons_of_a_form_carry_the_view_they_stood_under() -> None:
    kind = ObligationKind.DISPATCH
    talk = Talk(kind=kind)
    talk.say("开始")
    reply = RENDERER.view(view_of(talk, kind), 5)
    assert FormButton.unpack(data(reply)[0]) == FormButton(no=5, revision=1, action=Action.ZERO)


def test_a_view_shows_when_it_is_due() -> None:
    view = View(
        kind=ObligationKind.PUBLICATION,
        period="2026-H1",
        due=datetime(2026, 7, 21, 16, tzinfo=UTC),
        mode=Mode.IDLE,
        total=6,
    )
    assert RENDERER.view(view, 1).text == (
        "2026年上半年 半年发布：已填 0/6 项，2026-07-21 前报送。点「开始填报」继续。"
    )
