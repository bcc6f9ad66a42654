"""Who follows whom."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
FOLLOW = {"follower_id": WHOLE, "followed_id": WHOLE}


def up(db: Any) -> None:
    """Make the collection; keeps what an earlier failed run created."""
    if "follows" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*FOLLOW], "properties": FOLLOW}
        db.create_collection("follows", validator={"$jsonSchema": schema})
    db.follows.create_index(["follower_id", "followed_id"], unique=True)
    db.follows.create_index(["followed_id", "follower_id"])


def down(db: Any) -> None:
    """Drop the collection."""
    db.drop_collection("follows")
