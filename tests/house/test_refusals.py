"""Every refusal names its clause: in chat, over the API and on the pages it is cited from there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.files import ROOT, tracked

REFUSALS = {"Refused", "NotAllowed", "Stale"}
"""`NotFound` is no refusal: there is nothing that a rule could have been about."""

CODE = [p for p in tracked() if p.suffix == ".py" and p.parts[0] not in ("tests", "bench", "deploy")]


def without_clause(source: str) -> Iterator[int]:
    """Lines on which something is refused without a clause."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or _refusal_of(node.func) not in REFUSALS:
            continue
        clause = node.args[1] if len(node.args) > 1 else None
        if clause is None or (isinstance(clause, ast.Constant) and clause.value is None):
            yield node.lineno


def _refusal_of(called: ast.expr) -> str:
    """`Refused(…)` and `Refused.of_all(…)`."""
    if isinstance(called, ast.Attribute) and called.attr == "of_all":
        called = called.value
    return called.id if isinstance(called, ast.Name) else ""


@pytest.mark.parametrize("path", CODE, ids=str)
def test_every_refusal_names_its_clause(path: Path) -> None:
    assert list(without_clause((ROOT / path).read_text("utf-8"))) == []


def test_a_refusal_without_a_clause_is_noticed() -> None:
    lines = (
        'raise Refused("x.y")',
        'Stale("x.y", None, id=1)',
        'Refused.of_all("x.y", None, [])',
        'Refused("x", C)',
    )
    assert list(without_clause("\n".join(lines))) == [1, 2, 3]
