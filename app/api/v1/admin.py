"""What only an admin may see."""

from flask import Blueprint, g

from app.api.auth import admin_required
from app.api.response import Ok, ok, unprocessable
from app.api.rule import Max, Min
from app.api.v1 import view
from app.api.validation import Query, Validator
from controller import log

api = Blueprint("admin", __name__)


@api.get("/logs")
@admin_required
@Validator(unprocessable)
def list_logs(
    limit: int = Query(int, default=20, rules=[Min(1), Max(100)]),
    offset: int = Query(int, default=0, rules=Min(0)),
) -> Ok[view.LogsAnswer]:
    """Show a page of the API log, newest first."""
    return ok(view.logs(log.list(g.log_db, skip=offset, limit=limit)))
