"""What every engine can keep. Other values raise InvalidValue, which names the column."""

import datetime
import math
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, NamedTuple
from uuid import UUID

from model.frame.error import InvalidValue

# JavaScript's largest exact whole number, so that an id survives every client.
LARGEST_ID = 2**53 - 1

# No engine keeps half of a surrogate pair, and not every one keeps NUL.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
WHY_NOT_STORABLE = "can't hold the NUL character or half of a surrogate pair"

# What MySQL says of a DATE and a DATETIME(3).
FIRST_YEAR = 1000
WHY_NO_DATE = "must be a date from 1000-01-01 to 9999-12-31"
WHY_NO_MOMENT = (
    "must be a date and time with its time zone, to the millisecond, from the year 1000 to 9999"
)
# A number of so many digits fits in SQLite's 64 bits without its point.
LONGEST_DECIMAL = 18
SMALLEST, LARGEST = -(2**63), 2**63 - 1


# Loosely: an endpoint judges more strictly.
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
URL = re.compile(r"https?://[^@/?#\s]+([/?#]\S*)?", re.IGNORECASE)

# Every text that begins with a key comes before the key with this at its end.
LAST_CHARACTER = chr(0x10FFFF)

# What keeps a value of a column: a function of this module.
Check = Callable[[str, Any], Any]


class Place(NamedTuple):
    """Where a row stands among others, newest first: a page may begin behind it."""

    created_at: datetime.datetime
    id: int


class TextPlace(NamedTuple):
    """Where a row stands among others in the order of a text: a page may begin behind it."""

    key: str
    id: int


def now() -> datetime.datetime:
    """Return this moment in UTC, in the milliseconds that every engine can keep."""
    return datetime.datetime.fromtimestamp(milliseconds() / 1000, UTC)


def milliseconds() -> int:
    """Return this moment in milliseconds since 1970, for arithmetic with times."""
    return time.time_ns() // 1_000_000


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
    # A pattern would look at each character, which takes long on a long text.
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(value: str, longest: int) -> str:
    """Return the text cut to this length, with a mark for what no engine can keep."""
    return UNSTORABLE.sub("\ufffd", value)[:longest]


def number(column: str, value: object, smallest: int, largest: int) -> int:
    """Return the whole number if it lies in the range; InvalidValue names the column if not."""
    if type(value) is not int:
        raise InvalidValue(column, "must be a whole number")
    if not smallest <= value <= largest:
        raise InvalidValue(column, f"must be between {smallest} and {largest}")
    return value


def whole(column: str, value: object) -> int:
    """Return the whole number if it fits in 64 bits; InvalidValue names the column if not."""
    return number(column, value, SMALLEST, LARGEST)


def decimal(column: str, value: object, precision: int, scale: int) -> Decimal:
    """Return the decimal with exactly `scale` digits after the point; nothing is rounded.

    InvalidValue names the column if that takes more than `precision` digits, at most 18.
    """
    if precision > LONGEST_DECIMAL:
        raise ValueError(f"{column}: a decimal has at most {LONGEST_DECIMAL} digits")
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvalidValue(column, "must be a decimal number")
    exactly = Context(prec=precision, traps=[Inexact, InvalidOperation])
    try:
        kept = value.quantize(Decimal((0, (1,), -scale)), context=exactly)
    except (Inexact, InvalidOperation):
        raise InvalidValue(column, why_no_decimal(precision, scale)) from None
    return kept or kept.copy_abs()  # -0 is 0


def why_no_decimal(precision: int, scale: int) -> str:
    """Say how many digits a decimal may have."""
    return f"must have at most {precision - scale} digits before and {scale} after the point"


def scaled(total: Decimal | int | None, scale: int) -> Decimal:
    """Return a sum of decimals alike from each engine: SQLite's is a whole number, or None."""
    if isinstance(total, Decimal):
        return total
    return Decimal(f"{total or 0}E-{scale}")


def floating(column: str, value: object) -> float:
    """Return the number as a float, -0.0 as 0.0; InvalidValue if it is infinite, or no number."""
    if type(value) not in (int, float):
        raise InvalidValue(column, "must be a number")
    try:
        found = float(value)  # type: ignore[arg-type]
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise InvalidValue(column, "must be a finite number")
    if found != value:
        raise InvalidValue(column, "must be a number that a float keeps exactly")
    return found + 0.0  # MySQL knows no -0.0


def boolean(column: str, value: object) -> bool:
    """Return the boolean; InvalidValue names the column if it is none."""
    if not isinstance(value, bool):
        raise InvalidValue(column, "must be true or false")
    return value


def date(column: str, value: object) -> datetime.date:
    """Return the date if every engine keeps it; InvalidValue names the column if not."""
    if type(value) is not datetime.date or value.year < FIRST_YEAR:
        raise InvalidValue(column, WHY_NO_DATE)
    return value


def moment(column: str, value: object) -> datetime.datetime:
    """Return the aware datetime in UTC if every engine keeps it; else InvalidValue."""
    try:
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            found = value.astimezone(UTC)
            if is_kept(found):
                return found
    except OverflowError:
        pass
    raise InvalidValue(column, WHY_NO_MOMENT)


def is_kept(moment: datetime.datetime) -> bool:
    """Tell whether every engine keeps this time, which is in UTC, exactly."""
    return moment.year >= FIRST_YEAR and moment.microsecond % 1000 == 0


def uuid(column: str, value: object) -> UUID:
    """Return the UUID; InvalidValue names the column if it is none."""
    if not isinstance(value, UUID):
        raise InvalidValue(column, "must be a UUID")
    return value


def reference(column: str, value: object) -> int:
    """Return the id of another row; InvalidValue names the column if it is no whole number."""
    return whole(column, value)


def or_none(check: Check) -> Check:
    """Return what keeps None, and what the check keeps."""
    return lambda column, value: None if value is None else check(column, value)


def email(column: str, value: object, longest: int = 254) -> str:
    """Return the text if it is an e-mail address; InvalidValue names the column if not."""
    return _like(EMAIL, "must be an e-mail address", column, text(column, value, longest))


def url(column: str, value: object, longest: int = 2000) -> str:
    """Return the text if it is a URL of http or https; InvalidValue names the column if not."""
    return _like(URL, "must be a URL of http or https", column, text(column, value, longest))


def _like(pattern: re.Pattern[str], why_not: str, column: str, value: str) -> str:
    if not pattern.fullmatch(value):
        raise InvalidValue(column, why_not)
    return value


def choice(column: str, value: object, choices: Sequence[str]) -> str:
    """Return the text if it is one of the choices; InvalidValue names the column if not."""
    if not isinstance(value, str) or value not in choices:
        raise InvalidValue(column, f"must be one of {', '.join(choices)}")
    return value


def folded(text: str, longest: int | None = None) -> str:
    """Return the key by which a text is found, however it is cased or composed.

    On every engine, `key >= p AND key < p + chr(0x10FFFF)` finds the keys that begin with p.
    """
    if text.isascii():
        return text.lower()[:longest]  # the same, and quickly
    key = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", key).replace("\U0010ffff", "\ufffd")[:longest]


def page(skip: int, limit: int) -> dict[str, int]:
    """Return both as values to bind; InvalidValue names the one that is negative."""
    return {
        "skip": number("skip", min(skip, LARGEST_ID), 0, LARGEST_ID),
        "limit": number("limit", min(limit, LARGEST_ID), 0, LARGEST_ID),
    }
