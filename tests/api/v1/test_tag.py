"""Tags: those in use."""


def test_no_tags_without_articles(nobody):
    assert nobody.get("/tags").json == {"msg": "success", "tags": []}


def test_the_most_used_tag_is_first(jake, anne, nobody):
    jake.write("One", tagList=["rare", "often"])
    anne.write("Two", tagList=["often", "also rare"])
    assert nobody.get("/tags").json["tags"] == ["often", "also rare", "rare"]
    jake.put("/articles/one", article={"tagList": []})
    assert nobody.get("/tags").json["tags"] == ["also rare", "often"]


def test_at_most_a_hundred_tags_are_shown(jake, nobody):
    for number in range(3):
        jake.write(tagList=[f"{number}-{each}" for each in range(50)])
    assert len(nobody.get("/tags").json["tags"]) == 100
