"""How Flask writes and reads JSON here: with orjson, times in UTC, ObjectIds as strings."""

import json
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from flask.json.provider import JSONProvider

# Named, not imported: the app knows no driver, and bson's ObjectId is one.
WRITTEN_AS_TEXT = {"ObjectId", "Decimal128"}
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
MOST_TEXTS = 4096
SURROGATE = re.compile("[\ud800-\udfff]")


class OrjsonProvider(JSONProvider):
    """Datetimes leave as ISO 8601 in UTC with milliseconds, as JavaScript writes them."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Return the object as JSON text; TypeError if it holds what JSON cannot."""
        return encoded(obj).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return what the JSON text says; ValueError if it is none."""
        return orjson.loads(s)


def encoded(value: object) -> bytes:
    """Return the value as JSON, as an answer sends it; TypeError if it holds what JSON cannot."""
    try:
        return orjson.dumps(value, default=TEXTS.__getitem__, option=OPTIONS)
    except TypeError:
        # orjson refuses numbers beyond 64 bits, keys that are no text and lone surrogates.
        text = json.dumps(_walked(value), ensure_ascii=False, separators=(",", ":"))
        return SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text).encode() + b"\n"


def as_sent(value: Any) -> Any:
    """Return a value as JSON has it: the text of a Decimal, a date, a time or a UUID."""
    if isinstance(value, UUID):
        return str(value)
    return _plain(value) if isinstance(value, Decimal | date) else value


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"  # never with an exponent
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if type(value).__name__ in WRITTEN_AS_TEXT:
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _utc(moment: datetime) -> str:
    # orjson writes one three times as fast as isoformat: as "2026-01-31T12:30:00.678901", without
    # the fraction where it is zero.
    utc = moment if moment.tzinfo in (UTC, None) else moment.astimezone(UTC)
    text = orjson.dumps(utc).decode()
    return f"{text[1:24]}Z" if utc.microsecond else f"{text[1:20]}.000Z"


class _Texts(dict[Any, str]):
    """The text of what orjson does not know; of times it is kept, as a page has many twice.

    What is kept is found without a call of Python's, which is most of what writing a page costs.
    """

    def __missing__(self, value: object) -> str:
        text = _plain(value)
        if isinstance(value, datetime):
            if len(self) >= MOST_TEXTS:
                self.clear()
            self[value] = text
        return text


TEXTS = _Texts()


def _walked(value: Any) -> Any:
    """Return the value in the types that the standard library writes as orjson would."""
    if isinstance(value, dict):
        return {_key(key): _walked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walked(item) for item in value]
    if value is None or isinstance(value, str | int):
        return value
    return orjson.loads(orjson.dumps(value, default=_plain, option=OPTIONS))


def _key(key: Any) -> str:
    plain = _walked(key)
    if isinstance(plain, dict | list):
        raise TypeError(f"{type(key).__name__} cannot be a key in JSON")
    return plain if isinstance(plain, str) else json.dumps(plain)
