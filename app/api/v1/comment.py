"""Comments on an article."""

from flask import Blueprint, g

from app.api.auth import login_optional, login_required
from app.api.decorator import may_raise
from app.api.response import Created, NoContent, Ok, created, no_content, ok, unprocessable
from app.api.rule import MaxLen, NotBlank
from app.api.v1 import view
from app.api.validation import Json, Route, Validator
from controller import comment
from controller.error import Forbidden, NotFound
from model.value import LONGEST_COMMENT

api = Blueprint("comment", __name__)


@api.get("")
@login_optional
@Validator(unprocessable)
@may_raise(NotFound)
def list_comments(slug: str = Route(str)) -> Ok[view.CommentsAnswer]:
    """Show the comments on an article, newest first."""
    return ok(view.comments(comment.list(g.db, slug=slug, reader_id=g.reader_id)))


@api.post("")
@login_required
@Validator(unprocessable, body="comment")
@may_raise(NotFound)
def write_comment(
    slug: str = Route(str),
    body: str = Json(str, rules=[NotBlank(), MaxLen(LONGEST_COMMENT)]),
) -> Created[view.CommentAnswer]:
    """Comment on an article."""
    written = comment.write(g.db, slug=slug, reader_id=g.reader_id, body=body)
    return created(view.comment(written))


@api.delete("/<id>")
@login_required
@Validator(unprocessable)
@may_raise(NotFound, Forbidden)
def delete_comment(slug: str = Route(str), id: int = Route(int)) -> NoContent:
    """Delete one's own comment; an admin may delete any."""
    comment.delete(g.db, slug=slug, id=id, reader_id=g.reader_id)
    return no_content()
