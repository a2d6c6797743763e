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
from tests.histories.record import DATA, PRIVATE
from workflows.converter import plugin

STORED = sorted(DATA.rglob("*.json"))
_PHONE = re.compile(r"(?<![\da-f])1[3-9]\d{9}(?![\da-f])")


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


def replayer() -> Replayer:
    return Replayer(workflows=WORKFLOWS, plugins=[plugin()])


@pytest.mark.parametrize("path", STORED, ids=name_of)
async def test_a_stored_history_is_replayed_by_todays_code(path: Path) -> None:
    await replayer().replay_workflow(stored(path))


@pytest.mark.parametrize("path", STORED, ids=name_of)
def test_a_history_holds_no_name_no_phone_and_no_chat(path: Path) -> None:
    texts = list(texts_in(json.loads(path.read_text("utf-8"))))
    assert any("月调度" in text or "形式审查" in text for text in texts), "payloads are not decoded"
    assert [text for text in texts if any(secret in text for secret in PRIVATE) or _PHONE.search(text)] == []


def test_a_whole_life_is_stored_run_by_run_and_a_month_handed_in_and_one_missed() -> None:
    ends = {path.name: event_types(path)[-1] for path in STORED}
    lives = [path for path in STORED if path.name.startswith("base-") and path.parent.name == "2026-11"]
    assert [ends[p.name] for p in lives][-2:] == [
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        "WORKFLOW_EXECUTION_COMPLETED",
    ]
    said = {p: " ".join(texts_in(json.loads(p.read_text("utf-8")))) for p in STORED}
    steps = ("填报申报材料", "公示", "培育建设", "待认定申请", "认定验收", "待授牌", "常态运行", "摘牌")
    assert all(any(step in said[p] for p in lives) for step in steps)
    months = [said[p] for p in STORED if p.name.startswith("obligation-")]
    assert any('"已报送"' in text for text in months)
    assert any('"缺报"' in text for text in months)


async def test_a_change_that_breaks_a_running_base_is_noticed() -> None:
    """The same history with another activity in the place of the first."""
    path = next(p for p in STORED if p.name.startswith("base-"))
    changed = path.read_text("utf-8").replace('"record_decision"', '"record_something_else"')
    with pytest.raises(Exception, match="Nondeterminism"):
        await replayer().replay_workflow(WorkflowHistory.from_json(path.name.split(".")[0], changed))


def test_a_round_is_stored_with_a_return_an_offer_and_an_objection() -> None:
    said = " ".join(text for path in STORED for text in texts_in(json.loads(path.read_text("utf-8"))))
    assert any(path.name.startswith("round-") for path in STORED)
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
