"""How a value of a request becomes a value of a declared type: one reader for each type.

A reader returns the value, or raises Mistake with what is wrong, worded for people.
"""

import math
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_validation_extended import All, Dict, FileObj, List

from controller.frame import text as written
from model.frame.value import WHY_NOT_STORABLE, is_storable

Reader = Callable[[Any], Any]

SMALLEST = -(2**63)
LARGEST = 2**63 - 1
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
    return READERS[annotation]


def text_reader(annotations: Any) -> Reader:
    """Return the reader of what HTTP knows as text only; the first type says how to convert it."""
    read = json_reader(annotations)
    if annotations[0] is str:
        # Flask's own <uuid:id> of a path is none of JSON's types.
        return lambda value: read(str(value) if isinstance(value, UUID) else value)
    convert = CONVERTERS.get(annotations[0])
    if convert is None:
        return read
    return lambda value: read(_converted(convert, value) if isinstance(value, str) else value)


def _converted(convert: Callable[[str], Any], text: str) -> Any:
    try:
        return convert(text)
    except ValueError as error:
        raise Mistake(str(error)) from None


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
        value = int(value)
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
    return number


def read_boolean(value: Any) -> bool:
    """Return a boolean; the numbers 0 and 1 are refused."""
    if not isinstance(value, bool):
        raise Mistake("must be true or false")
    return value


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
}
