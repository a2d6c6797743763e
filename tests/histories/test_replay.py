"""Stored histories are replayed by today's code: a release must not break a base in its third year."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from app.workers import WORKFLOWS
from domain.terms import ObligationKind
from tests.histories.deciding import WRITTEN
from tests.histories.record import DATA, PRIVATE
from tests.workflows.test_sandbox import STRICT
from workflows.converter import DATA_CONVERTER, plugin, sandbox

STORED = sorted(DATA.rglob("*.json"))
REPORTING = [path for path in STORED if path.parent.name == "2026-11-reporting"]
_PHONE = re.compile(r"(?<![\da-f])1[3-9]\d{9}(?![\da-f])")
_CHINESE = re.compile("[一-鿿]")

TURNS = {
    "Base": "暂停运行 恢复运行 责令整改 改革工作考评 核定中央投资 收回中央投资 recall_overdue 收回到账 摘牌",
    "Obligation": "退回 审核通过 视为通过 缺报 snooze asked 准予延期 提出异议 异议处理 免报 申请更正 同意更正 不同意更正"
    " 暂停计时 恢复计时",
    "Supervision": "督导记录 整改进展 已整改 已指出问题 逾期待处理 逾期未整改",
    "Assessment": "结束评价 拟定等次 申诉 申诉处理 申诉期满 公布 不合格",
    "Digest": "应报日 月调度",
    "CreditNews": "严重失信认定 失信修复",
}
"""What each workflow goes through in the histories of a base that reports regularly: decisions, states, messages."""


def name_of(path: Path) -> str:
    return str(path.relative_to(DATA))


def stored(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.name.split(".")[0], path.read_text("utf-8"))


def event_types(path: Path) -> list[str]:
    events = json.loads(path.read_text("utf-8"))["events"]
    return [event["eventType"].removeprefix("EVENT_TYPE_") for event in events]


def texts_in(found: Any) -> Iterator[str]:
    """Every text in a history, payloads decoded."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key == "data" and isinstance(value, str):
                yield base64.b64decode(value).decode("utf-8", "replace")
            else:
                yield from texts_in(value)
    elif isinstance(found, list):
        for value in found:
            yield from texts_in(value)
    elif isinstance(found, str):
        yield found


def said_in(path: Path) -> str:
    return " ".join(texts_in(json.loads(path.read_text("utf-8"))))


def workflow_of(path: Path) -> str:
    first = json.loads(path.read_text("utf-8"))["events"][0]
    return str(first["workflowExecutionStartedEventAttributes"]["workflowType"]["name"])


def replayer() -> Replayer:
    return Replayer(workflows=WORKFLOWS, plugins=[plugin()])


@pytest.mark.parametrize("path", STORED, ids=name_of)
async def test_a_stored_history_is_replayed_by_todays_code(path: Path) -> None:
    await replayer().replay_workflow(stored(path))


@pytest.mark.parametrize("path", STORED, ids=name_of)
async def test_it_needs_nothing_that_the_sandbox_does_not_let_through(path: Path) -> None:
    strict = Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, workflow_runner=sandbox(STRICT))
    await strict.replay_workflow(stored(path))


@pytest.mark.parametrize("path", STORED, ids=name_of)
def test_a_history_holds_no_name_no_phone_no_chat_and_nothing_written_about_a_base(path: Path) -> None:
    texts = list(texts_in(json.loads(path.read_text("utf-8"))))
    assert any(_CHINESE.search(text) for text in texts), "payloads are not decoded"
    secrets = (*PRIVATE, *WRITTEN)
    assert [text for text in texts if any(secret in text for secret in secrets) or _PHONE.search(text)] == []


def test_a_whole_life_is_stored_run_by_run_and_a_month_handed_in_and_one_missed() -> None:
    folder = [path for path in STORED if path.parent.name == "2026-11"]
    lives = [path for path in folder if path.name.startswith("base-")]
    assert [event_types(path)[-1] for path in lives] == [
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        "WORKFLOW_EXECUTION_COMPLETED",
    ]
    said = {path: said_in(path) for path in folder}
    steps = ("填报申报材料", "公示", "培育建设", "待认定申请", "认定验收", "待授牌", "常态运行", "摘牌")
    assert all(any(step in said[p] for p in lives) for step in steps)
    months = [said[p] for p in folder if p.name.startswith("obligation-")]
    assert any('"已报送"' in text for text in months)
    assert any('"缺报"' in text for text in months)


async def test_a_change_that_breaks_a_running_base_is_noticed() -> None:
    """The same history with another activity in the place of the first."""
    path = next(p for p in STORED if p.name.startswith("base-"))
    changed = path.read_text("utf-8").replace('"record_decision"', '"record_something_else"')
    with pytest.raises(Exception, match="Nondeterminism"):
        await replayer().replay_workflow(WorkflowHistory.from_json(path.name.split(".")[0], changed))


def test_a_round_is_stored_with_a_return_an_offer_and_an_objection() -> None:
    folder = [path for path in STORED if path.parent.name == "2026-11-round"]
    said = " ".join(said_in(path) for path in folder)
    assert any(path.name.startswith("round-") for path in folder)
    for word in (
        "延期",
        "简化遴选",
        "退回补正",
        "补正报送",
        "接受改报",
        "提出异议",
        "异议处理",
        "不予受理",
        "公布",
    ):
        assert word in said


@pytest.mark.parametrize(
    ("workflow", "turn"), [(w, turn) for w, turns in TURNS.items() for turn in turns.split()]
)
def test_of_regular_reporting_every_turn_is_stored(workflow: str, turn: str) -> None:
    assert any(f'"{turn}"' in said_in(path) for path in REPORTING if workflow_of(path) == workflow)


def test_of_regular_reporting_every_kind_is_stored_late_ones_and_corrections_too() -> None:
    runs = {path.name: said_in(path) for path in REPORTING if workflow_of(path) == "Obligation"}
    assert all(any(f'"kind":"{kind}"' in said for said in runs.values()) for kind in ObligationKind)
    assert any('"on_time":false' in said for said in runs.values())
    again = [said for name, said in runs.items() if name.endswith(".2.json")]
    assert len(again) == 2
    assert all("申请更正" in said for said in again)


def test_a_report_that_several_make_together_is_stored_with_its_handovers() -> None:
    said = {path.name: said_in(path) for path in STORED if path.parent.name == "2026-12-people"}
    report = next(text for name, text in said.items() if name.endswith("2024-09.json"))
    for turn in ('"looks":true', "note.somebody_else", '"answered_by":{', '"contact:1"', '"contact:2"'):
        assert turn in report
    assert '"version":3' in report, "it was returned twice and handed in again"
    (missed,) = [text for name, text in said.items() if name.endswith("2024-10.json")]
    assert '"负责人"' in missed
    news = [text for name, text in said.items() if name.startswith("news-")]
    assert [any(f'"{kind}"' in text for text in news) for kind in ("handed_over", "taken_back")] == [True] * 2


def test_of_regular_reporting_a_base_is_stored_over_two_new_years_to_its_end() -> None:
    assert [event_types(path)[-1] for path in REPORTING if workflow_of(path) == "Base"] == [
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        "WORKFLOW_EXECUTION_COMPLETED",
    ]
