"""`flask remove`: take a part out of the project, with everything that does nothing but call it."""

import json
import re
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import click
from flask import current_app

from app.command.database import databases
from app.generator import cut, requirement, source
from app.generator.change import (
    PROJECT,
    Changes,
    Command,
    Refused,
    Stopped,
)
from app.generator.document import OPENAPI, write_openapi
from app.generator.record import changed, record
from app.generator.source import ENGINES, Part
from model import Database
from model.frame import migration
from model.frame.error import ModelError
from model.frame.migration import Migration

PLANS = "docs/plans.txt"
# Pages that name paths of other times, or of a resource that a reader is to write.
NAME_ANYTHING = {"CHANGELOG.md", "docs/new-resource.md"}
DEFAULT_URL = ("config.py", ".env.example", "docs/configuration.md")
NUMBERED = re.compile(r"model/(\w+/migrations(?:/\w+)?)/(\d{4}_\w+)\.\w+")


@click.command("remove", cls=Command)
@click.argument("names", nargs=-1)
@click.option("--list", "is_list", is_flag=True, help="Show the parts, and what names each.")
@click.option("--dry-run", is_flag=True, help="Print the diff, and change nothing.")
@click.option("--keep", is_flag=True, help="Keep the migrations; write one that drops the tables.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "is_json", is_flag=True, help="Print what was done as JSON.")
def remove(
    names: tuple[str, ...], is_list: bool, dry_run: bool, keep: bool, yes: bool, is_json: bool
) -> None:
    """Remove the parts NAMES: files, lines, tables, documentation."""
    changes = Changes(PROJECT)
    found = source.parts(changes)
    if is_list:
        click.echo(table(changes, found))
        return
    gone = source.expanded(found, checked(found, names))
    if current_app.config["ENVIRONMENT"] == "production" and not keep:
        raise Refused("In production the tables go by a migration: flask remove --keep.")
    own = {path for name in gone if name not in ENGINES for path in found[name].files}
    tables = Tables(set() if keep else own)
    made = drop_later(changes, own, names) if keep else []
    if problems := take_out(changes, found, gone, keep=keep):
        click.echo("\n".join(problems), err=True)
        raise Stopped("Nothing was removed: the lines above name it.")
    write_openapi(changes)
    unused = requirement.unused(changes)
    if dry_run:
        click.echo(changes.diff(), nl=False)
        return
    if not yes:
        ask(changed(PROJECT, _code(found, gone)), tables.with_rows())
    with changes.applied(f"flask remove {' '.join(names)}"):
        record(PROJECT, [])
        undone = tables.undo()
    done = {
        "removed": gone,
        "deleted": [path for path in changes.paths() if not changes.exists(path)],
        "changed": [path for path in changes.paths() if changes.exists(path)],
        "undone": undone,
        "made": made,
        "notes": [*tables.notes, *unused],
    }
    click.echo(json.dumps(done) if is_json else told(done))


def checked(found: dict[str, Part], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names; Refused if one is of no part, or no engine would be left."""
    if not names:
        raise Refused("Name what to remove: flask remove --list shows the parts.")
    for name in names:
        if name not in found:
            raise Refused(f"{name!r} is no part of this project: it has {', '.join(found)}.")
    if not {engine for engine in ENGINES if engine in found} - {*names}:
        raise Refused("One engine must stay: sql or mongodb.")
    return names


def take_out(
    changes: Changes, found: dict[str, Part], names: list[str], *, keep: bool = False
) -> list[str]:
    """Take parts out of the pending files; returns the lines that name them, if any do."""
    doomed = {path for name in names for path in found[name].files}
    if keep:
        doomed = {path for path in doomed if not NUMBERED.fullmatch(path)}
    columns = {key: one for key, one in source.attributes(changes).items() if one in names}
    modules = {source.module_of(path): path for path in doomed if path.endswith(".py")}
    of_engines = {path for name in {*ENGINES} & {*names} for path in found[name].files}
    tables = _tables(changes, doomed - of_engines)
    words = source.words_of(modules, columns)
    problems = []
    for path in source.files(changes.project):
        if path in doomed or not changes.exists(path) or not _is_text(path):
            continue
        text = old = changes.read(path)
        is_kept = keep and NUMBERED.fullmatch(path)
        if path.endswith(".py") and not is_kept and words.search(text):
            tree = source.parsed(path, text)
            named = source.references(path, tree, modules, columns)
            if path.startswith(("tests/", "benchmarks/")):
                # Those of an engine ask whether it is here.
                named = [one for one in named if one.owner not in of_engines]
            if named:
                text, lines = cut.code(path, text, tree, named)
                problems += [f"{path}:{line}: {_line(old, line)}" for line in lines]
        text = cut.passages(text, names)
        if path.endswith(".md"):
            text = cut.programs(text, doomed)
        problems += _mentions(path, text, doomed, tables)
        if text != old:
            changes.write(path, text)
    _rewrite_plans(changes, doomed, {*names})
    if "sql" in names:
        _default_to_mongodb(changes)
    for path in doomed:
        changes.delete(path)
    return problems


def _is_text(path: str) -> bool:
    return not path.endswith((".png", ".jpg", ".gif", ".ico", ".pdf", ".woff2"))


def _line(text: str, number: int) -> str:
    return text.splitlines()[number - 1].strip()


def _mentions(path: str, text: str, doomed: set[str], tables: set[str]) -> list[str]:
    """Return the lines of a page that name a file, or of a migration that name a table."""
    if NUMBERED.fullmatch(path) and tables:
        name = "|".join(tables)
        before = r"TABLE|INTO|FROM|JOIN|UPDATE|REFERENCES|ON|EXISTS"
        pattern = rf"\b(?:{before})\s+`?(?:{name})\b|\bdb\.(?:{name})\b|[\"'](?:{name})[\"']"
    elif path.endswith(".md") and path not in NAME_ANYTHING and doomed:
        pattern = rf"(?<![\w/])(?:{'|'.join(map(re.escape, doomed - {PLANS}))})\b"
    else:
        return []
    found = [number for number, line in enumerate(text.splitlines(), 1) if re.search(pattern, line)]
    return [f"{path}:{number}: {_line(text, number)}" for number in found]


def _tables(changes: Changes, paths: Iterable[str]) -> set[str]:
    """Return the names of the tables and collections that migrations make."""
    made = r"CREATE TABLE (?:IF NOT EXISTS )?`?(\w+)|create_collection\(\s*[\"'](\w+)"
    texts = "\n".join(changes.read(path) for path in paths if NUMBERED.fullmatch(path))
    return {first or second for first, second in re.findall(made, texts)}


def _rewrite_plans(changes: Changes, doomed: set[str], resources: set[str]) -> None:
    if PLANS in doomed or not (changes.exists(PLANS) and changes.exists(OPENAPI)):
        return
    endpoints = {Path(path).stem for path in doomed if path.startswith("app/api/")}
    text = changes.read(PLANS)
    if (cleaned := cut.plans(text, changes.read(OPENAPI), endpoints, resources)) != text:
        changes.write(PLANS, cleaned)


def _default_to_mongodb(changes: Changes) -> None:
    for path in filter(changes.exists, DEFAULT_URL):
        default = r"mongodb://127.0.0.1:27017/\1"
        changes.write(
            path, re.sub(r"sqlite:///instance/([^\"`]+)\.db", default, changes.read(path))
        )


class Tables:
    """What parts keep in the configured databases."""

    def __init__(self, paths: set[str]) -> None:
        names = {found[2] for path in paths if (found := NUMBERED.fullmatch(path))}
        self.notes: list[str] = []
        self._tables = sorted(_tables(Changes(PROJECT), paths))
        self._found: list[tuple[Database, list[Migration]]] = []
        for database in databases(current_app) if names else ():
            try:
                applied = {record.name for record in database.migration_records()}
            except ModelError as error:
                self.notes.append(f"The {database.engine} database was left as it is: {error}.")
                continue
            if names & applied:
                files = [one for one in database.migrations() if one.name in names & applied]
                self._found.append((database, files))
            else:
                self.notes.append(f"The {database.engine} database has none of its tables.")

    def with_rows(self) -> list[str]:
        """Return the names of the tables that are not empty, of a database that outlives this."""
        return [
            table
            for database, _ in self._found
            if not getattr(getattr(database, "target", None), "is_in_memory", False)
            for table in self._tables
            if table in database.tables() and database.has_rows(table)
        ]

    def undo(self) -> list[str]:
        """Roll the migrations back, newest first, and return their names; Stopped if one fails."""
        try:
            return [
                name for database, files in self._found for name in migration.undo(database, files)
            ]
        except ModelError as error:
            raise Stopped(str(error)) from error


def drop_later(changes: Changes, own: set[str], names: tuple[str, ...]) -> list[str]:
    """Write a migration for each engine that drops the tables of parts; returns the paths."""
    found = [NUMBERED.fullmatch(path) for path in source.files(changes.project)]
    numbered = [each for each in found if each and changes.exists(each[0])]
    number = max((int(each[2][:4]) for each in numbered), default=0) + 1
    made = []
    for place, each in groupby(sorted(numbered, key=lambda one: one[0]), lambda one: one[1]):
        if paths := [one[0] for one in each if one[0] in own]:
            suffix = Path(paths[0]).suffix
            path = f"model/{place}/{number:04}_drop_{'_'.join(names)[:60]}{suffix}"
            text = _dropping_sql if suffix == ".sql" else _dropping_python
            changes.write(path, text([changes.read(one) for one in paths], paths, names))
            made.append(path)
    return made


def _dropping_sql(texts: list[str], _paths: list[str], names: tuple[str, ...]) -> str:
    split = [re.split(r"^-- down[ \t]*\n", text, maxsplit=1, flags=re.M) for text in texts]
    up = "\n\n".join(down.strip() for _, down in reversed(split))
    down = "\n\n".join(up.strip() for up, _ in split)
    return f"-- Drop the tables of {', '.join(names)}.\n\n{up}\n\n-- down\n\n{down}\n"


def _dropping_python(_texts: list[str], paths: list[str], names: tuple[str, ...]) -> str:
    modules = "".join(f'    "{source.module_of(path)}",\n' for path in paths)
    return f'''"""Drop the collections of {", ".join(names)}."""

from importlib import import_module
from typing import Any

MADE_BY = [
{modules}]


def up(db: Any) -> None:
    """Undo what made them, the newest first."""
    for name in reversed(MADE_BY):
        import_module(name).down(db)


def down(db: Any) -> None:
    """Make them again, empty."""
    for name in MADE_BY:
        import_module(name).up(db)
'''


def _code(found: dict[str, Part], names: list[str]) -> list[str]:
    """Return the files of parts that somebody may have written by hand."""
    every = {path for name in names for path in found[name].files}
    return sorted(path for path in every if path.endswith((".py", ".sql")))


def ask(lost: list[str], tables: list[str]) -> None:
    """Ask before work or data are lost; Refused where nobody can answer."""
    for line in [*lost, *(f"The table {name} has rows." for name in tables)]:
        click.echo(line, err=True)
    if lost or tables:
        if not sys.stdin.isatty():
            raise Refused("This would be lost; --yes confirms it.")
        click.confirm("Remove it all?", abort=True)


def told(done: dict[str, list[str]]) -> str:
    """Say for people what was done."""
    lines = [
        f"Removed {', '.join(done['removed'])}: {len(done['deleted'])} files deleted, "
        f"{len(done['changed'])} changed.",
        *(f"undone   {name}" for name in done["undone"]),
        *(f"made     {path}" for path in done["made"]),
        *done["notes"],
    ]
    return "\n".join([*lines, "Next: git diff, make check, make test"])


def table(changes: Changes, found: dict[str, Part]) -> str:
    """Return a line for each part: its name, its lines, and what names it."""
    named_by = source.named_by(changes, found)
    rows = [f"{'part':<16}{'lines':>7}  named by"]
    for name, part in found.items():
        every = {name, *part.takes}
        paths = [path for one in every for path in found[one].files if _is_text(path)]
        others = sorted({other for one in every for other in named_by[one]} - every)
        shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if others[3:] else "")
        lines = sum(changes.read(path).count("\n") for path in paths)
        rows.append(f"{name:<16}{lines:>7}  {shown}".rstrip())
    return "\n".join(rows)
