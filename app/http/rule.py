"""Validation rules: those of flask-validation-extended, worded for people, and a few more.

A rule of your own is a ValidationRule with `is_valid(data)`, `types` (what it can judge) and
`invalid_str()`, which continues a sentence that begins with the field's name: "can't be blank".
For the OpenAPI document, `schema()` says it in JSON Schema, and `pattern()` as a regular expression
of a whole text, for a field that is judged without the blanks around it (`strip=True`).
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import flask_validation_extended as library
from flask_validation_extended import ValidationRule
from werkzeug.datastructures import FileStorage

from controller.frame.cursor import CURSOR, NOT_A_CURSOR, TEXT_CURSOR
from controller.frame.text import INVISIBLE, is_blank
from model.frame.value import why_no_decimal

# What str.strip() takes away, and what it leaves, in words that every kind of pattern reads alike.
BLANKS = r"\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
BLANK = f"[{BLANKS}]"
# A character that somebody can see.
VISIBLE = f"[^{BLANKS}{INVISIBLE}]"
# A letter or digit of a host, of whatever script; the host; what follows it.
LETTER = rf"[^\x00-/:-@\[-`{{-\x7f{BLANKS}{INVISIBLE}]"
LABEL = rf"{LETTER}(?:(?:{LETTER}|[-_])*{LETTER})?"
HOST = rf"(?:{LABEL}(?:\.{LABEL})*\.?|\[[0-9a-fA-F:.]+\])(?::[0-9]{{1,5}})?"
AFTER = rf'[/?#][^\x00-\x20\x7f"<>\\\^`{{|}}{BLANKS}{INVISIBLE}]*'
URL = f"[hH][tT][tT][pP][sS]?://{HOST}(?:{AFTER})?"


class NotBlank(ValidationRule):
    """Text in which something can be seen: more than blanks and invisible characters."""

    @property
    def types(self) -> type:
        """Applies to text."""
        return str

    def is_valid(self, data: str) -> bool:
        """Tell whether there is anything to see."""
        return not is_blank(data)

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "can't be blank"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": VISIBLE}

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return rf"[\s\S]*{VISIBLE}[\s\S]*"


class MinLen(library.MinLen):
    """Text, a list or an object with at least so many characters or items."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"is too short (the minimum is {self._num})"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return dict.fromkeys(("minLength", "minItems", "minProperties"), self._num)

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return rf"[\s\S]{{{self._num},}}"


class MaxLen(library.MaxLen):
    """Text, a list or an object with at most so many characters or items."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"is too long (the maximum is {self._num})"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return dict.fromkeys(("maxLength", "maxItems", "maxProperties"), self._num)

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return rf"[\s\S]{{0,{self._num}}}"


class Min(library.Min):
    """A number of at least so much."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must be at least {self._num}"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"minimum": self._num}


class Max(library.Max):
    """A number of at most so much."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must be at most {self._num}"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"maximum": self._num}


class Digits(ValidationRule):
    """A decimal of at most so many digits, of which so many may stand after the point."""

    def __init__(self, precision: int, scale: int) -> None:
        self.precision = precision
        self.scale = scale

    @property
    def types(self) -> type:
        """Applies to decimals."""
        return Decimal

    def is_valid(self, data: Decimal) -> bool:
        """Tell whether it has no more digits, as it is written."""
        return re.fullmatch(self.pattern(), f"{data:f}") is not None

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return why_no_decimal(self.precision, self.scale)

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": f"^{self.pattern()}$"}

    def pattern(self) -> str:
        """Say it as a regular expression."""
        before = self.precision - self.scale
        whole = f"(0|[1-9][0-9]{{0,{before - 1}}})" if before else "0"
        after = rf"(\.[0-9]{{1,{self.scale}}})?" if self.scale else ""
        return f"-?{whole}{after}"


class In(library.In):
    """One of these values; 1 does not count as true, unlike in Python."""

    def is_valid(self, data: object) -> bool:
        """Tell whether it is one of them."""
        kind = isinstance(data, bool)
        return any(data == choice and kind is isinstance(choice, bool) for choice in self._enum)

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must be one of {', '.join(str(choice) for choice in self._enum)}"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"enum": list(self._enum)}

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return "|".join(re.escape(str(choice)) for choice in self._enum)


class Number(library.Number):
    """Text that consists of the digits 0 to 9."""

    def is_valid(self, data: str) -> bool:
        """Tell whether the value passes."""
        return data.isascii() and data.isdigit()

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "must consist of digits"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": "^[0-9]+$"}


class Strip(library.Strip):
    """Text that neither begins nor ends with a blank."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "can't start or end with whitespace"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": rf"^(?:(?!{BLANK})[\s\S]*(?<!{BLANK}))?$"}


class IsoDatetime(library.IsoDatetime):
    """A date and time in ISO 8601."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "must be an ISO 8601 date and time, such as 2026-01-31T12:30:00"


class Datetime(library.Datetime):
    """A date and time in a format of `strptime`."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must be a date and time in the format {self._df_format}"


class Email(library.Email):
    """An e-mail address."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "must be an e-mail address"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": f"^(?:{self.pattern()})$"}

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return str(library.rules.REGEX_EMAIL[1:-1])


class Url(ValidationRule):
    """A web address: http or https, with a host, and without a user's name."""

    @property
    def types(self) -> type:
        """Applies to text."""
        return str

    def is_valid(self, data: str) -> bool:
        """Tell whether it is one, without blanks and invisible characters."""
        return re.fullmatch(URL, data) is not None

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "must be a web address, such as https://example.com/page"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": f"^(?:{self.pattern()})$"}

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return URL


class PhoneNum(library.PhoneNum):
    """A phone number."""

    def is_valid(self, data: str) -> bool:
        """Tell whether it is one, on one line and in the digits 0 to 9."""
        return data.isascii() and data.isprintable() and bool(super().is_valid(data))

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "must be a phone number, such as 010-1234-5678"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": library.rules.REGEX_PHONE_NUM}


class Regex(library.Regex):
    """Text that holds a match of this pattern."""

    def is_valid(self, data: str) -> bool:
        """Tell whether there is a match."""
        # "$" also matches before a newline that ends the text, but not before two.
        text = data + "\n" if data.endswith("\n") else data
        return self._pattern.search(text) is not None

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must match {self._p_str}"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"pattern": self._p_str}


class Cursor(Regex):
    """What an earlier page says in `next`."""

    def __init__(self) -> None:
        super().__init__(f"^{CURSOR.pattern}$")  # type: ignore[no-untyped-call]

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return NOT_A_CURSOR


class TextCursor(Regex):
    """The same of a list that can also be in the order of a text; the controller tells which."""

    is_exact = False

    def __init__(self) -> None:
        super().__init__(f"^(?:{CURSOR.pattern}|{TEXT_CURSOR.pattern})$")  # type: ignore[no-untyped-call]

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return NOT_A_CURSOR


class Ext(library.Ext):
    """Files whose names end in one of these, ignoring case."""

    def is_valid(self, file_list: Iterable[FileStorage]) -> bool:
        """Tell whether every file has such a name."""
        endings = tuple(extension.lower() for extension in self.extensions)
        return all((file.filename or "").lower().endswith(endings) for file in file_list)

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must be a file that ends in {' or '.join(self.extensions)}"


class MinFileCount(library.MinFileCount):
    """At least so many files."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must be at least {self.min_num} files"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"minItems": self.min_num}


class MaxFileCount(library.MaxFileCount):
    """At most so many files."""

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return f"must be at most {self.max_num} files"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"maxItems": self.max_num}
