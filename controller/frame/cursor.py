"""Cursors: text that says behind which row the next page begins, newest first.

A page costs the same at any depth, and new rows neither move nor repeat what comes after it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from controller.frame.error import Invalid
from model.frame.value import Place, TextPlace, folded

# The time in milliseconds and the id, which is below 2^53, both in hexadecimal digits.
CURSOR = re.compile("[0-9a-f]{11}[01][0-9a-f]{13}")
# The id, and the text that the rows are in the order of.
TEXT_CURSOR = re.compile("[01][0-9a-f]{13}(?:[0-9a-f]{2}){0,400}")
NOT_A_CURSOR = "must be the `next` of an earlier page"


def after(rows: Sequence[Any], limit: int) -> str | None:
    """Return the cursor of the page after these rows, or None if they do not fill their page."""
    if len(rows) < limit or not rows:
        return None
    milliseconds = round(rows[-1]["created_at"].timestamp() * 1000)
    return f"{milliseconds:011x}{rows[-1]['id']:014x}"


def read(before: str | None) -> Place | None:
    """Return where a page begins; Invalid("before") for text that is no cursor."""
    if before is None:
        return None
    if not CURSOR.fullmatch(before):
        raise Invalid("before", NOT_A_CURSOR)
    return Place(datetime.fromtimestamp(int(before[:11], 16) / 1000, UTC), int(before[11:], 16))


def after_text(rows: Sequence[Any], limit: int, column: str, longest: int) -> str | None:
    """Return the cursor of the page after these rows, in the order of a text; None as `after`.

    So many characters of the folded text are compared.
    """
    if len(rows) < limit or not rows:
        return None
    return f"{rows[-1]['id']:014x}{folded(rows[-1][column], longest).encode().hex()}"


def read_text(before: str | None) -> TextPlace | None:
    """Return where a page in the order of a text begins; Invalid("before") for no such cursor."""
    if before is None:
        return None
    if not TEXT_CURSOR.fullmatch(before):
        raise Invalid("before", NOT_A_CURSOR)
    try:
        return TextPlace(bytes.fromhex(before[14:]).decode(), int(before[:14], 16))
    except UnicodeDecodeError:
        raise Invalid("before", NOT_A_CURSOR) from None


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
