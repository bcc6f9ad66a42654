"""Favorites are documents of their own, so that no article grows with its readers; counts are kept.

A count is apart from what it counts: whoever changes it must not wait for those who read or change
that. Each is the sum of several slots.
"""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
TAG = {"bsonType": "string", "maxLength": 64}
COLLECTIONS: dict[str, dict[str, Any]] = {
    "favorites": {"user_id": WHOLE, "article_id": WHOLE, "article_created_at": TIME},
    # Articles by an author with a tag; author 0 is everybody, and no tag is every tag.
    "article_counts": {
        "author_id": WHOLE,
        "tag": TAG,
        "slot": WHOLE,
        "articles": WHOLE,
        "latest_at": {"bsonType": ["date", "null"]},
    },
    # model/mongodb/driver/count.py says of which ids there are `uses`.
    "favorite_counts": {"article_id": WHOLE, "slot": WHOLE, "favorites": WHOLE},
}
FAVORITED_BY = {"favorited_by": {"bsonType": "array", "items": WHOLE}}
FAVORITED_BY_INDEX = ["favorited_by", "created_at", "_id"]
# Of an author with a tag.
BOTH_INDEX = ["author_id", "tags", "created_at", "_id"]


def up(db: Any) -> None:
    """Make the change; safe to repeat after a failed run."""
    for name, columns in COLLECTIONS.items():
        if name not in db.list_collection_names():
            schema = {"bsonType": "object", "required": [*columns], "properties": columns}
            db.create_collection(name, validator={"$jsonSchema": schema})
    db.favorites.create_index(["article_id", "user_id"], unique=True)
    db.favorites.create_index(["user_id", "article_created_at", "article_id"])
    db.article_counts.create_index(["author_id", "tag", "slot"], unique=True)
    db.favorite_counts.create_index(["article_id", "slot"], unique=True)
    db.articles.create_index(BOTH_INDEX)
    copy_favorites(db)
    set_schema(db, {})
    db.articles.update_many({}, {"$unset": {"favorited_by": ""}})
    if name_of(FAVORITED_BY_INDEX) in db.articles.index_information():
        db.articles.drop_index(name_of(FAVORITED_BY_INDEX))
    count_articles(db)
    count_favorites(db)


def down(db: Any) -> None:
    """Undo the change."""
    db.articles.update_many({"favorited_by": {"$exists": False}}, {"$set": {"favorited_by": []}})
    db.favorites.aggregate(
        [
            {"$sort": {"article_id": 1, "user_id": 1}},
            {"$group": {"_id": "$article_id", "favorited_by": {"$push": "$user_id"}}},
            {"$merge": {"into": "articles", "on": "_id", "whenNotMatched": "discard"}},
        ],
        allowDiskUse=True,
    )
    set_schema(db, FAVORITED_BY)
    db.articles.create_index(FAVORITED_BY_INDEX)
    if name_of(BOTH_INDEX) in db.articles.index_information():
        db.articles.drop_index(name_of(BOTH_INDEX))
    for name in COLLECTIONS:
        db.drop_collection(name)


def copy_favorites(db: Any) -> None:
    """Make a document of each favorite in each article, on the server."""
    of_article = {"article_id": "$_id", "article_created_at": "$created_at"}
    db.articles.aggregate(
        [
            {"$match": {"favorited_by": {"$exists": True}}},
            {"$unwind": "$favorited_by"},
            {"$project": {"_id": 0, "user_id": "$favorited_by", **of_article}},
            merged_into("favorites", ["article_id", "user_id"], "keepExisting"),
        ]
    )


def count_articles(db: Any) -> None:
    """Count the articles of everybody, of each author, and with each tag, into slot 0."""
    db.article_counts.delete_many({})
    each_tag = [
        {"$project": {"tag": {"$setUnion": ["$tags", []]}}},
        {"$unwind": "$tag"},
        {"$match": {"tag": {"$gt": ""}}},
    ]
    everybody, every_tag, never = {"$literal": 0}, {"$literal": ""}, {"$literal": None}
    for stages, author_id, tag, latest_at in (
        ([], everybody, every_tag, never),
        ([], "$author_id", every_tag, "$created_at"),
        (each_tag, everybody, "$tag", never),
    ):
        group = {"_id": {"author_id": author_id, "tag": tag}, "articles": {"$sum": 1}}
        count = {"author_id": "$_id.author_id", "tag": "$_id.tag", "slot": {"$literal": 0}}
        db.articles.aggregate(
            [
                *stages,
                {"$group": {**group, "latest_at": {"$max": latest_at}}},
                {"$project": {"_id": 0, **count, "articles": 1, "latest_at": 1}},
                merged_into("article_counts", ["author_id", "tag", "slot"], "replace"),
            ],
            allowDiskUse=True,
        )


def count_favorites(db: Any) -> None:
    """Count the favorites of each article into slot 0."""
    db.favorite_counts.delete_many({})
    count = {"article_id": "$_id", "slot": {"$literal": 0}, "favorites": 1}
    db.favorites.aggregate(
        [
            {"$group": {"_id": "$article_id", "favorites": {"$sum": 1}}},
            {"$project": {"_id": 0, **count}},
            merged_into("favorite_counts", ["article_id", "slot"], "replace"),
        ],
        allowDiskUse=True,
    )


def merged_into(name: str, key: list[str], when_matched: str) -> dict[str, Any]:
    """Return the stage that writes documents into a collection by a unique key."""
    return {"$merge": {"into": name, "on": key, "whenMatched": when_matched}}


def set_schema(db: Any, added: dict[str, Any]) -> None:
    """Set the schema to its current properties, with `favorited_by` as given."""
    [articles] = db.list_collections(filter={"name": "articles"})
    schema = articles["options"]["validator"]["$jsonSchema"]
    schema["properties"].pop("favorited_by", None)
    schema["properties"] |= added
    kept = [name for name in schema["required"] if name != "favorited_by"]
    schema["required"] = [*kept, *added]
    db.command("collMod", "articles", validator={"$jsonSchema": schema})


def name_of(columns: list[str]) -> str:
    """Return the name that PyMongo gives an index."""
    return "_".join(f"{column}_1" for column in columns)
