"""Take what names a part out of a text, and leave the rest of it byte for byte."""

import ast
import json
import re
from collections.abc import Iterable

from app.generator.source import Reference, goes


def code(path: str, text: str, tree: ast.Module, named: list[Reference]) -> tuple[str, list[int]]:
    """Return a file without the statements that name a part, and the lines that would still."""
    calls = [one for one in named if not one.alias]
    gone = {one.statement for one in calls if goes(one, path)}
    lines = {one.statement.lineno for one in calls if not goes(one, path)}
    if lines:
        return text, sorted(lines | {one.statement.lineno for one in named if one.alias})
    aliases = {one.alias for one in named if one.alias} | _unused(tree, gone)
    cuts: list[tuple[int, int, list[str]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and aliases & {*node.names}:
            if {*node.names} <= aliases:
                gone.add(node)
            else:
                cuts += _without_names(text, node, aliases)
    gone, emptied = _with_their_blocks(tree, gone)
    for statement in gone:
        indent = " " * statement.col_offset
        new = [f"{indent}pass\n"] if statement in emptied else []
        cuts.append((statement.lineno, statement.end_lineno or statement.lineno, new))
    kept = text.splitlines(keepends=True)
    for first, last, new in sorted(cuts, reverse=True, key=lambda cut: cut[:2]):
        _cut(kept, first - 1, last, new)
    return "".join(kept), []


def _unused(tree: ast.Module, gone: set[ast.stmt]) -> set[ast.alias]:
    """Return what is imported for the statements that go alone."""
    of_gone = [node for one in gone for node in ast.walk(one) if isinstance(node, ast.Name)]
    inside = {id(node) for node in of_gone}
    names = {node.id for node in of_gone}
    names -= {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in inside
    }
    return {
        alias
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name.partition(".")[0]) in names
    }


def _without_names(
    text: str, node: ast.Import | ast.ImportFrom, aliases: set[ast.alias]
) -> Iterable[tuple[int, int, list[str]]]:
    """Return the cuts that take some names out of an import, as the formatter would write it."""
    if node.end_lineno != node.lineno:
        return [(one.lineno, one.lineno, []) for one in node.names if one in aliases]
    kept = ast.copy_location(ast.parse(ast.unparse(node)).body[0], node)
    assert isinstance(kept, ast.Import | ast.ImportFrom)  # noqa: S101
    kept.names = [one for one in node.names if one not in aliases]
    old = text.splitlines(keepends=True)[node.lineno - 1]
    new = f"{old[: node.col_offset]}{ast.unparse(kept)}{old[node.end_col_offset :]}"
    return [(node.lineno, node.lineno, [new])]


def _with_their_blocks(
    tree: ast.Module, gone: set[ast.stmt]
) -> tuple[set[ast.stmt], set[ast.stmt]]:
    """Add each loop, `if` and `with` that is left empty; in other blocks, one becomes `pass`."""
    emptied = set()
    for node in reversed([*ast.walk(tree)]):
        if isinstance(node, ast.Module):
            continue
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if not isinstance(block, list) or not block or not gone.issuperset(block):
                continue
            if isinstance(node, ast.If | ast.For | ast.With) and not getattr(node, "orelse", None):
                gone = (gone - {*block}) | {node}
            else:
                emptied.add(block[0])
    return gone, emptied


def _cut(lines: list[str], first: int, last: int, new: list[str]) -> None:
    """Replace lines, with the comment that stands above them alone and a blank line too many."""
    if new:
        lines[first:last] = new
        return
    follows = lines[last] if last < len(lines) else "\n"
    indent = _indent(lines[first])
    if not follows.strip() or _indent(follows) < indent:
        while first and lines[first - 1].startswith(" " * indent + "#"):
            first -= 1
    del lines[first:last]
    ends = first == len(lines) or not lines[first].strip()
    begins = first == 0 or lines[first - 1].rstrip().endswith((":", "("))
    if begins:
        while first < len(lines) and not lines[first].strip():
            del lines[first]
    elif ends or _indent(lines[first]) < indent:
        while first and not lines[first - 1].strip() and (ends or indent):
            first -= 1
            del lines[first]
            if not ends:
                break


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def passages(text: str, names: Iterable[str]) -> str:
    """Return a text without the passages and the rows of tables that are marked for parts."""
    name = "|".join(map(re.escape, sorted(names)))
    before, after = r"[ \t]*(?:<!-- |# |-- )", r"(?: -->)?\n"
    passage = rf"^{before}part: ({name}){after}(?s:.*?)^{before}end: \1{after}"
    text = re.sub(rf"^\|.*<!-- part: (?:{name}) --> \|\n", "", text, flags=re.M)
    # Between two blank lines, one of them goes along.
    text = re.sub(rf"(?<=\n\n){passage}\n", "", text, flags=re.M)
    return re.sub(passage, "", text, flags=re.M)


def programs(text: str, paths: Iterable[str]) -> str:
    """Return a page without the commands that run these files."""
    for path in paths:
        text = re.sub(rf"^python {re.escape(path)}\b.*\n", "", text, flags=re.M)
    return text.replace("```shell\n```\n\n", "")


def plans(text: str, document: str, endpoints: set[str], models: set[str]) -> str:
    """Return docs/plans.txt without the endpoints of these files, and what these models send."""
    gone = {
        (method.upper(), path)
        for path, operations in json.loads(document)["paths"].items()
        for method, operation in operations.items()
        if endpoints.intersection(operation["tags"])
    }
    kept = []
    for section in text.split("\n\n"):
        lines = [
            line
            for line in section.splitlines()
            if (*line.partition("?")[0].partition(" ")[::2],) not in gone
            and line.strip().partition(".")[0] not in models
        ]
        if lines and not lines[0].startswith(" "):
            kept.append("\n".join(lines))
    ended = "\n" if text.endswith("\n") else ""
    return "\n\n".join(kept) + ended
