"""Tags: those in use."""

from tests.api.v1.test_article import write
from tests.api.wrong_values import MONGO, SQL
from tests.http.checked_client import document

REALWORLD = {
    "GET /tags": {
        "statuses": [200, 422],
        "never": {422: "it takes no input that could be wrong"},
        "answer": {"tags": [None]},
    },
}


def test_no_tags_without_articles(nobody):
    assert nobody.get("/tags").json == {"msg": "success", "tags": []}


def test_the_most_used_tag_is_first(jake, anne, nobody):
    write(jake, "One", tagList=["rare", "often"])
    write(anne, "Two", tagList=["often", "also rare"])
    assert nobody.get("/tags").json["tags"] == ["often", "also rare", "rare"]
    jake.put("/articles/one", article={"tagList": []})
    assert nobody.get("/tags").json["tags"] == ["also rare", "often"]


def test_the_tags_of_a_deleted_article_are_gone(jake, nobody):
    write(jake, "Gone", tagList=["gone", "shared"])
    write(jake, "Kept", tagList=["shared"])
    jake.delete("/articles/gone")
    assert nobody.get("/tags").json["tags"] == ["shared"]


def test_a_query_language_is_only_text(jake, nobody):
    texts = [*SQL, *MONGO]
    write(jake, tagList=texts)
    assert sorted(nobody.get("/tags").json["tags"]) == sorted(texts)


def test_at_most_a_hundred_tags_are_shown(jake, nobody):
    for number in range(3):
        write(jake, tagList=[f"{number}-{each}" for each in range(50)])
    assert len(nobody.get("/tags").json["tags"]) == 100


def test_the_document_says_that_anybody_may_read_them(api):
    assert document()["paths"][f"{api}/tags"]["get"]["security"] == []
