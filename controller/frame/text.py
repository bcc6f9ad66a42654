"""Numbers and booleans as they are written in a query string, a command line or a variable."""

import math
import re

WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,1000}")


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
