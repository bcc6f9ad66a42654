"""What must not depend on the engine: one suite, run against every one of them."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from model import value
from model.error import Duplicate, InvalidValue, MissingParent

EMOJI = "레토르트 🧪 é é \u202e ﷽ 𝒳"
LOG = {
    "ip": "::1",
    "method": "GET",
    "path": "/",
    "status": 200,
    "milliseconds": 1.5,
    "request_id": "r",
}


# --- What is refused ---


@pytest.mark.parametrize("bad", ["nul\0", "\ud800", "half \udfff"])
def test_text_that_some_engine_would_lose_is_refused_and_nothing_is_stored(database, bad):
    with pytest.raises(
        InvalidValue, match="name can't hold the NUL character or half of"
    ) as raised:
        database.master_config.insert_author(bad)
    assert raised.value.field == "name"
    assert database.master_config.get_author() is None


def test_text_of_the_full_length_is_kept_and_one_more_is_refused(database):
    longest = "🧪" * value.LONGEST_NAME
    database.master_config.insert_author(longest)
    assert database.master_config.get_author()["name"] == longest
    with pytest.raises(InvalidValue, match="name is too long"):
        database.master_config.change_author(longest + "x")
    assert database.master_config.get_author()["name"] == longest


@pytest.mark.parametrize(
    ("column", "bad"),
    [
        ("ip", "x" * 46),
        ("method", "x" * 17),
        ("path", "x" * 2049),
        ("request_id", "\0"),
        ("status", 99),
        ("status", 2**70),
        ("status", True),
        ("status", "200"),
        ("path", None),
        ("path", 1),
        ("path", {"$gt": ""}),
    ],
)
def test_each_bad_value_is_named_by_its_column(database, column, bad):
    with pytest.raises(InvalidValue) as raised:
        database.logs.insert_log(**{**LOG, column: bad})
    assert raised.value.field == column
    assert database.logs.count() == 0


@pytest.mark.parametrize("column", ["username", "email", "password_hash"])
def test_each_text_of_an_account_has_its_length(database, column):
    longest = value.LONGEST[column]
    good = {"username": "a", "email": "b", "password_hash": "c"}
    with pytest.raises(InvalidValue) as raised:
        database.users.insert(**{**good, column: "x" * (longest + 1)})
    assert raised.value.field == column
    assert database.users.insert(**{**good, column: "x" * longest})


@pytest.mark.parametrize("column", ["slug", "title", "description"])
def test_each_text_of_an_article_has_its_length(database, add_article, column):
    texts = {"slug": "s", "title": "t", "description": "d"}
    with pytest.raises(InvalidValue) as raised:
        add_article(**{**texts, column: "x" * (value.LONGEST[column] + 1)})
    assert raised.value.field == column
    assert database.articles.count() == 0
    assert add_article(**{**texts, column: "é" * value.LONGEST[column]}) > 0


def test_a_body_and_a_tag_have_their_lengths(database, add_article):
    with pytest.raises(InvalidValue, match="body is too long"):
        add_article("long", body="x" * (value.LONGEST_ARTICLE + 1))
    with pytest.raises(InvalidValue, match="tagList is too long"):
        add_article("long", tags=["fine", "x" * (value.LONGEST_TAG + 1)])
    assert database.articles.count() == 0
    assert add_article("long", body="🧪" * value.LONGEST_ARTICLE, tags=["x" * value.LONGEST_TAG])


@pytest.mark.parametrize(
    "id", [0, -1, 2**53, 2**63, 2**80, "1", "1abc", None, 1.0, True, {"$gt": 0}]
)
def test_a_malformed_id_is_simply_absent(database, user_id, id):
    assert database.users.find(id) is None
    assert database.comments.find(id) is None


def test_what_is_not_there_is_none(database):
    assert database.users.find(1) is None
    assert database.users.find_by_email("x") is None
    assert database.users.find_by_username("x") is None
    assert database.users.find_profile("x", reader_id=None) is None
    assert database.articles.find_by_slug("x") is None
    assert database.articles.find(1) is None
    assert database.comments.find(1) is None
    assert database.master_config.get_author() is None


@pytest.mark.parametrize(("skip", "limit", "field"), [(-1, 1, "skip"), (0, -1, "limit")])
def test_a_negative_page_is_refused(database, skip, limit, field):
    with pytest.raises(InvalidValue) as raised:
        database.logs.get_log(skip, limit)
    assert raised.value.field == field


# --- What is unique ---


def test_text_is_compared_exactly(database):
    names = ["jake", "Jake", "JAKE", "jaké", "jake ", " jake", "jake\t", "ｊake", "jake\u0301"]
    ids = {
        name: database.users.insert(username=name, email=name, password_hash="x") for name in names
    }
    assert len(set(ids.values())) == len(names)
    for name, id in ids.items():
        assert database.users.find_by_username(name)["id"] == id
        assert database.users.find_by_email(name)["id"] == id


@pytest.mark.parametrize(
    ("username", "email", "fields"),
    [
        ("jake", "new", ("username",)),
        ("new", "jake@jake.jake", ("email",)),
        ("jake", "jake@jake.jake", ("username", "email")),
        ("jake", "anne@anne.anne", ("username", "email")),
    ],
)
def test_every_value_that_is_taken_is_named(database, user_id, other_id, username, email, fields):
    with pytest.raises(Duplicate) as raised:
        database.users.insert(username=username, email=email, password_hash="x")
    assert raised.value.fields == fields
    with pytest.raises(Duplicate) as raised:
        database.users.insert(username=username, email=email, password_hash="x")
    assert raised.value.fields == fields


def test_a_change_to_what_another_holds_is_refused_by_name(database, user_id, other_id):
    kept = database.users.find(other_id)
    values = {"password_hash": "y", "bio": None, "image": None}
    with pytest.raises(Duplicate) as raised:
        database.users.update(other_id, username="jake", email="anne@anne.anne", **values)
    assert raised.value.fields == ("username",)
    assert database.users.find(other_id) == kept


def test_a_duplicate_inside_a_transaction_is_named_too(database, user_id):
    with pytest.raises(Duplicate) as raised:
        database.atomically(
            lambda db: db.users.insert(username="jake", email="new", password_hash="x")
        )
    assert raised.value.fields == ("username",)


def test_the_author_and_a_slug_are_unique(database, add_article):
    database.master_config.insert_author("IML")
    with pytest.raises(Duplicate) as raised:
        database.master_config.insert_author("Another")
    assert raised.value.fields == ("author",)
    add_article("one")
    with pytest.raises(Duplicate) as raised:
        add_article("one")
    assert raised.value.fields == ("slug",)


def test_unique_means_unique_under_concurrency(database):
    def insert(number: int) -> bool:
        try:
            database.users.insert(username="jake", email=f"{number}", password_hash="x")
        except Duplicate:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(insert, range(24))) == 1


# --- What is kept ---


def test_all_of_unicode_comes_back_as_it_was(database):
    database.master_config.insert_author(EMOJI)
    assert database.master_config.get_author()["name"] == EMOJI


def test_times_are_aware_in_utc_and_whole_milliseconds(database):
    before = value.now()
    database.logs.insert_log(**LOG)
    [row] = database.logs.get_log(0, 1)
    assert before <= row["created_at"] <= datetime.now(UTC)
    assert row["created_at"].utcoffset() == timedelta(0)
    assert row["created_at"].microsecond % 1000 == 0


def test_a_row_is_what_was_inserted(database):
    id = database.logs.insert_log(**LOG)
    [row] = database.logs.get_log(0, 10)
    assert type(row) is dict
    assert {**row, "created_at": None} == {**LOG, "id": id, "created_at": None}
    assert type(row["status"]) is int
    assert type(row["milliseconds"]) is float


def test_ids_are_whole_numbers_that_grow(database):
    ids = [database.logs.insert_log(**LOG) for _ in range(5)]
    assert ids == sorted(set(ids))
    assert all(type(id) is int and 0 < id < 2**53 for id in ids)


def test_an_update_that_changes_nothing_still_counts_its_row(database):
    assert database.master_config.change_author("IML") == 0
    database.master_config.insert_author("IML")
    assert database.master_config.change_author("IML") == 1
    assert database.master_config.change_author("IML") == 1


def test_an_update_moves_updated_at_alone(database):
    database.master_config.insert_author("IML")
    first = database.master_config.get_author()
    time.sleep(0.002)
    database.master_config.change_author("NB")
    second = database.master_config.get_author()
    assert second["name"] == "NB"
    assert second["created_at"] == first["created_at"]
    assert second["updated_at"] > first["updated_at"]


# --- Lists ---


def test_newest_first_with_ties_broken_by_id(database, monkeypatch):
    moment = value.now()
    monkeypatch.setattr(value, "now", lambda: moment)
    ids = [database.logs.insert_log(**LOG) for _ in range(4)]
    monkeypatch.setattr(value, "now", lambda: moment - timedelta(seconds=1))
    older = database.logs.insert_log(**LOG)
    assert [row["id"] for row in database.logs.get_log(0, 10)] == [*ids[::-1], older]
    assert [row["id"] for row in database.logs.get_log(1, 2)] == [ids[2], ids[1]]


@pytest.mark.parametrize(("skip", "limit"), [(1, 10), (2**70, 10), (0, 0)])
def test_paging_past_the_end_gives_nothing(database, skip, limit):
    database.logs.insert_log(**LOG)
    assert database.logs.get_log(skip, limit) == []
    assert database.articles.list_recent(skip=skip, limit=limit) == []


def test_articles_pass_every_filter(database, add_article, user_id, other_id):
    first = add_article("first", tags=["a", "b"])
    second = add_article("second", tags=["b"])
    third = add_article("third", author_id=other_id)
    database.articles.favorite(user_id=user_id, article_id=second)
    database.articles.favorite(user_id=user_id, article_id=third)
    database.users.follow(follower_id=user_id, followed_id=other_id)

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


def test_an_article_is_seen_by_its_reader(database, add_article, user_id, other_id):
    article = add_article("seen", tags=["z", "a", "m"])
    database.articles.favorite(user_id=other_id, article_id=article)
    database.users.follow(follower_id=other_id, followed_id=user_id)
    for reader_id, sees in ((other_id, True), (user_id, False), (None, False), (0, False)):
        row = database.articles.find_by_slug("seen", reader_id=reader_id)
        [listed] = database.articles.list_recent(skip=0, limit=1, reader_id=reader_id)
        assert row["favorited"] is listed["favorited"] is sees
        assert row["author_following"] is listed["author_following"] is sees
        assert row["favorites_count"] == listed["favorites_count"] == 1
        assert row["tags"] == listed["tags"] == ["z", "a", "m"]
        assert row["author_username"] == listed["author_username"] == "jake"
        assert row["body"] == "Body"
        assert "body" not in listed


def test_every_column_of_a_row_is_declared(database, add_article, user_id):
    from model import row

    article = add_article("typed")
    comment = database.atomically(
        lambda db: db.comments.insert(article_id=article, author_id=user_id, body="x")
    )
    database.master_config.insert_author("IML")
    database.logs.insert_log(**LOG)
    found = {
        row.UserRow: database.users.find(user_id),
        row.ProfileRow: database.users.find_profile("jake", reader_id=None),
        row.ArticleRow: database.articles.find_by_slug("typed"),
        row.ArticleSummaryRow: database.articles.list_recent(skip=0, limit=1)[0],
        row.CommentRow: database.comments.find(comment),
        row.AuthorRow: database.master_config.get_author(),
        row.LogRow: database.logs.get_log(0, 1)[0],
    }
    for declared, one in found.items():
        assert set(one) == set(declared.__annotations__), declared


def test_an_account_is_found_by_each_of_its_names(database, user_id):
    account = database.users.find(user_id)
    assert account == database.users.find_by_email("jake@jake.jake")
    assert account == database.users.find_by_username("jake")
    assert database.users.find_by_email("JAKE@jake.jake") is None
    assert account["bio"] is None
    assert account["created_at"] == account["updated_at"]


def test_an_account_changes_in_what_is_given_and_nothing_else(database, user_id):
    values = {"username": "jake", "email": "e", "password_hash": "p", "bio": EMOJI, "image": "i"}
    assert database.users.update(user_id, **values) == 1
    account = database.users.find(user_id)
    assert {name: account[name] for name in values} == values
    for name, given in values.items():
        assert database.users.update(user_id, **{name: given + "2"}) == 1
        values[name] = given + "2"
        account = database.users.find(user_id)
        assert {name: account[name] for name in values} == values
    assert database.users.update(user_id + 1000, **{**values, "username": "u", "email": "f"}) == 0


def test_an_empty_bio_and_image_are_none(database, user_id):
    database.users.update(user_id, bio="b", image="i")
    assert database.users.update(user_id, bio="", image="") == 1
    account = database.users.find(user_id)
    assert (account["bio"], account["image"]) == (None, None)
    database.users.update(user_id, bio=" ")
    assert database.users.find(user_id)["bio"] == " "


def test_an_account_has_a_role(database, user_id):
    assert database.users.find(user_id)["role"] == "user"
    assert database.users.set_role(user_id, "admin") == 1
    assert database.users.find(user_id)["role"] == "admin"
    assert database.users.set_role(user_id + 1000, "admin") == 0


def test_a_sign_in_is_counted_by_the_hash_that_was_verified_alone(database, user_id):
    assert database.users.sign_in(user_id, password_hash="y", new_hash="z") == 0
    assert database.users.sign_in(user_id + 1000, password_hash="x", new_hash="z") == 0
    assert database.users.find(user_id)["password_hash"] == "x"
    assert database.users.sign_in(user_id, password_hash="x", new_hash="x") == 1
    assert database.users.sign_in(user_id, password_hash="x", new_hash="y") == 1
    assert database.users.find(user_id)["password_hash"] == "y"


# --- Sessions ---


@pytest.fixture
def begin(database, user_id):
    """Begin a session that stands for so many seconds; returns its id."""

    def begin_one(family: str, seconds: float = 60, user_id: int = user_id) -> int:
        return database.sessions.insert(
            user_id=user_id,
            family_hash=family,
            refresh_hash=f"{family}.1",
            user_agent=EMOJI,
            expires_at=value.now() + timedelta(seconds=seconds),
        )

    return begin_one


def test_a_session_stands_for_its_own_account_until_it_expires(database, begin, user_id, other_id):
    session = begin("a")
    begin("b", seconds=-1)
    reader = database.sessions.find_reader("a")
    assert reader == {
        "session_id": session,
        "id": user_id,
        "username": "jake",
        "email": "jake@jake.jake",
        "bio": None,
        "image": None,
        "role": "user",
    }
    for family in ("b", "A", "c", "", "a "):
        assert database.sessions.find_reader(family) is None
        assert database.sessions.find_by_family(family) is None
    assert [row["id"] for row in database.sessions.list_by_user(user_id)] == [session]


def test_a_session_has_an_account_and_a_family_of_its_own(database, begin, user_id):
    with pytest.raises(MissingParent):
        begin("a", user_id=user_id + 1000)
    begin("a")
    with pytest.raises(Duplicate):
        begin("a")


def test_a_refresh_token_is_changed_once(database, begin):
    session = begin("a")
    later = value.now() + timedelta(days=1)
    new = {"old_hash": "a.1", "new_hash": "a.2", "expires_at": later}
    assert database.sessions.rotate(session, **new) == 1
    assert database.sessions.rotate(session, **new) == 0
    row = database.sessions.find_by_family("a")
    assert (row["id"], row["expires_at"], row["user_agent"]) == (session, later, EMOJI)
    assert row["refreshed_at"] >= row["created_at"]


def test_sessions_are_ended_alone_and_together(database, begin, user_id, other_id):
    first, second, third = begin("a"), begin("b"), begin("c")
    theirs = begin("d", user_id=other_id)
    begin("e", seconds=-1)
    assert database.sessions.delete(theirs, user_id=user_id) == 0
    assert database.sessions.delete(first, user_id=user_id) == 1
    assert database.sessions.delete(first, user_id=user_id) == 0
    assert database.sessions.delete_expired(user_id) == 1
    assert database.sessions.delete_others(user_id, kept=third) == 1
    assert [row["id"] for row in database.sessions.list_by_user(user_id)] == [third]
    assert second not in [row["id"] for row in database.sessions.list_by_user(user_id)]
    assert database.sessions.find_reader("b") is None
    assert database.sessions.find_reader("d")["username"] == "anne"


def test_following_twice_is_following_once(database, user_id, other_id):
    def following() -> bool:
        return database.users.find_profile("anne", reader_id=user_id)["following"]

    assert following() is False
    database.users.follow(follower_id=user_id, followed_id=other_id)
    database.users.follow(follower_id=user_id, followed_id=other_id)
    assert following() is True
    assert database.users.find_profile("anne", reader_id=None)["following"] is False
    assert database.users.find_profile("jake", reader_id=other_id)["following"] is False
    database.users.unfollow(follower_id=user_id, followed_id=other_id)
    database.users.unfollow(follower_id=user_id, followed_id=other_id)
    assert following() is False


def test_favouring_twice_counts_once_also_under_concurrency(database, add_article):
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


def test_what_has_no_parent_is_refused(database, add_article, user_id):
    article = add_article("here")
    nobody, nothing = user_id + 1000, article + 1000
    with pytest.raises(MissingParent):
        add_article("orphan", author_id=nobody)
    for attempt in (
        lambda: database.articles.favorite(user_id=user_id, article_id=nothing),
        lambda: database.users.follow(follower_id=user_id, followed_id=nobody),
        lambda: database.users.follow(follower_id=nobody, followed_id=user_id),
        lambda: database.comments.insert(article_id=nothing, author_id=user_id, body="x"),
        lambda: database.comments.insert(article_id=article, author_id=nobody, body="x"),
    ):
        with pytest.raises(MissingParent):
            attempt()
    assert database.articles.count() == 1
    assert database.comments.list_by_article(article) == []


def test_an_article_takes_what_belongs_to_it_along(database, add_article, user_id):
    article, kept = add_article("gone", tags=["only", "both"]), add_article("kept", tags=["both"])
    for one in (article, kept):
        database.atomically(
            lambda db, one=one: db.comments.insert(article_id=one, author_id=user_id, body="x")
        )
    database.articles.favorite(user_id=user_id, article_id=article)
    assert database.atomically(lambda db: db.articles.delete(article)) == 1
    assert database.atomically(lambda db: db.articles.delete(article)) == 0
    assert database.articles.find_by_slug("gone") is None
    assert database.comments.list_by_article(article) == []
    assert len(database.comments.list_by_article(kept)) == 1
    assert database.articles.list_tags(100) == ["both"]
    assert database.articles.count(favorited_by=user_id) == 0


def test_tags_are_replaced_and_listed_by_use(database, add_article):
    article = add_article("one", tags=["b", "a"])
    add_article("two", tags=["b", "é", "c"])
    assert database.articles.list_tags(100) == ["b", "a", "c", "é"]
    assert database.articles.list_tags(1) == ["b"]
    database.atomically(lambda db: db.articles.replace_tags(article, ["z", "y"]))
    assert database.articles.find_by_slug("one")["tags"] == ["z", "y"]
    database.atomically(lambda db: db.articles.replace_tags(article, []))
    assert database.articles.find_by_slug("one")["tags"] == []


def test_an_article_changes_in_what_is_given_and_nothing_else(database, add_article):
    article = add_article("old", tags=["kept"])
    created = database.articles.find_by_slug("old")["created_at"]
    time.sleep(0.002)
    values = {"slug": "new", "title": "T", "description": "D", "body": EMOJI}
    assert database.articles.update(article, **values) == 1
    assert database.articles.find_by_slug("old") is None
    row = database.articles.find_by_slug("new")
    assert {name: row[name] for name in values} == values
    assert row["tags"] == ["kept"]
    assert row["created_at"] == created < row["updated_at"]
    for name, given in values.items():
        database.articles.update(article, **{name: given + "2"})
        values[name] = given + "2"
        row = database.articles.find_by_slug(values["slug"])
        assert {name: row[name] for name in values} == values
    assert database.articles.update(article + 1000, **{**values, "slug": "other"}) == 0


def test_comments_are_seen_newest_first_and_deleted_one_by_one(
    database, add_article, user_id, other_id
):
    article = add_article("talk")
    database.users.follow(follower_id=user_id, followed_id=other_id)
    first, second = (
        database.atomically(
            lambda db, author=author: db.comments.insert(
                article_id=article, author_id=author, body=EMOJI
            )
        )
        for author in (user_id, other_id)
    )
    rows = database.comments.list_by_article(article, reader_id=user_id)
    assert [row["id"] for row in rows] == [second, first]
    assert [row["author_following"] for row in rows] == [True, False]
    assert [row["author_username"] for row in rows] == ["anne", "jake"]
    assert database.comments.find(second, reader_id=user_id) == rows[0]
    assert database.comments.delete(first) == 1
    assert database.comments.delete(first) == 0
    assert [row["id"] for row in database.comments.list_by_article(article)] == [second]
