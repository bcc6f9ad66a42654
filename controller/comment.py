"""Comments: who may write one on an article, and delete it."""

from collections.abc import Sequence

from controller import account, article
from controller.frame.error import Forbidden, NotFound, not_blank
from controller.frame.runner import run
from model import Models, atomic
from model.comment import CommentRow
from model.frame.error import MissingParent


def list(db: Models, *, slug: str, reader_id: int | None = None) -> Sequence[CommentRow]:
    """Return every comment on an article as the reader sees it, newest first."""
    found = article.find(db, slug=slug)
    return db.comments.list_by_article(found["id"], reader_id=reader_id)


def write(db: Models, *, slug: str, reader_id: int, body: str) -> CommentRow:
    """Add a comment to an article, and return it."""
    article_id = article.find(db, slug=slug)["id"]
    try:
        id = db.comments.insert(
            article_id=article_id, author_id=reader_id, body=not_blank("body", body)
        )
    except MissingParent:
        raise NotFound("article") from None
    return _find(db, id, article_id, reader_id)


@atomic
def delete(db: Models, *, slug: str, id: int, reader_id: int) -> None:
    """Delete a comment; only its author and an admin may."""
    article_id = article.find(db, slug=slug)["id"]
    comment = _find(db, id, article_id, reader_id)
    if comment["author"]["id"] != reader_id and not account.is_admin(db, reader_id=reader_id):
        raise Forbidden("comment")
    if not db.comments.delete(id):
        raise NotFound("comment")


def _find(db: Models, id: int, article_id: int, reader_id: int) -> CommentRow:
    comment = db.comments.find(id, reader_id=reader_id)
    if comment is None or comment["article_id"] != article_id:
        raise NotFound("comment")
    return comment


if __name__ == "__main__":
    from config import config

    run(config)
