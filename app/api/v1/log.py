"""The API log, which only an admin may see."""

from datetime import datetime
from typing import TypedDict

from flask import Blueprint, g

from app.http.auth import admin_required
from app.http.response import Ok, ok
from app.http.rule import Max, Min
from app.http.validation import Query, Validator
from controller import log
from model.log import LogRow

api = Blueprint("log", __name__)


class LogJson(TypedDict):
    """A request that was answered."""

    id: int
    ip: str
    method: str
    path: str
    status: int
    milliseconds: float
    requestId: str
    createdAt: datetime


class LogsAnswer(TypedDict):
    """A page of the API log, newest first."""

    logs: list[LogJson]


def show_log(row: LogRow) -> LogJson:
    """Show a request that was answered."""
    return {
        "id": row["id"],
        "ip": row["ip"],
        "method": row["method"],
        "path": row["path"],
        "status": row["status"],
        "milliseconds": row["milliseconds"],
        "requestId": row["request_id"],
        "createdAt": row["created_at"],
    }


@api.get("/logs")
@admin_required
@Validator()
def list_logs(
    limit: int = Query(int, default=20, rules=[Min(1), Max(100)], example=20),
    offset: int = Query(int, default=0, rules=Min(0), example=0),
) -> Ok[LogsAnswer]:
    """List the requests in the API log, newest first."""
    found = log.list(g.log_db, skip=offset, limit=limit)
    return ok({"logs": [show_log(row) for row in found]})
