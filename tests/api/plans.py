"""The plans of the endpoints' statements: asked of the engine, written to a file, compared."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from importlib import import_module
from pathlib import Path
from textwrap import TextWrapper
from typing import Any

import model
from model import Database
from tests.conftest import PROJECT
from tests.model.statements import Look

FILE = PROJECT / "docs/plans.txt"
MODELS = Path(model.__file__).parent / "sql"
# A table with more rows is one that grows.
GROWN = 100
# What tests/api/conftest.py prints at the end is told by properties of these names: what another
# version of a server plans otherwise, and the endpoints that docs/plans.txt does not have yet.
REPORTED, UNWRITTEN = "reported", "unwritten"

WANTED = "If this is wanted, `make plans` rewrites docs/plans.txt."
HEADER = """\
# What each endpoint sends to the database, in order, and how the database finds the rows.
# `make plans` writes this file; docs/testing.md says how to read it.
"""
WRAPPED = TextWrapper(
    100, initial_indent=" " * 4, subsequent_indent=" " * 6, break_on_hyphens=False
)
MADE_ON = re.compile(r"^# made on (\w+): (.*)$", re.MULTILINE)

# What is read: a table by an index, a table as a whole (SCAN), or a (subquery's result).
SQLITE_STEP = re.compile(
    r"(SCAN|SEARCH) (\w+)(?: USING (?:[A-Z]+ )*?(PRIMARY KEY|AUTOMATIC|INDEX (\w+)))?"
)
NAMED = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?=(?:\s+(?:AS\s+)?(\w+))?)")
VERBS = {"INSERT": "insert into", "UPDATE": "update", "DELETE": "delete from"}


@dataclass
class Step:
    """One table that a statement reads; a page, if it is read in the order of an index.

    SQLite tells of a table that is not named, too: a foreign key deletes rows of it along.
    """

    table: str
    index: str | None = None
    is_scan: bool = False
    is_page: bool = False
    is_whole: bool = False
    is_named: bool = True

    def __str__(self) -> str:
        by = f" by {self.index}" if self.index else ""
        return f"{'SCAN ' if self.is_scan else ''}{self.table}{by}"


@dataclass
class Sending:
    """A statement: the method that sends it, where that stands, and how its rows are found."""

    method: str
    place: str
    sql: str
    writes: str = ""
    steps: list[Step] = field(default_factory=list)
    sorted: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        # What a foreign key does is of the resource that has it, unless it does it badly.
        steps = [str(step) for step in self.steps if step.is_named or step.is_whole]
        parts = [self.writes, ", ".join(steps)]
        parts += [f"sorts {name}" for name in self.sorted]
        found = "; ".join(filter(None, parts))
        return f"{self.method}: {found}" if found else self.method

    @property
    def read_as_a_whole(self) -> list[str]:
        return [step.table for step in self.steps if step.is_whole]


# --- What the engine says of a statement ---


def planner(engine: str, sizes: Mapping[str, int]) -> Look:
    """Return what sees a statement before it is sent; `sizes` are how many rows each table has."""
    read_all = import_module(f"model.sql.driver.{engine}").Connection.all

    def look(connection: Any, sql: str, values: Any) -> Sending:
        method, place = sender()
        if values is None:
            return Sending(sql, place, sql)
        if not isinstance(values, Mapping):
            values = values[0]
        explain = "EXPLAIN QUERY PLAN" if engine == "sqlite" else "EXPLAIN"
        rows = read_all(connection, f"{explain} {sql}", values)
        aliases = {alias: table for table, alias in NAMED.findall(sql) if table in sizes}
        known = {table: table for table in sizes} | aliases
        sending = Sending(method, place, sql, written(sql))
        read_plan = _read_sqlite if engine == "sqlite" else _read_mysql
        read_plan(sending, rows, known)
        _find_whole(sending, sizes)
        return sending

    return look


def sender() -> tuple[str, str]:
    """Return the public method of a model that sends a statement, and the line that does."""
    frames = list(_frames_of_models())
    if not frames:
        return "driver", "model/sql/driver"
    path = Path(frames[0].f_code.co_filename)
    place = f"{path.relative_to(PROJECT)}:{frames[0].f_lineno}"
    public = [one for one in frames if one.f_code.co_name[0] not in "_<"] or frames
    return f"{Path(public[0].f_code.co_filename).stem}.{public[0].f_code.co_name}", place


def _frames_of_models() -> Iterator[Any]:
    frame = sys._getframe(1)
    while frame is not None:
        if Path(frame.f_code.co_filename).parent == MODELS:
            yield frame
        frame = frame.f_back


def written(sql: str) -> str:
    """Return what a statement writes; empty for one that only reads."""
    verb = VERBS.get(sql.split(maxsplit=1)[0].upper())
    return f"{verb} {NAMED.findall(sql)[0][0]}" if verb else ""


def _read_sqlite(sending: Sending, rows: list[Any], known: Mapping[str, str]) -> None:
    """Read a plan of SQLite, whose rows are a tree: a SELECT's tables have one parent."""
    details = {row["id"]: row["detail"] for row in rows}
    sorting = {row["parent"] for row in rows if "TEMP B-TREE" in row["detail"]}
    first: dict[int, str] = {}
    for row in rows:
        detail, parent = row["detail"], row["parent"]
        if "TEMP B-TREE" in detail:
            sending.sorted.append(first.get(parent, "rows"))
        elif (found := SQLITE_STEP.match(detail)) and "CONSTANT ROW" not in detail:
            is_table = found[2] in known
            step = Step(known.get(found[2], f"({found[2]})"), _index_of_sqlite(found))
            step.is_named = re.search(rf"\b{found[2]}\b", sending.sql) is not None
            # An index made for the statement, or one whose first column is not asked for.
            is_scan = found[1] == "SCAN" or step.index == "AUTOMATIC" or "(ANY(" in detail
            step.is_scan = is_table and is_scan
            is_inner = "SUBQUERY" in details.get(parent, "")
            is_in_order = found[4] is not None and "(ANY(" not in detail
            step.is_page = is_in_order and parent not in sorting and not is_inner
            sending.steps.append(step)
            first.setdefault(parent, step.table)


def _index_of_sqlite(found: re.Match[str]) -> str | None:
    # The index of a primary key that has several columns.
    is_of_key = found[4] and found[4].startswith("sqlite_autoindex")
    return "PRIMARY KEY" if is_of_key else found[4] or found[3]


def _read_mysql(sending: Sending, rows: list[Any], known: Mapping[str, str]) -> None:
    """Read a plan of MySQL or MariaDB, with a row for each table."""
    for row in rows:
        name, extra = row["table"], row["Extra"] or ""
        if row["select_type"] == "INSERT" or extra == "No tables used":
            continue
        if name is None:
            text = "no row" if extra.startswith("Impossible") else extra
            sending.steps.append(Step(f"({text})"))
            continue
        # What a subquery made is called <derived2>.
        step = Step(known.get(name, f"({re.sub(r'[^a-z]', '', name)})"), row["key"])
        step.index = "PRIMARY KEY" if step.index == "PRIMARY" else step.index
        is_sorted = "Using filesort" in extra or "Using temporary" in extra
        is_scan = row["type"] in ("ALL", "index") or "skip scan" in extra
        step.is_scan = name in known and is_scan
        is_inner = "SUBQUERY" in row["select_type"]
        step.is_page = row["type"] == "index" and not is_sorted and not is_inner
        sending.steps.append(step)
        if is_sorted:
            sending.sorted.append(step.table)


def _find_whole(sending: Sending, sizes: Mapping[str, int]) -> None:
    """Mark what is read as a whole: each LIMIT stops the reading of one page."""
    limits = sending.sql.count("LIMIT")
    for step in sending.steps:
        if step.is_scan and sizes.get(step.table, 0) > GROWN:
            step.is_whole = not (step.is_page and limits)
            limits -= not step.is_whole


def version(database: Database) -> str:
    """Return the server with its version, as far as plans depend on it."""
    function = "sqlite_version()" if database.engine == "sqlite" else "VERSION()"
    found = database.one(f"SELECT {function} AS version")["version"]
    name = {"sqlite": "SQLite"}.get(database.engine, "MariaDB" if "MariaDB" in found else "MySQL")
    return f"{name} {'.'.join(found.split('.')[:2])}"


# --- The file ---


class Book:
    """The file: the lines of each request on each engine, and which versions they are of."""

    def __init__(self, text: str) -> None:
        self.versions = dict(MADE_ON.findall(text))
        self.lines: dict[tuple[str, str], list[str]] = {}
        requests: list[str] = []
        lines: list[str] = []
        for line in text.splitlines():
            if not line.strip():
                requests = []
            elif line.startswith("      "):
                lines[-1] += f" {line.strip()}"
            elif line.startswith("    "):
                lines.append(line.strip())
            elif line.startswith("  "):
                lines = []
                for engine in line.split():
                    for request in requests:
                        self.lines[request, engine] = lines
            elif not line.startswith("#"):
                requests.append(line)

    def text(self, paths: list[str]) -> str:
        """Return the file with the requests of these paths; those that look alike, as one."""
        made_on = [f"# made on {engine}: {self.versions[engine]}\n" for engine in self.versions]
        parts = [HEADER + "".join(sorted(made_on, reverse=True))]
        for path in paths:
            requests: dict[str, list[str]] = {}
            for request in dict.fromkeys(request for request, _ in self.lines):
                if _is_of(request, path):
                    requests.setdefault(self._body(request), []).append(f"{request}\n")
            parts += ["".join([*names, body]) for body, names in requests.items() if body]
        return "\n".join(parts)

    def _body(self, request: str) -> str:
        by_engine = {e: lines for (one, e), lines in self.lines.items() if one == request and lines}
        texts: dict[str, list[str]] = {}
        for engine in sorted(by_engine, reverse=True):
            text = "".join(f"{WRAPPED.fill(line)}\n" for line in by_engine[engine])
            texts.setdefault(text, []).append(engine)
        return "".join(f"  {' '.join(names)}\n{text}" for text, names in texts.items())

    def is_of(self, database: Database) -> bool:
        """Tell whether the file was written on the same version of the server."""
        return self.versions.get(database.engine) == version(database)

    def other_version(self, database: Database) -> str:
        written_on = self.versions.get(database.engine)
        return f"this is {version(database)}, the file is of {written_on}"

    def write(self, path: str, engine: str, requests: Mapping[str, list[str]]) -> None:
        """Write the requests of a path, and no others."""
        for request, on in list(self.lines):
            if on == engine and _is_of(request, path):
                del self.lines[request, on]
        self.lines |= {(request, engine): lines for request, lines in requests.items()}

    def expected(self, request: str, engine: str) -> list[str] | None:
        """Return the lines of a request without those of models that were removed, or None."""
        lines = self.lines.get((request, engine))
        if lines is None:
            return None
        return [line for line in lines if _is_here(line)]


def _is_of(request: str, path: str) -> bool:
    return request == path or request.startswith((f"{path}?", f"{path} "))


def _is_here(line: str) -> bool:
    module, _, method = line.partition(":")[0].partition(".")
    return not method or module == "driver" or (MODELS / f"{module}.py").exists()


def differences(expected: list[str], sendings: list[Sending]) -> Iterator[str]:
    """Yield each difference from the file, with the line that sends the statement."""
    seen = list(map(str, sendings))
    for kind, a, b, c, d in SequenceMatcher(None, expected, seen, autojunk=False).get_opcodes():
        if kind != "equal":
            for sending in sendings[c:d]:
                yield f"  {sending.place} sends\n    {sending}"
            for line in expected[a:b]:
                yield f"  instead of\n    {line}" if c < d else f"  no longer sent:\n    {line}"


def summary(told: Mapping[str, list[str]]) -> Iterator[str]:
    """Say what another version of a server plans otherwise, and what the file does not have."""
    yield from told[REPORTED]
    if told[UNWRITTEN]:
        yield f"`make plans` adds to docs/plans.txt: {', '.join(dict.fromkeys(told[UNWRITTEN]))}"
