"""What every engine can keep. A value that one of them would lose or bend is refused by name."""

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from model.error import InvalidValue

# JavaScript's largest exact whole number, so that an id survives every client.
LARGEST_ID = 2**53 - 1

# No engine keeps half of a surrogate pair, and not every one keeps NUL.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
WHY_NOT_STORABLE = "can't hold the NUL character or half of a surrogate pair"


def now() -> datetime:
    """Return this moment in UTC, in the milliseconds that every engine can keep."""
    return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)


def is_id(value: object) -> bool:
    """Tell whether a row could have this id; one that could not is simply absent."""
    return type(value) is int and 0 < value <= LARGEST_ID


# The longest text of each column, in characters.
LONGEST = {
    "bio": 1000,
    "description": 1000,
    "email": 254,
    "family_hash": 64,
    "image": 2000,
    "ip": 45,
    "method": 16,
    "password_hash": 255,
    "path": 2048,
    "refresh_hash": 64,
    "request_id": 128,
    "role": 16,
    "slug": 300,
    "title": 255,
    "user_agent": 255,
    "username": 64,
}
LONGEST_ARTICLE = 100_000
LONGEST_COMMENT = 10_000
LONGEST_NAME = 255
LONGEST_TAG = 64


def texts(**values: str) -> dict[str, str]:
    """Return the texts of columns if every engine keeps them exactly; InvalidValue if not."""
    return {column: text(column, value, LONGEST[column]) for column, value in values.items()}


def given(**values: str | None) -> dict[str, str]:
    """Return the values that are not None."""
    return {column: one for column, one in values.items() if one is not None}


def tags(given: Iterable[str]) -> list[str]:
    """Return the tags if every engine keeps them exactly; InvalidValue("tagList") if not."""
    return [text("tagList", tag, LONGEST_TAG) for tag in given]


def text(field: str, value: str, longest: int) -> str:
    """Return the text if every engine keeps it exactly; InvalidValue names the field if not."""
    if not isinstance(value, str):
        raise InvalidValue(field, "must be text")
    if len(value) > longest:
        raise InvalidValue(field, f"is too long (the maximum is {longest})")
    if not is_storable(value):
        raise InvalidValue(field, WHY_NOT_STORABLE)
    return value


def is_storable(value: str) -> bool:
    """Tell whether every engine can keep this text exactly, however long."""
    return "\0" not in value and (value.isascii() or _is_whole(value))


def _is_whole(value: str) -> bool:
    # A pattern would look at each character, which takes long on an article.
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(column: str, given: str) -> str:
    """Return the text cut to its column, with a mark for what no engine can keep."""
    return UNSTORABLE.sub("\ufffd", given)[: LONGEST[column]]


def optional_text(column: str, value: str | None) -> str | None:
    """Return None, or the text of a column as `texts` does."""
    return None if value is None else text(column, value, LONGEST[column])


def number(field: str, value: int, smallest: int, largest: int) -> int:
    """Return the whole number if it lies in the range; InvalidValue names the field if not."""
    if type(value) is not int:
        raise InvalidValue(field, "must be a whole number")
    if not smallest <= value <= largest:
        raise InvalidValue(field, f"must be between {smallest} and {largest}")
    return value


def page(skip: int, limit: int) -> dict[str, int]:
    """Return both as values to bind; InvalidValue names the one that is negative."""
    return {
        "skip": number("skip", min(skip, LARGEST_ID), 0, LARGEST_ID),
        "limit": number("limit", min(limit, LARGEST_ID), 0, LARGEST_ID),
    }
