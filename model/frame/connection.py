"""What every engine offers besides its models."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from model.frame.migration import Ledger, Migration, Record

# Nobody listens on the way to these hosts.
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Connection(Protocol):
    """A database, as it is connected to once per process; safe to share between threads."""

    engine: str

    def ping(self) -> None:
        """Raise Unavailable unless the database answers and can read its tables."""

    def create(self) -> None:
        """Make the database itself if it is not there."""

    def drop(self) -> None:
        """Delete the database with everything in it."""

    def tables(self) -> list[str]:
        """Return the names of the tables or collections, as the database's catalogue has them."""

    def has_rows(self, table: str) -> bool:
        """Return whether a table or collection holds anything."""

    def most_connections(self) -> int:
        """Return how many connections a process has at most."""

    def is_exposed(self) -> bool:
        """Tell whether the URL lets statements cross a network unencrypted."""

    def clock(self) -> datetime:
        """Return the time by the server's clock, in UTC."""

    def excess_rights(self) -> list[str]:
        """Return what its user may do besides working on this database; no secrets in it."""

    def migrations(self) -> list[Migration]:
        """Return the migration files of this engine, in order."""

    def migration_records(self) -> list[Record]:
        """Return the migration records; empty if the database was never migrated."""

    def ledger(self, wait: float) -> AbstractContextManager[Ledger]:
        """Hold the migration lock; Unavailable if it is not free within this many seconds."""

    def close(self) -> None:
        """Close every connection of this process."""
