"""What every engine can keep. Other values raise InvalidValue, which names the column."""

import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from model.frame.error import InvalidValue

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


def given(columns: Mapping[str, object]) -> dict[str, Any]:
    """Return the columns to change: those that are not None."""
    return {column: value for column, value in columns.items() if value is not None}


def check(columns: Mapping[str, object], longest: Mapping[str, int]) -> None:
    """Raise InvalidValue, naming the column, unless every engine keeps these texts exactly."""
    for column, value in columns.items():
        text(column, value, longest[column])


def check_given(columns: Mapping[str, object], longest: Mapping[str, int]) -> None:
    """Like `check`, for the columns to change: those that are not None."""
    for column, value in columns.items():
        if value is not None:
            text(column, value, longest[column])


def texts(column: str, values: Iterable[object], longest: int) -> list[str]:
    """Return several texts of one column if every engine keeps them exactly; else InvalidValue."""
    return [text(column, value, longest) for value in values]


def text(column: str, value: object, longest: int) -> str:
    """Return the text if every engine keeps it exactly; InvalidValue names the column if not."""
    if not isinstance(value, str):
        raise InvalidValue(column, "must be text")
    if len(value) > longest:
        raise InvalidValue(column, f"is too long (the maximum is {longest})")
    if not is_storable(value):
        raise InvalidValue(column, WHY_NOT_STORABLE)
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


def storable(value: str, longest: int) -> str:
    """Return the text cut to this length, with a mark for what no engine can keep."""
    return UNSTORABLE.sub("\ufffd", value)[:longest]


def number(column: str, value: int, smallest: int, largest: int) -> int:
    """Return the whole number if it lies in the range; InvalidValue names the column if not."""
    if type(value) is not int:
        raise InvalidValue(column, "must be a whole number")
    if not smallest <= value <= largest:
        raise InvalidValue(column, f"must be between {smallest} and {largest}")
    return value


def page(skip: int, limit: int) -> dict[str, int]:
    """Return both as values to bind; InvalidValue names the one that is negative."""
    return {
        "skip": number("skip", min(skip, LARGEST_ID), 0, LARGEST_ID),
        "limit": number("limit", min(limit, LARGEST_ID), 0, LARGEST_ID),
    }
