"""Every error code that the source can raise, with its words, found without running anything."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CODE = re.compile(r"E\d{3}")


@dataclass(frozen=True)
class Saying:
    """One place where a code is used: its words, ``{names}`` and … where it differs each time."""

    code: str
    text: str
    file: Path


def sayings(source: Path) -> list[Saying]:
    """All of them under the folder ``source``, by code, then file."""
    found = [one for path in sorted(source.rglob("*.py")) for one in _in_file(path)]
    return sorted(dict.fromkeys(found), key=lambda one: (one.code, one.file))


def _in_file(path: Path) -> Iterator[Saying]:
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        for call in _own_calls(function):
            codes = _constants(call.args[0]) if len(call.args) > 1 else []
            if codes and all(_CODE.fullmatch(code) for code in codes):
                texts = _texts(call.args[1], function, tree)
                several = len(codes) == len(texts) > 1
                pairs = zip(codes, texts) if several else ((c, t) for c in codes for t in texts)
                yield from (Saying(code, text, path) for code, text in pairs)
    # the command line prints the one code that is no exception
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and (m := re.match(r"error\[(E3\d\d)\]: ", _text(node))):
            yield Saying(m[1], _text(node)[m.end() :].split("\n")[0], path)


def _own_calls(node: ast.AST) -> Iterator[ast.Call]:
    """Calls inside a function or module, but not inside the functions in it."""
    if not isinstance(node, (ast.Module, ast.FunctionDef)):
        return
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop(0)
        if isinstance(inner, ast.FunctionDef):
            continue
        if isinstance(inner, ast.Call):
            yield inner
        waiting += ast.iter_child_nodes(inner)


def _constants(node: ast.expr) -> list[str]:
    parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]


def _texts(node: ast.expr, function: ast.AST, tree: ast.Module) -> list[str]:
    """The words of an argument; an argument that was handed in is looked up at the callers."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, function, tree), *_texts(node.orelse, function, tree)]
    if isinstance(node, ast.Name) and isinstance(function, ast.FunctionDef):
        names = [a.arg for a in function.args.args]
        if node.id in names and (handed := _handed(function.name, names.index(node.id), tree)):
            return handed
        assigned = (
            inner.value
            for inner in ast.walk(function)
            if isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == node.id
        )
        if (value := next(assigned, None)) is not None:
            return _texts(value, function, tree)
    return [_text(node)]


def _handed(name: str, position: int, tree: ast.Module) -> list[str]:
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and len(n.args) > position)
    return [_text(c.args[position]) for c in calls if ast.unparse(c.func) == name]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value)
    if isinstance(node, ast.Name):
        return f"{{{node.id}}}"
    return "…"
