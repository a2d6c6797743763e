"""The documents say what the code has, all of it and nothing else."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from api.contact_schemas import NewContact
from app.__main__ import cli
from app.settings import Settings
from domain.decisions import DecisionRequest
from domain.lifecycle import DecisionKind, Stage, Step
from domain.terms import LeadKind, Level, ObligationKind, ObligationState, Role
from tests.house.files import ROOT, text, tracked
from workflows.attributes import REGISTRY

OPERATING = text("docs/operating.md")
DEPLOYING = text("docs/deploying.md")
MANUAL = OPERATING + DEPLOYING
GLOSSARY = text("docs/glossary.md")
DOCUMENTS = [
    Path("README.md"),
    Path("CHANGELOG.md"),
    *(p.relative_to(ROOT) for p in (ROOT / "docs").rglob("*.md")),
]
SETTINGS = {f"JIEBANG_{name.upper()}" for name in Settings.model_fields}
TERMS = [
    "产教融合",
    "基地",
    "发榜",
    "揭榜",
    "申报",
    "形式审查",
    "专家评议",
    "联席会议",
    "公示",
    "异议",
    "试点培育",
    "认定",
    "授牌",
    "月调度",
    "季督导",
    "年考核",
    "效能评价",
    "整改",
    "摘牌",
    "结对单位",
    "主管部门",
    "一主多分",
]
CODE_TERMS = [
    "stage",
    "step",
    "obligation",
    "period",
    "schedule",
    "notice",
    "draft",
    "doubt",
    "outbox",
    "refusal",
    "clause",
    "channel",
    "invite",
]
CODE = ("domain", "workflows", "activities", "persistence", "bot", "api", "desk", "app", "demo")
LEVELS = {"warning", "error", "exception", "critical"}


def _commands(app: typer.Typer, name: str = "jiebang") -> Iterator[str]:
    for command in app.registered_commands:
        yield f"{name} {command.name or getattr(command.callback, '__name__', '')}"
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance, f"{name} {group.name}")


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_every_setting_is_in_the_table(setting: str) -> None:
    """With its default."""
    assert f"| `{setting}` |" in DEPLOYING


def test_no_other_setting_is_mentioned() -> None:
    """Anywhere, the compose file included."""
    everywhere = "".join(text(p) for p in [*DOCUMENTS, Path("docker-compose.yml")])
    assert set(re.findall(r"JIEBANG_[A-Z_]*[A-Z]", everywhere)) <= SETTINGS


@pytest.mark.parametrize("command", sorted(_commands(cli)))
def test_every_command_is_documented(command: str) -> None:
    """As it is typed."""
    assert re.search(rf"`{command}[ `]", MANUAL)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_search_attribute_is_in_the_table(name: str) -> None:
    """Operators filter by them."""
    assert f"| `{name}` |" in OPERATING


def test_level_is_never_filtered_without_backticks() -> None:
    """Temporal takes it for a keyword otherwise."""
    assert not re.search(r"(?<!`)\bLevel (=|IN)", OPERATING)


def _logged() -> Iterator[str]:
    """What the code logs at warning or above: the formats as they stand there."""
    for path in (p for folder in CODE for p in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            logger = ast.unparse(node.func.value)
            if logger not in ("_LOG", "workflow.logger") or node.func.attr not in {*LEVELS, "log"}:
                continue
            formats = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            yield formats[0]


@pytest.mark.parametrize("message", sorted(set(_logged())))
def test_every_warning_is_explained(message: str) -> None:
    """Somebody will read it at night."""
    assert f"`{message}`" in OPERATING


def _blocks(document: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", document, re.DOTALL)]


@pytest.mark.parametrize("block", _blocks(OPERATING), ids=lambda block: str(block["decision"]["kind"]))
def test_decisions_in_the_manual_would_be_taken(block: dict[str, Any]) -> None:
    """As the signal `decision` takes them: from JSON."""
    request = DecisionRequest.model_validate_json(json.dumps(block))
    assert request.decision.kind in DecisionKind
    assert request.by.role is not Role.SYSTEM


def test_contact_in_the_manual_would_be_taken() -> None:
    """The first thing that a new installation sends."""
    [contact] = _blocks(DEPLOYING)
    assert NewContact.model_validate(contact).bases


def _paths(document: Path) -> Iterator[str]:
    folders = {p.parts[0] for p in tracked() if len(p.parts) > 1} | {"docs", "deploy"}
    body = text(document)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", body):
        if "://" not in target:
            yield str(document.parent / target)
    for token in re.findall(r"`([\w.-]+/[\w./-]*)`", body):
        if token.split("/")[0] in folders:
            yield token


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_files_named_in_a_document_exist(document: Path) -> None:
    """Links, and paths in code style."""
    missing = [path for path in _paths(document) if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize(
    "term", [*TERMS, *Stage, *Step, *Level, *LeadKind, *ObligationState, *ObligationKind]
)
def test_glossary_has_the_words_of_the_documents(term: str) -> None:
    """Or they are explained by those that it has."""
    explained = {
        "填报申报材料": "申报",
        "报请省政府同意": "省政府同意",
        "联席会议讨论": "联席会议",
        "待公示": "公示",
    }
    explained |= {
        "待公布": "公布",
        "培育建设": "试点培育",
        "待认定申请": "认定",
        "认定验收": "验收",
        "待授牌": "授牌",
    }
    assert explained.get(term, term) in GLOSSARY


@pytest.mark.parametrize("term", [*CODE_TERMS, *(role for role in Role)])
def test_glossary_has_the_words_of_the_code(term: str) -> None:
    """At the head of a line, or as a role."""
    assert f"| {term} |" in GLOSSARY or f"`{term}`" in GLOSSARY


def test_newest_version_is_in_the_changelog() -> None:
    """With the day."""
    version = re.search(r'^version = "(.+)"$', text("pyproject.toml"), re.MULTILINE)
    assert version
    assert re.search(
        rf"^## \[{re.escape(version[1])}\] - \d{{4}}-\d\d-\d\d$", text("CHANGELOG.md"), re.MULTILINE
    )
