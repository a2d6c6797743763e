"""`docs/policy.md`: each row of the documents with its clause, the places that enforce it and the tests that show it."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeGuard

from pydantic import BaseModel

import domain.policy
from domain.policy.rows import ROWS, Row
from domain.policy.rubric import RubricItem
from domain.policy.source import Dated
from tests.house.files import ROOT

PAGE = ROOT / "docs" / "policy.md"

_HEAD = """# 条款对照

本页由 `make policy` 生成，请勿手工修改：条款和出处写在 [domain/policy/rows.py](../domain/policy/rows.py)，测试由标记
`@pytest.mark.rule("B3")` 找到，取值取自 `domain/policy/` 里的全部 `Dated`。一条没有测试，或者所写的出处不存在，测试即告失败。

B 为《发榜公告》（2021-12-20），A 为《推进措施》（晋发改科教发〔2023〕254号，2023-07-05）。
"""
_VALUES = """## 本系统约定与有时效的取值

规定改变时增加一行，不改旧行：某日适用的是生效日期不晚于该日的最后一行。两份文件没有写明的，条款记为「本系统约定」。

| 取值 | 生效日期 | 值 | 条款 |
|---|---|---|---|"""
_ALL_IDS = [f"B{n}" for n in range(1, 21)] + [f"A{n}" for n in range(1, 17)]

Shown = Mapping[str, Sequence[str]]
"""By id of a row: the tests that show it, as path::name."""


class Value(NamedTuple):
    """One dated value, and what it is called."""

    module: str
    name: str
    dated: Dated[Any]


def page(rows: Iterable[Row] = ROWS) -> str:
    """The whole page as it should be now."""
    rows, shown = tuple(rows), marked_tests()
    known = {row.id for row in rows}
    absent = [id for id in _ALL_IDS if id not in known]
    parts = [_HEAD, *(_section(row, shown.get(row.id, ())) for row in rows)]
    parts.append(f"## 尚未纳入\n\n程序里还没有与 {'、'.join(absent)} 相应的部分。\n")
    return "\n".join(parts) + "\n" + "\n".join([_VALUES, *map(_line, dated_values())]) + "\n"


def problems(rows: Iterable[Row], shown: Shown) -> list[str]:
    """Rows without a test, places that do not exist, markers that name no row."""
    rows = tuple(rows)
    unshown = [f"{row.id} has no test" for row in rows if not shown.get(row.id)]
    nowhere = [
        f"{row.id}: {place} does not exist" for row in rows for place in row.places if not exists(place)
    ]
    unknown = sorted(shown.keys() - {row.id for row in rows})
    return [*unshown, *nowhere, *(f"{id} is no row, but named by {', '.join(shown[id])}" for id in unknown)]


def exists(place: str) -> bool:
    """Whether a dotted name can be imported."""
    try:
        _module_of(place)
    except (ModuleNotFoundError, AttributeError):
        return False
    return True


def _module_of(place: str) -> ModuleType:
    """The module that a place is in. ModuleNotFoundError, AttributeError if there is no such place."""
    module_name, _, name = place.rpartition(".")
    module = importlib.import_module(module_name)
    getattr(module, name)
    return module


def marked_tests(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """Every marked test below a folder."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        where = path.relative_to(folder.parent).as_posix()
        for name, ids in _marked(ast.parse(path.read_text("utf-8")).body):
            for id in ids:
                found.setdefault(id, []).append(f"{where}::{name}")
    return found


def _marked(body: list[ast.stmt], inherited: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The tests of a module or class with the rows that they, or what they are in, are marked with."""
    inherited += tuple(id for node in body if _is_pytestmark(node) for id in _ids([node]))
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = (*inherited, *_ids(node.decorator_list))
            yield from ((f"{node.name}::{name}", ids) for name, ids in _marked(node.body, own))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, tuple(dict.fromkeys((*inherited, *_ids(node.decorator_list))))


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"


def _ids(nodes: Iterable[ast.AST]) -> list[str]:
    calls = [n for node in nodes for n in ast.walk(node) if isinstance(n, ast.Call)]
    marks = [c for c in calls if ast.unparse(c.func) == "pytest.mark.rule"]
    return [str(ast.literal_eval(argument)) for mark in marks for argument in mark.args]


def dated_values() -> list[Value]:
    """Every dated value of `domain.policy`, oldest first, under the name that it was given where it was made."""
    found: list[Value] = []
    seen: set[int] = set()
    for module in _policy_modules():
        for name, sequence in _sequences(module):
            if id(sequence) not in seen:  # another name for the same value
                seen.add(id(sequence))
                in_order = sorted(sequence, key=lambda dated: dated.effective_from)
                found += [Value(module.__name__, name, dated) for dated in in_order]
    return found


def _policy_modules() -> list[ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(domain.policy.__path__))
    return [importlib.import_module(f"domain.policy.{name}") for name in names]


def _sequences(module: ModuleType) -> Iterator[tuple[str, Sequence[Dated[Any]]]]:
    """What a module itself defines: a dated value, or a table of them by key."""
    for name in _defined(module):
        value = getattr(module, name, None)
        if _is_dated(value):
            yield name, value
        elif isinstance(value, Mapping):
            yield from ((f"{name}[{key}]", one) for key, one in value.items() if _is_dated(one))


def _defined(module: ModuleType) -> list[str]:
    body = ast.parse(inspect.getsource(module)).body
    targets = [t for node in body if isinstance(node, ast.Assign) for t in node.targets]
    targets += [node.target for node in body if isinstance(node, ast.AnnAssign)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _is_dated(value: object) -> TypeGuard[Sequence[Dated[Any]]]:
    return isinstance(value, tuple) and bool(value) and all(isinstance(one, Dated) for one in value)


def _section(row: Row, tests: Sequence[str]) -> str:
    lines = [f"## {row.id} {row.clause.cite()}", "", row.rule, ""]
    lines += [f"**尚未纳入**：{row.open}", ""] if row.open else []
    lines += ["在哪里：", "", *(f"- {_place(place)}" for place in row.places), ""]
    lines += ["测试：", "", *(f"- [{test}](../{test.split('::')[0]})" for test in tests), ""]
    return "\n".join(lines)


def _place(place: str) -> str:
    path = _path(_module_of(place))
    return f"[{path}](../{path}) `{place.rpartition('.')[2]}`"


def _path(module: ModuleType) -> str:
    return Path(inspect.getfile(module)).relative_to(ROOT).as_posix()


def _line(value: Value) -> str:
    path = _path(importlib.import_module(value.module))
    dated = value.dated
    name = f"[{path}](../{path}) `{value.name}`"
    return f"| {name} | {dated.effective_from} | {written(dated.value)} | {dated.clause.cite()} |"


def written(value: object) -> str:
    """A value as it is read by people."""
    if isinstance(value, BaseModel):
        return _fields({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, RubricItem):
        return f"{value.label} {value.weight}"
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _fields(value._asdict())
    if isinstance(value, tuple):
        return "、".join(map(written, value))
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def _fields(fields: Mapping[str, object]) -> str:
    return "，".join(f"`{name}` {written(value)}" for name, value in fields.items())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
