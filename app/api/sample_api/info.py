"""IMFlask's samples with data: the author, the API log, and how values are returned as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, g

from app.http.decorator import may_raise
from app.http.response import Created, Ok, bad_request, created, ok
from app.http.rule import Max, MaxLen, Min
from app.http.validation import Json, Query, Validator
from controller import author, log
from controller.frame.error import NotFound
from model.log import LogRow
from model.master_config import LONGEST_NAME, AuthorRow

api = Blueprint("info", __name__)


class AuthorResult(TypedDict):
    """The author."""

    result: AuthorRow


class LogResult(TypedDict):
    """A page of the API log."""

    result: Sequence[LogRow]


class Values(TypedDict):
    """Values that JSON has no type for."""

    time: datetime
    uuid: UUID
    decimal: Decimal
    text: str


@api.get("/author")
@may_raise(NotFound)
def get_author() -> Ok[AuthorResult]:
    """Get the author."""
    return ok({"result": author.read(g.db)})


@api.route("/author", methods=["POST", "PUT"])
@Validator(bad_request)
def set_author(
    name: str = Json(str, rules=MaxLen(LONGEST_NAME), example="IML"),
) -> Created[AuthorResult]:
    """Create or rename the author."""
    return created({"result": author.write(g.db, name=name)})


@api.get("/log")
@Validator(bad_request)
def get_log(
    skip: int = Query(int, default=0, rules=Min(0), example=0),
    limit: int = Query(int, default=20, rules=[Min(1), Max(100)], example=20),
) -> Ok[LogResult]:
    """List the requests in the API log, newest first."""
    return ok({"result": log.list(g.log_db, skip=skip, limit=limit)})


@api.get("/jsonify")
def jsonify() -> Ok[Values]:
    """Return a datetime, an id, a decimal and a string as JSON."""
    moment = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    number = Decimal("1.10")
    return ok({"time": moment, "uuid": UUID(int=0), "decimal": number, "text": "레토르트"})
