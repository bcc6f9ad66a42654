"""Comments on every engine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import get_type_hints

import pytest

from model.comment import LONGEST_BODY, CommentRow
from model.frame import value
from model.frame.error import InvalidValue, MissingParent
from model.profile import ProfileRow
from tests.model.frame.storm import killed, miscounts, spoil, write_in_parallel
from tests.model.marks import only
from tests.model.statements import put
from tests.model.test_article import fill as fill_articles
from tests.model.test_article import insert as insert_article
from tests.model.test_user import UNICODE

MODEL = "comments"
SOME = [{"article_id": 2, "author_id": 1, "body": body} for body in ("one", "two")]
STATEMENTS = {
    "insert": (2, 5, lambda db: db.comments.insert(article_id=2, author_id=1, body="c")),
    "insert_many": (2, 5, lambda db: db.comments.insert_many(SOME)),
    "find": (1, 1, lambda db: db.comments.find(1, reader_id=1)),
    "list_by_article": (1, 2, lambda db: page(db, 2, reader_id=1)),
    "list_by_article past the end": (2, 2, lambda db: page(db, 2, skip=100)),
    "delete": (2, 2, lambda db: db.comments.delete(1, article_id=2)),
    "delete_by_article": (2, 3, lambda db: db.comments.delete_by_article(2)),
    "verify": (1, 1, lambda db: db.comments.verify(fix=False)),
}
ADDED = {"articles.delete": (2, 3)}
NONE = {"comments": [], "count": 0}


def page(db, article_id: int, *, skip: int = 0, limit: int = 100, reader_id: int | None = None):
    return db.comments.list_by_article(article_id, skip=skip, limit=limit, reader_id=reader_id)


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
    database.comments.verify(fix=True)  # what was put past the model is not counted yet


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
    assert page(database, article_id) == NONE
    assert comment("🧪" * LONGEST_BODY)


def test_a_comment_needs_its_article_and_its_author(database, article_id, comment, user_id):
    with pytest.raises(MissingParent):
        comment(article_id=article_id + 1000)
    with pytest.raises(MissingParent):
        comment(author_id=user_id + 1000)
    assert page(database, article_id) == NONE


# --- What is kept ---


def test_comments_are_listed_newest_first_and_deleted_one_by_one(
    database, article_id, comment, user_id, other_id
):
    database.profiles.follow(follower_id=user_id, followed_id=other_id)
    first, second = comment(UNICODE), comment(UNICODE, author_id=other_id)
    found = page(database, article_id, reader_id=user_id)
    rows = found["comments"]
    assert found["count"] == 2
    assert [row["id"] for row in rows] == [second, first]
    assert [row["body"] for row in rows] == [UNICODE, UNICODE]
    assert [row["author"]["following"] for row in rows] == [True, False]
    assert [row["author"]["username"] for row in rows] == ["anne", "jake"]
    assert rows[0]["author"] == database.profiles.find("anne", reader_id=user_id)
    assert database.comments.find(second, reader_id=user_id) == rows[0]
    assert page(database, article_id, skip=1, limit=1)["comments"][0]["id"] == first
    assert database.comments.delete(first, article_id=article_id + 1) == 0
    assert database.comments.delete(first, article_id=article_id) == 1
    assert database.comments.delete(first, article_id=article_id) == 0
    found = page(database, article_id)
    assert [row["id"] for row in found["comments"]] == [second]
    assert found["count"] == 1


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
    assert page(database, article_id) == NONE
    assert database.comments.find(gone) is None
    assert [row["id"] for row in page(database, kept)["comments"]] == [stays]
    assert database.comments.verify(fix=False) == []


def test_all_comments_on_an_article_are_deleted_at_once(database, article_id, comment, user_id):
    other = insert_article(database, "kept", author_id=user_id)
    comment(), comment(), comment(article_id=other)
    assert database.comments.delete_by_article(article_id) == 2
    assert database.comments.delete_by_article(article_id) == 0
    assert page(database, article_id) == NONE
    assert page(database, other)["count"] == 1


# --- Many writers, and one who deletes ---


def add_users(database, count: int) -> list[int]:
    names = [f"writer{number}" for number in range(count)]
    return database.users.insert_many(
        [{"username": name, "email": name, "password_hash": "x"} for name in names]
    )


def test_many_writers_on_one_article_are_not_refused(database, article_id):
    users = add_users(database, 80)

    def write(user: int) -> None:
        database.comments.insert(article_id=article_id, author_id=user, body="x")
        database.articles.favorite(user_id=user, article_id=article_id)

    # SQLite and MySQL let their writers wait for each other; MongoDB does not.
    with ThreadPoolExecutor(80 if database.engine == "mongodb" else 8) as threads:
        list(threads.map(write, users))
    found = page(database, article_id)
    assert found["count"] == len(found["comments"]) == 80
    assert database.articles.find(article_id)["favorites_count"] == 80
    assert miscounts(database) == []


def test_an_article_that_is_deleted_meanwhile_leaves_nothing(database, user_id):
    users = add_users(database, 6)
    for round in range(8):
        article = insert_article(database, f"s{round}", author_id=user_id)
        begin = threading.Barrier(7)

        def write(user: int, article: int = article, begin=begin) -> None:
            begin.wait()
            with suppress(MissingParent):
                database.comments.insert(article_id=article, author_id=user, body="x")
                database.articles.favorite(user_id=user, article_id=article)

        with ThreadPoolExecutor(7) as threads:
            writing = [threads.submit(write, user) for user in users]
            begin.wait()
            assert database.articles.delete(article) == 1
            for each in writing:
                each.result()
        assert page(database, article) == NONE
    assert miscounts(database) == []


@only("mysql", "mongodb")
def test_a_child_and_the_deletion_of_its_parent_are_not_both_committed(database, article_id):
    """Each reads before the other writes: without a lock that both change, both succeed."""
    user = add_users(database, 1)[0]

    def comment(db) -> None:
        if db.articles.find(article_id) and not deleted.is_set():
            deleted.set()
            with ThreadPoolExecutor(1) as other:
                other.submit(database.articles.delete, article_id).result(10)
        db.comments.insert(article_id=article_id, author_id=user, body="x")

    deleted = threading.Event()
    with pytest.raises(MissingParent):
        database.atomically(comment)
    assert page(database, article_id) == NONE
    assert miscounts(database) == []


# --- Kept counts ---


def write_something(database, random) -> None:
    """Comment, delete a comment, and now and then an article with all of them."""
    article, author = random.randint(1, 5), random.randint(1, 10)
    if random.random() < 0.7:
        database.comments.insert(article_id=article, author_id=author, body="c")
    elif rows := page(database, article, limit=5)["comments"]:
        database.comments.delete(random.choice(rows)["id"], article_id=article)
    if random.random() < 0.02:
        database.articles.delete(random.randint(6, 10))
    elif random.random() < 0.1:
        database.comments.insert(article_id=random.randint(6, 10), author_id=author, body="c")


def test_counts_are_right_after_parallel_writes(database):
    fill(database)
    write_in_parallel(database, write_something, seconds=1.0)
    assert miscounts(database) == []
    for article in range(1, 6):
        found = page(database, article, limit=10**6)
        assert found["count"] == len(found["comments"])


def test_a_wrong_count_is_named_and_corrected(database, comment, article_id):
    comment()
    spoil(database, "comment_counts", "comments")
    wrong = [(f"comments on article {article_id}", 3, 1)]
    assert database.comments.verify(fix=False) == wrong
    assert database.comments.verify(fix=True) == wrong
    assert database.comments.verify(fix=False) == []
    assert page(database, article_id)["count"] == 1


@pytest.mark.drill
def test_counts_are_right_after_kills(engine, tmp_path):
    with killed(engine, tmp_path, fill, write_something, kills=20) as database:
        assert page(database, 1)["count"] > 0
        assert miscounts(database) == []


# --- Statements ---


def test_eighty_comments_take_one_statement(sent, database):
    fill(database)
    for _ in range(80):
        database.comments.insert(article_id=3, author_id=1, body="c")
    found = page(database, 3, reader_id=2)
    assert len(found["comments"]) == found["count"] > 80
    # On MongoDB the count is asked for apart.
    count = 2 if database.engine == "mongodb" else 1
    assert len(sent.by(lambda: page(database, 3, reader_id=2))) == count
