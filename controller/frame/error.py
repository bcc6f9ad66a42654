"""What a controller raises when a rule is not kept. Each error names the field at fault."""

from collections.abc import Mapping

from controller.frame.text import is_blank


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
