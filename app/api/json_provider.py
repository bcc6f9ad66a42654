"""How Flask writes and reads JSON here: by orjson, with UTC times and ids as strings."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
from flask.json.provider import JSONProvider

# Named, not imported: the app knows no driver, and bson's ObjectId is one.
WRITTEN_AS_TEXT = {"ObjectId", "Decimal", "Decimal128"}
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE


class OrjsonProvider(JSONProvider):
    """Datetimes leave as ISO 8601 in UTC with milliseconds, as JavaScript writes them."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Return the object as JSON text; TypeError if it holds what JSON cannot."""
        try:
            return orjson.dumps(obj, default=_plain, option=OPTIONS).decode()
        except TypeError:
            # orjson refuses numbers beyond 64 bits, keys that are no text and lone surrogates.
            return json.dumps(obj, default=_plain) + "\n"

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return what the JSON text says; ValueError if it is none."""
        return orjson.loads(s)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    if type(value).__name__ in WRITTEN_AS_TEXT:
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
