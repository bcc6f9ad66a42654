"""The unit of a resource: its files, its lines in the registers, and what its parents say of it."""

import inspect
import json
import re
import typing
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import model
from app.generator.change import Changes
from app.generator.declaration import Declaration, Field, camel
from app.generator.kind import Str, Wrong, code_of
from app.generator.layout import laid_out, natural
from app.generator.names import imports_of
from model import Models
from model.frame import migration

MODEL = Path(model.__file__).parent
API = "app/api/v1"
DELETE = '        return self._{plural}.delete({{"_id": {{"$in": ids}}}})\n'
ENTRIES = re.compile(
    r"^(    \w+: \w+|    \w+ = cached_property\(\w+\)|blueprint\.register_.*)\n", re.MULTILINE
)
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "template"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701 - what is written is Python and SQL
)


@dataclass
class Parent:
    """What a field refers to."""

    field: Field
    plural: str
    is_private: bool
    # The methods that delete rows of it where there are no foreign keys, each with how often.
    deleting: Counter[str]

    @property
    def name(self) -> str:
        """The resource."""
        return self.field.parent

    @property
    def words(self) -> str:
        """The resource as people write it."""
        return self.name.replace("_", " ")

    @property
    def one(self) -> str:
        """The same, with what stands before it."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.words}"

    @property
    def plural_words(self) -> str:
        """Many of it as people write it."""
        return self.plural.replace("_", " ")

    @property
    def path(self) -> str:
        """Its path in the API."""
        return self.plural.replace("_", "-")

    @property
    def json(self) -> str:
        """The name of many in JSON."""
        return camel(self.plural)

    @property
    def has_page(self) -> bool:
        """Whether pages stand under it: accounts are not addressed by their id."""
        return self.name != "user"

    @property
    def deletes(self) -> bool:
        """Whether what belongs to it is deleted by a method."""
        return bool(self.deleting)

    @property
    def method(self) -> str:
        """The method by which it lets go of what belongs to it."""
        return f"{'clear' if self.field.is_null else 'delete_by'}_{self.field.name}"


@dataclass
class Index:
    """An index."""

    name: str
    columns: list[str]
    unique: Field | None = None


class Unit:
    """A declared resource as it will be in this project."""

    def __init__(self, declared: Declaration, parents: list[Parent]) -> None:
        self.declared = declared
        self.parents = parents

    def write(self, changes: Changes) -> None:
        """Add its files and its lines to the changes."""
        names = self.names()
        imports = imports_of(self.declared, [(one.name, one.plural) for one in self.parents])
        for path, template in self.files().items():
            if changes.exists(path):
                raise Wrong(f"{self.declared.name!r}: there is {path} already; choose another name")
            text = TEMPLATES.get_template(f"{template}.jinja").render(names).strip("\n") + "\n"
            changes.write(path, laid_out(text, imports) if path.endswith(".py") else text)
        for path, line, entry in self.entries():
            changes.write(path, registered(changes.read(path), line, entry))
        for parent in self.parents:
            if parent.deletes:
                path, before = (
                    f"model/mongodb/{parent.name}.py",
                    DELETE.format(plural=parent.plural),
                )
                call = f"        self.db.{self.declared.plural}.{parent.method}(ids)\n"
                changes.write(path, changes.read(path).replace(before, call + before, 1))

    def files(self) -> dict[str, str]:
        """Return the path of each file, with the template that it is made from."""
        name = self.declared.name
        numbered = f"{migration.next_number(MODEL):04}_{name}"
        of_engine = {
            "sqlite": f"model/sql/migrations/sqlite/{numbered}.sql",
            "mysql": f"model/sql/migrations/mysql/{numbered}.sql",
            "mongodb": f"model/mongodb/migrations/{numbered}.py",
        }
        return {
            f"model/{name}.py": "model.py",
            **({f"model/sql/{name}.py": "sql.py"} if "sqlite" in engines() else {}),
            **({f"model/mongodb/{name}.py": "mongodb.py"} if "mongodb" in engines() else {}),
            **{of_engine[engine]: f"{engine}_migration" for engine in engines()},
            f"controller/{name}.py": "controller.py",
            f"{API}/{name}.py": "api.py",
            f"tests/model/test_{name}.py": "test_model.py",
            f"tests/controller/test_{name}.py": "test_controller.py",
            f"tests/api/v1/test_{name}.py": "test_api.py",
        }

    def entries(self) -> Iterator[tuple[str, str, str]]:
        """Yield each register, with the import and the line that it gets."""
        d = self.declared
        kinds = f"from model.{d.name} import {d.kinds}"
        yield "model/models.py", kinds, f"    {d.plural}: {d.kinds}"
        for folder in ("sql", "mongodb"):
            if (MODEL / folder / "__init__.py").exists():
                line = f"from model.{folder}.{d.name} import {d.kind}"
                entry = f"    {d.plural} = cached_property({d.kind})"
                yield f"model/{folder}/__init__.py", line, entry
        line = f"from .{d.name} import api as {d.name}"
        yield f"{API}/__init__.py", line, f"blueprint.register_blueprint({d.name})"

    def indexes(self) -> list[Index]:
        """Return the indexes: one for each way in which rows are found, in the order of a page."""
        d, page = self.declared, ["created_at", "id"]
        mine = ["owner_id"] if d.is_private else []
        found = [] if mine else [Index(f"{d.plural}_latest", page)]
        for field in d.fields:
            if field.is_filter:
                # A foreign key needs an index that begins with it.
                first = [field.column, *mine] if field.parent else [*mine, field.column]
                columns = [*dict.fromkeys(first), *page]
                found.append(Index(f"{d.plural}_of_{field.name}", columns))
            if field.is_unique:
                name = f"{d.plural}_unique_{field.name}"
                found.append(Index(name, [*mine, field.column], unique=field))
        if d.search:
            found.append(Index(f"{d.plural}_by_{d.search}", [*mine, d.search_key, "id"]))
        return found

    def names(self) -> dict[str, Any]:
        """Return what the templates ask for besides what the declaration itself says."""
        d, fields = self.declared, self._selections()
        unique, changing = fields["unique"], fields["changing_parents"]
        errors = ["Duplicate"] * bool(unique)
        forbidden = ["Forbidden"] * bool(d.owner and not d.is_private)
        return {
            **fields,
            **_private(d, fields["filters"]),
            "d": d,
            "owner": d.owner,
            "indexes": self.indexes(),
            "columns": self._columns(),
            "added": sorted(self._added().items()),
            "needs_reader": bool(d.owner or fields["hidden_parents"]),
            "refusals": _refusals(bool(unique), bool(self.parents)),
            "refusals_of_change": _refusals(bool(unique), bool(changing)),
            "created_errors": ", ".join(errors),
            "changed_errors": ", ".join([*errors, *forbidden, "NotFound"]),
            "deleted_errors": ", ".join([*forbidden, "NotFound"]),
            "plural_of": {one.field.name: one.plural for one in self.parents},
            "taken": lambda this, owner: _taken(d, unique, this, owner),
            "missing": _missing(self.parents),
            "missing_of_change": _missing(changing),
            "code": code_of,
            "tuple_of": tuple_of,
            "schema": schema,
        }

    def _selections(self) -> dict[str, Any]:
        """The fields and parents that something is written for, by what that is."""
        d, parents = self.declared, self.parents
        changing = [one for one in d.fields if not one.is_owner]
        plain = [one for one in changing if not one.parent]
        changing_parents = [one for one in parents if one.field in changing]
        deleting = [one for one in parents if one.deletes and not one.field.is_null]
        reading = {f"{d.plural}.{one.method}" for one in deleting}
        # What is registered later fills what is before it.
        places = {plural: place for place, plural in enumerate(typing.get_type_hints(Models))}
        latest_first = sorted(parents, key=lambda one: -places.get(one.plural, len(places)))
        return {
            "fields": d.fields,
            "changing": changing,
            "plain": plain,
            "filters": [one for one in d.fields if one.is_filter and one.name not in d.implied],
            "unique": [one for one in d.fields if one.is_unique],
            "blank_fields": [one for one in plain if isinstance(one.kind, Str)],
            "nullable": [one.json for one in plain if one.is_null and one.default is None],
            "clearable": [one for one in plain if one.is_null],
            "defaults": [one for one in plain if one.default is not None],
            "dates": [one for one in d.fields if one.kind.name == "date"],
            "uses_n": any(re.search(r"\bn\b", one.kind.sample) for one in plain),
            "plain_unique": any(one.is_unique for one in plain),
            "parents": parents,
            "changing_parents": changing_parents,
            "hidden_parents": [one for one in changing_parents if one.is_private],
            "api_parents": changing_parents,
            "api_tables": {one.plural: one for one in changing_parents}.values(),
            "fill_first": {one.plural: one for one in latest_first}.values(),
            "reading_all": sorted(reading | {call for one in deleting for call in one.deleting}),
            "needs_somebody": any(one.name == "user" for one in changing_parents),
        }

    def _columns(self) -> list[str]:
        d = self.declared
        keys = [[one.column] + [d.search_key] * (one.name == d.search) for one in d.fields]
        return [column for columns in keys for column in columns]

    def _added(self) -> Counter[str]:
        """What the parents' methods send more on MongoDB, for the tests that count it."""
        added: Counter[str] = Counter()
        for parent in self.parents:
            for call, times in parent.deleting.items():
                added[call] += times * (1 if parent.field.is_null else 2)
        return added


def _private(d: Declaration, filters: list[Field]) -> dict[str, str]:
    """The pieces of code that only a private resource has, and those of filters."""
    pieces = {
        "private": ", *, owner_id: int",
        "private_first": "owner_id: int, ",
        "and_owner": " AND owner_id = %(owner_id)s",
        "pass_owner": ", owner_id=owner_id",
        "owner_value": ', "owner_id": owner_id',
        "own": "owner_id=reader_id, ",
        "own_last": ", owner_id=reader_id",
        "own_first": "owner_id=1, ",
        "own_one": ", owner_id=1",
        "same_owner": ", owner_id=1",
        "reader": ", reader_id: int",
        "reader_first": "reader_id: int, ",
        "pass_reader": ", reader_id=reader_id",
    }
    names, mine = [one.column for one in filters], '"owner_id": owner_id'
    match = "value.given(filters)" if names else "{}"
    given = [f"**{match}"] * bool(names)
    return {
        **{name: piece if d.is_private else "" for name, piece in pieces.items()},
        "owner_condition": '"owner_id = %(owner_id)s", ' if d.is_private else "",
        "take_filters": f", **filters: Unpack[{d.kind}Filters]" if names else "",
        "pass_filters": "".join(f", {name}={name}" for name in names),
        "match": f"{{{', '.join([*given, mine])}}}" if d.is_private else match,
        "match_search": f"{{{', '.join([*given, *[mine] * d.is_private, '**begins'])}}}",
    }


def _taken(d: Declaration, unique: list[Field], this: str, owner: str) -> str:
    """What is raised of a Duplicate: with one unique column, it is known which."""
    if len(unique) == 1:
        return f'Duplicate("{unique[0].column}")'
    return f"self._duplicate({this}, row{', ' + owner if d.is_private else ''})"


def _missing(parents: list[Parent]) -> str:
    """What is raised of a MissingParent: with one parent, it is known which."""
    if len(parents) == 1:
        return f'MissingParent("{parents[0].field.column}")'
    return "self._missing_parent(row)"


def engines() -> list[str]:
    """Return the engines that are present, by the folders of their migrations."""
    places = {
        "sqlite": "sql/migrations/sqlite",
        "mysql": "sql/migrations/mysql",
        "mongodb": "mongodb/migrations",
    }
    return [engine for engine, place in places.items() if (MODEL / place).is_dir()]


def parents_of(app: Flask, declared: Declaration) -> list[Parent]:
    """Return what the fields refer to; Wrong for what they cannot refer to."""
    parents = [parent_of(app, one) for one in declared.fields if one.parent]
    for parent in parents:
        if parent.is_private and not declared.is_private:
            raise Wrong(
                f"{parent.field.name}:{parent.name}: what belongs to a private {parent.name} "
                "would show it; declare owner:user and --private here, too"
            )
    return parents


def parent_of(app: Flask, field: Field) -> Parent:
    """Return what a field refers to; Wrong unless its rows are found by an id."""
    name = field.parent
    hints = typing.get_type_hints(Models)
    plurals = [plural for plural, kind in hints.items() if kind.__module__ == f"model.{name}"]
    if not plurals:
        raise Wrong(
            f"{field.name}:{name}: {name!r} is neither a type nor a resource; "
            "flask new --help lists the types"
        )
    if name == "user":
        return Parent(field, "users", False, Counter())
    path = f"/api/v1/{plurals[0].replace('_', '-')}/<id>"
    if not any(rule.rule == path for rule in app.url_map.iter_rules()):
        raise Wrong(f"{field.name}:{name}: there is no {path}, so no client knows an id of it")
    getting = import_module(f"controller.{name}").get
    is_private = "reader_id" in inspect.signature(getting).parameters
    return Parent(field, plurals[0], is_private, deleting(name, plurals[0]))


def deleting(name: str, plural: str) -> Counter[str]:
    """Return the methods that delete rows of a resource on MongoDB, and how often each does."""
    path = MODEL / f"mongodb/{name}.py"
    if not path.exists():
        return Counter()
    text = path.read_text(encoding="utf-8")
    if DELETE.format(plural=plural) not in text:
        raise Wrong(f"{name}: model/mongodb/{name}.py has no _delete() that others can be added to")
    found = Counter([f"{plural}.delete"])
    for method in re.findall(r"^    def (delete_by_\w+)\(", text, re.MULTILINE):
        found[f"{plural}.{method}"] += 1
        for caller in sorted((MODEL / "mongodb").glob("*.py")):
            if f"self.db.{plural}.{method}(ids)" in caller.read_text(encoding="utf-8"):
                hints = typing.get_type_hints(Models)
                [above] = [
                    one for one, kind in hints.items() if kind.__module__ == f"model.{caller.stem}"
                ]
                found += deleting(caller.stem, above)
    return found


def registered(text: str, line: str, entry: str) -> str:
    """Return a register with one more import, in its place, and one more line, at the end."""
    last = list(ENTRIES.finditer(text))[-1].end()
    text = f"{text[:last]}{entry}\n{text[last:]}"
    module = line.split()[1]
    root = module[: module.find(".", 1)] if not module.startswith(".") else "."
    imports = [
        found
        for found in re.finditer(r"^from (\S+) import .*\n", text, re.MULTILINE)
        if found[1].startswith(root)
    ]
    later = [one for one in imports if natural(one[1]) > natural(module)]
    place = later[0].start() if later else imports[-1].end()
    return f"{text[:place]}{line}\n{text[place:]}"


def tuple_of(names: list[str]) -> str:
    """Return names as a tuple in Python."""
    listed = ", ".join(f'"{name}"' for name in names)
    return f"({listed},)" if len(names) == 1 else f"({listed})"


def schema(field: Field, longest: int = 0) -> str:
    """Return what MongoDB's schema says of a field, as it is written in Python."""
    said = {**field.kind.schema, **({"maxLength": longest} if longest else {})}
    if field.is_null and "enum" in said:
        said["enum"] = [*said["enum"], None]
    elif field.is_null:
        types = said["bsonType"]
        said["bsonType"] = [*([types] if isinstance(types, str) else types), "null"]
    return re.sub(r'(?<!")\bnull\b(?!")', "None", json.dumps(said))


def _refusals(may_be_taken: bool, may_miss: bool) -> str:
    """What the end of a docstring says of what is raised."""
    names = ["Duplicate"] * may_be_taken + ["MissingParent"] * may_miss
    return f"; {' or '.join(names)} names the column" if names else ""
