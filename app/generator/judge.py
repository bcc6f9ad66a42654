"""What a declaration must not be called, lest an import, a statement or a page of the API fails."""

import builtins
import keyword
import re
import sys
from pathlib import Path

from flask import Flask

import model
from app.generator import source
from app.generator.change import PROJECT, Changes
from app.generator.declaration import Declaration, Field, camel
from app.generator.kind import Enum, Str, Wrong
from app.generator.requirement import required
from controller.frame.runner import GIVEN
from model.frame import value

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
# What the frame's functions that take columns as keywords, or read them as options, have besides.
OF_THE_FRAME = {"self", "sql", "function", "help", *GIVEN, *value.page(0, 1)}
# A linter takes these for digits.
LIKE_DIGITS = {"l"}
SECRET = re.compile(r"(^|_)(pass|passphrase|password|passwd|pwd|secret|token)(_|$)")

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


def _judge_resource(name: str) -> None:
    if name in SOFT_KEYWORDS:
        raise Wrong(f"the name {name!r}: this is a word of Python; choose another")
    if name in {*source.TO_KEEP, *source.bundles_of(Changes(PROJECT))}:
        raise Wrong(f"{name!r}: `flask remove` has another use for this name; choose another")
    if name in {*sys.stdlib_module_names, *_modules()}:
        raise Wrong(f"{name!r}: there is a module {name} already; choose another name")
    for layer in ("controller", "model", "model/sql", "model/mongodb", "app/api/v1"):
        place = PROJECT / layer / name
        if place.is_dir() or place.with_suffix(".py").exists():
            raise Wrong(f"{name!r}: there is a module {layer}/{name} already; choose another name")
        if hasattr(sys.modules.get(layer.replace("/", ".")), name):
            raise Wrong(f"{name!r}: {layer} has another use for this name; choose another")
    if name in {*OF_ANSWERS, *OF_THE_FRAME, *LIKE_DIGITS, *dir(builtins)}:
        raise Wrong(f"{name!r}: there is another use for this name; choose another")


def _modules() -> set[str]:
    """The project's own modules, and the packages that it requires, installed or not."""
    packages = [one for names in required(Changes(PROJECT)).values() for one in names]
    return {path.stem for path in PROJECT.iterdir()} | {one.replace("-", "_") for one in packages}


def _judge_plural(app: Flask, plural: str) -> None:
    if plural in SQL_WORDS:
        raise Wrong(f"{plural!r}: a table can't be called by a word of SQL; choose a --plural")
    if plural in {*OF_ANSWERS, *dir(builtins)} or hasattr(app.extensions["database"], plural):
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
    if column in {*OF_THE_FRAME, *LIKE_DIGITS, declared.name, declared.plural}:
        raise Wrong(f"{name!r}: there is another use for this name; rename the field")
    if column in SQL_WORDS:
        raise Wrong(f"{name!r}: a column can't be called by a word of SQL; rename the field")
    if field.parent == declared.name:
        raise Wrong(f"{name}:{field.parent}: a resource can't refer to itself; add that by hand")
    if isinstance(field.kind, Enum) and len(field.kind.hint) + 2 * len(field.name) > LONGEST_ENUM:
        raise Wrong(f"{field.name!r}: its class {field.kind.hint} is too long; rename the field")
    if isinstance(field.default, str) and SECRET.search(field.name):
        raise Wrong(f"{field.name!r}: a secret has no default; leave out the =")


def tables() -> set[str]:
    """Return what the migrations of every engine make, whatever database is configured."""
    found = {"migration", "migration_lock", "counters"}
    for path in Path(model.__file__).parent.glob("*/migrations/**/[0-9]*"):
        for names in MADE_TABLE.findall(path.read_text(encoding="utf-8")):
            found |= {name for name in names if name}
    return found
