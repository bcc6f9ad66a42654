"""What the project consists of: its files, its parts, and which part names which."""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from app.generator.change import Changes, Stopped

# The files of a resource: one for each layer and engine, its migrations and its tests.
OF_RESOURCE = (
    r"(app/api/\w+|controller(/seed)?|model(/(?!frame/)\w+)?|tests/(api/\w+|controller|model))"
    r"/(test_)?{name}\.py|model/\w+/migrations/(\w+/)?\d{{4}}_{name}\.\w+"
)
# A register lists the resources of a layer, a statement for each.
REGISTER = re.compile(r"model/models\.py|(model/\w+|app/api/\w+)/__init__\.py")
BUNDLES = "app/generator/bundles.toml"
ENGINES = ("sql", "mongodb")
# What `flask begin --keep` takes besides the names of parts.
TO_KEEP = ("accounts", "all")
# Signing in is of accounts, and the frame counts requests, and keeps a row for each in the API log.
ACCOUNTS = ("user", "session", "limit", "log")
# Beside a checkout of git: what git would ignore.
IGNORED = {".git", ".venv", "instance", "__pycache__"}


@dataclass(frozen=True)
class Part:
    """What can be removed: its files, and for a bundle the other parts that it takes along."""

    files: frozenset[str]
    takes: tuple[str, ...] = ()
    is_resource: bool = False


class Reference(NamedTuple):
    """A place that names a resource or a part, and the statement that it is in."""

    owner: str
    statement: ast.stmt
    node: ast.AST

    @property
    def alias(self) -> ast.alias | None:
        """In an import, what binds a name."""
        return self.node if isinstance(self.node, ast.alias) else None


def files(project: Path) -> list[str]:
    """Return the paths of the project's files: what git does not ignore, or else all."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = git(project, *command[1:])
    if found is not None:
        return sorted({path for path in found.split("\0") if path and (project / path).is_file()})
    return sorted(_walk(project))


def git(project: Path, *arguments: str) -> str | None:
    """Return what git says; None if there is no git, or this is no checkout."""
    if not (project / ".git").exists():
        return None
    try:
        finished = subprocess.run(
            ["git", *arguments],  # noqa: S607
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return None if finished.returncode else finished.stdout


def _walk(project: Path) -> Iterator[str]:
    for folder, names, found in os.walk(project):
        names[:] = [name for name in names if name not in IGNORED]
        for name in found:
            yield (Path(folder) / name).relative_to(project).as_posix()


def parts(changes: Changes) -> dict[str, Part]:
    """Return every part that is here by its name: bundles, and each resource of the registers."""
    paths = [path for path in files(changes.project) if changes.exists(path)]
    found = {}
    for name in resources_of(changes, paths):
        pattern = re.compile(OF_RESOURCE.format(name=name))
        found[name] = Part(frozenset(filter(pattern.fullmatch, paths)), is_resource=True)
    bundles = bundles_of(changes)
    for name, bundle in bundles.items():
        takes = tuple(one for one in bundle.get("takes", ()) if one in {*found, *bundles})
        own = {path for path in paths if any(fnmatch(path, one) for one in bundle["files"])}
        if own or takes:
            found[name] = Part(frozenset(own), takes)
    return found


def bundles_of(changes: Changes) -> dict[str, dict[str, list[str]]]:
    """Return the bundles by their names, with the files and the parts of each."""
    return tomllib.loads(changes.read(BUNDLES))


def expanded(found: Mapping[str, Part], names: Iterable[str]) -> list[str]:
    """Return the names with all that they take along; the last of its resources takes a bundle."""
    every = [*names]
    for name, part in found.items():
        resources = {one for one in part.takes if found[one].is_resource}
        if name in every or (resources and resources <= {*every}):
            every += [name, *part.takes]
    return list(dict.fromkeys(every))


def resources_of(changes: Changes, paths: list[str]) -> list[str]:
    """Return the names of the resources, as the registers import them."""
    found = set()
    for path in paths:
        if path == "model/models.py":
            found |= set(re.findall(r"^from model\.(\w+) import", changes.read(path), re.M))
        elif REGISTER.fullmatch(path) and path.startswith("app/api/"):
            found |= set(re.findall(r"^from \.(\w+) import api as", changes.read(path), re.M))
    return sorted(found)


def module_of(path: str) -> str:
    """Return the name by which a file is imported: app.api.v1 for app/api/v1/__init__.py."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def attributes(changes: Changes) -> dict[str, str]:
    """Return the resource of each attribute of a database, as model/models.py has them."""
    tree = ast.parse(changes.read("model/models.py"))
    resource = {
        alias.asname or alias.name: (node.module or "").removeprefix("model.")
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return {
        node.target.id: resource[node.annotation.id]
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.annotation, ast.Name)
        and node.annotation.id in resource
    }


def references(
    path: str, tree: ast.Module, modules: Mapping[str, str], columns: Mapping[str, str]
) -> list[Reference]:
    """Return where a file names a module, by an import or as text, or an attribute of `db`."""
    found: list[Reference] = []
    bound: dict[str, str] = {}
    pairs = _with_statements(tree)
    for node, statement in pairs:
        if isinstance(node, ast.ImportFrom):
            base = _imported(path, node)
            for alias in node.names:
                if owner := modules.get(f"{base}.{alias.name}") or modules.get(base):
                    bound[alias.asname or alias.name] = owner
                    found.append(Reference(owner, statement, alias))
        elif isinstance(node, ast.Import):
            owners = [modules[alias.name] for alias in node.names if alias.name in modules]
            found += [Reference(owner, statement, node) for owner in owners]
    for node, statement in pairs:
        owner = None
        if isinstance(node, ast.Name):
            owner = bound.get(node.id)
        elif isinstance(node, ast.Attribute):
            owner = columns.get(node.attr) if _is_database(node.value) else None
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # "app.api.v1:blueprint", or a path.
            name = node.value.partition(":")[0]
            is_path = name.endswith(".py")
            owner = modules.get(module_of(name.lstrip("/")) if is_path else name)
        if owner:
            found.append(Reference(owner, statement, node))
    return found


def parsed(path: str, text: str) -> ast.Module:
    """Return the syntax tree of a file; Stopped if it has none."""
    try:
        return ast.parse(text)
    except (SyntaxError, UnicodeEncodeError) as error:
        raise Stopped(f"{path} is not Python: {error}.") from None


def words_of(modules: Iterable[str], columns: Iterable[str]) -> re.Pattern[str]:
    """Match what every file has that names one of these, before it is parsed."""
    words = "|".join({name.rpartition(".")[2] for name in [*modules, *columns]})
    return re.compile(rf"(?:\b|_)(?:{words})\b" if words else "$^")


def _is_database(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.endswith(("db", "database"))


def _with_statements(tree: ast.Module) -> list[tuple[ast.AST, ast.stmt]]:
    """Return every node, each with the innermost statement that holds it."""
    found: list[tuple[ast.AST, ast.stmt]] = []
    waiting: list[tuple[ast.AST, ast.stmt]] = [(one, one) for one in tree.body]
    while waiting:
        node, statement = waiting.pop()
        found.append((node, statement))
        for child in ast.iter_child_nodes(node):
            if child._fields:  # what has none is Load, Store or an operator
                waiting.append((child, child if isinstance(child, ast.stmt) else statement))
    return found


def _imported(path: str, node: ast.ImportFrom) -> str:
    """Return the whole name of the module of `from ... import`."""
    folder = (
        module_of(path) if path.endswith("/__init__.py") else module_of(path).rpartition(".")[0]
    )
    for _ in range(node.level - 1):
        folder = folder.rpartition(".")[0]
    return ".".join(filter(None, [folder, node.module])) if node.level else node.module or ""


def named_by(changes: Changes, found: Mapping[str, Part]) -> dict[str, list[str]]:
    """Return for each part the others that name it, and the files of no part."""
    owner = {path: name for name in found if name not in ENGINES for path in found[name].files}
    modules = {module_of(path): name for path, name in owner.items() if path.endswith(".py")}
    columns = attributes(changes)
    words = words_of(modules, columns)
    by: dict[str, set[str]] = {name: set() for name in found}
    for path in files(changes.project):
        if path.endswith(".py") and words.search(text := changes.read(path)):
            for each in references(path, parsed(path, text), modules, columns):
                if not each.alias and not goes(each, path):
                    by[each.owner].add(owner.get(path, path))
    return {name: sorted(each - {name}) for name, each in by.items()}


def goes(one: Reference, path: str) -> bool:
    """Tell whether a statement does nothing but call into a part, or is its line in a register.

    `mail.send(db)` does, and `job.enqueue(db, mail.send)`; `print(mail.count(db))` does more.
    """
    statement = one.statement
    if isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call):
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        return one.node in ast.walk(call.func) or all(
            _is_plain(each, one.node) for each in values if one.node in ast.walk(each)
        )
    return bool(REGISTER.fullmatch(path)) and isinstance(statement, ast.Assign | ast.AnnAssign)


def _is_plain(value: ast.expr, node: ast.AST) -> bool:
    """Tell whether a value is a name, or `import_string("app.api.v1:blueprint")`."""
    if isinstance(value, ast.Call):
        return isinstance(node, ast.Constant) and node in value.args
    return isinstance(value, ast.Name | ast.Attribute | ast.Constant)
