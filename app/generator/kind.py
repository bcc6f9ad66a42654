"""The types of a declaration: what a field of each is in Python, on each engine, and in tests.

Most of what stands in quotes here is code, which is written into the files of a resource as it is.
In tests, a field has three values: `sample`, its n-th; `other`, which is none of those; and
`wrong`, which the model refuses. `edges` are values that an engine could store inexactly.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from unicodedata import name
from uuid import UUID

from flask_validation_extended import ValidationRule

from app.http.reader import Mistake, text_reader
from app.http.rule import Digits, Email, MaxLen, NotBlank, Url

LONGEST_STR = 16_000
# What MySQL keeps within a row, and indexes.
LONGEST_INDEXED = 255
MOST_DIGITS = 18
CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
DIGITS = re.compile(r"([0-9]{1,2}),([0-9]{1,2})")


class Wrong(ValueError):
    """What is wrong with a declaration: one line that names the word and says what is right."""


class Kind:
    """A type; an instance is the type of one field."""

    name = ""
    # What follows the name and a colon, as an example; empty if nothing does.
    argument = ""
    annotation: Any = str
    hint = "str"
    sqlite, mysql, bson = "TEXT", "TEXT", "string"
    # What a column needs besides its type, to keep the limits by itself.
    sqlite_bound = mysql_bound = ""
    # The function of model.frame.value that keeps it, and what the shared file of the model holds.
    check = ""
    constants: Sequence[str] = ()
    rules: Sequence[ValidationRule] = ()
    written_rules: Sequence[str] = ()
    example: Any = None
    sample = other = wrong = ""
    edges: Sequence[str] = ()
    # How the value of a test is written in JSON.
    in_json = "{}"
    can_be_unique = True

    def __init__(self, field: str, argument: str, prefix: str) -> None:  # noqa: ARG002
        self.field = field
        self.schema: dict[str, Any] = {"bsonType": self.bson}

    def read(self, text: str) -> Any:
        """Return a default's value; Wrong if an endpoint would refuse it."""
        try:
            value = text_reader([self.annotation])(text)
        except Mistake as mistake:
            raise Wrong(f"{self.field}: the default {text!r} {mistake.message}") from None
        for rule in self.rules:
            if not rule.is_valid(value):
                raise Wrong(f"{self.field}: the default {text!r} {rule.invalid_str()}")
        return value


# --- Texts ---


class Text(Kind):
    """A long text."""

    name = "text"
    mysql = "MEDIUMTEXT"
    longest = 100_000
    can_be_unique = False

    def __init__(self, field: str, argument: str, prefix: str) -> None:
        super().__init__(field, argument, prefix)
        limit, label = f"LONGEST_{field.upper()}", field.replace("_", " ")
        self.limit = limit
        self.check = f"partial(value.text, longest={limit})"
        self.constants = [f"{limit} = {_grouped(self.longest)}"]
        self.sqlite_bound = f" CHECK (length({field}) <= {self.longest})"
        self.schema = {"bsonType": "string", "maxLength": self.longest}
        self.rules, self.written_rules = [MaxLen(self.longest)], [f"MaxLen({limit})"]
        has_room = self.longest >= len(f"another {label}")
        self.example = label.capitalize() if has_room else "x"
        self.sample = f'f"{label.capitalize()} {{n}}"' if has_room else 'f"{n}"'
        if self.longest == 1:
            self.sample = '"x"'
        self.other = f'"Another {label}"' if has_room else '"y"'
        self.wrong = f'"x" * ({limit} + 1)'
        self.edges = [f'"🧪" * {limit}']


class Str(Text):
    """A short text, which is not blank."""

    name, argument = "str", "120"

    def __init__(self, field: str, argument: str, prefix: str) -> None:
        if not re.fullmatch("[0-9]{1,5}", argument) or not 1 <= int(argument) <= LONGEST_STR:
            raise Wrong(f"{field}:str:{argument}: write str:LENGTH, from 1 to {LONGEST_STR}")
        self.longest = int(argument)
        self.can_be_unique = 1 < self.longest <= LONGEST_INDEXED
        self.mysql = f"VARCHAR({self.longest})" if self.longest <= LONGEST_INDEXED else "TEXT"
        super().__init__(field, argument, prefix)
        self.rules = [NotBlank(), *self.rules]
        self.written_rules = ["NotBlank()", *self.written_rules]


class EmailAddress(Text):
    """An e-mail address."""

    name = "email"
    mysql = "VARCHAR(254)"
    longest = 254
    can_be_unique = True

    def __init__(self, field: str, argument: str, prefix: str) -> None:
        super().__init__(field, argument, prefix)
        self.check = f"partial(value.email, longest={self.limit})"
        self.rules = [Email(), *self.rules]
        self.written_rules = ["Email()", *self.written_rules]
        self.example = f"{field}@example.com"
        self.sample = f'f"{field}{{n}}@example.com"'
        self.other = f'"other-{field}@example.com"'
        self.wrong = '"no address"'
        self.edges = [f'"x" * ({self.limit} - 12) + "@example.com"']


class WebAddress(Text):
    """An address of http or https."""

    name = "url"
    mysql = "TEXT"
    longest = 2_000

    def __init__(self, field: str, argument: str, prefix: str) -> None:
        super().__init__(field, argument, prefix)
        self.check = f"partial(value.url, longest={self.limit})"
        self.rules = [Url(), *self.rules]
        self.written_rules = ["Url()", *self.written_rules]
        self.example = f"https://example.com/{field}"
        self.sample = f'f"https://example.com/{field}/{{n}}"'
        self.other = '"http://example.com:8080/?a=b#c"'
        self.wrong = '"javascript:alert(1)"'
        self.edges = [f'"https://example.com/" + "x" * ({self.limit} - 20)']


class Enum(Kind):
    """One of several words."""

    name, argument = "enum", "draft,active,done"
    can_be_unique = False
    wrong = '"no choice"'

    def __init__(self, field: str, argument: str, prefix: str) -> None:
        super().__init__(field, argument, prefix)
        choices = argument.split(",")
        for choice in choices:
            if not CHOICE.fullmatch(choice):
                raise Wrong(
                    f"{field}:enum:{argument}: {choice!r} is no choice; use letters, digits, - "
                    "and _, at most 50, and a comma between two choices"
                )
        if len(set(choices)) < len(choices):
            raise Wrong(f"{field}:enum:{argument}: name each choice once")
        self.annotation = Literal[tuple(choices)]
        self.hint = prefix + "".join(word.capitalize() for word in field.split("_"))
        self.check = f"partial(value.choice, choices=get_args({self.hint}))"
        self.edges = [f'"{choice}"' for choice in choices]
        self.constants = [f"{self.hint} = Literal[{', '.join(self.edges)}]"]
        self.mysql = f"VARCHAR({max(map(len, choices))})"
        listed = ", ".join(f"'{choice}'" for choice in choices)
        self.sqlite_bound = self.mysql_bound = f" CHECK ({field} IN ({listed}))"
        self.schema = {"enum": choices}
        self.example, self.sample, self.other = choices[0], self.edges[0], self.edges[-1]


# --- Numbers, times, and other values ---


class Int(Kind):
    """A whole number of 64 bits."""

    name = "int"
    annotation, hint = int, "int"
    sqlite, mysql, bson = "INTEGER", "BIGINT", "number"
    check = "value.whole"
    example, sample, other, wrong = 1, "100 + n", "-1", "2**63"
    edges: Sequence[str] = ("-(2**63)", "2**63 - 1", "0")

    def __init__(self, field: str, argument: str, prefix: str) -> None:
        super().__init__(field, argument, prefix)
        self.schema = {"bsonType": ["int", "long"]}


class Float(Kind):
    """A number."""

    name = "float"
    annotation, hint = float, "float"
    sqlite, mysql, bson = "REAL", "DOUBLE", "double"
    check = "value.floating"
    example, sample, other, wrong = 1.5, "n + 0.25", "-0.1", 'float("nan")'
    edges = ("0.1", "-1e308", "0.0")


class DecimalNumber(Kind):
    """A number with so many digits, the decimals among them."""

    name, argument = "decimal", "12,2"
    annotation, hint = Decimal, "Decimal"
    bson = "decimal"
    in_json = 'f"{{}:f}"'

    def __init__(self, field: str, argument: str, prefix: str) -> None:
        super().__init__(field, argument, prefix)
        found = DIGITS.fullmatch(argument)
        precision, scale = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= precision <= MOST_DIGITS or scale > precision:
            raise Wrong(
                f"{field}:decimal:{argument}: write decimal:DIGITS,DECIMALS, with 1 to "
                f"{MOST_DIGITS} digits, the decimals among them; such as decimal:12,2"
            )
        self.sqlite, self.mysql = f"SCALED_INTEGER_{scale}", f"DECIMAL({precision}, {scale})"
        self.scale = scale
        digits = f"DIGITS_{field.upper()}"
        self.constants = [f"{digits} = ({precision}, {scale})"]
        self.check = f"lambda column, raw: value.decimal(column, raw, *{digits})"
        self.rules = [Digits(precision, scale)]
        self.written_rules = [f"Digits(*{digits})"]
        largest = f"{Decimal('9' * precision).scaleb(-scale):f}"
        self.example = f"{Decimal(5).scaleb(-scale):f}"
        self.can_be_unique = precision > 1
        number = "n" if precision > 1 else "5"
        self.sample = f"Decimal({number}).scaleb(-{scale})" if scale else f"Decimal({number})"
        self.other = f'Decimal("-{largest}")'
        self.wrong = f'Decimal("{Decimal(1).scaleb(-scale - 1):f}")'
        self.edges = [
            f'Decimal("{largest}")',
            self.other,
            f'Decimal("{Decimal(0).scaleb(-scale):f}")',
        ]

    def read(self, text: str) -> Decimal:
        """Return a default with all its decimals."""
        found: Decimal = super().read(text)
        return found.quantize(Decimal(1).scaleb(-self.scale))


class Bool(Kind):
    """True or false."""

    name = "bool"
    annotation, hint = bool, "bool"
    sqlite, mysql, bson = "BOOLEAN", "BOOLEAN", "bool"
    check = "value.boolean"
    example, sample, other, wrong = True, "True", "False", "2"
    edges = ("True", "False")
    can_be_unique = False


class Date(Kind):
    """A day."""

    name = "date"
    annotation, hint = date, "date"
    sqlite, mysql = "DATE", "DATE"
    check = "value.date"
    example = "2030-01-31"
    sample, other = "date(2000 + n, 1, 1)", "date(1999, 12, 31)"
    wrong = "date(1, 1, 1)"
    edges = ("date(1000, 1, 1)", "date(9999, 12, 31)")
    in_json = 'f"{2000 + n}-01-01"'


class Datetime(Kind):
    """A moment, in milliseconds."""

    name = "datetime"
    annotation, hint = datetime, "datetime"
    sqlite, mysql, bson = "DATETIME", "DATETIME(3)", "date"
    check = "value.moment"
    example = "2030-01-31T12:30:00.000Z"
    sample = "datetime(2000 + n, 1, 1, tzinfo=UTC)"
    other = "datetime(1999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)"
    wrong = "datetime(2026, 1, 1)"
    edges = ("datetime(1000, 1, 1, tzinfo=UTC)", "datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)")
    in_json = 'f"{2000 + n}-01-01T00:00:00.000Z"'


class Uuid(Kind):
    """A UUID."""

    name = "uuid"
    annotation, hint = UUID, "UUID"
    sqlite, mysql, bson = "UUID_TEXT", "CHAR(36)", "binData"
    check = "value.uuid"
    example = "0b8a5c1e-6f5e-4b7e-9c57-2f1a4b8d3e60"
    sample, other, wrong = "UUID(int=n)", "UUID(int=2**64)", '"no UUID"'
    edges = ("UUID(int=0)", "UUID(int=2**128 - 1)")
    in_json = "str({})"


class Reference(Int):
    """The id of a row of another resource."""

    name = "reference"
    check = "value.reference"
    edges = ()

    def __init__(self, field: str, parent: str) -> None:
        super().__init__(field, "", "")
        self.parent = parent


KINDS: dict[str, type[Kind]] = {
    kind.name: kind
    for kind in (
        *(Str, Text, Int, Float, DecimalNumber, Bool),
        *(Date, Datetime, Uuid, EmailAddress, WebAddress, Enum),
    )
}


def kind_of(field: str, words: str, prefix: str) -> Kind | None:
    """Return the type that words such as `str:120` name; None for what is no type."""
    name, colon, argument = words.partition(":")
    kind = KINDS.get(name)
    if kind is None:
        return None
    if bool(kind.argument) != bool(colon):
        raise Wrong(f"{field}:{words}: write it as {field}:{name}:{kind.argument}".rstrip(":"))
    return kind(field, argument, prefix)


def code_of(value: Any) -> str:
    """Return a default as it is written in Python."""
    if isinstance(value, str):
        # As the formatter writes it: in double quotes, unless more of those are in it.
        quote = "'" if value.count('"') > value.count("'") else '"'
        return quote + "".join(_escaped(one, quote) for one in value) + quote
    if isinstance(value, Decimal | UUID):
        return f'{type(value).__name__}("{value}")'
    return repr(value).removeprefix("datetime.").replace("datetime.timezone.utc", "UTC")


def _escaped(character: str, quote: str) -> str:
    """A character within quotes; one that looks like another of ASCII is told by its number."""
    if character in (quote, "\\"):
        return f"\\{character}"
    is_plain = character.isascii() or name(character, "").startswith("LATIN ")
    return character if is_plain and character.isprintable() else ascii(character)[1:-1]


def _grouped(number: int) -> str:
    """A number as it is written here: with _ between the thousands from 10,000 on."""
    return f"{number:_}" if number >= 10_000 else str(number)
