"""The API log: a document for each request that was answered."""

from datetime import datetime
from typing import cast

from model.frame import value
from model.log import LONGEST, LogRow
from model.mongodb.driver.collection import Collection, Operations

COLUMNS = ("ip", "method", "path", "status", "milliseconds", "request_id", "created_at")


class Log:
    """The collection logs."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._logs = Collection(db, "logs")

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
        """Add a document and return its id."""
        texts = {"ip": ip, "method": method, "path": path, "request_id": request_id}
        value.check(texts, LONGEST)
        return self._logs.insert(
            {
                **texts,
                "status": value.number("status", status, 100, 599),
                "milliseconds": float(milliseconds),
                "created_at": value.now(),
            }
        )

    def get_log(self, skip: int, limit: int) -> list[LogRow]:
        """Return a page of documents, newest first."""
        page = value.page(skip, limit)
        if page["limit"] == 0:
            return []
        found = self._logs.aggregate(
            [
                {"$sort": {"created_at": -1, "_id": -1}},
                {"$skip": page["skip"]},
                {"$limit": page["limit"]},
                {"$project": dict.fromkeys(COLUMNS, 1)},
            ]
        )
        return cast(list[LogRow], found)

    def delete_oldest(self, before: datetime, limit: int) -> int:
        """Delete the oldest documents from before a time, at most so many; return how many."""
        filter = {"created_at": {"$lt": before}}
        oldest = self._logs.first_ids(filter, {"created_at": 1, "_id": 1}, limit)
        return self._logs.delete({"_id": {"$in": oldest}})

    def count(self) -> int:
        """Return how many documents there are."""
        return self._logs.count({})
