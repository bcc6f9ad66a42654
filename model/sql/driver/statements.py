"""What a model runs its SQL on: the database itself, or one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

Row = dict[str, Any]

# A page of rows that have `created_at` and `id`, and its condition if it begins at a place.
NEWEST_FIRST = "ORDER BY created_at DESC, id DESC LIMIT %(limit)s"
BEFORE = """
    created_at <= %(before_time)s
    AND (created_at < %(before_time)s OR id < %(before_id)s)
"""

Result = TypeVar("Result")


def where(conditions: Sequence[str]) -> str:
    """Return the WHERE of a statement that wants every condition; empty without one."""
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


class Statements:
    """Six ways to run a statement. `%(name)s` stands for the value that is given by that name."""

    engine: str
    # How many rows share one kept count: on SQLite nobody else writes at the same time.
    slots = 1

    def one(self, sql: str, **values: Any) -> Any:
        """Return the first row as a dict, or None."""
        return self._call("one", sql, values)

    def all(self, sql: str, **values: Any) -> Any:
        """Return every row, each a dict."""
        return self._call("all", sql, values)

    def tuples(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return every row as a tuple: for many small rows that are taken apart at once."""
        rows: list[tuple[Any, ...]] = self._call("tuples", sql, values)
        return rows

    def run(self, sql: str, **values: Any) -> int:
        """Return how many rows the statement found to change, changed or not."""
        return int(self._call("run", sql, values))

    def insert(self, sql: str, **values: Any) -> int:
        """Return the id of the row that the statement made."""
        return int(self._call("insert", sql, values))

    def insert_many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Insert every row; return how many."""
        return int(self._call("insert_many", sql, rows))

    def atomically(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, in one transaction."""
        raise NotImplementedError

    def briefly(self, work: Callable[[Any], Result]) -> Result:
        """As `atomically`; on MySQL it locks the rows that it finds, and no gaps between them."""
        raise NotImplementedError

    def in_bulk(self, work: Callable[[Any], Result], *, write: bool = True) -> Result:
        """As `atomically`, but once and without time limits; `write=False` takes no lock."""
        raise NotImplementedError

    def _call(self, method: str, sql: str, values: Any) -> Any:
        raise NotImplementedError
