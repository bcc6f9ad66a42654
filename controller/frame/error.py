"""What a controller raises when a rule is not kept. Each error names the field at fault."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from controller.frame.text import is_blank

if TYPE_CHECKING:
    from controller.frame.limit import Left


class ControllerError(Exception):
    """A rule that was not kept: `field` is what it is about, `errors` what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.errors = {field: [message]}


class Invalid(ControllerError):
    """A value that the rules do not allow."""


class Unauthorized(ControllerError):
    """Someone who is not signed in, or whose credentials are wrong."""


class Forbidden(ControllerError):
    """Something that this person may not do."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "forbidden")


class NotFound(ControllerError):
    """Something that is not there."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "not found")


class TooMany(ControllerError):
    """Something that was asked for too often; `retry_after` says in how many seconds to come back.

    `left` is what is left of the limit, where one was counted.
    """

    def __init__(self, retry_after: int, left: "Left | None" = None) -> None:
        super().__init__("requests", f"are too many: try again in {retry_after} seconds")
        self.retry_after = retry_after
        self.left = left


class Busy(ControllerError):
    """Something that takes long and that others wait for already: worth another try in a moment."""


def not_blank(field: str, text: str) -> str:
    """Return the text; Invalid if nothing can be seen in it."""
    if is_blank(text):
        raise Invalid(field, "can't be blank")
    return text


def refuse_blank(texts: Mapping[str, object]) -> None:
    """Raise Invalid for the first of these texts that is blank; None is skipped."""
    for field, text in texts.items():
        if isinstance(text, str):
            not_blank(field, text)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
