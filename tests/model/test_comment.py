"""Comments on every engine."""

from datetime import timedelta
from typing import get_type_hints

import pytest

from model.comment import LONGEST_BODY, CommentRow
from model.frame import value
from model.frame.error import InvalidValue, MissingParent
from model.profile import ProfileRow
from tests.model.statements import MANY, assert_reads_no_whole_table, put
from tests.model.test_article import fill as fill_articles
from tests.model.test_article import insert as insert_article
from tests.model.test_user import UNICODE

MODEL = "comments"
STATEMENTS = {
    "insert": (1, 4, lambda db: db.comments.insert(article_id=2, author_id=1, body="c")),
    "find": (1, 1, lambda db: db.comments.find(1, reader_id=1)),
    "list_by_article": (1, 1, lambda db: db.comments.list_by_article(2, reader_id=1)),
    "delete": (1, 1, lambda db: db.comments.delete(1)),
    "delete_by_article": (1, 1, lambda db: db.comments.delete_by_article(2)),
}
# In SQL the foreign key deletes the comments of an article.
ADDED = {"articles.delete": (0, 1)}
PAGES = {"the comments on an article": lambda db: db.comments.list_by_article(9, reader_id=5)}


def fill(database, count: int = 10, users: int = 10) -> None:
    """Comments 1 to count, the last the newest, on as many articles."""
    fill_articles(database, count, users)
    now = value.now()
    rows = [
        {"id": n, "article_id": n % count + 1, "author_id": n % users + 1, "body": "c"}
        | {"created_at": now + timedelta(seconds=n), "updated_at": now}
        for n in range(1, count + 1)
    ]
    put(database, "comments", rows)


@pytest.fixture
def article_id(database, user_id) -> int:
    return insert_article(database, "talk", author_id=user_id)


@pytest.fixture
def comment(database, article_id, user_id):
    """Comment on the article; returns the comment's id."""

    def insert(body: str = "x", *, article_id: int = article_id, author_id: int = user_id) -> int:
        return database.comments.insert(article_id=article_id, author_id=author_id, body=body)

    return insert


# --- What is refused ---


@pytest.mark.parametrize(
    "id", [0, -1, 2**53, 2**63, 2**80, "1", "1abc", None, 1.0, True, {"$gt": 0}]
)
def test_a_malformed_id_is_not_found(database, comment, id):
    comment()
    assert database.comments.find(id) is None


def test_a_comment_that_does_not_exist_is_none(database):
    assert database.comments.find(1) is None


@pytest.mark.parametrize("bad", ["nul\0", "\ud800", "x" * (LONGEST_BODY + 1)])
def test_a_body_that_an_engine_cannot_keep_is_refused(database, article_id, comment, bad):
    with pytest.raises(InvalidValue) as raised:
        comment(bad)
    assert raised.value.field == "body"
    assert database.comments.list_by_article(article_id) == []
    assert comment("🧪" * LONGEST_BODY)


def test_a_comment_needs_its_article_and_its_author(database, article_id, comment, user_id):
    with pytest.raises(MissingParent):
        comment(article_id=article_id + 1000)
    with pytest.raises(MissingParent):
        comment(author_id=user_id + 1000)
    assert database.comments.list_by_article(article_id) == []


# --- What is kept ---


def test_comments_are_listed_newest_first_and_deleted_one_by_one(
    database, article_id, comment, user_id, other_id
):
    database.profiles.follow(follower_id=user_id, followed_id=other_id)
    first, second = comment(UNICODE), comment(UNICODE, author_id=other_id)
    rows = database.comments.list_by_article(article_id, reader_id=user_id)
    assert [row["id"] for row in rows] == [second, first]
    assert [row["body"] for row in rows] == [UNICODE, UNICODE]
    assert [row["author"]["following"] for row in rows] == [True, False]
    assert [row["author"]["username"] for row in rows] == ["anne", "jake"]
    assert rows[0]["author"] == database.profiles.find("anne", reader_id=user_id)
    assert database.comments.find(second, reader_id=user_id) == rows[0]
    assert database.comments.delete(first) == 1
    assert database.comments.delete(first) == 0
    assert [row["id"] for row in database.comments.list_by_article(article_id)] == [second]


def test_every_column_of_a_row_is_declared(database, comment, article_id):
    row = database.comments.find(comment())
    assert set(row) == set(get_type_hints(CommentRow))
    assert set(row["author"]) == set(get_type_hints(ProfileRow))
    assert row["article_id"] == article_id
    assert row["created_at"] == row["updated_at"]


def test_an_article_is_deleted_with_its_comments_alone(database, article_id, comment, user_id):
    kept = insert_article(database, "kept", author_id=user_id)
    gone, stays = comment(), comment(article_id=kept)
    assert database.articles.delete(article_id) == 1
    assert database.comments.list_by_article(article_id) == []
    assert database.comments.find(gone) is None
    assert [row["id"] for row in database.comments.list_by_article(kept)] == [stays]


def test_all_comments_on_an_article_are_deleted_at_once(database, article_id, comment, user_id):
    other = insert_article(database, "kept", author_id=user_id)
    comment(), comment(), comment(article_id=other)
    assert database.comments.delete_by_article(article_id) == 2
    assert database.comments.delete_by_article(article_id) == 0
    assert database.comments.list_by_article(article_id) == []
    assert len(database.comments.list_by_article(other)) == 1


# --- Statements ---


def test_eighty_comments_take_one_statement(sent, database):
    fill(database)
    for _ in range(80):
        database.comments.insert(article_id=3, author_id=1, body="c")
    assert len(database.comments.list_by_article(3, reader_id=2)) > 80
    assert len(sent.by(lambda: database.comments.list_by_article(3, reader_id=2))) == 1


def test_comments_are_listed_by_an_index(sent, database):
    count = MANY[database.engine]
    fill(database, count, users=count // 10)
    assert_reads_no_whole_table(database, sent, PAGES, unsorted=PAGES)
