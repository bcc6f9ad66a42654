"""JSON Schema of what the API takes and answers: of declared fields, and of TypedDicts."""

import inspect
import re
import types
import typing
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from flask_validation_extended import All, Dict, FileObj, List, ValidationRule

from app.http.json import as_sent
from app.http.reader import choices_of
from app.http.rule import BLANK
from app.http.validation import ABSENT, Field
from controller.frame.text import DATE, DECIMAL, MOMENT
from model.frame.value import LARGEST, SMALLEST

Schema = dict[str, Any]

PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer", "minimum": SMALLEST, "maximum": LARGEST},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list: {"type": "array"},
    dict: {"type": "object"},
    All: {},
    FileObj: {"type": "array", "items": {"type": "string", "format": "binary"}},
    Decimal: {"type": "string", "pattern": f"^{DECIMAL.pattern}$"},
    # The patterns say from which year on, and how fine.
    date: {"type": "string", "format": "date", "pattern": f"^{DATE.pattern}$"},
    datetime: {"type": "string", "format": "date-time", "pattern": f"^{MOMENT.pattern}$"},
    UUID: {"type": "string", "format": "uuid"},
}

# A number that is answered may be beyond what is taken: nothing bounds a product.
ANSWERED: dict[Any, Schema] = {
    **PLAIN,
    int: {"type": "integer"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    types.NoneType: {"type": "null"},
    Any: {},
}

# MinLen bounds a text, a list and an object, each by a keyword of its own.
KEYWORDS_OF_OTHERS = {
    "string": ("minItems", "maxItems", "minProperties", "maxProperties"),
    "array": ("minLength", "maxLength", "minProperties", "maxProperties"),
    "object": ("minLength", "maxLength", "minItems", "maxItems"),
}


def of_field(field: Field) -> Schema:
    """Return the schema of what a field takes: its types, its rules, null and its default."""
    if field.strip:
        schema = _around_blanks(field.rules)
    else:
        schema = with_rules(_any_of(field.annotation), field.rules)
    if field.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if field.default is not None and field.default is not ABSENT:
        schema = {**schema, "default": as_sent(field.default)}
    return schema


def of_type(annotation: Any) -> Schema:
    """Return the schema of a declared type, without rules."""
    if isinstance(annotation, Dict):
        return {"type": "object", "additionalProperties": _any_of(annotation.item)}
    if isinstance(annotation, List):
        return {"type": "array", "items": _any_of(annotation.item)}
    if choices := choices_of(annotation):
        return {"type": "string", "enum": list(choices)}
    return dict(PLAIN[annotation])


def with_rules(schema: Schema, rules: Iterable[ValidationRule]) -> Schema:
    """Return a schema that also holds what each rule says of itself in `schema()`."""
    others = KEYWORDS_OF_OTHERS.get(schema.get("type", ""), ())
    held: Schema = {}
    for rule in rules:
        own = rule.schema() if hasattr(rule, "schema") else {}
        for keyword, bound in own.items():
            if keyword in held:
                held.setdefault("allOf", []).append({keyword: bound})
            elif keyword not in others:
                held[keyword] = bound
    return {**schema, **held}


def of_typed_dict(kind: Any, components: dict[str, Schema]) -> Schema:
    """Return a reference to the schema of a TypedDict, which is put among the components."""
    module = kind.__module__.removeprefix("app.").removeprefix("api.")
    name = f"{module}.{kind.__name__.removesuffix('Json')}"
    if name not in components:
        components[name] = {}  # stands for itself while its own properties are read
        components[name] = object_of(kind, components)
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(kind: Any, components: dict[str, Schema]) -> Schema:
    """Return the schema of a TypedDict: its keys and no others."""
    hints = typing.get_type_hints(kind)
    return {
        "type": "object",
        "description": inspect.cleandoc(kind.__doc__ or ""),
        "properties": {name: of_answer(hint, components) for name, hint in hints.items()},
        "required": [name for name in hints if name in kind.__required_keys__],
        "additionalProperties": False,
    }


def of_answer(hint: Any, components: dict[str, Schema]) -> Schema:
    """Return the schema of a type hint of an answer."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if typing.is_typeddict(hint):
        return of_typed_dict(hint, components)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (list, Sequence):
        return {"type": "array", "items": of_answer(inner[0], components)}
    if origin is dict:
        return {"type": "object", "additionalProperties": of_answer(inner[1], components)}
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [of_answer(one, components) for one in inner]}
    if hint not in ANSWERED:
        raise TypeError(f"an answer cannot be of the type {hint}: JSON has no schema for it")
    return dict(ANSWERED[hint])


def _any_of(annotations: Any) -> Schema:
    if not isinstance(annotations, list | tuple):
        return of_type(annotations)
    schemas = [of_type(one) for one in annotations]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _around_blanks(rules: Iterable[ValidationRule]) -> Schema:
    """The schema of a text that is judged without the blanks around it.

    The text sent may be longer than what is left, so each rule becomes a pattern that
    allows blanks on both sides; what is between them neither begins nor ends with a blank.
    """
    patterns = [rule.pattern() for rule in rules if hasattr(rule, "pattern")]
    bounds = [{"pattern": _between_blanks(pattern)} for pattern in patterns]
    return {"type": "string", "allOf": bounds} if bounds else {"type": "string"}


def _between_blanks(pattern: str) -> str:
    whole = f"^{BLANK}*(?!{BLANK})(?:{pattern})(?<!{BLANK}){BLANK}*$"
    return f"{whole}|^{BLANK}*$" if re.fullmatch(pattern, "") else whole
