"""What a text says: a number, a boolean, a date, or nothing that anybody could see."""

import datetime
import math
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from model.frame.value import WHY_NO_DATE, WHY_NO_MOMENT, is_kept

# What shows nothing and is no blank, as a part of a character class: fillers, joiners, marks of
# direction, variation selectors, tags.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
VISIBLE = re.compile(rf"[^\s{INVISIBLE}]")
HIDDEN = re.compile(f"[{INVISIBLE}]")
# Controls, formats, halves of pairs, private use, unassigned, ends of lines and paragraphs.
NOT_FOR_NAMES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,1000}")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
DATE = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}")
# RFC 3339, to the millisecond; further zeros say nothing more.
MOMENT = re.compile(
    r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3}0*)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_blank(text: str) -> bool:
    """Return whether a text has only whitespace or invisible characters."""
    return VISIBLE.search(text) is None


def is_readable(name: str) -> bool:
    """Tell whether every character is visible, assigned, and not a direction control."""
    categories = {unicodedata.category(character) for character in name}
    return not (categories & NOT_FOR_NAMES) and HIDDEN.search(name) is None


def whole_number(text: str) -> int:
    """Return the whole number that a text says; ValueError if it says none."""
    # Not int() alone, which also takes 1_0 and the digits of other scripts.
    if not WHOLE_NUMBER.fullmatch(text):
        raise ValueError("must be a whole number")
    return int(text)


def number(text: str) -> float:
    """Return the number that a text says, which may be infinite; ValueError if it says none."""
    # As above, for float().
    if not text.isascii() or "_" in text:
        raise ValueError("must be a number")
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


def finite_number(text: str) -> float:
    """Return the number that a text says; ValueError if it says none, or an infinite one."""
    found = number(text)
    if not math.isfinite(found):
        raise ValueError("must be a finite number")
    return found


def boolean(text: str) -> bool:
    """Return what `true` or `false` says, in whatever case; ValueError for anything else."""
    if text.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return text.lower() == "true"


def decimal(text: str) -> Decimal:
    """Return the number that plain digits say, never through a float; ValueError if they do not."""
    if not DECIMAL.fullmatch(text):
        raise ValueError("must be a decimal number, such as 12.50")
    found = Decimal(text)
    return found or found.copy_abs()  # -0 is 0


def date(text: str) -> datetime.date:
    """Return the date that YYYY-MM-DD says; ValueError if it says none, or no engine keeps it."""
    if not DATE.fullmatch(text):
        raise ValueError(f"{WHY_NO_DATE}, such as 2026-01-31")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day that is in the calendar, such as 2026-01-31") from None


def moment(text: str) -> datetime.datetime:
    """Return the time that RFC 3339 says, in UTC; ValueError if not every engine keeps it."""
    try:
        if MOMENT.fullmatch(text):
            found = datetime.datetime.fromisoformat(text.upper()).astimezone(datetime.UTC)
            if is_kept(found):
                return found
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{WHY_NO_MOMENT}, such as 2026-01-31T12:30:00.500Z")


def uuid(text: str) -> UUID:
    """Return the UUID that its 36 characters say, in whatever case; ValueError if they do not."""
    if not UUID_TEXT.fullmatch(text):
        raise ValueError("must be a UUID, such as 123e4567-e89b-42d3-a456-426614174000")
    return UUID(text)


def choice(text: str, choices: Sequence[str]) -> str:
    """Return the text if it is one of the choices; ValueError names them if not."""
    if text not in choices:
        raise ValueError(f"must be one of {', '.join(choices)}")
    return text


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
