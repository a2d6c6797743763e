"""Replaying stored histories against today's code: the check before an upgrade."""

from collections.abc import Callable, Sequence
from pathlib import Path

from google.protobuf.json_format import ParseError
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from app.embedded import SetupError
from app.workers import WORKFLOWS
from workflows.converter import plugin


async def replay_files(files: Sequence[Path], say: Callable[[str], None]) -> None:
    """Replay each exported history. Raises SetupError naming those that break."""
    replayer = Replayer(workflows=WORKFLOWS, plugins=[plugin()])
    broken = []
    for file in files:
        try:
            history = WorkflowHistory.from_json(file.stem, file.read_text("utf-8"))
        except (ValueError, ParseError) as e:
            broken.append(f"{file}：不是导出的流程历史（{e}）")
            continue
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if result.replay_failure:
            broken.append(f"{file}：{result.replay_failure}")
        else:
            say(f"{file}：可以重放")
    if broken:
        raise SetupError("以下历史不能用当前代码重放：\n" + "\n".join(broken))
