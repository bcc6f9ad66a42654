"""Declarations: `project name:str:120 owner:user`, judged before anything is written.

What is wrong is told in one line that names the word at fault and says what would be right.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.generator.kind import (
    KINDS,
    Enum,
    Kind,
    Reference,
    Text,
    Wrong,
    code_of,
    kind_of,
)
from app.http.json import encoded

FIELD = re.compile(
    r"(?P<name>[^:=]*):(?P<type>[^=]*?)(?P<marks>[?!]*)(?P<equals>=(?P<default>.*))?", re.DOTALL
)

# A longer one fills more than a line.
LONGEST_DEFAULT = 50


@dataclass
class Field:
    """A field: its type, whether it may be null, must be unique, and what it is if left out."""

    name: str
    kind: Kind
    is_null: bool = False
    is_unique: bool = False
    default: Any = None

    @property
    def parent(self) -> str:
        """The resource that it refers to; empty if it is no reference."""
        return self.kind.parent if isinstance(self.kind, Reference) else ""

    @property
    def is_owner(self) -> bool:
        """Whether it is the account that the row belongs to."""
        return self.name == "owner" and self.parent == "user"

    @property
    def is_filter(self) -> bool:
        """Whether a list can be asked for the rows of one value."""
        return bool(self.parent) or isinstance(self.kind, Enum)

    @property
    def column(self) -> str:
        """The column's name, which is the name below app/."""
        return f"{self.name}_id" if self.parent else self.name

    @property
    def json(self) -> str:
        """The name that a client sends and gets."""
        return camel(self.column)

    @property
    def hint(self) -> str:
        """The type in Python."""
        return f"{self.kind.hint} | None" if self.is_null else self.kind.hint

    @property
    def constant(self) -> str:
        """What its constants are called after."""
        return self.column.upper()

    @property
    def default_in_json(self) -> str:
        """The default as it is answered, in Python."""
        return code_of(orjson.loads(encoded(self.default)))

    @property
    def default_code(self) -> str:
        """The default in Python."""
        return code_of(self.default)


@dataclass
class Declaration:
    """A resource that is to be: its name in one and in many, and its fields."""

    name: str
    plural: str
    fields: list[Field]
    is_private: bool = False
    search: str = ""
    # The fields as they were written.
    written: Sequence[str] = ()

    @property
    def words(self) -> str:
        """The name as people write it."""
        return self.name.replace("_", " ")

    @property
    def plural_words(self) -> str:
        """The name of many as people write it."""
        return self.plural.replace("_", " ")

    @property
    def one(self) -> str:
        """What stands before the name."""
        return f"an {self.words}" if self.name[0] in "aeiou" else f"a {self.words}"

    @property
    def kind(self) -> str:
        """The name of its class."""
        return pascal(self.name)

    @property
    def kinds(self) -> str:
        """The name of the class of its methods."""
        return pascal(self.plural)

    @property
    def owner(self) -> Field | None:
        """The field that makes it someone's, if there is one."""
        return next((one for one in self.fields if one.is_owner), None)

    @property
    def title(self) -> str:
        """The name of many at the beginning of a sentence."""
        return self.plural_words.capitalize()

    @property
    def json(self) -> str:
        """The name of one in JSON."""
        return camel(self.name)

    @property
    def plural_json(self) -> str:
        """The name of many in JSON."""
        return camel(self.plural)

    @property
    def implied(self) -> list[str]:
        """The fields that a list is always limited to."""
        return ["owner"] if self.is_private else []

    @property
    def search_key(self) -> str:
        """The column by which a search finds rows."""
        return f"{self.search}_key"

    @property
    def search_words(self) -> str:
        """The name of what is searched, as people write it."""
        return self.search.replace("_", " ")

    @property
    def search_field(self) -> Field:
        """The field that is searched."""
        return next(one for one in self.fields if one.name == self.search)

    @property
    def path(self) -> str:
        """Its path in the API."""
        return self.plural.replace("_", "-")


def read(
    words: Sequence[str], *, plural: str = "", search: str = "", is_private: bool = False
) -> Declaration:
    """Return what the words say; Wrong if that cannot be understood, whatever the project holds."""
    name, *written = words
    fields = [_field(one, pascal(name)) for one in written]
    declared = Declaration(name, plural or plural_of(name), fields, is_private, search, written)
    if is_private and declared.owner is None:
        raise Wrong("--private: a private resource needs its owner; declare owner:user")
    texts = [one.kind for one in fields if one.name == search and one.kind.name in ("str", "text")]
    if search and not any(isinstance(kind, Text) and kind.longest > 1 for kind in texts):
        raise Wrong(f"--search {search}: name a declared field of type text, or of str:2 or longer")
    return declared


def _field(words: str, prefix: str) -> Field:
    found = FIELD.fullmatch(words)
    if found is None or not found["type"]:
        raise Wrong(f"{words!r}: write NAME:TYPE, such as name:str:120")
    name, is_null, is_unique = found["name"], "?" in found["marks"], "!" in found["marks"]
    kind = kind_of(name, found["type"], prefix) or _reference(name, found["type"])
    field = Field(name, kind, is_null, is_unique)
    if len(found["marks"]) > is_null + is_unique:
        raise Wrong(f"{words}: write ? and ! once each")
    if field.is_owner and (found["marks"] or found["equals"]):
        raise Wrong(f"{words}: write owner:user; every row has one owner, who may have many")
    if is_unique and not kind.can_be_unique:
        raise Wrong(f"{words}: {found['type']} can't be unique; leave out the !")
    if found["equals"]:
        if isinstance(kind, Reference) or is_unique:
            raise Wrong(f"{words}: a reference or a unique field has no default; leave out the =")
        if len(found["default"]) > LONGEST_DEFAULT:
            raise Wrong(f"{name}: write a default of at most {LONGEST_DEFAULT} characters")
        field.default = kind.read(found["default"])
    return field


def _reference(name: str, parent: str) -> Reference:
    if not re.fullmatch(r"[a-z0-9_]+", parent):
        raise Wrong(
            f"{name}:{parent}: there is no such type; use one of {', '.join(KINDS)}, "
            "or the name of a resource"
        )
    return Reference(name, parent)


def camel(name: str) -> str:
    """Return due_date as dueDate."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def pascal(name: str) -> str:
    """Return work_item as WorkItem."""
    return "".join(word.capitalize() for word in name.split("_"))


def plural_of(name: str) -> str:
    """Return the regular plural of a name; `--plural` says another."""
    if re.search(r"(s|x|z|ch|sh)$", name):
        return f"{name}es"
    return re.sub(r"y$", "ie", name) + "s" if re.search(r"[^aeiou]y$", name) else f"{name}s"
