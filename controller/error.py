"""What a rule answers when it is not kept. Each error names the field that is at fault."""


class RuleError(Exception):
    """A rule that was not kept: `field` is what it is about, `errors` what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.errors = {field: [message]}


class Invalid(RuleError):
    """A value that the rules do not allow."""


class Unauthorized(RuleError):
    """Someone who has not shown who they are."""


class Forbidden(RuleError):
    """Something that this person may not do."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "forbidden")


class NotFound(RuleError):
    """Something that is not there."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "not found")


def not_blank(field: str, text: str) -> str:
    """Return the text; Invalid if nothing but blanks is in it."""
    if not text.strip():
        raise Invalid(field, "can't be blank")
    return text
