"""How many comments each article has, in place of a count in the article that each one changed."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
COUNT = {"article_id": WHOLE, "slot": WHOLE, "comments": WHOLE}


def up(db: Any) -> None:
    """Make the change; safe to repeat after a failed run."""
    if "comment_counts" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*COUNT], "properties": COUNT}
        db.create_collection("comment_counts", validator={"$jsonSchema": schema})
    db.comment_counts.create_index(["article_id", "slot"], unique=True)
    db.comment_counts.delete_many({})
    count = {"article_id": "$_id", "slot": {"$literal": 0}, "comments": 1}
    key = ["article_id", "slot"]
    db.comments.aggregate(
        [
            {"$group": {"_id": "$article_id", "comments": {"$sum": 1}}},
            {"$project": {"_id": 0, **count}},
            {"$merge": {"into": "comment_counts", "on": key, "whenMatched": "replace"}},
        ],
        allowDiskUse=True,
    )
    db.articles.update_many({}, {"$unset": {"comments_count": ""}})


def down(db: Any) -> None:
    """Undo the change: articles count again, from as many as they have."""
    db.comments.aggregate(
        [
            {"$group": {"_id": "$article_id", "comments_count": {"$sum": 1}}},
            {"$merge": {"into": "articles", "on": "_id", "whenNotMatched": "discard"}},
        ],
        allowDiskUse=True,
    )
    db.drop_collection("comment_counts")
