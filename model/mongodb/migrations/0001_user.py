"""Accounts: what a document must be, and its indexes."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
USER = {
    "_id": WHOLE,
    "username": {"bsonType": "string", "maxLength": 64},
    "username_key": {"bsonType": "string", "maxLength": 255},
    "email": {"bsonType": "string", "maxLength": 254},
    "password_hash": {"bsonType": "string", "maxLength": 255},
    "bio": {"bsonType": ["string", "null"], "maxLength": 1000},
    "image": {"bsonType": ["string", "null"], "maxLength": 2000},
    "role": {"bsonType": "string", "maxLength": 16},
    "sign_ins": WHOLE,
    "created_at": TIME,
    "updated_at": TIME,
}


def up(db: Any) -> None:
    """Make the collection; keeps what an earlier failed run created."""
    if "users" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*USER], "properties": USER}
        db.create_collection("users", validator={"$jsonSchema": schema})
    # The counter of its ids is made here, so that no two insertions race to make it.
    db.counters.update_one({"_id": "users"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.users.create_index("username_key", unique=True)
    db.users.create_index("email", unique=True)


def down(db: Any) -> None:
    """Drop the collection, and the counter of its ids."""
    db.drop_collection("users")
    db.counters.delete_one({"_id": "users"})
