"""Articles on every engine: their tags, favorites and pages."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import get_type_hints

import pytest

from model.article import (
    LONGEST,
    LONGEST_BODY,
    LONGEST_TAG,
    ArticleRow,
    ArticleSummaryRow,
)
from model.frame import value
from model.frame.error import Duplicate, InvalidValue, MissingParent
from model.profile import ProfileRow
from tests.model.statements import MANY, assert_reads_no_whole_table, put
from tests.model.test_profile import fill as fill_profiles
from tests.model.test_user import UNICODE

TEXTS = {"title": "Title", "description": "Description", "body": "Body"}
NEW = {"slug": "new", **TEXTS}
UNCHANGED = {"slug": None, "tags": None, "title": None, "description": None, "body": None}
TAGS = ["a", "b", "c"]
TOO_LONG = "x" * (LONGEST_TAG + 1)

MODEL = "articles"
STATEMENTS = {
    "insert": (2, 3, lambda db: db.articles.insert(author_id=1, tags=["a"], **NEW)),
    "insert without tags": (1, 3, lambda db: db.articles.insert(author_id=1, **NEW)),
    "find": (2, 1, lambda db: db.articles.find(1, reader_id=1)),
    "find_by_slug": (2, 1, lambda db: db.articles.find_by_slug("s1", reader_id=1)),
    "list_recent": (2, 1, lambda db: db.articles.list_recent(skip=0, limit=20)),
    "count": (1, 1, lambda db: db.articles.count(tag="t1")),
    "update": (1, 1, lambda db: update(db, 1, **NEW)),
    "update with tags": (3, 1, lambda db: update(db, 1, tags=TAGS, **NEW)),
    "delete": (1, 1, lambda db: db.articles.delete(1)),
    "favorite": (1, 2, lambda db: db.articles.favorite(user_id=1, article_id=2)),
    "unfavorite": (1, 1, lambda db: db.articles.unfavorite(user_id=1, article_id=2)),
    "list_tags": (1, 1, lambda db: db.articles.list_tags(10)),
}
PAGES = {
    "recent": lambda db: db.articles.list_recent(skip=0, limit=20, reader_id=5),
    "recent, far back": lambda db: db.articles.list_recent(skip=2000, limit=20, reader_id=5),
    "by tag": lambda db: db.articles.list_recent(skip=0, limit=20, reader_id=5, tag="t7"),
    "by author": lambda db: db.articles.list_recent(skip=0, limit=20, reader_id=5, author_id=7),
    "favorited": lambda db: db.articles.list_recent(skip=0, limit=20, favorited_by=7),
    "feed": lambda db: db.articles.list_recent(skip=0, limit=20, reader_id=5, followed_by=5),
    "one article": lambda db: db.articles.find_by_slug("s9", reader_id=5),
}
FILTERS = {
    "recent": {},
    "by tag": {"tag": "t0"},
    "by author": {"author_id": 1},
    "favorited": {"favorited_by": 1},
    "feed": {"followed_by": 1},
}


# --- Data ---


def fill(database, count: int = 10, users: int = 10) -> None:
    """Articles 1 to count, the last the newest, each with three tags and two favorites."""
    fill_profiles(database, users)
    numbered = range(1, count + 1)
    tags = {n: [*(f"t{(n * k + k) % 40}-{k}" for k in (1, 2)), f"t{n % 30}"] for n in numbered}
    favorites = {n: sorted({n % users + 1, (n * 3) % users + 1}) for n in numbered}
    rows = [_row(n, author_id=n % users + 1) for n in numbered]
    if database.engine == "mongodb":
        embedded = [{"tags": tags[n], "favorited_by": favorites[n]} for n in numbered]
        put(database, "articles", [row | more for row, more in zip(rows, embedded, strict=True)])
    else:
        put(database, "articles", rows)
        _put_joined(database, tags, favorites)


def _row(n, *, author_id) -> dict:
    now = value.now()
    return {
        "id": n,
        "author_id": author_id,
        "slug": f"s{n}",
        "title": "t",
        "description": "d",
        "body": "b" * 300,
        "created_at": now + timedelta(seconds=n),
        "updated_at": now,
    }


def _put_joined(database, tags, favorites) -> None:
    tagged = [
        {"article_id": n, "position": position, "tag": tag}
        for n, of_one in tags.items()
        for position, tag in enumerate(of_one)
    ]
    put(database, "article_tags", tagged)
    favored = [{"user_id": user, "article_id": n} for n, some in favorites.items() for user in some]
    put(database, "favorites", favored)


def insert(database, slug: str, *, author_id: int, tags=(), **texts) -> int:
    """Add an article whose texts do not matter."""
    return database.articles.insert(author_id=author_id, slug=slug, tags=tags, **{**TEXTS, **texts})


def update(db, id: int, **changes) -> int:
    """Change an article in what is given."""
    return db.articles.update(id, **{**UNCHANGED, **changes})


@pytest.fixture
def add_article(database, user_id):
    """Add an article: `add_article("slug", tags=["a"])` returns its id."""

    def add(slug: str, author_id: int = user_id, **values) -> int:
        return insert(database, slug, author_id=author_id, **values)

    return add


# --- What is refused ---


@pytest.mark.parametrize("column", LONGEST)
def test_each_text_has_a_maximum_length(database, add_article, column):
    texts = {"slug": "s", "title": "t", "description": "d", "body": "b"}
    with pytest.raises(InvalidValue, match=f"{column} is too long") as raised:
        add_article(**{**texts, column: "x" * (LONGEST[column] + 1)})
    assert raised.value.field == column
    assert database.articles.count() == 0
    assert add_article(**{**texts, column: "é" * LONGEST[column]}) > 0


def test_a_body_and_a_tag_have_maximum_lengths(database, add_article):
    with pytest.raises(InvalidValue, match="body is too long"):
        add_article("long", body="x" * (LONGEST_BODY + 1))
    with pytest.raises(InvalidValue, match="tags is too long") as raised:
        add_article("long", tags=["fine", TOO_LONG])
    assert raised.value.field == "tags"
    assert database.articles.count() == 0
    assert database.articles.list_tags(10) == []
    assert add_article("long", body="🧪" * LONGEST_BODY, tags=["x" * LONGEST_TAG])


def test_an_update_is_kept_as_a_whole_or_not_at_all(database, add_article):
    article = add_article("old", tags=["kept"])
    add_article("taken")
    kept = database.articles.find(article)
    with pytest.raises(InvalidValue) as raised:
        update(database, article, slug="new", body="new", tags=["new", TOO_LONG])
    assert raised.value.field == "tags"
    with pytest.raises(Duplicate) as raised:
        update(database, article, slug="taken", body="new", tags=["new"])
    assert raised.value.fields == ("slug",)
    assert database.articles.find(article) == kept


def test_a_lone_surrogate_reaches_no_database(database):
    with pytest.raises(InvalidValue):
        database.articles.list_recent(skip=0, limit=1, tag="\udfff")
    assert database.articles.list_recent(skip=0, limit=1) == []


@pytest.mark.parametrize(("skip", "limit", "field"), [(-1, 1, "skip"), (0, -1, "limit")])
def test_a_negative_page_is_refused(database, skip, limit, field):
    with pytest.raises(InvalidValue) as raised:
        database.articles.list_recent(skip=skip, limit=limit)
    assert raised.value.field == field


def test_an_article_that_does_not_exist_is_none(database):
    assert database.articles.find_by_slug("x") is None
    assert database.articles.find(1) is None


def test_a_slug_is_unique(database, add_article):
    add_article("one", tags=["first"])
    with pytest.raises(Duplicate) as raised:
        add_article("one", tags=["second"])
    assert raised.value.fields == ("slug",)
    assert database.articles.list_tags(10) == ["first"]


def test_an_article_needs_an_author_and_a_favorite_an_article(database, add_article, user_id):
    article = add_article("here")
    with pytest.raises(MissingParent):
        add_article("orphan", author_id=user_id + 1000)
    with pytest.raises(MissingParent):
        database.articles.favorite(user_id=user_id, article_id=article + 1000)
    with pytest.raises(MissingParent):
        database.articles.favorite(user_id=user_id + 1000, article_id=article)
    assert database.articles.find(article)["favorites_count"] == 0
    assert database.articles.count() == 1


@pytest.mark.parametrize(
    "id", [0, -1, 2**53, 2**63, 2**80, "1", "1abc", None, 1.0, True, {"$gt": 0}]
)
def test_a_malformed_id_is_not_found(database, add_article, id):
    add_article("here")
    assert database.articles.find(id) is None


def test_a_list_of_tags_has_a_limit_that_is_not_negative(database, add_article):
    add_article("here", tags=["a"])
    assert database.articles.list_tags(0) == []
    with pytest.raises(InvalidValue, match="limit"):
        database.articles.list_tags(-1)


# --- What a reader sees ---


def test_articles_pass_every_filter(database, add_article, user_id, other_id):
    first = add_article("first", tags=["a", "b"])
    second = add_article("second", tags=["b"])
    third = add_article("third", author_id=other_id)
    database.articles.favorite(user_id=user_id, article_id=second)
    database.articles.favorite(user_id=user_id, article_id=third)
    database.profiles.follow(follower_id=user_id, followed_id=other_id)

    def listed(**filters):
        rows = database.articles.list_recent(skip=0, limit=10, **filters)
        assert database.articles.count(**filters) == len(rows)
        return [row["id"] for row in rows]

    assert listed() == [third, second, first]
    assert listed(tag="b") == [second, first]
    assert listed(tag="B") == []
    assert listed(author_id=other_id) == [third]
    assert listed(author_id=0) == []
    assert listed(favorited_by=user_id) == [third, second]
    assert listed(favorited_by=other_id) == []
    assert listed(followed_by=user_id) == [third]
    assert listed(followed_by=other_id) == []
    assert listed(tag="b", favorited_by=user_id, author_id=user_id) == [second]


@pytest.mark.parametrize(("skip", "limit"), [(1, 10), (2**70, 10), (0, 0)])
def test_a_page_past_the_end_is_empty(database, add_article, skip, limit):
    add_article("one")
    assert database.articles.list_recent(skip=skip, limit=limit) == []


def test_an_article_is_shown_as_its_reader_sees_it(database, add_article, user_id, other_id):
    article = add_article("seen", tags=["z", "a", "m"])
    database.articles.favorite(user_id=other_id, article_id=article)
    database.profiles.follow(follower_id=other_id, followed_id=user_id)
    for reader_id, sees in ((other_id, True), (user_id, False), (None, False), (0, False)):
        row = database.articles.find_by_slug("seen", reader_id=reader_id)
        [listed] = database.articles.list_recent(skip=0, limit=1, reader_id=reader_id)
        assert row == database.articles.find(article, reader_id=reader_id)
        assert row["favorited"] is listed["favorited"] is sees
        assert row["author"]["following"] is listed["author"]["following"] is sees
        assert row["author"] == listed["author"]
        assert row["author"] == database.profiles.find("jake", reader_id=reader_id)
        assert row["favorites_count"] == listed["favorites_count"] == 1
        assert row["tags"] == listed["tags"] == ["z", "a", "m"]
        assert row["author"]["username"] == listed["author"]["username"] == "jake"
        assert row["body"] == "Body"
        assert "body" not in listed


def test_every_column_of_a_row_is_declared(database, add_article):
    add_article("typed")
    row = database.articles.find_by_slug("typed")
    [listed] = database.articles.list_recent(skip=0, limit=1)
    assert set(row) == set(get_type_hints(ArticleRow))
    assert set(listed) == set(get_type_hints(ArticleSummaryRow))
    assert set(row["author"]) == set(listed["author"]) == set(get_type_hints(ProfileRow))


# --- What changes ---


def test_an_update_changes_only_what_is_given(database, add_article):
    article = add_article("old", tags=["kept"])
    created = database.articles.find_by_slug("old")["created_at"]
    time.sleep(0.002)
    values = {"slug": "new", "title": "T", "description": "D", "body": UNICODE}
    assert update(database, article, **values) == 1
    assert database.articles.find_by_slug("old") is None
    row = database.articles.find_by_slug("new")
    assert {name: row[name] for name in values} == values
    assert row["tags"] == ["kept"]
    assert row["created_at"] == created < row["updated_at"]
    for name, given in values.items():
        assert update(database, article, **{name: given + "2"}) == 1
        values[name] = given + "2"
        row = database.articles.find_by_slug(values["slug"])
        assert {name: row[name] for name in values} == values
    assert row["tags"] == ["kept"]


def test_an_update_of_an_article_that_does_not_exist_changes_nothing(database, add_article):
    article = add_article("one", tags=["kept"])
    assert update(database, article + 1000, tags=["new"], **NEW) == 0
    assert database.articles.list_tags(10) == ["kept"]
    assert database.articles.count() == 1


def test_tags_are_replaced_and_listed_by_use(database, add_article):
    article = add_article("one", tags=["b", "a"])
    add_article("two", tags=["b", "é", "c"])
    assert database.articles.list_tags(100) == ["b", "a", "c", "é"]
    assert database.articles.list_tags(1) == ["b"]
    assert update(database, article, tags=["z", "y"]) == 1
    assert database.articles.find_by_slug("one")["tags"] == ["z", "y"]
    assert update(database, article, tags=[]) == 1
    assert database.articles.find_by_slug("one")["tags"] == []


def test_a_favorite_counts_once_also_under_concurrency(database, add_article):
    article = add_article("loved")
    users = [
        database.users.insert(username=f"u{n}", email=f"u{n}", password_hash="x") for n in range(5)
    ]

    def toggle(number: int) -> None:
        change = database.articles.unfavorite if number % 3 == 0 else database.articles.favorite
        change(user_id=users[number % 5], article_id=article)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(toggle, range(60)))
    for user in users:
        database.articles.favorite(user_id=user, article_id=article)
        database.articles.favorite(user_id=user, article_id=article)
    assert database.articles.find_by_slug("loved")["favorites_count"] == 5


def test_an_article_is_deleted_with_its_tags_and_favorites(database, add_article, user_id):
    article, kept = add_article("gone", tags=["only", "both"]), add_article("kept", tags=["both"])
    database.articles.favorite(user_id=user_id, article_id=article)
    assert database.articles.delete(article) == 1
    assert database.articles.delete(article) == 0
    assert database.articles.find_by_slug("gone") is None
    assert database.articles.find(kept)["tags"] == ["both"]
    assert database.articles.list_tags(100) == ["both"]
    assert database.articles.count(favorited_by=user_id) == 0


# --- Statements ---


@pytest.mark.parametrize("name", FILTERS)
def test_a_page_takes_as_many_statements_whatever_its_size(sent, database, engine, name):
    fill(database, 120, users=20)
    filters, numbers = FILTERS[name], set()

    def read(limit: int):
        page = database.articles.list_recent(skip=0, limit=limit, reader_id=1, **filters)
        database.articles.count(**filters)
        return page

    for limit in (1, 20, 100):
        page = read(limit)
        assert page
        assert len(page) == limit or name != "recent"
        assert all(len(article["tags"]) == 3 for article in page)
        found = sent.by(lambda limit=limit: read(limit))
        numbers.add(len(found))
        if engine == "mongodb":
            # Counting is an aggregation to the server; a feed asks twice whom one follows.
            assert sum(command.get("aggregate") == "articles" for command in found) == 2
    of_mongodb = 4 if name == "feed" else 2
    assert numbers == {of_mongodb if engine == "mongodb" else 3}


def test_articles_are_listed_by_an_index(sent, database):
    count = MANY[database.engine]
    fill(database, count, users=count // 10)
    assert_reads_no_whole_table(database, sent, PAGES, unsorted=["one article"])
