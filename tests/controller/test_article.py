"""Articles without Flask."""

import json

import pytest

from controller import account, article, profile
from controller.frame.error import Forbidden, Invalid, NotFound
from model.frame import value

TEXTS = {"title": "One", "description": "d", "body": "b"}


@pytest.mark.parametrize("field", list(TEXTS))
def test_an_article_without_a_text_is_not_written(database, jake, field):
    with pytest.raises(Invalid, match=f"{field} can't be blank"):
        article.write(database, reader_id=jake, **{**TEXTS, field: " "})
    assert article.list(database)["count"] == 0


def test_an_article_is_not_kept_without_its_tags(database, jake):
    with pytest.raises(value.InvalidValue, match="tags is too long"):
        article.write(database, reader_id=jake, **TEXTS, tags=["fine", "x" * 65])
    assert article.list(database)["count"] == 0


def test_what_is_not_there_is_not_found(database, jake):
    for function in (article.find, article.delete, article.favorite, article.update):
        with pytest.raises(NotFound, match="article not found"):
            function(database, slug="unknown", reader_id=jake)


def test_only_the_author_changes_and_an_admin_deletes(database, jake, anne):
    article.write(database, reader_id=jake, **TEXTS)
    with pytest.raises(Forbidden, match="article forbidden"):
        article.update(database, slug="one", reader_id=anne, title="Two")
    with pytest.raises(Forbidden, match="article forbidden"):
        article.delete(database, slug="one", reader_id=anne)
    account.promote(database, email="anne@example.com")
    with pytest.raises(Forbidden, match="article forbidden"):
        article.update(database, slug="one", reader_id=anne, title="Two")
    article.delete(database, slug="one", reader_id=anne)
    assert article.list(database)["count"] == 0


def test_what_was_deleted_meanwhile_is_not_found(database, jake, monkeypatch):
    article.write(database, reader_id=jake, **TEXTS)
    found = article.find(database, slug="one")
    article.delete(database, slug="one", reader_id=jake)
    monkeypatch.setattr(article, "find", lambda *_args, **_values: found)
    with pytest.raises(NotFound, match="article not found"):
        article.delete(database, slug="one", reader_id=jake)


def test_a_page_says_where_the_next_one_begins(database, jake):
    for number in range(5):
        article.write(database, reader_id=jake, **{**TEXTS, "title": f"Title {number}"})
    first = article.list(database, limit=2)
    second = article.list(database, limit=2, before=first["next"])
    article.write(database, reader_id=jake, **{**TEXTS, "title": "Meanwhile"})
    third = article.list(database, limit=2, before=second["next"])
    slugs = [row["slug"] for page in (first, second, third) for row in page["articles"]]
    assert slugs == ["title-4", "title-3", "title-2", "title-1", "title-0"]
    assert third["next"] is None


def test_a_full_last_page_has_a_next_page_which_is_empty(database, jake):
    for number in range(2):
        article.write(database, reader_id=jake, **{**TEXTS, "title": f"Title {number}"})
    last = article.list(database, limit=2)
    empty = article.list(database, limit=2, before=last["next"])
    assert (len(last["articles"]), empty["articles"], empty["next"]) == (2, [], None)


@pytest.mark.parametrize(
    "text", ["", "x", "0" * 24, "é" * 25, f"{'0' * 11}2{'0' * 13}", "0" * 26, "A" * 25]
)
def test_a_text_that_is_no_cursor_is_refused(database, jake, text):
    for function in (article.list, article.feed):
        with pytest.raises(Invalid, match="before must be the `next` of an earlier page"):
            function(database, reader_id=jake, before=text)


def test_a_page_is_counted_whole(database, jake, anne):
    for number in range(5):
        article.write(database, reader_id=jake, **{**TEXTS, "title": f"Title {number}"})
    page = article.list(database, author="jake", limit=2, offset=4)
    assert [row["slug"] for row in page["articles"]] == ["title-0"]
    assert page["count"] == 5
    nothing = {"articles": [], "count": 0, "next": None}
    assert article.list(database, favorited="unknown") == nothing
    assert article.feed(database, reader_id=anne)["count"] == 0
    profile.follow(database, username="jake", reader_id=anne)
    assert article.feed(database, reader_id=anne)["count"] == 5


def test_it_runs_alone(run, url, database, jake):
    def command(*arguments):
        return run("-m", "controller.article", *arguments, DATABASE_URL=url)

    texts = ("--title", "One", "--description", "d", "--body", "b")
    written = command("write", "--reader-id", str(jake), *texts, "--tags", "a", "b")
    assert written.returncode == 0, written.stderr
    assert json.loads(written.stdout)["tags"] == ["a", "b"]
    listed = json.loads(command("list", "--limit", "3").stdout)
    assert [row["slug"] for row in listed["articles"]] == ["one"]
    assert command("find", "--slug", "unknown").stderr == "find: article not found\n"
    wrong = command("list", "--limit", "x")
    assert wrong.returncode == 2
    assert "must be a whole number" in wrong.stderr
