"""What a text says: a number, a boolean, or nothing that anybody could see."""

import math
import re
import unicodedata

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


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
