"""Where an SQL database keeps what was migrated, and who may migrate."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model.frame.migration import Migration, Record, Step, files_in
from model.sql.driver.script import statements

FOLDER = Path(__file__).parents[1] / "migrations"

TABLE = """
    CREATE TABLE IF NOT EXISTS migration (
        name VARCHAR(100) NOT NULL PRIMARY KEY,
        checksum CHAR(64) NOT NULL,
        done INTEGER NOT NULL,
        undone INTEGER NOT NULL,
        complete INTEGER NOT NULL,
        applied_at DATETIME NOT NULL
    )
"""
RECORDS = "SELECT name, checksum, done, undone, complete, applied_at FROM migration ORDER BY name"


def read_files(engine: str) -> list[Migration]:
    """Return the migrations of an engine: plain SQL, then `-- down` and what undoes it."""
    return [_read_file(path, engine) for path in files_in(FOLDER / engine, ".sql")]


def _read_file(path: Path, engine: str) -> Migration:
    # Reading as text makes one kind of line of what git may have checked out as another.
    text = path.read_text(encoding="utf-8-sig")
    up, down = statements(text, engine=engine)
    return Migration(
        path.stem, text, up=[Step(*found) for found in up], down=[Step(*found) for found in down]
    )


class Ledger:
    """The table migration, on the connection that holds the lock."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def records(self) -> list[Record]:
        """Return the record of every migration that was begun."""
        return [record_of(row) for row in self._connection.all(RECORDS, {})]

    def save(self, record: Record) -> None:
        """Keep a record, in place of the one of that name."""
        self._connection.run(
            """
            REPLACE INTO migration (name, checksum, done, undone, complete, applied_at)
            VALUES (
                %(name)s, %(checksum)s, %(done)s, %(undone)s, %(complete)s, %(applied_at)s
            )
            """,
            vars(record),
        )

    def forget(self, name: str) -> None:
        """Remove a record."""
        self._connection.run("DELETE FROM migration WHERE name = %(name)s", {"name": name})

    @contextmanager
    def file(self) -> Iterator[None]:
        """Run one file in a transaction: SQLite rolls it back if a row lost its parent."""
        self._connection.begin_file()
        yield
        self._connection.end_file()

    def perform(self, _migration: Migration, step: Step) -> None:
        """Run one statement as it stands in the file."""
        self._connection.script(step.text)


@contextmanager
def locked(connection: Any, wait: float) -> Iterator[Ledger]:
    """Hold the lock on this connection; the steps that went well are kept whatever happens."""
    connection.begin_migrating(wait)
    try:
        connection.script(TABLE)
        yield Ledger(connection)
    finally:
        connection.end_migrating()


def record_of(row: dict[str, Any]) -> Record:
    """Return a row of the table as a record."""
    return Record(**{**row, "complete": bool(row["complete"])})
