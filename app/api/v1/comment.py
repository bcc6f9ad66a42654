"""Comments on articles."""

from datetime import datetime
from typing import TypedDict

from flask import Blueprint, g

from app.http.auth import login_optional, login_required
from app.http.decorator import may_raise
from app.http.response import Created, NoContent, Ok, created, no_content, ok
from app.http.rule import Max, MaxLen, Min, NotBlank
from app.http.validation import Json, Query, Route, Validator
from controller import comment
from controller.frame.error import Forbidden, NotFound
from model.comment import LONGEST_BODY, CommentRow

from .profile import ProfileJson, show_profile

api = Blueprint("comment", __name__)

SLUG = "how-to-train-your-dragon"
BODY = [NotBlank(), MaxLen(LONGEST_BODY)]
LIMIT = [Min(1), Max(100)]


class CommentJson(TypedDict):
    """A comment on an article."""

    id: int
    createdAt: datetime
    updatedAt: datetime
    body: str
    author: ProfileJson


class CommentAnswer(TypedDict):
    """A comment."""

    comment: CommentJson


class CommentsAnswer(TypedDict):
    """A page of the comments on an article, and how many there are on all pages."""

    comments: list[CommentJson]
    commentsCount: int


def show_comment(row: CommentRow) -> CommentJson:
    """Show a comment."""
    return {
        "id": row["id"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "body": row["body"],
        "author": show_profile(row["author"]),
    }


@api.get("")
@login_optional
@Validator()
@may_raise(NotFound)
def list_comments(
    slug: str = Route(str, example=SLUG),
    limit: int = Query(int, default=100, rules=LIMIT, example=20),
    offset: int = Query(int, default=0, rules=Min(0), example=0),
) -> Ok[CommentsAnswer]:
    """List the comments on an article, newest first."""
    page = comment.list(g.db, slug=slug, reader_id=g.reader_id, limit=limit, offset=offset)
    comments = [show_comment(row) for row in page["comments"]]
    return ok({"comments": comments, "commentsCount": page["count"]})


@api.post("")
@login_required
@Validator(body="comment")
@may_raise(NotFound)
def write_comment(
    slug: str = Route(str, example=SLUG),
    body: str = Json(str, rules=BODY, example="It worked."),
) -> Created[CommentAnswer]:
    """Comment on an article."""
    written = comment.write(g.db, slug=slug, reader_id=g.reader_id, body=body)
    return created({"comment": show_comment(written)})


@api.delete("/<id>")
@login_required
@Validator()
@may_raise(NotFound, Forbidden)
def delete_comment(
    slug: str = Route(str, example=SLUG),
    id: int = Route(int, example=1),
) -> NoContent:
    """Delete your own comment; an admin may delete any."""
    comment.delete(g.db, slug=slug, id=id, reader_id=g.reader_id)
    return no_content()
