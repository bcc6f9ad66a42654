"""The API log: the limits of its columns, its rows, and the methods that every engine offers."""

from datetime import datetime
from typing import Protocol, TypedDict

LONGEST = {"ip": 45, "method": 16, "path": 2048, "request_id": 128}


class LogRow(TypedDict):
    """One request that was answered."""

    id: int
    ip: str
    method: str
    path: str
    status: int
    milliseconds: float
    request_id: str
    created_at: datetime


class Logs(Protocol):
    """The methods of `db.logs`."""

    def insert_log(
        self,
        *,
        ip: str,
        method: str,
        path: str,
        status: int,
        milliseconds: float,
        request_id: str,
    ) -> int: ...
    def delete_oldest(self, before: datetime, limit: int) -> int: ...
    def get_log(self, skip: int, limit: int) -> list[LogRow]: ...
    def count(self) -> int: ...
