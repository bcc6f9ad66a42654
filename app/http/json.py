"""How Flask writes and reads JSON here: with orjson, times in UTC, ObjectIds as strings."""

import json
import re
from datetime import UTC, date, datetime, time
from typing import Any

import orjson
from flask.json.provider import JSONProvider

# Named, not imported: the app knows no driver, and bson's ObjectId is one.
WRITTEN_AS_TEXT = {"ObjectId", "Decimal", "Decimal128"}
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME
SURROGATE = re.compile("[\ud800-\udfff]")


class OrjsonProvider(JSONProvider):
    """Datetimes leave as ISO 8601 in UTC with milliseconds, as JavaScript writes them."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Return the object as JSON text; TypeError if it holds what JSON cannot."""
        try:
            return orjson.dumps(obj, default=_plain, option=OPTIONS).decode() + "\n"
        except TypeError:
            # orjson refuses numbers beyond 64 bits, keys that are no text and lone surrogates.
            text = json.dumps(_walked(obj), ensure_ascii=False, separators=(",", ":"))
            return SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return what the JSON text says; ValueError if it is none."""
        return orjson.loads(s)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    if isinstance(value, date | time):
        return value.isoformat()
    if type(value).__name__ in WRITTEN_AS_TEXT:
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


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
