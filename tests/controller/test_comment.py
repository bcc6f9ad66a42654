"""Comments without Flask."""

import pytest

from controller import article, comment
from controller.frame.error import Forbidden, Invalid, NotFound

TEXTS = {"description": "d", "body": "b"}


def test_there_are_none_without_an_article(database, jake):
    with pytest.raises(NotFound, match="article not found"):
        comment.list(database, slug="unknown", reader_id=jake)
    with pytest.raises(NotFound, match="article not found"):
        comment.write(database, slug="unknown", reader_id=jake, body="b")


def test_a_comment_belongs_to_its_article_and_its_author(database, jake, anne):
    for title in ("One", "Two"):
        article.write(database, reader_id=jake, title=title, **TEXTS)
    id = comment.write(database, slug="one", reader_id=anne, body="b")["id"]
    with pytest.raises(NotFound, match="comment not found"):
        comment.delete(database, slug="two", id=id, reader_id=anne)
    with pytest.raises(Forbidden, match="comment forbidden"):
        comment.delete(database, slug="one", id=id, reader_id=jake)
    with pytest.raises(Invalid, match="body can't be blank"):
        comment.write(database, slug="one", reader_id=anne, body=" ")
    comment.delete(database, slug="one", id=id, reader_id=anne)
    assert comment.list(database, slug="one") == {"comments": [], "count": 0}
