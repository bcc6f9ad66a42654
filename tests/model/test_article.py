"""Articles on every engine: their tags, favorites and pages."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations
from typing import get_type_hints

import pytest

from model.article import (
    LONGEST,
    LONGEST_BODY,
    LONGEST_TAG,
    ArticleRow,
    ArticleSummaryRow,
)
from model.frame import migration, value
from model.frame.error import Duplicate, InvalidValue, MissingParent
from model.frame.value import Place
from model.profile import ProfileRow
from tests.model.frame.storm import killed, miscounts, spoil, write_in_parallel
from tests.model.marks import only
from tests.model.statements import put
from tests.model.test_profile import fill as fill_profiles
from tests.model.test_user import UNICODE

TEXTS = {"title": "Title", "description": "Description", "body": "Body"}
NEW = {"slug": "new", **TEXTS}
UNCHANGED = {"slug": None, "tags": None, "title": None, "description": None, "body": None}
TAGS = ["a", "b", "c"]
TOO_LONG = "x" * (LONGEST_TAG + 1)

MODEL = "articles"
HERE = Place(datetime(2100, 1, 1, tzinfo=UTC), 1)
MANY_NEW = [{"author_id": 1, "tags": ["a"], **TEXTS, "slug": slug} for slug in ("n1", "n2")]
STATEMENTS = {
    "insert": (3, 4, lambda db: db.articles.insert(author_id=1, tags=["a"], **NEW)),
    "insert without tags": (2, 4, lambda db: db.articles.insert(author_id=1, **NEW)),
    "insert_many": (4, 4, lambda db: db.articles.insert_many(MANY_NEW)),
    "find": (1, 1, lambda db: db.articles.find(1, reader_id=1)),
    "find_by_slug": (1, 1, lambda db: db.articles.find_by_slug("s1", reader_id=1)),
    "find_id": (1, 1, lambda db: db.articles.find_id("s1")),
    "list_recent": (1, 2, lambda db: db.articles.list_recent(skip=0, limit=20)),
    "list_recent before": (1, 2, lambda db: listed(db, before=HERE)),
    "list_recent by tag": (1, 2, lambda db: listed(db, tag="t1", before=HERE)),
    "list_recent by author": (1, 2, lambda db: listed(db, author_id=1, before=HERE)),
    "list_recent favorited": (1, 2, lambda db: listed(db, favorited_by=1, before=HERE)),
    "list_recent by two": (3, 2, lambda db: listed(db, tag="t1", author_id=1)),
    "list_recent past the end": (2, 2, lambda db: db.articles.list_recent(skip=99, limit=20)),
    "list_feed": (1, 2, lambda db: db.articles.list_feed(reader_id=1, skip=0, limit=20)),
    "list_feed past it": (2, 2, lambda db: db.articles.list_feed(reader_id=1, skip=99, limit=9)),
    "count": (1, 1, lambda db: db.articles.count(tag="t1")),
    "count by two": (2, 1, lambda db: db.articles.count(tag="t1", author_id=1)),
    "update": (1, 1, lambda db: update(db, 1, **NEW)),
    "update with tags": (5, 3, lambda db: update(db, 1, tags=TAGS, **NEW)),
    "delete": (5, 8, lambda db: db.articles.delete(1)),
    "favorite": (2, 4, lambda db: db.articles.favorite(user_id=1, article_id=2)),
    "favorite_many": (3, 4, lambda db: db.articles.favorite_many([(1, 2), (1, 3)])),
    "unfavorite": (2, 2, lambda db: db.articles.unfavorite(user_id=3, article_id=2)),
    "list_tags": (1, 1, lambda db: db.articles.list_tags(10)),
    "verify": (2, 2, lambda db: db.articles.verify(fix=False)),
    "verify and fix": (3, 2, lambda db: db.articles.verify(fix=True)),
}
FILTERS = {
    "recent": {},
    "by tag": {"tag": "t0"},
    "by author": {"author_id": 1},
    "favorited": {"favorited_by": 1},
}
ALL_FILTERS = {"tag": "t2", "author_id": 3, "favorited_by": 3}


# --- Data ---


def fill(database, count: int = 10, users: int = 10) -> None:
    """Articles 1 to count, the last the newest, each with three tags and two favorites."""
    fill_profiles(database, users)
    numbered = range(1, count + 1)
    tags = {n: [*(f"t{(n * k + k) % 40}-{k}" for k in (1, 2)), f"t{n % 30}"] for n in numbered}
    favorites = {n: sorted({n % users + 1, (n * 3) % users + 1}) for n in numbered}
    rows = [_row(n, author_id=n % users + 1) for n in numbered]
    if database.engine == "mongodb":
        put(database, "articles", [row | {"tags": tags[row["id"]]} for row in rows])
    else:
        put(database, "articles", [row | {"tags": json.dumps(tags[row["id"]])} for row in rows])
        put(
            database,
            "article_tags",
            [
                {"tag": tag, "article_created_at": row["created_at"], "article_id": row["id"]}
                for row in rows
                for tag in tags[row["id"]]
            ],
        )
    put(
        database,
        "favorites",
        [
            {"user_id": user, "article_created_at": row["created_at"], "article_id": row["id"]}
            for row in rows
            for user in favorites[row["id"]]
        ],
    )
    # What was put past the models is not counted yet.
    database.articles.verify(fix=True)


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


def listed(database, **filters) -> list:
    """The first page of articles that pass the filters."""
    return database.articles.list_recent(skip=0, limit=20, **filters)["articles"]


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
        listed(database, tag="\udfff")
    assert listed(database) == []


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

    def ids(**filters):
        page = database.articles.list_recent(skip=0, limit=10, **filters)
        assert page["count"] == database.articles.count(**filters) == len(page["articles"])
        return [row["id"] for row in page["articles"]]

    assert ids() == [third, second, first]
    assert ids(tag="b") == [second, first]
    assert ids(tag="B") == []
    assert ids(author_id=other_id) == [third]
    assert ids(author_id=0) == ids(tag="") == []
    assert ids(favorited_by=user_id) == [third, second]
    assert ids(favorited_by=other_id) == []
    assert ids(tag="b", favorited_by=user_id, author_id=user_id) == [second]
    assert ids(tag="b", author_id=user_id) == [second, first]
    assert ids(tag="a", favorited_by=user_id) == []


def test_every_combination_of_filters_lists_what_each_would(database):
    fill(database, 120, users=6)
    alone = {
        name: {row["id"] for row in whole(database, **{name: given})}
        for name, given in ALL_FILTERS.items()
    }
    for names in chain.from_iterable(combinations(ALL_FILTERS, n) for n in (1, 2, 3)):
        filters = {name: ALL_FILTERS[name] for name in names}
        expected = sorted(set.intersection(*(alone[name] for name in names)), reverse=True)
        assert [row["id"] for row in whole(database, **filters)] == expected
        assert database.articles.count(**filters) == len(expected)


def whole(database, **filters) -> list:
    return database.articles.list_recent(skip=0, limit=1000, **filters)["articles"]


def test_pages_before_a_place_follow_each_other(database):
    fill(database, 50)
    for filters in (*FILTERS.values(), ALL_FILTERS):
        seen, before = [], None
        while rows := listed(database, before=before, **filters):
            seen += rows
            before = Place(rows[-1]["created_at"], rows[-1]["id"])
        assert seen == whole(database, **filters)


def test_articles_of_one_moment_are_told_apart_by_their_id(database, user_id):
    rows = [{"author_id": user_id, "slug": f"s{n}", "tags": ["x"], **TEXTS} for n in range(9)]
    ids = database.articles.insert_many(rows)
    page = listed(database, tag="x")
    assert [row["id"] for row in page] == sorted(ids, reverse=True)
    middle = page[4]
    rest = listed(database, tag="x", before=Place(middle["created_at"], middle["id"]))
    assert rest == page[5:]


def test_a_feed_has_the_newest_of_everybody_followed(database):
    fill(database, 90, users=9)
    followed = [
        user
        for user in range(1, 10)
        if database.profiles.find(f"u{user}", reader_id=1)["following"]
    ]
    expected = [row for row in whole(database, reader_id=1) if row["author"]["id"] in followed]
    assert expected
    first = database.articles.list_feed(reader_id=1, skip=0, limit=5)
    assert first == {"articles": expected[:5], "count": len(expected)}
    last = first["articles"][-1]
    before = Place(last["created_at"], last["id"])
    after = database.articles.list_feed(reader_id=1, skip=0, limit=5, before=before)
    assert after["articles"] == expected[5:10]
    assert database.articles.list_feed(reader_id=1, skip=7, limit=3)["articles"] == expected[7:10]
    beyond = database.articles.list_feed(reader_id=1, skip=1000, limit=3)
    assert beyond == {"articles": [], "count": len(expected)}


def test_a_feed_forgets_an_article_that_was_deleted(database, add_article, user_id, other_id):
    third_id = database.users.insert(username="carl", email="carl", password_hash="x")
    for followed in (other_id, third_id):
        database.profiles.follow(follower_id=user_id, followed_id=followed)
    old = add_article("old", author_id=other_id)
    middle = add_article("middle", author_id=third_id)
    new = add_article("new", author_id=other_id)

    def newest() -> int:
        time.sleep(0.002)
        [row] = database.articles.list_feed(reader_id=user_id, skip=0, limit=1)["articles"]
        return row["id"]

    assert newest() == new
    database.articles.delete(new)
    assert newest() == middle
    database.articles.delete(middle)
    assert newest() == old
    database.articles.delete(old)
    assert database.articles.list_feed(reader_id=user_id, skip=0, limit=1)["articles"] == []


@pytest.mark.parametrize(("skip", "limit"), [(1, 10), (2**70, 10), (0, 0)])
def test_a_page_past_the_end_is_empty(database, add_article, user_id, skip, limit):
    add_article("one")
    page = database.articles.list_recent(skip=skip, limit=limit)
    assert page == {"articles": [], "count": 1}
    page = database.articles.list_feed(reader_id=user_id, skip=skip, limit=limit)
    assert page == {"articles": [], "count": 0}


def test_an_article_is_shown_as_its_reader_sees_it(database, add_article, user_id, other_id):
    article = add_article("seen", tags=["z", "a", "m"])
    database.articles.favorite(user_id=other_id, article_id=article)
    database.profiles.follow(follower_id=other_id, followed_id=user_id)
    for reader_id, sees in ((other_id, True), (user_id, False), (None, False), (0, False)):
        row = database.articles.find_by_slug("seen", reader_id=reader_id)
        [of_list] = listed(database, reader_id=reader_id)
        assert row == database.articles.find(article, reader_id=reader_id)
        assert row["favorited"] is of_list["favorited"] is sees
        assert row["author"]["following"] is of_list["author"]["following"] is sees
        assert row["author"] == of_list["author"]
        assert row["author"] == database.profiles.find("jake", reader_id=reader_id)
        assert row["favorites_count"] == of_list["favorites_count"] == 1
        assert row["tags"] == of_list["tags"] == ["z", "a", "m"]
        assert row["author"]["username"] == of_list["author"]["username"] == "jake"
        assert row["body"] == "Body"
        assert "body" not in of_list


def test_every_column_of_a_row_is_declared(database, add_article):
    add_article("typed")
    row = database.articles.find_by_slug("typed")
    [of_list] = listed(database)
    assert set(row) == set(get_type_hints(ArticleRow))
    assert set(of_list) == set(get_type_hints(ArticleSummaryRow))
    assert set(row["author"]) == set(of_list["author"]) == set(get_type_hints(ProfileRow))


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


def test_many_articles_are_inserted_together_or_not_at_all(database, user_id):
    rows = [{"author_id": user_id, "slug": f"s{n}", "tags": ["x"], **TEXTS} for n in range(2500)]
    with pytest.raises(MissingParent):
        database.articles.insert_many([*rows, {**rows[0], "slug": "new", "author_id": 10**9}])
    assert database.articles.count() == 0
    ids = database.articles.insert_many(rows)
    assert len(set(ids)) == database.articles.count(tag="x") == 2500


# --- Migrations ---


@pytest.fixture
def before(database):
    """A database as it was before counts were kept, and which is migrated again at the end."""
    later = [each for each in database.migrations() if each.name >= "0008_article"]
    list(migration.rollback(database, len(later)))
    yield database
    list(migration.migrate(database))


@only("sqlite", "mysql")
def test_tags_and_favorites_move_into_the_new_tables_and_back(before, user_id, other_id):
    now = value.now()
    tags = {1: ["b", "a", 'quo"ted'], 2: ["a"], 3: []}
    put(before, "articles", [_row(n, author_id=user_id) for n in tags])
    tagged = [(n, place, tag) for n, some in tags.items() for place, tag in enumerate(some)]
    columns = ("article_id", "position", "tag")
    put(before, "article_tags", [dict(zip(columns, row, strict=True)) for row in tagged])
    fans = [(user_id, 1), (other_id, 1), (other_id, 2)]
    put(before, "favorites", [{"user_id": user, "article_id": n} for user, n in fans])
    list(migration.migrate(before))
    assert before.articles.verify(fix=False) == []
    rows = whole(before, reader_id=user_id)
    assert [row["tags"] for row in rows] == [tags[3], tags[2], tags[1]]
    assert [row["favorites_count"] for row in rows] == [0, 1, 2]
    assert [row["favorited"] for row in rows] == [False, False, True]
    assert rows[0]["created_at"] > now
    later = [each for each in before.migrations() if each.name >= "0008_article"]
    list(migration.rollback(before, len(later)))
    found = before.tuples("SELECT article_id, tag FROM article_tags ORDER BY article_id, position")
    assert list(found) == [(n, tag) for n, some in tags.items() for tag in some]
    assert len(before.tuples("SELECT user_id, article_id FROM favorites")) == len(fans)
    before.run("DELETE FROM articles")


@only("mongodb")
def test_favorites_move_out_of_the_articles_and_back(before, user_id):
    now = value.now()
    old = {"author_id": user_id, "tags": ["a", "b", "a"], "comments_count": 2, **TEXTS}
    old |= {"created_at": now, "updated_at": now, "favorited_by": [user_id, 7, 9]}
    articles = before.driver_database().articles
    articles.insert_many([{"_id": id, "slug": f"s{id}", **old} for id in (1, 2)])
    list(migration.migrate(before))
    assert before.articles.find(1, reader_id=7)["favorites_count"] == 3
    assert before.articles.find(1, reader_id=7)["favorited"] is True
    assert before.articles.count(favorited_by=9) == before.articles.count(tag="a") == 2
    assert before.articles.verify(fix=False) == []
    assert "favorited_by" not in articles.find_one()
    later = [each for each in before.migrations() if each.name >= "0008_article"]
    list(migration.rollback(before, len(later)))
    for document in articles.find():
        assert sorted(document["favorited_by"]) == sorted([user_id, 7, 9])
    articles.delete_many({})


# --- Kept counts ---


def prepare_storm(database) -> None:
    fill(database, 20)


def write_something(database, random) -> None:
    """Change an article, or who favorited it, as readers and authors do at once."""
    user, article = random.randint(1, 10), random.randint(1, 20)
    tags = random.sample(["t1", "t2", "new", "hot"], random.randint(0, 3))
    change = random.choice(["write", "tag", "favorite", "favorite", "unfavorite", "delete"])
    if change == "write":
        insert(database, f"new-{random.getrandbits(64)}", author_id=user, tags=tags)
    elif change == "tag":
        update(database, article, tags=tags)
    elif change == "favorite":
        database.articles.favorite(user_id=user, article_id=article)
    elif change == "unfavorite":
        database.articles.unfavorite(user_id=user, article_id=article)
    else:
        for row in listed(database, author_id=user)[:1]:
            database.articles.delete(row["id"])


def test_counts_are_right_after_parallel_writes(database):
    prepare_storm(database)
    write_in_parallel(database, write_something, seconds=1.0)
    assert miscounts(database) == []
    feed = database.articles.list_feed(reader_id=1, skip=0, limit=5)["articles"]
    assert feed == [row for row in whole(database, reader_id=1) if row["author"]["following"]][:5]


@only("mysql", "mongodb")
def test_the_count_of_all_articles_is_kept_in_several_slots(database, user_id):
    for number in range(40):
        insert(database, f"s{number}", author_id=user_id)
    slots = slots_of(database, "article_counts", author_id=0, tag="")
    assert len(slots) > 1
    assert max(slots) < database.slots
    assert database.articles.count() == 40


def slots_of(database, table: str, **key) -> set[int]:
    if database.engine == "mongodb":
        return {each["slot"] for each in database.driver_database()[table].find(key)}
    where = " AND ".join(f"{column} = %({column})s" for column in key)
    return {slot for (slot,) in database.tuples(f"SELECT slot FROM {table} WHERE {where}", **key)}


def test_favorites_of_an_article_that_does_not_exist_are_refused(database, add_article, user_id):
    article = add_article("here")
    with pytest.raises(MissingParent):
        database.articles.favorite_many([(user_id, article), (user_id, article + 1000)])
    assert database.articles.find(article)["favorites_count"] == 0


def test_a_wrong_count_is_named_and_corrected(database, add_article, user_id):
    article = add_article("one", tags=["a"])
    database.articles.favorite(user_id=user_id, article_id=article)
    spoil(database, "article_counts", "articles")
    spoil(database, "favorite_counts", "favorites")
    wrong = {
        ("articles", 3, 1),
        ("articles with the tag 'a'", 3, 1),
        (f"articles of author {user_id}", 3, 1),
        (f"favorites of article {article}", 3, 1),
    }
    assert set(database.articles.verify(fix=False)) == wrong
    assert set(database.articles.verify(fix=True)) == wrong
    assert database.articles.verify(fix=False) == []
    assert database.articles.count() == 1
    assert database.articles.find(article)["favorites_count"] == 1


@pytest.mark.drill
def test_counts_are_right_after_kills(engine, tmp_path):
    with killed(engine, tmp_path, prepare_storm, write_something, kills=20) as database:
        assert database.articles.count() > 30
        assert miscounts(database) == []


# --- Statements ---


@pytest.mark.parametrize("name", FILTERS)
def test_a_page_takes_one_statement_whatever_its_size(sent, database, name):
    """On MongoDB it takes two: the count is asked for apart."""
    fill(database, 120, users=20)
    for limit in (1, 20, 100):
        page = database.articles.list_recent(skip=0, limit=limit, reader_id=1, **FILTERS[name])
        assert len(page["articles"]) == limit or name != "recent"
        assert all(len(article["tags"]) == 3 for article in page["articles"])
        found = sent.by(
            lambda limit=limit: database.articles.list_recent(
                skip=0, limit=limit, reader_id=1, **FILTERS[name]
            )
        )
        assert len(found) == (2 if database.engine == "mongodb" else 1)
