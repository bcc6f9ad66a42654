"""Articles; each holds its tags and the ids of those who favorited it."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
TAG = {"bsonType": "string", "maxLength": 64}
ARTICLE = {
    "_id": WHOLE,
    "author_id": WHOLE,
    "slug": {"bsonType": "string", "maxLength": 300},
    "title": {"bsonType": "string", "maxLength": 255},
    "description": {"bsonType": "string", "maxLength": 1000},
    "body": {"bsonType": "string", "maxLength": 100_000},
    "tags": {"bsonType": "array", "items": TAG},
    "favorited_by": {"bsonType": "array", "items": WHOLE},
    "created_at": TIME,
    "updated_at": TIME,
}


def up(db: Any) -> None:
    """Make the collection; keeps what an earlier failed run created."""
    if "articles" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*ARTICLE], "properties": ARTICLE}
        db.create_collection("articles", validator={"$jsonSchema": schema})
    db.counters.update_one({"_id": "articles"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.articles.create_index("slug", unique=True)
    db.articles.create_index(["created_at", "_id"])
    for first in ("author_id", "tags", "favorited_by"):
        db.articles.create_index([first, "created_at", "_id"])


def down(db: Any) -> None:
    """Drop the collection, and the counter of its ids."""
    db.drop_collection("articles")
    db.counters.delete_one({"_id": "articles"})
