"""What every engine offers besides its models."""

from contextlib import AbstractContextManager
from typing import Protocol

from model.frame.migration import Ledger, Migration, Record


class Connection(Protocol):
    """A database, as it is connected to once per process; safe to share between threads."""

    engine: str

    def ping(self) -> None:
        """Return if the database answers for its tables; else Unavailable."""

    def create(self) -> None:
        """Make the database itself if it is not there."""

    def drop(self) -> None:
        """Delete the database with everything in it."""

    def tables(self) -> list[str]:
        """Return the names of the tables or collections, as the database's catalogue has them."""

    def migrations(self) -> list[Migration]:
        """Return the migration files of this engine, in order."""

    def migration_records(self) -> list[Record]:
        """Return what was migrated; nothing of a database that never was."""

    def ledger(self, wait: float) -> AbstractContextManager[Ledger]:
        """Hold the lock that lets one process migrate; Unavailable after so many seconds."""

    def close(self) -> None:
        """Close every connection of this process."""
