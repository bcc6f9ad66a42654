"""How a value of a request becomes a value of a declared type: one reader for each type.

A reader returns the value, or raises Mistake with what is wrong, worded for people.
"""

import math
import typing
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Literal, TypeVar
from uuid import UUID

from flask_validation_extended import All, Dict, FileObj, List

from controller.frame import text as written
from model.frame.value import LARGEST, SMALLEST, WHY_NOT_STORABLE, is_storable

Reader = Callable[[Any], Any]
Value = TypeVar("Value")
DEEPEST = 64


class Mistake(ValueError):
    """What is wrong with a field, as the rest of a sentence that begins with its name."""

    def __init__(self, message: str, field: str = "body") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def json_reader(annotations: Any) -> Reader:
    """Return the reader of a JSON value: of one type, or of several that are tried in turn."""
    if not isinstance(annotations, list | tuple):
        annotations = [annotations]
    if not annotations:
        raise TypeError("declare at least one type")
    if len(annotations) > 1:
        return _several(annotations)
    annotation = annotations[0]
    if isinstance(annotation, Dict):
        return _object_of(annotation.item)
    if isinstance(annotation, List):
        return _list_of(annotation.item)
    if choices := choices_of(annotation):
        return partial(_said, partial(written.choice, choices=choices))
    return READERS[annotation]


def is_plain(annotation: Any) -> bool:
    """Tell whether JSON has a text for values of this type, which the library does not know."""
    return bool(choices_of(annotation)) or annotation in (Decimal, date, datetime, UUID)


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the texts that a Literal names; none of another type."""
    return typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()


def text_reader(annotations: Any) -> Reader:
    """Return the reader of what HTTP knows as text only; the first type says how to convert it."""
    read = json_reader(annotations)
    if annotations[0] in (str, UUID):
        # Flask's own <uuid:id> of a path is none of JSON's types.
        return lambda value: read(str(value) if isinstance(value, UUID) else value)
    convert = CONVERTERS.get(annotations[0])
    if convert is None:
        return read

    def converted(value: Any) -> Any:
        return read(_said(convert, value) if isinstance(value, str) else value)

    return converted


def stripping(read: Reader) -> Reader:
    """Return a reader that takes the blanks around a text away before it is read."""
    return lambda value: read(value.strip() if isinstance(value, str) else value)


def described(annotations: Any) -> str:
    """Say in words for people what a value of these types is."""
    if isinstance(annotations, list | tuple):
        return " or ".join(described(annotation) for annotation in annotations)
    if isinstance(annotations, Dict):
        return f"an object of {described(annotations.item)}"
    if isinstance(annotations, List):
        return f"a list of {described(annotations.item)}"
    if choices := choices_of(annotations):
        return f"one of {', '.join(choices)}"
    return DESCRIPTIONS[annotations]


def read_text(value: Any) -> str:
    """Return text that every engine can store."""
    if not isinstance(value, str):
        raise Mistake("must be text")
    if not is_storable(value):
        raise Mistake(WHY_NOT_STORABLE)
    return value


def read_whole_number(value: Any) -> int:
    """Return a whole number of 64 bits; 1.0 is one, for JSON knows a single kind of number."""
    if isinstance(value, float) and value.is_integer():
        # A larger one is not exact: it may be what orjson makes of more than 64 bits.
        value = int(value) if abs(value) <= 2**53 else LARGEST + 1
    if type(value) is not int:
        raise Mistake("must be a whole number")
    if not SMALLEST <= value <= LARGEST:
        raise Mistake(f"must be between {SMALLEST} and {LARGEST}")
    return value


def read_number(value: Any) -> float:
    """Return a finite number as a float."""
    if type(value) not in (int, float):
        raise Mistake("must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Mistake("must be a finite number")
    return number + 0.0  # -0.0 is 0.0, which MySQL makes of it, too


def read_boolean(value: Any) -> bool:
    """Return a boolean; the numbers 0 and 1 are refused."""
    if not isinstance(value, bool):
        raise Mistake("must be true or false")
    return value


def read_decimal(value: Any) -> Decimal:
    """Return the decimal number that a text says; a number of JSON may have been a float."""
    if not isinstance(value, str):
        raise Mistake('must be a decimal number as text, such as "12.50"')
    return _said(written.decimal, value)


def read_list(value: Any, depth: int = 1) -> list[Any]:
    """Return a list of whatever can be stored."""
    if not isinstance(value, list):
        raise Mistake("must be a list")
    return [read_anything(item, depth) for item in value]


def read_object(value: Any, depth: int = 1) -> dict[str, Any]:
    """Return an object of whatever can be stored."""
    if not isinstance(value, dict):
        raise Mistake("must be an object")
    return {read_text(key): read_anything(item, depth) for key, item in value.items()}


def read_anything(value: Any, depth: int = 0) -> Any:
    """Return any value that can be stored, down to a depth that is safe to walk."""
    if depth > DEEPEST:
        raise Mistake("is nested too deeply")
    if isinstance(value, str):
        return read_text(value)
    if isinstance(value, list):
        return read_list(value, depth + 1)
    if isinstance(value, dict):
        return read_object(value, depth + 1)
    if type(value) is float:
        return read_number(value)
    return read_whole_number(value) if type(value) is int else value


def read_files(value: Any) -> Any:
    """Return the uploaded files as they are; their rules judge them."""
    return value


def _said(read: Callable[[str], Value], value: Any) -> Value:
    """Return what a text says; Mistake if it says no such thing, or is no text."""
    try:
        return read(value if isinstance(value, str) else "\0")  # as which nothing is written
    except ValueError as error:
        raise Mistake(str(error)) from None


def _several(annotations: Any) -> Reader:
    # float comes last: it would turn a whole number that is meant for int.
    readers = [json_reader(one) for one in sorted(annotations, key=lambda one: one is float)]
    description = described(annotations)

    def read(value: Any) -> Any:
        for reader in readers:
            try:
                return reader(value)
            except Mistake:
                continue
        raise Mistake(f"must be {description}")

    return read


def _list_of(item_types: Any) -> Reader:
    read_item = json_reader(item_types)
    description = described(List(item_types))

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Mistake(f"must be {description}")
        items = []
        for position, item in enumerate(value, start=1):
            try:
                items.append(read_item(item))
            except Mistake as mistake:
                raise Mistake(f"item {position} {mistake.message}") from None
        return items

    return read


def _object_of(item_types: Any) -> Reader:
    read_item = json_reader(item_types)
    description = described(Dict(item_types))

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Mistake(f"must be {description}")
        items = {}
        for key, item in value.items():
            try:
                items[read_text(key)] = read_item(item)
            except Mistake as mistake:
                raise Mistake(f"item {key[:40]!a} {mistake.message}") from None
        return items

    return read


READERS: dict[Any, Reader] = {
    str: read_text,
    int: read_whole_number,
    float: read_number,
    bool: read_boolean,
    list: read_list,
    dict: read_object,
    All: read_anything,
    FileObj: read_files,
    Decimal: read_decimal,
    date: partial(_said, written.date),
    datetime: partial(_said, written.moment),
    UUID: partial(_said, written.uuid),
}

CONVERTERS: dict[Any, Callable[[str], Any]] = {
    int: written.whole_number,
    float: written.number,
    bool: written.boolean,
}

DESCRIPTIONS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    All: "anything",
    FileObj: "a file",
    Decimal: "a decimal number as text",
    date: "a date",
    datetime: "a date and time",
    UUID: "a UUID",
}
