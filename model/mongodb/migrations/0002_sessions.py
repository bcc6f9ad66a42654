"""Who is signed in where, and who is an admin. Of a refresh token only hashes are kept."""

from typing import Any

from pymongo import ASCENDING

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
ADDED = {"role": {"bsonType": "string", "maxLength": 16}, "sign_ins": WHOLE}
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
    """Make the collection of sessions, and give every account its role."""
    if "sessions" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*SESSION], "properties": SESSION}
        db.create_collection("sessions", validator={"$jsonSchema": schema})
    db.counters.update_one({"_id": "sessions"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.sessions.create_index([("family_hash", ASCENDING)], unique=True)
    db.sessions.create_index([("user_id", ASCENDING), ("expires_at", ASCENDING)])

    without = {"role": {"$exists": False}}
    db.users.update_many(without, {"$set": {"role": "user", "sign_ins": 0}})
    schema = users_schema(db)
    schema["properties"] |= ADDED
    schema["required"] = sorted({*schema["required"], *ADDED})
    db.command("collMod", "users", validator={"$jsonSchema": schema})


def down(db: Any) -> None:
    """Drop the sessions and the roles."""
    schema = users_schema(db)
    for name in ADDED:
        schema["properties"].pop(name, None)
    schema["required"] = [name for name in schema["required"] if name not in ADDED]
    db.command("collMod", "users", validator={"$jsonSchema": schema})
    db.users.update_many({}, {"$unset": dict.fromkeys(ADDED, "")})
    db.drop_collection("sessions")
    db.counters.delete_one({"_id": "sessions"})


def users_schema(db: Any) -> Any:
    """What an account must be, as the database holds it now."""
    [users] = db.list_collections(filter={"name": "users"})
    return users["options"]["validator"]["$jsonSchema"]
