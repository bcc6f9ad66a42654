"""What any engine can answer besides rows. Raised from the driver's codes, never from its texts."""

from collections.abc import Mapping


class ModelError(Exception):
    """What a database did not do, and why; `errors` says of each column what is wrong with it."""

    errors: Mapping[str, list[str]] = {}


class Duplicate(ModelError):
    """A value that must be unique is there already; `fields` are the columns that hold it."""

    def __init__(self, *fields: str) -> None:
        super().__init__(" and ".join(fields) + " has already been taken")
        self.fields = fields
        self.errors = {field: ["has already been taken"] for field in fields}


class InvalidValue(ModelError):
    """A value that the database does not keep: nothing was stored. `field` is its column."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.errors = {field: [message]}


class MissingParent(ModelError):
    """The row that this one belongs to is not there; `fields` are the columns that name it."""

    def __init__(self, *fields: str) -> None:
        super().__init__(f"{' and '.join(fields) or 'its parent'} not found")
        self.fields = fields
        self.errors = {field: ["not found"] for field in fields}


class HasChildren(ModelError):
    """Other rows belong to this one, so it stays."""


class TooLarge(ModelError):
    """More at once than the database takes."""


class Unavailable(ModelError):
    """The database cannot answer now: it is away, full, read-only or overloaded."""


class NoDatabase(Unavailable):
    """There is no such database, or no such file, on this server."""


class TryAgain(Unavailable):
    """The database undid the work and asks for another try: a deadlock, a lock held too long."""


class ConnectionLost(Unavailable):
    """The connection broke before a commit was sent: a transaction was undone.

    A statement outside a transaction may have been executed, so it is not retried.
    """


class OutcomeUnknown(Unavailable):
    """The connection broke during the commit: nobody knows whether the work was kept."""


class ConfigurationError(ModelError):
    """A database URL that cannot work; it never shows a password."""
