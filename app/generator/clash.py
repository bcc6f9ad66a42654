"""Names that would mean two things in the code of a resource.

The resource is written once more, into memory, with a placeholder for each name that it declares,
and so is a resource that refers to it. Whatever else the code names, it names as ever.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple

from flask import Flask

from app.generator.change import Changes
from app.generator.declaration import Declaration, pascal, read
from app.generator.kind import Wrong
from app.generator.names import imports_of
from app.generator.unit import Parent, Unit, engines, parents_of

PLACEHOLDER = re.compile("xq([a-z])qx", re.IGNORECASE)
NAME, PLURAL = "a", "b"
# A resource that refers to it, with fields that add methods, constants and classes.
CHILD, CHILDREN = "qxchild", "qxchildren"
CHILD_FIELDS = ("qxtext:str:9!", "qxenum:enum:one,two", "qxdate:date?", "owner:user")
CHILD_REFERENCES = ("qxmain:xqaqx", "qxother:xqaqx?")


class Scope(NamedTuple):
    """A piece of code: the names that are defined in it, and all that stand in it."""

    defined: set[str]
    named: set[str]


def refuse_clashes(app: Flask, declared: Declaration, project: Path) -> None:
    """Raise Wrong for a name that the generated code has another use for."""
    fields = [one.name for one in declared.fields if not one.is_owner]
    names = dict(zip(ascii_lowercase, [declared.name, declared.plural, *fields], strict=False))
    renamed = _renamed(declared, {name: f"xq{letter}qx" for letter, name in names.items()})
    changes = Changes(project)
    Unit(renamed, parents_of(app, renamed)).write(changes)
    _child(renamed).write(changes)
    imports = {*imports_of(renamed, []), renamed.kind, renamed.kinds}
    scopes = [Scope(imports, imports)]
    for path in changes.paths():
        if path.endswith(".py"):
            _scopes(ast.parse(changes.read(path)), renamed, scopes)
    for scope in scopes:
        _judge(scope, names)


def _renamed(declared: Declaration, placeholders: dict[str, str]) -> Declaration:
    """The same declaration with other names."""
    pairs = (words.partition(":")[::2] for words in declared.written)
    return read(
        [placeholders[declared.name], *(f"{placeholders.get(a, a)}:{b}" for a, b in pairs)],
        plural=placeholders[declared.plural],
        search=placeholders.get(declared.search, ""),
        is_private=declared.is_private,
    )


def _child(parent: Declaration) -> Unit:
    """A resource that refers to this one."""
    words = [CHILD, *CHILD_FIELDS, *CHILD_REFERENCES]
    child = read(words, plural=CHILDREN, search="qxtext", is_private=parent.is_private)
    deleting = Counter([f"{parent.plural}.delete"] if "mongodb" in engines() else [])
    parents = [
        Parent(one, "users", False, Counter())
        if one.is_owner
        else Parent(one, parent.plural, parent.is_private, deleting)
        for one in child.fields
        if one.parent
    ]
    return Unit(child, parents)


def _scopes(node: ast.AST, declared: Declaration, scopes: list[Scope]) -> set[str]:
    """Return every name in a node; adds the modules, classes and functions in it to the scopes."""
    named = {*_names(node)}
    for child in ast.iter_child_nodes(node):
        named |= _scopes(child, declared, scopes)
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
        scopes.append(Scope({*_defined(node)}, named))
    if isinstance(node, ast.FunctionDef) and node.args.kwarg:
        # It takes columns as keywords.
        is_filter = "Filters" in ast.unparse(node.args.kwarg)
        columns = {one.column for one in declared.fields if one.is_filter or not is_filter}
        others = {key for each in ast.walk(node) for key in _keys(each)}
        scopes.append(Scope(columns, columns | others))
    return named


def _names(node: ast.AST) -> Iterator[str]:
    """Yield what a node calls by a name, itself included."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield node.asname or node.name
    elif isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield from (node.name, f"self.{node.name}")
    elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
        yield f"self.{node.attr}"


def _defined(scope: ast.AST) -> Iterator[str]:
    """Yield what a module, a class or a function defines, and not what is within another of it."""
    waiting = [*ast.iter_child_nodes(scope)]
    while waiting:
        node = waiting.pop()
        is_definition = isinstance(node, ast.ClassDef | ast.FunctionDef)
        if not isinstance(getattr(node, "ctx", None), ast.Load):
            yield from _names(node)
        # What a method sets of self belongs to the class.
        if not is_definition or isinstance(scope, ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _keys(node: ast.AST) -> Iterator[str]:
    """Yield what a node passes, or takes, by a name beside the columns."""
    if isinstance(node, ast.arguments):
        yield from (one.arg for one in (*node.args, *node.kwonlyargs))
    elif isinstance(node, ast.Call) and any(one.arg is None for one in node.keywords):
        yield from (one.arg for one in node.keywords if one.arg)
    elif isinstance(node, ast.Dict):
        yield from (str(one.value) for one in node.keys if isinstance(one, ast.Constant))


def _judge(scope: Scope, names: dict[str, str]) -> None:
    """Raise Wrong if something that is named after a declared name has the name of another."""
    by_real: dict[str, set[str]] = {}
    for name in scope.named:
        by_real.setdefault(_real(name, names), set()).add(name)
    for real, alike in by_real.items():
        if len(alike) > 1 and (letters := PLACEHOLDER.findall(" ".join(alike & scope.defined))):
            letter = max(letters).lower()
            advice = {NAME: "choose another name", PLURAL: "use another --plural"}
            raise Wrong(
                f"{names[letter]!r}: the generated code has another use for "
                f"{real.removeprefix('self.')}; {advice.get(letter, 'rename the field')}"
            )


def _real(name: str, names: dict[str, str]) -> str:
    """What a name with placeholders will be."""

    def replaced(found: re.Match[str]) -> str:
        real = names[found[1].lower()]
        if found[0].isupper():
            return real.upper()
        return pascal(real) if found[0][0].isupper() else real

    return PLACEHOLDER.sub(replaced, name)
