"""What is wrong for a declared field: it follows from the field's type and its rules.

Values of JSON are written as they stand in a body, for most of them Python could not write; values
of a path, a query, a form or a header as they stand in a URL.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin
from urllib.parse import quote, unquote
from uuid import UUID

import flask_validation_extended as library
from flask_validation_extended import All, Dict, List, ValidationRule

from app.http.rule import Digits, NotBlank, Url
from app.http.validation import Field

SQL = ["' OR 1=1 --", "'; DROP TABLE users; --", '" OR ""="', "%' OR '1'='1", "\\' OR 1=1 #"]
MONGO = ['{"$gt": ""}', '{"$ne": null}', "$where", "$ne", "users.$.role"]
LONG = 100_001
SMALLEST, LARGEST = -(2**63), 2**63 - 1

# --- Values of JSON ---

NUMBERS = ["0", "1", "1.5", "-0.0", str(2**64), str(-(2**70)), str(10**400)]
NO_NUMBERS = ["1e999", "-1e999", "NaN", "Infinity", "-Infinity"]
OPERATORS = ['{"$gt": ""}', '{"$ne": null}', '{"$regex": ".*"}', '{"$where": "1"}']
UNSTORABLE = [r'"\u0000"', r'"te\u0000xt"', r'"\ud800"', r'"\udc00\ud800"', '"\ud800"']
LISTS = ["[]", '["text"]', "[1]", "[null]", "[true]", "[[]]", "[NaN]", f"[{2**64}]"]
MIXED = ['["text", {}]', '[{"$gt": ""}]', '[{"$ne": null}]', r'["te\u0000xt"]', r'["\ud800"]']
OBJECTS = ["{}", '{"text": "text"}', '{"0": "text"}', '{"0": 1}', '{"0": null}', '{"0": NaN}']
VALUES = [
    *(*NUMBERS, *NO_NUMBERS, *OPERATORS, *UNSTORABLE, *LISTS, *MIXED, *OBJECTS),
    *("true", "false", '""', '"text"'),
]
# Wrong for a field of whatever type.
NEVER_RIGHT = "1e999"

TEXTS = [*SQL, *MONGO, "text", "nobody@example.com"]
BLANKS = ["", " ", "\t\r\n", "\u2003\u00a0"]
EMAILS = ["text", "@", "a@", "@b.cd", "a b@c.de"]
URLS = [
    "text",
    "example.com",
    "//example.com",
    "ftp://example.com",
    "javascript:alert(1)",
    "http://",
]
URLS += ["https:///page", "https://a b.c", "https://a.b/c d", "https://a..b", "https://user@a.b"]
URLS += [
    "https://a.b/\u202e",
    "https://a.b\nc",
    "https://-a.b",
    "https://a.b:port",
    'https://a.b/"',
]

# What looks like a decimal, a date or the like, and is none; or a value that an engine would bend.
DECIMALS = [
    "+1",
    "-",
    ".5",
    "1.",
    "01",
    "1e3",
    "1E-3",
    "1,5",
    "1_0",
    "0x1",
    " 1",
    "1 ",
    "1\n",
    "NaN",
]
DECIMALS += ["-NaN", "sNaN", "Infinity", "１", "١", "1.5.2", "--1", "1.\0"]
DATES = [
    "2026-1-31",
    "20260131",
    "2026-W05-6",
    "2026-02-29",
    "2026-13-01",
    "2026-00-01",
    "31.1.2026",
]
DATES += ["0999-12-31", "0000-01-01", "10000-01-01", "-2026-01-31", "2026-01-31T00:00:00Z", "today"]
DATES += [" 2026-01-31", "2026-01-31\n", "２026-01-31", "1769817600"]
TIMES = ["2026-01-31", "2026-01-31T12:30:00", "2026-01-31 12:30:00Z", "2026-01-31T12:30Z", "now"]
TIMES += ["2026-02-29T12:30:00Z", "2026-01-31T24:30:00Z", "2026-01-31T12:60:00Z", "1769817600"]
TIMES += ["2026-01-31T12:30:60Z", "2026-01-31T12:30:00.Z", "2026-01-31T12:30:00,5Z"]
TIMES += [
    "2026-01-31T12:30:00.1234Z",
    "2026-01-31T12:30:00.000000001Z",
    "2026-01-31T12:30:00+24:00",
]
TIMES += ["2026-01-31T12:30:00+0900", "2026-01-31T12:30:00Z\n", "0999-12-31T23:59:59.999Z"]
TIMES += ["1000-01-01T00:59:59+01:00", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z"]
UUIDS = ["0" * 32, "{00000000-0000-0000-0000-000000000001}", "0" * 36, "1", f"{UUID(int=1)}0"]
UUIDS += [
    f"urn:uuid:{UUID(int=1)}",
    f" {UUID(int=1)}",
    f"{UUID(int=1)}\n",
    "g" + str(UUID(int=1))[1:],
]
MALFORMED = {Decimal: DECIMALS, date: DATES, datetime: TIMES, UUID: UUIDS}

NOT_OBJECTS = ["null", '"text"', "[]", '[{"title": "text"}]', "1", "true", "NaN", str(10**400)]
NOT_JSON = [
    *("{", "}", "nul", "{'a': 1}", '{"a": 1,}', '{"a": 1} {}', '{"a": "\0"}', '{"a": \\ud800}'),
    *('{"a": 1e}', f'{{"a": {"9" * 5000}}}', "[" * LONG, '{"a": ' * LONG, "\ufffe"),
]
NOT_JSON_TYPES = [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]

# --- Values of a URL ---

QUERIES = [quote(text, safe="") for text in [*SQL, *MONGO]]
# What no row is called.
SEGMENTS = [
    *QUERIES,
    *["nobody", "null", "0", "-1", "..", "%2e%2e", "%20", "%0A", "%0D%0A", "%5C", "%3F", "%23"],
    *["%25", "%2525", "%25s", "%25%2800%29", "%", "%zz", "%2500", "*", "_", "%25_%25"],
    *["%E2%98%83", "%F0%9F%90%8D", "%E2%80%AE", "%FF", "%C0%AF", "%ED%A0%80", "x" * 5000],
]
# Decoded before a route is looked for, so no route has them.
SLASHED = ["a%2Fb", "..%2F..%2Fusers", "a%2F..%2Fa-title", "a-title%2F.", "%2e%2e%2fb"]
URL_TEXTS = [
    *QUERIES,
    *["text", "1.5", "1.0", "1e3", "0x1", "1_0", "true", "null", "NaN", "Infinity", "1e999"],
    *["%201", "1%20", "1%0A", "%EF%BC%91", "%D9%A1", "%00", "1%00", "%2500", "%FF", "%E2%98%83"],
    *[str(2**63), str(2**64), str(2**70), str(-(2**70)), "1" + "0" * 400, "9" * 5000, "x" * 5000],
    *["", "%00%00", "text%00", "0", "1", "yes"],
]
# Ids that no row has.
NO_IDS = [0, -1, 999_999_999, 2**53, LARGEST, SMALLEST]
NO_UUID = UUID(int=0xDEAD)


def json_values(field: Field) -> Iterator[str]:
    """Yield values that this field must not hold in a JSON body."""
    for value in VALUES:
        if not fits(field.annotation, json.loads(value)):
            yield value
    for text in malformed(field):
        yield as_json(text)
    if not field.nullable:
        yield "null"
    for broken in violations(field):
        yield as_json(broken)
    limits = [rule._num for rule in field.rules if isinstance(rule, library.MaxLen)]
    if limits and str in field.annotation:
        for text in too_long(max(LONG, min(limits) + 1)):
            yield as_json(text)


def malformed(field: Field) -> list[str]:
    """Return texts that are almost of this field's type; of a Literal, almost its choices."""
    if len(field.annotation) > 1:
        return []
    if choices := choices_of(field.annotation[0]):
        almost = [
            choices[0].swapcase(),
            f" {choices[0]}",
            f"{choices[0]}\n",
            ", ".join(choices),
            "",
        ]
        return [text for text in almost if text not in choices]
    return MALFORMED.get(field.annotation[0], [])


def too_long(length: int = LONG) -> list[str]:
    """Return texts of at least this length."""
    return ["x" * length, "☃" * length, "a@" * length, f"{'a.' * length}@b.cd"]


def mistyped_in_url(field: Field) -> Iterator[str]:
    """Yield values that are not of this field's type where they stand in a URL."""
    judge = _judge(field)
    malformed_in_url = [quote(text, safe="") for text in malformed(field)]
    for value in (*URL_TEXTS, *malformed_in_url, f"{quote(as_text(field.example), safe='')}%00"):
        if not judge(unquote(value)):
            yield value


def unknown(field: Field) -> Iterator[Any]:
    """Yield values that a field may hold, and that nothing has."""
    for value in (*TEXTS, *too_long(), *NO_IDS):
        if fits(field.annotation, value) and not any(breaks(value, one) for one in field.rules):
            yield value


def unknown_in_url(field: Field, good: str, alike: Iterable[str]) -> Iterator[str]:
    """Yield the same as it stands in a URL, besides what is almost the good value."""
    judge = _judge(field)
    convert: Any = CONVERTERS.get(field.annotation[0], str)
    for value in (*map(str, NO_IDS), *SEGMENTS, str(NO_UUID), good.upper(), *alike):
        if judge(unquote(value)):
            found = convert(unquote(value))
            is_other = found != convert(unquote(good))
            if is_other and not any(breaks(found, rule) for rule in field.rules):
                yield value


def violations(field: Field) -> Iterator[Any]:
    """Yield values of the right type that break a rule."""
    for rule in field.rules:
        yield from _against(rule, field)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def as_text(value: Any) -> str:
    """Return a value as HTTP writes it where there are only texts."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- Files ---


class Files(list[str]):
    """The names of some files that a form holds."""


def good_files(field: Field) -> Files:
    """Return as many files as a field wants at least, whose names end as they should."""
    least = [rule.min_num for rule in field.rules if isinstance(rule, library.MinFileCount)]
    return _files(field, max([1, *least]))


def files(field: Field) -> Iterator[Any]:
    """Yield files that a field must not hold."""
    for rule in field.rules:
        if isinstance(rule, library.Ext):
            yield Files(f"{name}.unwanted" for name in good_files(field))
        if isinstance(rule, library.MinFileCount) and rule.min_num > 1:
            yield _files(field, rule.min_num - 1)
        if isinstance(rule, library.MaxFileCount):
            yield _files(field, rule.max_num + 1)
    if field.required:
        yield "a text, and no file"


def _files(field: Field, count: int) -> Files:
    endings = [rule.extensions[0] for rule in field.rules if isinstance(rule, library.Ext)]
    return Files([f"file{(endings or ['.txt'])[0]}"] * count)


# --- Types ---


def fits(annotation: Any, value: Any) -> bool:
    """Tell whether a value of JSON is of a declared type, or of one of several."""
    if isinstance(annotation, list | tuple):
        return any(fits(one, value) for one in annotation)
    if isinstance(annotation, Dict):
        return isinstance(value, dict) and all(
            _is_text(key) and fits(annotation.item, item) for key, item in value.items()
        )
    if isinstance(annotation, List):
        return isinstance(value, list) and all(fits(annotation.item, item) for item in value)
    if choices := choices_of(annotation):
        return value in choices
    return JSON_TYPES[annotation](value)


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the texts of a Literal; none of another type."""
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and re.search("[\0\ud800-\udfff]", value) is None


def _is_whole_number(value: Any) -> bool:
    is_whole = type(value) is int or (type(value) is float and value.is_integer())
    return is_whole and SMALLEST <= value <= LARGEST


def _is_number(value: Any) -> bool:
    if type(value) not in (int, float):
        return False
    with suppress(OverflowError):
        return math.isfinite(value)
    return False


def _says(convert: Callable[[str], Any], pattern: str) -> Callable[[Any], bool]:
    """Return a function that tells whether a text says what this converts, in this pattern."""

    def judge(value: Any) -> bool:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            return False
        with suppress(ValueError, OverflowError):
            return convert(value) is not None
        return False

    return judge


def _is_anything(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_anything(item) for item in value)
    if isinstance(value, dict):
        return all(_is_text(key) and _is_anything(item) for key, item in value.items())
    if type(value) in (int, float):
        return _is_number(value)
    return value is None or isinstance(value, bool) or _is_text(value)


TEXT_TYPES: dict[Any, Callable[[Any], bool]] = {
    Decimal: _says(Decimal, r"-?(0|[1-9]\d*)(\.\d+)?"),
    date: _says(date.fromisoformat, r"[1-9]\d{3}-\d\d-\d\d"),
    datetime: _says(
        lambda text: datetime.fromisoformat(text).astimezone(UTC),
        r"[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)",
    ),
    UUID: _says(UUID, "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
}
CONVERTERS: dict[Any, Callable[[str], Any]] = {int: int, Decimal: Decimal, UUID: UUID}

JSON_TYPES: dict[Any, Callable[[Any], bool]] = {
    **TEXT_TYPES,
    str: _is_text,
    int: _is_whole_number,
    float: _is_number,
    bool: lambda value: isinstance(value, bool),
    list: lambda value: isinstance(value, list) and _is_anything(value),
    dict: lambda value: isinstance(value, dict) and _is_anything(value),
    All: _is_anything,
}


def _says_whole_number(text: str) -> bool:
    return bool(re.fullmatch("[+-]?[0-9]{1,1000}", text)) and _is_whole_number(int(text))


def _says_number(text: str) -> bool:
    with suppress(ValueError):
        return text.isascii() and "_" not in text and _is_number(float(text))
    return False


# Of several types, the first says how a text is converted.
URL_TYPES: dict[Any, Callable[[str], bool]] = {
    str: _is_text,
    All: _is_text,
    int: _says_whole_number,
    float: _says_number,
    bool: lambda text: text.lower() in ("true", "false"),
    **TEXT_TYPES,
}


def _judge(field: Field) -> Callable[[str], bool]:
    """Return what tells whether a text in a URL is of this field's type."""
    if choices := choices_of(field.annotation[0]):
        return lambda text: text in choices
    return URL_TYPES.get(field.annotation[0], _is_text)


# --- Rules ---


def _against(rule: ValidationRule, field: Field) -> list[Any]:
    if isinstance(rule, library.MaxLen):
        return _of_length(field, rule._num + 1)
    if isinstance(rule, library.MinLen):
        return _of_length(field, rule._num - 1) if rule._num else []
    if isinstance(rule, library.Min):
        return [number for number in (rule._num - 1, -1, SMALLEST) if number < rule._num]
    if isinstance(rule, library.Max):
        return [number for number in (rule._num + 1, LARGEST) if number > rule._num]
    if isinstance(rule, NotBlank):
        return BLANKS
    if isinstance(rule, library.Email):
        return EMAILS
    if isinstance(rule, Url):
        return URLS
    if isinstance(rule, Digits):
        before = "1" * (rule.precision - rule.scale + 1)
        return [before, f"-{before}", f"0.{'0' * rule.scale}1", f"0.{'0' * (rule.scale + 1)}"]
    return [value for value in CANDIDATES if fits(field.annotation, value) and breaks(value, rule)]


def breaks(value: Any, rule: ValidationRule) -> bool:
    """Tell whether a value breaks a rule; it does if the rule cannot judge it at all."""
    with suppress(Exception):
        return not rule.is_valid(value.strip() if isinstance(value, str) else value)
    return True


def _of_length(field: Field, length: int) -> list[Any]:
    """Values of this length that are otherwise as they should be."""
    text = str(field.example or "x")
    like_example = text[0] * (length - len(text)) + text[:length]
    numbers, names = range(length), [f"text {number}" for number in range(length)]
    values = ["x" * length, like_example, names, [*numbers], dict.fromkeys(names, "text")]
    values.append(dict.fromkeys(names, 1))
    return [value for value in values if fits(field.annotation, value)]


CANDIDATES = [json.loads(value) for value in VALUES] + [*TEXTS, *BLANKS, *EMAILS, -1, 2, 100]
