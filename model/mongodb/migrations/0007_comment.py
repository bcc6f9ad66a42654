"""Comments on articles; each article counts those that were ever written on it."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
COMMENT = {
    "_id": WHOLE,
    "article_id": WHOLE,
    "author_id": WHOLE,
    "body": {"bsonType": "string", "maxLength": 10_000},
    "created_at": TIME,
    "updated_at": TIME,
}


def up(db: Any) -> None:
    """Make the collection; keeps what an earlier failed run created."""
    if "comments" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*COMMENT], "properties": COMMENT}
        db.create_collection("comments", validator={"$jsonSchema": schema})
    db.counters.update_one({"_id": "comments"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.comments.create_index(["article_id", "created_at", "_id"])


def down(db: Any) -> None:
    """Drop the collection, the counter of its ids, and the counts of the articles."""
    db.drop_collection("comments")
    db.counters.delete_one({"_id": "comments"})
    db.articles.update_many({}, {"$unset": {"comments_count": ""}})
