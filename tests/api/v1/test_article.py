"""Articles: who may change them, their slugs and tags, lists, the feed, favourites."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.v1.conftest import Person

NOT_FOUND = {"article": ["not found"]}
FORBIDDEN = {"article": ["forbidden"]}
TEXTS = {"title": "How to train", "description": "Ever wonder?", "body": "Very carefully."}


def titles(response):
    return [article["title"] for article in response.json["articles"]]


# --- Who may not ---


@pytest.mark.parametrize("field", list(TEXTS))
@pytest.mark.parametrize("blank", ["", " \n"])
def test_a_blank_field_is_named(jake, field, blank):
    jake.write("Kept")
    for response in (
        jake.post("/articles", article={**TEXTS, field: blank}),
        jake.put("/articles/kept", article={field: blank}),
    ):
        assert response.status_code == 422
        assert response.json["errors"] == {field: ["can't be blank"]}
    assert titles(jake.get("/articles")) == ["Kept"]


@pytest.mark.parametrize(
    "method_path",
    [
        "POST /articles",
        "PUT /articles/kept",
        "DELETE /articles/kept",
        "POST /articles/kept/favorite",
        "DELETE /articles/kept/favorite",
        "GET /articles/feed",
    ],
)
def test_a_token_is_needed(nobody, jake, method_path):
    jake.write("Kept")
    response = nobody.send(*method_path.split())
    assert response.status_code == 401
    assert response.json["errors"] == {"token": ["is missing"]}


def test_only_its_author_changes_an_article(jake, anne, root):
    jake.write("Kept")
    for person in (anne, root):
        response = person.put("/articles/kept", article={"title": "Taken"})
        assert response.status_code == 403
        assert response.json["errors"] == FORBIDDEN
    response = anne.delete("/articles/kept")
    assert response.status_code == 403
    assert response.json["errors"] == FORBIDDEN
    assert titles(jake.get("/articles")) == ["Kept"]


def test_an_admin_deletes_any_article(jake, root, nobody):
    jake.write("Kept")
    assert root.delete("/articles/kept").status_code == 204
    assert nobody.get("/articles/kept").status_code == 404


@pytest.mark.parametrize("slug", ["unknown", "Kept", "kept ", "' OR 1=1 --", "x" * 1000])
def test_what_is_not_there_is_not_found(jake, slug):
    jake.write("Kept")
    for response in (
        jake.get(f"/articles/{slug}"),
        jake.put(f"/articles/{slug}", article={"title": "New"}),
        jake.delete(f"/articles/{slug}"),
        jake.post(f"/articles/{slug}/favorite"),
        jake.delete(f"/articles/{slug}/favorite"),
    ):
        assert response.status_code == 404
        assert response.json["errors"] == NOT_FOUND


# --- One article ---


def test_an_article_is_written_and_read(jake, nobody):
    written = jake.write(**TEXTS, tagList=["dragons", "training"])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", written["createdAt"])
    assert written == {
        **TEXTS,
        "slug": "how-to-train",
        "tagList": ["dragons", "training"],
        "createdAt": written["createdAt"],
        "updatedAt": written["createdAt"],
        "favorited": False,
        "favoritesCount": 0,
        "author": {"username": "jake", "bio": None, "image": None, "following": False},
    }
    response = nobody.get("/articles/how-to-train")
    assert response.json == {"msg": "success", "article": written}


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("안녕 세상", "annyeong-sesang"),
        ("Über cafés", "uber-cafes"),
        ("  What's   new? ", "what-s-new"),
        ("a" * 255, "a" * 200),
        ("🧪", r"article"),
        ("Feed", r"feed-[0-9a-f]{6}"),
    ],
)
def test_a_slug_is_readable_and_hides_no_path(jake, nobody, title, slug):
    written = jake.write(title)
    assert re.fullmatch(slug, written["slug"])
    assert nobody.get(f"/articles/{written['slug']}").json["article"]["title"] == title


def test_equal_titles_have_slugs_of_their_own(jake, anne):
    slugs = [person.write("Same")["slug"] for person in (jake, anne, jake)]
    assert slugs[0] == "same"
    assert len(set(slugs)) == 3
    assert all(re.fullmatch(r"same(-[0-9a-f]{6})?", slug) for slug in slugs)


def test_tags_keep_their_order_without_doubles_and_blanks(jake):
    written = jake.write(tagList=["z", " a ", "", "z", "  ", "é", "a", "Z"])
    assert written["tagList"] == ["z", "a", "é", "Z"]


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (None, "can't be null"),
        ("text", "must be a list of text"),
        ([1], "item 1 must be text"),
        (["fine", "x" * 65], "is too long (the maximum is 64)"),
        (["t"] * 101, "is too long (the maximum is 100)"),
    ],
)
def test_what_cannot_be_tags_is_named(jake, tags, message):
    jake.write("Kept", tagList=["kept"])
    for response in (
        jake.post("/articles", article={**TEXTS, "tagList": tags}),
        jake.put("/articles/kept", article={"title": "Other", "tagList": tags}),
    ):
        assert response.status_code == 422
        assert response.json["errors"] == {"tagList": [message]}
    page = jake.get("/articles").json
    assert (page["articlesCount"], page["articles"][0]["tagList"]) == (1, ["kept"])


def test_each_part_changes_alone(jake):
    expected = jake.write("Old title", tagList=["kept"])
    jake.write("Another")
    for field, value in (("description", "D"), ("body", "B"), ("title", "New title")):
        time.sleep(0.002)
        response = jake.put(f"/articles/{expected['slug']}", article={field: value})
        assert response.status_code == 200
        changed = response.json["article"]
        assert changed["updatedAt"] > expected["updatedAt"]
        expected |= {field: value, "updatedAt": changed["updatedAt"]}
        expected["slug"] = "new-title" if field == "title" else "old-title"
        assert changed == expected
    assert jake.get("/articles/old-title").status_code == 404
    assert jake.get("/articles/new-title").json["article"] == expected


def test_a_change_of_title_takes_no_slug_of_another(jake):
    jake.write("Taken")
    article = jake.write("Mine")
    changed = jake.put("/articles/mine", article={"title": "Taken"}).json["article"]
    assert re.fullmatch(r"taken-[0-9a-f]{6}", changed["slug"])
    same = jake.put(f"/articles/{changed['slug']}", article={"title": "Taken"}).json["article"]
    assert same["slug"] == changed["slug"]
    assert article["createdAt"] == same["createdAt"]


def test_tags_are_kept_removed_and_replaced(jake):
    jake.write("One", tagList=["a", "b"])
    assert jake.put("/articles/one", article={"body": "B"}).json["article"]["tagList"] == ["a", "b"]
    changed = jake.put("/articles/one", article={"tagList": ["c", "a"]})
    assert changed.json["article"]["tagList"] == ["c", "a"]
    assert jake.put("/articles/one", article={"tagList": []}).json["article"]["tagList"] == []


def test_deleting_takes_all_that_hangs_on_it(jake, anne, nobody):
    jake.write("Gone", tagList=["gone", "shared"])
    jake.write("Kept", tagList=["shared"])
    anne.comment("gone")
    anne.post("/articles/gone/favorite")
    response = jake.delete("/articles/gone")
    assert (response.status_code, response.data) == (204, b"")
    assert jake.delete("/articles/gone").status_code == 404
    assert nobody.get("/articles/gone/comments").status_code == 404
    assert nobody.get("/tags").json["tags"] == ["shared"]
    assert nobody.get("/articles?favorited=anne").json["articlesCount"] == 0
    assert jake.write("Gone")["favoritesCount"] == 0
    assert nobody.get("/articles/gone/comments").json["comments"] == []


# --- Lists ---


@pytest.mark.parametrize("path", ["/articles", "/articles/feed"])
@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("limit=0", "limit", "must be at least 1"),
        ("limit=101", "limit", "must be at most 100"),
        ("limit=-1", "limit", "must be at least 1"),
        ("limit=x", "limit", "must be a whole number"),
        ("limit=", "limit", "must be a whole number"),
        ("offset=-1", "offset", "must be at least 0"),
        ("offset=1.5", "offset", "must be a whole number"),
        (f"offset={2**63}", "offset", f"must be between {-(2**63)} and {2**63 - 1}"),
    ],
)
def test_a_bad_page_is_named(jake, path, query, field, message):
    response = jake.get(f"{path}?{query}")
    assert response.status_code == 422
    assert response.json["errors"] == {field: [message]}


def test_a_list_is_newest_first_in_pages(jake, nobody):
    for number in range(25):
        jake.write(f"Title {number}")
    first = nobody.get("/articles")
    assert titles(first) == [f"Title {number}" for number in range(24, 4, -1)]
    assert first.json["articlesCount"] == 25
    assert all("body" not in article for article in first.json["articles"])
    second = nobody.get("/articles?limit=3&offset=23")
    assert titles(second) == ["Title 1", "Title 0"]
    assert second.json["articlesCount"] == 25
    for beyond in ("offset=25", f"offset={2**63 - 1}&limit=100"):
        page = nobody.get(f"/articles?{beyond}").json
        assert (page["articles"], page["articlesCount"]) == ([], 25)


def test_filters_alone_and_together(jake, anne, nobody):
    jake.write("One", tagList=["a", "b"])
    jake.write("Two", tagList=["b"])
    anne.write("Three", tagList=["a"])
    anne.post("/articles/one/favorite")
    anne.post("/articles/three/favorite")
    for query, expected in (
        ("tag=a", ["Three", "One"]),
        ("author=jake", ["Two", "One"]),
        ("favorited=anne", ["Three", "One"]),
        ("tag=a&author=jake", ["One"]),
        ("tag=b&favorited=anne", ["One"]),
        ("author=anne&favorited=anne&tag=a", ["Three"]),
        ("tag=unknown", []),
        ("author=nobody", []),
        ("favorited=nobody", []),
        ("author=jake&favorited=nobody", []),
        ("tag=A", []),
        ("tag=", []),
        ("author=%27%20OR%201%3D1", []),
        ("tag=a&unknown=1", ["Three", "One"]),
    ):
        page = nobody.get(f"/articles?{query}")
        assert titles(page) == expected, query
        assert page.json["articlesCount"] == len(expected), query


def test_the_feed_is_of_those_one_follows(jake, anne, root):
    jake.write("One")
    root.write("Two")
    anne.write("Own")
    assert anne.get("/articles/feed").json == {"msg": "success", "articles": [], "articlesCount": 0}
    anne.post("/profiles/jake/follow")
    anne.post("/profiles/root/follow")
    page = anne.get("/articles/feed")
    assert titles(page) == ["Two", "One"]
    assert page.json["articlesCount"] == 2
    assert all(article["author"]["following"] for article in page.json["articles"])
    assert titles(anne.get("/articles/feed?limit=1&offset=1")) == ["One"]
    assert jake.get("/articles/feed").json["articlesCount"] == 0


# --- Favourites ---


def test_favouring_twice_counts_once(jake, anne, nobody):
    jake.write("One")
    for expected, favour in ((True, anne.post), (False, anne.delete)):
        for _ in range(2):
            article = favour("/articles/one/favorite").json["article"]
            assert (article["favorited"], article["favoritesCount"]) == (expected, int(expected))
        for person, sees in ((anne, expected), (jake, False), (nobody, False)):
            for article in (
                person.get("/articles/one").json["article"],
                person.get("/articles").json["articles"][0],
            ):
                assert article["favorited"] is sees
                assert article["favoritesCount"] == int(expected)


def test_an_author_is_shown_as_the_reader_follows_them(jake, anne, nobody):
    jake.write("One")
    anne.post("/profiles/jake/follow")
    assert anne.get("/articles/one").json["article"]["author"]["following"] is True
    assert nobody.get("/articles/one").json["article"]["author"]["following"] is False
    assert jake.get("/articles/one").json["article"]["author"]["following"] is False


def test_counts_are_right_when_many_favour_at_once(app, jake, register):
    jake.write("Loved")
    people = [register(f"fan{number}").token for number in range(50)]

    def act(number):
        person = Person(app.test_client(), people[number % 50])
        method = "DELETE" if number % 3 == 0 else "POST"
        return person.send(method, "/articles/loved/favorite").status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(act, range(200)))
    assert set(answers) <= {200, 503}
    assert answers.count(200) > 100
    fans = sum(
        Person(app.test_client(), token).get("/articles/loved").json["article"]["favorited"]
        for token in people
    )
    article = jake.get("/articles/loved").json["article"]
    assert article["favoritesCount"] == fans
    assert (
        sum(
            jake.get(f"/articles?favorited=fan{number}").json["articlesCount"]
            for number in range(50)
        )
        == fans
    )
