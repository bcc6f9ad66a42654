"""Comments: who may write one on an article, and delete it."""

from controller import account, article
from controller.frame.error import Forbidden, NotFound, not_blank
from controller.frame.runner import run
from model import Models, atomic
from model.comment import CommentPage, CommentRow
from model.frame.error import MissingParent


def list(
    db: Models, *, slug: str, reader_id: int | None = None, limit: int = 100, offset: int = 0
) -> CommentPage:
    """Return a page of the comments on an article as the reader sees them, newest first."""
    article_id = article.find_id(db, slug=slug)
    return db.comments.list_by_article(article_id, skip=offset, limit=limit, reader_id=reader_id)


def write(db: Models, *, slug: str, reader_id: int, body: str) -> CommentRow:
    """Add a comment to an article, and return it."""
    article_id = article.find_id(db, slug=slug)
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
    article_id = article.find_id(db, slug=slug)
    comment = _find(db, id, article_id, reader_id)
    if comment["author"]["id"] != reader_id and not account.is_admin(db, reader_id=reader_id):
        raise Forbidden("comment")
    if not db.comments.delete(id, article_id=article_id):
        raise NotFound("comment")


def _find(db: Models, id: int, article_id: int, reader_id: int) -> CommentRow:
    comment = db.comments.find(id, reader_id=reader_id)
    if comment is None or comment["article_id"] != article_id:
        raise NotFound("comment")
    return comment


if __name__ == "__main__":
    from config import config

    run(config)
