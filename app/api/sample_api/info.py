"""IMFlask's samples with data: the author, the API log, and how values leave as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, g

from app.api.decorator import may_raise
from app.api.response import Created, Ok, bad_request, created, ok
from app.api.rule import Max, MaxLen, Min
from app.api.validation import Json, Query, Validator
from controller import author, log
from controller.error import NotFound
from model.error import Unavailable
from model.row import AuthorRow, LogRow

api = Blueprint("info", __name__)


class AuthorResult(TypedDict):
    """The author."""

    result: AuthorRow


class LogResult(TypedDict):
    """A page of the API log."""

    result: Sequence[LogRow]


class Values(TypedDict):
    """Values that JSON has no kind of its own for."""

    time: datetime
    uuid: UUID
    decimal: Decimal
    text: str


@api.get("/author")
@may_raise(NotFound, Unavailable)
def get_author() -> Ok[AuthorResult]:
    """Show the author."""
    return ok({"result": author.read(g.db)})


@api.route("/author", methods=["POST", "PUT"])
@Validator(bad_request)
@may_raise(Unavailable)
def set_author(name: str = Json(str, rules=MaxLen(255))) -> Created[AuthorResult]:
    """Set the author, whether or not there was one."""
    return created({"result": author.write(g.db, name)})


@api.get("/log")
@Validator(bad_request)
@may_raise(Unavailable)
def get_log(
    skip: int = Query(int, default=0, rules=Min(0)),
    limit: int = Query(int, default=20, rules=[Min(1), Max(100)]),
) -> Ok[LogResult]:
    """Show a page of the API log, newest first."""
    return ok({"result": log.list(g.log_db, skip=skip, limit=limit)})


@api.get("/jsonify")
def jsonify() -> Ok[Values]:
    """Show how times, ids and text leave as JSON."""
    moment = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    number = Decimal("1.10")
    return ok({"time": moment, "uuid": UUID(int=0), "decimal": number, "text": "레토르트"})
