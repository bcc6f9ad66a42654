"""What a declaration must not be called, lest an import, a statement or a page of the API fails."""

import builtins
import importlib.util
import keyword
import re
import sys
import typing
from pathlib import Path

from flask import Flask

import model
from app.generator.change import PROJECT
from app.generator.declaration import Declaration, Field, camel, pascal
from app.generator.kind import Enum, Str, Wrong
from app.generator.names import IMPORTS
from model import Models

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Longer ones fill a line, and MySQL's 64 characters for the name of an index.
LONGEST_NAME = 24
LONGEST_ENUM = 80
# With more, a function outgrows a screen.
MOST_FIELDS, MOST_STR, MOST_UNIQUE, MOST_REFERENCES = 20, 12, 5, 8
# Those of every Python: `type` is one from 3.12 on.
SOFT_KEYWORDS = {"case", "match"}
MADE_TABLE = re.compile(r"CREATE TABLE (\w+)|create_collection\(\"(\w+)\"", re.IGNORECASE)

# What every row has, and what a page or an answer is made of.
OWN_COLUMNS = {"id", "created_at", "updated_at"}
OF_ANSWERS = {"msg", "description", "errors", "next", "process_time"}
TYPES = {"bool", "date", "datetime", "float", "int", "str"}
# What the generated functions call something else: in a module that imports the resource's;
# beside the columns; beside the columns that a list is limited by; and beside rows of a parent.
BESIDE_RESOURCE = {
    *("account", "api", "atomic", "before", "blank", "changed", "columns", "config"),
    *("create", "created", "cursor", "database", "db", "delete", "fill_parents"),
    *("fill_users", "first", "found"),
    *("g", "get", "given", "has_rows", "id", "ids", "l", "limit", "list", "listed"),
    *("login_required", "may_raise", "method", "n", "new", "no_content", "ok", "other", "owner_id"),
    *("page", "parents", "path", "pytest", "reader_id", "refuse_blank", "refused", "run", "search"),
    *("second", "self", "show_page", "update"),
}
BESIDE_COLUMNS = {
    *("changed", "changes", "created", "database", "db", "function", "g", "get", "given", "help"),
    *("l", "n", "new", "now", "ok", "reader_id", "refuse_blank", "security", "self", "sql"),
}
BESIDE_FILTERS = {
    *("after", "after_id", "after_key", "before", "before_id", "before_time", "cursor", "end"),
    *("found", "key", "limit", "page", "search", "show_page", "skip", "text"),
}
BESIDE_PARENTS = {"anne", "database", "first", "jake", "named", "oldest", "one", "write"}
# And where the table or its collection is called so.
BESIDE_TABLES = {"db", "delete", "duplicate", "page", "parent_collections", "require_parents"}
# The module-level constants of the generated files, and the ends of their classes.
CONSTANTS = ["ABSENT", "LIMIT", "SEARCH", "LONGEST_KEY", "UUID", "UTC", "CHECKS"]
CLASSES = ("Row", "Changes", "Filters", "Json", "Answer")
SECRET = re.compile(r"(^|_)(pass|passphrase|password|passwd|pwd|secret|token)(_|$)")

# Where the modules of models import from.
BELOW_CONTROLLERS = ("collections", "decimal", "functools", "typing", "uuid", "model")
# The reserved words of MySQL 8, MariaDB and SQLite.
SQL_WORDS = set((Path(__file__).parent / "sql_words.txt").read_text().split())


def judge(app: Flask, declared: Declaration) -> None:
    """Raise Wrong unless the declared resource would work in this project."""
    name, plural = declared.name, declared.plural
    _judge_name("the name", name)
    _judge_name("--plural", plural)
    if name == plural:
        raise Wrong(f"{name!r}: one and many are called alike; say what many are by --plural")
    _judge_resource(name)
    _judge_plural(app, plural)
    kinds = [*typing.get_type_hints(Models).values()]
    used = {pascal(kind.__module__.rpartition(".")[2]) for kind in kinds}
    used |= {kind.__name__ for kind in kinds} | {"Models", "Database", "Transaction"}
    used |= {one for one, module in IMPORTS.items() if module.startswith(BELOW_CONTROLLERS)}
    if taken := {pascal(name), pascal(plural), *_classes(declared)} & used:
        raise Wrong(f"{name!r}: its class {min(taken)} would hide another one; choose another name")
    _judge_numbers(declared)
    for field in declared.fields:
        _judge_field(declared, field)


def _judge_numbers(declared: Declaration) -> None:
    name, fields = declared.name, declared.fields
    if not fields:
        raise Wrong(f"{name!r}: declare a field at least, such as name:str:120")
    for what, most, found in (
        ("fields", MOST_FIELDS, len(fields)),
        ("fields of type str", MOST_STR, sum(isinstance(one.kind, Str) for one in fields)),
        ("unique fields", MOST_UNIQUE, sum(one.is_unique for one in fields)),
        ("references", MOST_REFERENCES, sum(bool(one.parent) for one in fields)),
    ):
        if found > most:
            raise Wrong(f"{name!r}: declare at most {most} {what}, not {found}")


def _judge_name(what: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise Wrong(
            f"{what} {name!r}: use small letters, digits and single _, a letter first: work_item"
        )
    if len(name) > LONGEST_NAME:
        raise Wrong(f"{what} {name!r}: use at most {LONGEST_NAME} characters")
    if keyword.iskeyword(name):
        raise Wrong(f"{what} {name!r}: this is a word of Python; choose another")


def _classes(declared: Declaration) -> list[str]:
    kind = pascal(declared.name)
    return [f"New{kind}", *(f"{kind}{end}" for end in CLASSES), f"{pascal(declared.plural)}Answer"]


def _judge_resource(name: str) -> None:
    if name in SOFT_KEYWORDS:
        raise Wrong(f"the name {name!r}: this is a word of Python; choose another")
    if name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None:
        raise Wrong(f"{name!r}: there is a module {name} already; choose another name")
    for layer in ("controller", "model", "model/sql", "model/mongodb", "app/api/v1"):
        place = PROJECT / layer / name
        if place.is_dir() or place.with_suffix(".py").exists():
            raise Wrong(f"{name!r}: there is a module {layer}/{name} already; choose another name")
        if hasattr(sys.modules.get(layer.replace("/", ".")), name):
            raise Wrong(f"{name!r}: {layer} has another use for this name; choose another")
    if name in {*BESIDE_RESOURCE, *OF_ANSWERS, *TYPES, *dir(builtins)}:
        raise Wrong(f"{name!r}: the generated code has another use for this name; choose another")


def _judge_plural(app: Flask, plural: str) -> None:
    if plural in SQL_WORDS:
        raise Wrong(f"{plural!r}: a table can't be called by a word of SQL; choose a --plural")
    if plural in OF_ANSWERS | TYPES | BESIDE_PARENTS | BESIDE_TABLES or hasattr(
        app.extensions["database"], plural
    ):
        raise Wrong(f"{plural!r}: a database or an answer has this name already; use --plural")
    if plural in tables():
        raise Wrong(f"{plural!r}: there is a table of this name already; choose a --plural")
    path = f"/api/v1/{plural.replace('_', '-')}"
    if any(f"{rule.rule}/".startswith(f"{path}/") for rule in app.url_map.iter_rules()):
        raise Wrong(f"{plural!r}: {path} is a path of the API already; choose a --plural")


def _judge_field(declared: Declaration, field: Field) -> None:
    name, column = field.name, field.column
    _judge_name("the field", name)
    others = [one for one in declared.fields if one is not field]
    if name in [one.name for one in others]:
        raise Wrong(f"{name!r}: this field is declared twice; rename one")
    if camel(column) in [one.json for one in others]:
        raise Wrong(f"{name!r}: two fields are called {camel(column)}; rename one")
    own = OWN_COLUMNS | ({declared.search_key} if declared.search else set())
    if column in own:
        raise Wrong(f"{name!r}: every row has a column {column} already; rename the field")
    used = {*BESIDE_COLUMNS, *TYPES, declared.name, declared.plural}
    if column in used | (BESIDE_FILTERS if field.is_filter else set()):
        raise Wrong(f"{name!r}: the generated code has another use for this name; rename the field")
    if column in SQL_WORDS:
        raise Wrong(f"{name!r}: a column can't be called by a word of SQL; rename the field")
    if field.parent == declared.name:
        raise Wrong(f"{name}:{field.parent}: a resource can't refer to itself; add that by hand")
    _judge_code(declared, field)


def _judge_code(declared: Declaration, field: Field) -> None:
    """Judge what the field is called in the generated files besides its column."""
    constants = [*CONSTANTS, *(one for each in declared.fields for one in _constants(each))]
    for constant in _constants(field):
        if constants.count(constant) > 1:
            raise Wrong(f"{field.name!r}: a constant {constant} is there already; rename the field")
    kinds = [*_classes(declared), pascal(declared.plural), pascal(declared.name)]
    if isinstance(field.kind, Enum) and field.kind.hint in kinds:
        raise Wrong(f"{field.name!r}: a class {field.kind.hint} is there already; rename the field")
    if isinstance(field.kind, Enum) and len(field.kind.hint) + 2 * len(field.name) > LONGEST_ENUM:
        raise Wrong(f"{field.name!r}: its class {field.kind.hint} is too long; rename the field")
    if isinstance(field.default, str) and SECRET.search(field.name):
        raise Wrong(f"{field.name!r}: a secret has no default; leave out the =")


def _constants(field: Field) -> list[str]:
    own = [field.constant] if field.kind.written_rules else []
    return [*own, *(f"{what}_{field.constant}" for what in ("LONGEST", "DIGITS", "DEFAULT"))]


def tables() -> set[str]:
    """Return what the migrations of every engine make, whatever database is configured."""
    found = {"migration", "migration_lock", "counters"}
    for path in Path(model.__file__).parent.glob("*/migrations/**/[0-9]*"):
        for names in MADE_TABLE.findall(path.read_text(encoding="utf-8")):
            found |= {name for name in names if name}
    return found
