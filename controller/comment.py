"""Comments: who may say something about an article, and take it back."""

from collections.abc import Sequence

from controller import account, article
from controller.error import Forbidden, NotFound, not_blank
from controller.runner import run
from model import Models, atomic
from model.error import MissingParent
from model.row import CommentRow


def list(db: Models, *, slug: str, reader_id: int | None = None) -> Sequence[CommentRow]:
    """Return every comment on an article as the reader sees it, newest first."""
    found = article.find(db, slug=slug)
    return db.comments.list_by_article(found["id"], reader_id=reader_id)


def write(db: Models, *, slug: str, reader_id: int, body: str) -> CommentRow:
    """Add a comment to an article, and return it."""
    found = article.find(db, slug=slug)
    try:
        id = _insert(db, found["id"], reader_id, not_blank("body", body))
    except MissingParent:
        raise NotFound("article") from None
    return _find(db, id, found["id"], reader_id)


@atomic
def delete(db: Models, *, slug: str, id: int, reader_id: int) -> None:
    """Delete a comment; only who wrote it and an admin may."""
    found = article.find(db, slug=slug)
    comment = _find(db, id, found["id"], reader_id)
    if comment["author_id"] != reader_id and not account.is_admin(db, reader_id):
        raise Forbidden("comment")
    if not db.comments.delete(id):
        raise NotFound("comment")


@atomic
def _insert(db: Models, article_id: int, author_id: int, body: str) -> int:
    # No more than this in one transaction: MongoDB lets one at a time comment on an article.
    return db.comments.insert(article_id=article_id, author_id=author_id, body=body)


def _find(db: Models, id: int, article_id: int, reader_id: int) -> CommentRow:
    comment = db.comments.find(id, reader_id=reader_id)
    if comment is None or comment["article_id"] != article_id:
        raise NotFound("comment")
    return comment


if __name__ == "__main__":
    from config import config

    run(list, write, delete, config=config)
