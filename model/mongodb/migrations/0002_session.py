"""Who is signed in where. Of a refresh token only hashes are kept."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
SESSION = {
    "_id": WHOLE,
    "user_id": WHOLE,
    "family_hash": {"bsonType": "string", "maxLength": 64},
    "refresh_hash": {"bsonType": "string", "maxLength": 64},
    "user_agent": {"bsonType": "string", "maxLength": 255},
    "created_at": TIME,
    "refreshed_at": TIME,
    "expires_at": TIME,
}


def up(db: Any) -> None:
    """Make the collection; keeps what an earlier failed run created."""
    if "sessions" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*SESSION], "properties": SESSION}
        db.create_collection("sessions", validator={"$jsonSchema": schema})
    db.counters.update_one({"_id": "sessions"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.sessions.create_index("family_hash", unique=True)
    db.sessions.create_index(["user_id", "expires_at"])


def down(db: Any) -> None:
    """Drop the collection, and the counter of its ids."""
    db.drop_collection("sessions")
    db.counters.delete_one({"_id": "sessions"})
