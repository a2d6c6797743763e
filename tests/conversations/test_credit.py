"""信用: a contact asks how its lead stands, and is told of every change (A9)."""

from datetime import date

import pytest

from bot.credit_words import explain
from bot.render import Renderer
from bot.words import chinese
from domain.lifecycle import Step
from domain.policy.credit import CreditKind, CreditRecord
from domain.policy.credit_account import POINTS, CreditReason, applied, corrected, start_of_account
from domain.views import Notice, NoticeKind
from persistence.bases import Bases, NewBase
from persistence.credit import Credit
from persistence.credit_accounts import CreditAccounts
from tests.conversations.town import Town, new_base_id
from tests.support import at, state_of

CITE = "（依据《推进措施》七、本系统约定信用计分）"
DAY = date(2026, 11, 2)
PERIOD = {"period": "2026-10", "kind": "月调度"}


async def books(town: Town, base: str, reason: CreditReason, times: int = 1) -> None:
    """What the process books."""
    async with town.database.transaction() as tx:
        for n in range(times):
            detail = {"period": f"2021-{n % 12 + 1:02d}", "kind": "月调度"}
            await CreditAccounts(tx).book(
                base, f"{base}:{reason}:{n}", reason, at("2022-01-04 10:00"), detail
            )


@pytest.mark.rule("A9")
async def test_grade_total_and_the_reasons_are_a_word_away(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    said = await anna.says("信用")
    assert said.text == f"示例职业技术大学：尚未评定信用等级，起评 85 分。{CITE}"
    await books(town, base, CreditReason.MISSING)
    await books(town, base, CreditReason.ON_TIME)
    said = await anna.says("/credit")
    assert said.text.splitlines() == [
        "示例职业技术大学：信用等级 B 级，信用分 78 分。",
        "2022-01-04 2021年1月月调度按时报送，信用分加 1 分，计 78 分（B 级）。",
        f"2022-01-04 2021年1月月调度没有报送，记为缺报，信用分扣 8 分，计 77 分（B 级）。{CITE}",
    ]


@pytest.mark.rule("A9")
async def test_the_last_ten_changes_are_shown_once_for_all_bases_of_a_lead(town: Town) -> None:
    first, second = await town.base(), await town.base()
    anna = await town.contact_of(first, second)
    await books(town, first, CreditReason.LATE, 8)
    await books(town, second, CreditReason.ON_TIME, 8)
    lines = (await anna.says("信用")).text.splitlines()
    assert lines[0] == "示例职业技术大学：信用等级 B 级，信用分 77 分。"
    assert [("加 1 分" in line, "扣 2 分" in line) for line in lines[1:]] == [(True, False)] * 8 + [
        (False, True)
    ] * 2


@pytest.mark.rule("A9")
async def test_a_lead_on_the_list_is_told_what_that_means(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await books(town, base, CreditReason.ON_TIME)
    entry = CreditRecord(
        name="示例职业技术大学",
        credit_code="12140000MB0EXAMP14",
        kind=CreditKind.DISHONEST,
        effective_from=date(2022, 1, 1),
        source="示例名单",
    )
    async with town.database.transaction() as tx:
        await Credit(tx).put([entry])
    lines = (await anna.says("信用")).text.splitlines()
    assert lines[:2] == [
        "示例职业技术大学：信用等级 D 级，信用分 86 分。",
        "现在严重失信主体名单内，等级为 D 级，不得参与项目建设和申请政府资金（依据《推进措施》七）。",
    ]


async def test_two_leads_are_two_answers_and_nobody_sees_anothers(town: Town) -> None:
    own, other = await town.base(), new_base_id()
    state = state_of(other, Step.PILOT)
    async with town.database.transaction() as tx:
        await Bases(tx).add(NewBase(code=other, name="示例基地", lead="示例学院"), state)
    anna, bella = await town.contact_of(own, other), await town.contact_of(other, name="示例联系人二")
    both = await anna.two_answers(await anna.platform.typed("信用"))
    assert {said.text.split("：")[0] for said in both} == {"示例职业技术大学", "示例学院"}
    assert (await bella.says("信用")).text.startswith("示例学院：尚未评定")


async def test_who_has_no_base_is_told_so_and_strangers_learn_nothing(town: Town) -> None:
    assert (await (await town.contact_of()).says("信用")).text == "您名下没有基地。"
    assert "只对已登记的基地联系人开放" in (await (await town.stranger()).says("信用")).text


# The words


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("reason", "detail", "text"),
    [
        ("按时报送", PERIOD, "2026年10月月调度按时报送，信用分加 1 分，计 86 分（B 级）。"),
        ("逾期报送", PERIOD, "2026年10月月调度逾期报送，信用分扣 2 分，计 83 分（B 级）。"),
        (
            "缺报",
            {"period": "2026-Q3", "kind": "季督导"},
            "2026年第三季度季督导没有报送，记为缺报，信用分扣 8 分，计 77 分（B 级）。",
        ),
        ("两次退回", PERIOD, "2026年10月月调度两次被退回，信用分扣 3 分，计 82 分（B 级）。"),
        (
            "整改逾期",
            {"period": "2026-Q3-2", "kind": "整改"},
            "2026年第三季度整改第2项逾期没有完成整改，信用分扣 10 分，计 75 分（B 级）。",
        ),
        (
            "失信认定",
            {"document_no": "示例〔2026〕1号"},
            "经认定存在失信行为（文号 示例〔2026〕1号），信用分扣 20 分，计 65 分（C 级）。信用等级由 B 级变为 C 级。",
        ),
        (
            "严重失信认定",
            {"document_no": "示例〔2026〕1号"},
            "经认定为严重失信主体（文号 示例〔2026〕1号），信用分扣 60 分，计 25 分（D 级）。信用等级由 B 级变为 D 级。",
        ),
        (
            "失信修复",
            {"document_no": "示例〔2026〕2号"},
            "失信行为已修复（文号 示例〔2026〕2号），信用分加 15 分，计 100 分（A 级）。信用等级由 B 级变为 A 级。",
        ),
    ],
)
def test_every_change_is_told_with_points_total_grade_and_clause(
    reason: str, detail: dict[str, str], text: str
) -> None:
    change = applied(start_of_account(DAY), CreditReason(reason), DAY, detail=detail)
    assert explain(chinese(), change) == f"{text}{CITE}"


def test_every_reason_can_be_told_without_knowing_what_it_was_about() -> None:
    start = start_of_account(DAY)
    changes = [applied(start, reason, DAY) for reason in POINTS] + [corrected(start, start, DAY)]
    texts = [explain(chinese(), change) for change in changes]
    assert len(set(texts)) == len(CreditReason)
    assert all(text.endswith(CITE) and "分（" in text for text in texts)


@pytest.mark.rule("A9")
def test_a_correction_and_a_change_that_comes_to_nothing_are_told_as_such() -> None:
    start = start_of_account(DAY)
    back = corrected(start - 30, start, DAY, detail=PERIOD)
    assert explain(chinese(), back) == (
        f"更正2026年10月月调度此前的记分，信用分加 30 分，计 85 分（B 级）。信用等级由 D 级变为 B 级。{CITE}"
    )
    full = applied(start + 15, CreditReason.ON_TIME, DAY, detail=PERIOD)
    assert explain(chinese(), full) == f"2026年10月月调度按时报送，信用分不变，计 100 分（A 级）。{CITE}"


@pytest.mark.rule("A9")
def test_a_notice_explains_the_change() -> None:
    change = applied(start_of_account(DAY), CreditReason.MISSING, DAY, detail=PERIOD)
    notice = Notice(key="k", base_id="b", kind=NoticeKind.CREDIT, params=change.params())
    reply = Renderer(chinese()).notice(notice, "示例基地", None)
    assert reply.text == f"示例基地 信用记分：{explain(chinese(), change)}"
    assert reply.markup is None
