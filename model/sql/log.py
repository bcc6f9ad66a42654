"""The API log: a row for each request that was answered."""

from datetime import datetime

from model.frame import value
from model.log import LONGEST, LogRow
from model.sql.driver.statements import Statements


class Log:
    """The table logs."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    def insert_log(
        self,
        *,
        ip: str,
        method: str,
        path: str,
        status: int,
        milliseconds: float,
        request_id: str,
    ) -> int:
        """Add a row and return its id."""
        texts = {"ip": ip, "method": method, "path": path, "request_id": request_id}
        value.check(texts, LONGEST)
        return self.db.insert(
            """
            INSERT INTO logs (ip, method, path, status, milliseconds, request_id, created_at)
            VALUES (
                %(ip)s, %(method)s, %(path)s, %(status)s, %(milliseconds)s, %(request_id)s, %(now)s
            )
            """,
            ip=ip,
            method=method,
            path=path,
            request_id=request_id,
            status=value.number("status", status, 100, 599),
            milliseconds=float(milliseconds),
            now=value.now(),
        )

    def get_log(self, skip: int, limit: int) -> list[LogRow]:
        """Return a page of rows, newest first."""
        rows: list[LogRow] = self.db.all(
            """
            SELECT
                id,
                ip,
                method,
                path,
                status,
                milliseconds,
                request_id,
                created_at
            FROM logs
            ORDER BY created_at DESC, id DESC
            LIMIT %(limit)s OFFSET %(skip)s
            """,
            **value.page(skip, limit),
        )
        return rows

    def delete_oldest(self, before: datetime, limit: int) -> int:
        """Delete the oldest rows from before a time, at most so many; return how many."""
        # By their ids, so that no row is locked but those that go.
        oldest = self.db.tuples(
            """
            SELECT id
            FROM logs
            WHERE created_at < %(before)s
            ORDER BY created_at, id
            LIMIT %(limit)s
            """,
            before=before,
            limit=limit,
        )
        if not oldest:
            return 0
        return self.db.run("DELETE FROM logs WHERE id IN %(ids)s", ids=[id for (id,) in oldest])

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self.db.one("SELECT COUNT(*) AS total FROM logs")["total"])
