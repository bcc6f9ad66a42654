"""Articles: who may change them, their slugs and tags, lists, the feed, favorites."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import quote

import pytest

from app.http.rule import NotBlank
from controller import article as controller
from model.frame.error import ModelError
from tests.api.wrong_values import LONG, MONGO, SQL
from tests.http.checked_client import document
from tests.http.people import Person

NOT_FOUND = {"article": ["not found"]}
FORBIDDEN = {"article": ["forbidden"]}
TEXTS = {"title": "How to train", "description": "Ever wonder?", "body": "Very carefully."}

SUMMARY = {
    **dict.fromkeys(["slug", "title", "description", "createdAt", "updatedAt"]),
    **dict.fromkeys(["favorited", "favoritesCount"]),
    "tagList": [None],
    "author": dict.fromkeys(["username", "bio", "image", "following"]),
}
ONE = {"answer": {"article": {**SUMMARY, "body": None}}}
MANY = {"answer": {"articles": [SUMMARY], "articlesCount": None}}
PAGE = {"offset": "query", "limit": "query", "before": "query"}
BY_SLUG = {"parameters": {"slug": "path"}}
WRITTEN = {"title": True, "description": True, "body": True, "tagList": False}
REALWORLD = {
    "GET /articles/feed": {**MANY, "parameters": PAGE, "statuses": [200, 401, 422]},
    "GET /articles": {
        **MANY,
        "parameters": {**dict.fromkeys(["tag", "author", "favorited"], "query"), **PAGE},
        "statuses": [200, 401, 422],
    },
    "POST /articles": {
        **ONE,
        "body": {"article": WRITTEN},
        "statuses": [201, 401, 409, 422],
        "never": {409: "a title that is taken gets a slug of its own"},
    },
    "GET /articles/{slug}": {**ONE, **BY_SLUG, "statuses": [200, 404, 422]},
    "PUT /articles/{slug}": {
        **ONE,
        **BY_SLUG,
        "body": {"article": dict.fromkeys(WRITTEN, False)},
        "statuses": [200, 401, 403, 404, 422],
    },
    "DELETE /articles/{slug}": {**BY_SLUG, "statuses": [204, 401, 403, 404, 422]},
    "POST /articles/{slug}/favorite": {**ONE, **BY_SLUG, "statuses": [200, 401, 404, 422]},
    "DELETE /articles/{slug}/favorite": {**ONE, **BY_SLUG, "statuses": [200, 401, 404, 422]},
}

NOTHING = {"articles": [], "articlesCount": 0, "next": None}
UNKNOWN = {
    "slug": (404, "article"),
    "before": None,
    **dict.fromkeys(["tag", "author", "favorited"], (200, NOTHING)),
}
SAME = {"author": ["JAKE"], "favorited": ["ANNE"]}
REFUSED = {"tagList": [["tag", "x" * 65], ["x" * LONG]]}


def prepare(jake, anne, database):
    """jake and anne each wrote an article, and favorited that of the other."""
    written = write(jake, "How to train your dragon", tagList=["dragons", "training"])
    assert anne.post(f"/articles/{written['slug']}/favorite").status_code == 200
    by_anne = write(anne, "By anne")
    assert jake.post(f"/articles/{by_anne['slug']}/favorite").status_code == 200
    other = {"title": "Other", "description": "d", "tagList": ["other"]}
    return {"update_article": other, "unfavorite": {"slug": by_anne["slug"]}}


def prepare_fuzz(case, reader_id, database):
    """The reader wrote the article that is to be updated, unless it is there or can't be."""
    if case.method == "PUT" and case.operation.path.endswith("/articles/{slug}"):
        texts = {"title": "t", "description": "d", "body": "b"}
        slug = case.path_parameters["slug"]
        with suppress(ModelError):
            database.atomically(
                lambda db: db.articles.insert(author_id=reader_id, slug=slug, **texts)
            )


def write(person, title="A title", **texts):
    """Write an article and return it."""
    article = {"title": title, "description": "d", "body": "b", **texts}
    response = person.post("/articles", article=article)
    assert response.status_code == 201, response.text
    return response.json["article"]


def titles(response):
    return [article["title"] for article in response.json["articles"]]


# --- Bad requests ---


@pytest.mark.parametrize("field", list(TEXTS))
@pytest.mark.parametrize("blank", ["", " \n"])
def test_a_blank_field_is_named(jake, field, blank):
    write(jake, "Kept")
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
    write(jake, "Kept")
    response = nobody.send(*method_path.split())
    assert response.status_code == 401
    assert response.json["errors"] == {"token": ["is missing"]}


def test_only_its_author_changes_an_article(jake, anne, root):
    write(jake, "Kept")
    for person in (anne, root):
        response = person.put("/articles/kept", article={"title": "Taken"})
        assert response.status_code == 403
        assert response.json["errors"] == FORBIDDEN
    response = anne.delete("/articles/kept")
    assert response.status_code == 403
    assert response.json["errors"] == FORBIDDEN
    assert titles(jake.get("/articles")) == ["Kept"]


def test_an_admin_deletes_any_article(jake, root, nobody):
    write(jake, "Kept")
    assert root.delete("/articles/kept").status_code == 204
    assert nobody.get("/articles/kept").status_code == 404


@pytest.mark.parametrize("slug", ["unknown", "Kept", "kept ", "' OR 1=1 --", "x" * 1000])
def test_an_unknown_article_is_404(jake, slug):
    write(jake, "Kept")
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
    written = write(jake, **TEXTS, tagList=["dragons", "training"])
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
def test_a_slug_is_readable_and_never_a_path_of_the_api(jake, nobody, title, slug):
    written = write(jake, title)
    assert re.fullmatch(slug, written["slug"])
    assert nobody.get(f"/articles/{written['slug']}").json["article"]["title"] == title


def test_equal_titles_have_different_slugs(jake, anne):
    slugs = [write(person, "Same")["slug"] for person in (jake, anne, jake)]
    assert slugs[0] == "same"
    assert len(set(slugs)) == 3
    assert all(re.fullmatch(r"same(-[0-9a-f]{6})?", slug) for slug in slugs)


def test_tags_keep_their_order_without_duplicates_and_blanks(jake):
    written = write(jake, tagList=["z", " a ", "", "z", "  ", "é", "a", "Z"])
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
def test_invalid_tags_are_named(jake, tags, message):
    write(jake, "Kept", tagList=["kept"])
    for response in (
        jake.post("/articles", article={**TEXTS, "tagList": tags}),
        jake.put("/articles/kept", article={"title": "Other", "tagList": tags}),
    ):
        assert response.status_code == 422
        assert response.json["errors"] == {"tagList": [message]}
    page = jake.get("/articles").json
    assert (page["articlesCount"], page["articles"][0]["tagList"]) == (1, ["kept"])


def test_each_part_changes_alone(jake):
    expected = write(jake, "Old title", tagList=["kept"])
    write(jake, "Another")
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


def test_a_new_title_never_takes_the_slug_of_another_article(jake):
    write(jake, "Taken")
    article = write(jake, "Mine")
    changed = jake.put("/articles/mine", article={"title": "Taken"}).json["article"]
    assert re.fullmatch(r"taken-[0-9a-f]{6}", changed["slug"])
    same = jake.put(f"/articles/{changed['slug']}", article={"title": "Taken"}).json["article"]
    assert same["slug"] == changed["slug"]
    assert article["createdAt"] == same["createdAt"]


def test_tags_are_kept_removed_and_replaced(jake):
    write(jake, "One", tagList=["a", "b"])
    assert jake.put("/articles/one", article={"body": "B"}).json["article"]["tagList"] == ["a", "b"]
    changed = jake.put("/articles/one", article={"tagList": ["c", "a"]})
    assert changed.json["article"]["tagList"] == ["c", "a"]
    assert jake.put("/articles/one", article={"tagList": []}).json["article"]["tagList"] == []


def test_deleting_an_article_deletes_its_tags_and_favorites(jake, anne, nobody):
    write(jake, "Gone", tagList=["gone", "shared"])
    write(jake, "Kept", tagList=["shared"])
    anne.post("/articles/gone/favorite")
    response = jake.delete("/articles/gone")
    assert (response.status_code, response.data) == (204, b"")
    assert jake.delete("/articles/gone").status_code == 404
    assert nobody.get("/articles?tag=gone").json["articlesCount"] == 0
    assert titles(nobody.get("/articles?tag=shared")) == ["Kept"]
    assert nobody.get("/articles?favorited=anne").json["articlesCount"] == 0
    assert write(jake, "Gone")["favoritesCount"] == 0


def test_a_query_language_is_only_text(jake):
    for text in [*SQL, *MONGO]:
        texts = {"title": text, "description": text, "body": text}
        written = write(jake, **texts, tagList=[text])
        shown = jake.get(f"/articles/{written['slug']}").json["article"]
        assert shown.items() >= {**texts, "tagList": [text]}.items()
        listed = jake.get(f"/articles?tag={quote(text)}").json["articles"]
        assert [article["slug"] for article in listed] == [written["slug"]]


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
        write(jake, f"Title {number}")
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


def test_the_first_of_two_equal_parameters_counts(jake, anne):
    write(jake, "One")
    write(jake, "Two")
    write(anne, "Three")
    response = jake.get("/articles?limit=1&limit=text&author=jake&author=anne")
    assert response.status_code == 200
    assert titles(response) == ["Two"]


def test_filters_alone_and_together(jake, anne, nobody):
    write(jake, "One", tagList=["a", "b"])
    write(jake, "Two", tagList=["b"])
    write(anne, "Three", tagList=["a"])
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


def test_the_feed_has_the_articles_of_people_you_follow(jake, anne, root):
    write(jake, "One")
    write(root, "Two")
    write(anne, "Own")
    assert anne.get("/articles/feed").json == {"msg": "success", **NOTHING}
    anne.post("/profiles/jake/follow")
    anne.post("/profiles/root/follow")
    page = anne.get("/articles/feed")
    assert titles(page) == ["Two", "One"]
    assert page.json["articlesCount"] == 2
    assert all(article["author"]["following"] for article in page.json["articles"])
    assert titles(anne.get("/articles/feed?limit=1&offset=1")) == ["One"]
    assert jake.get("/articles/feed").json["articlesCount"] == 0


# --- Favorites ---


def test_favoriting_twice_counts_once(jake, anne, nobody):
    write(jake, "One")
    for expected, favorite in ((True, anne.post), (False, anne.delete)):
        for _ in range(2):
            article = favorite("/articles/one/favorite").json["article"]
            assert (article["favorited"], article["favoritesCount"]) == (expected, int(expected))
        for person, sees in ((anne, expected), (jake, False), (nobody, False)):
            for article in (
                person.get("/articles/one").json["article"],
                person.get("/articles").json["articles"][0],
            ):
                assert article["favorited"] is sees
                assert article["favoritesCount"] == int(expected)


def test_an_author_is_shown_with_whether_you_follow_them(jake, anne, nobody):
    write(jake, "One")
    anne.post("/profiles/jake/follow")
    assert anne.get("/articles/one").json["article"]["author"]["following"] is True
    assert nobody.get("/articles/one").json["article"]["author"]["following"] is False
    assert jake.get("/articles/one").json["article"]["author"]["following"] is False


def test_counts_are_right_when_many_favorite_at_once(app, api, jake, nobody):
    write(jake, "Loved")
    people = [nobody.register(f"fan{number}").token for number in range(50)]

    def act(number):
        person = Person(app.test_client(), api, people[number % 50])
        method = "DELETE" if number % 3 == 0 else "POST"
        return person.send(method, "/articles/loved/favorite").status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(act, range(200)))
    assert set(answers) <= {200, 503}
    assert answers.count(200) > 100
    fans = sum(
        Person(app.test_client(), api, token).get("/articles/loved").json["article"]["favorited"]
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


# --- At the same time ---


def test_an_update_leaves_alone_what_another_changes_meanwhile(jake, meanwhile):
    write(jake, "Old")
    rename = {"title": "New"}
    meanwhile(controller, "refuse_blank", lambda: jake.put("/articles/old", article=rename))
    changed = jake.put("/articles/old", article={"body": "B", "title": "Old"})
    assert changed.status_code == 200
    found = jake.get("/articles/new").json["article"]
    assert (found["title"], found["slug"], found["body"]) == ("New", "new", "B")
    assert changed.json["article"] == found


def test_an_update_finds_nothing_if_the_article_is_deleted_meanwhile(jake, meanwhile):
    write(jake, "One")
    meanwhile(controller, "refuse_blank", lambda: jake.delete("/articles/one"))
    response = jake.put("/articles/one", article={"body": "B"})
    assert response.status_code == 404
    assert response.json["errors"] == {"article": ["not found"]}
    assert jake.get("/articles").json["articlesCount"] == 0


# --- The document ---


def operation(method, path, api):
    return document()["paths"][f"{api}{path}"][method]


def test_the_document_has_the_bounds_of_an_article(api):
    [body] = operation("post", "/articles", api)["requestBody"]["content"].values()
    article = body["schema"]["properties"]["article"]
    assert body["schema"]["required"] == ["article"]
    assert article["required"] == ["title", "description", "body"]
    assert article["properties"]["title"] == {
        "type": "string",
        **NotBlank().schema(),
        "maxLength": 255,
    }
    assert article["properties"]["tagList"] == {
        "type": "array",
        "items": {"type": "string"},
        "maxItems": 100,
    }


def test_the_document_has_the_page_of_a_list(api):
    assert operation("get", "/articles", api)["parameters"][3] == {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "example": 20,
    }


def test_the_document_says_who_may_read_a_list(api):
    security = operation("get", "/articles", api)["security"]
    assert security == [{}, {"Bearer": []}, {"Token": []}]


def test_the_document_has_every_status_of_a_deletion(api):
    responses = operation("delete", "/articles/{slug}", api)["responses"]
    assert sorted(responses) == ["204", "401", "403", "404", "422", "503"]


def test_an_author_is_found_however_their_username_is_cased(jake, nobody):
    write(jake, "One")
    assert nobody.get("/articles?author=JAKE").json["articlesCount"] == 1


@pytest.mark.parametrize("field", ["title", "description", "body"])
def test_a_text_of_invisible_characters_is_blank(jake, field):
    texts = {"title": "t", "description": "d", "body": "b", field: "\u200b \u2060"}
    response = jake.post("/articles", article=texts)
    assert response.status_code == 422
    assert response.json["errors"] == {field: ["can't be blank"]}
