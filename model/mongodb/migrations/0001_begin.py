"""The first collections: what a document of each must be, and the indexes."""

from typing import Any

from pymongo import ASCENDING

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}


def text(longest: int) -> dict[str, Any]:
    """Text of at most so many characters."""
    return {"bsonType": "string", "maxLength": longest}


def optional_text(longest: int) -> dict[str, Any]:
    """Null, or text of at most so many characters."""
    return {"bsonType": ["string", "null"], "maxLength": longest}


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    """A list of such items."""
    return {"bsonType": "array", "items": items}


COLLECTIONS = {
    "users": {
        "username": text(64),
        "email": text(254),
        "password_hash": text(255),
        "bio": optional_text(1000),
        "image": optional_text(2000),
        "following": list_of(WHOLE),
        "created_at": TIME,
        "updated_at": TIME,
    },
    "articles": {
        "author_id": WHOLE,
        "slug": text(300),
        "title": text(255),
        "description": text(1000),
        "body": text(100_000),
        "tags": list_of(text(64)),
        "favorited_by": list_of(WHOLE),
        "comments_count": WHOLE,
        "created_at": TIME,
        "updated_at": TIME,
    },
    "comments": {
        "article_id": WHOLE,
        "author_id": WHOLE,
        "body": text(10_000),
        "created_at": TIME,
        "updated_at": TIME,
    },
    "master_config": {
        "config_type": text(64),
        "value": text(255),
        "created_at": TIME,
        "updated_at": TIME,
    },
    "logs": {
        "ip": text(45),
        "method": text(16),
        "path": text(2048),
        "status": WHOLE,
        "milliseconds": {"bsonType": "double"},
        "request_id": text(128),
        "created_at": TIME,
    },
}

UNIQUE = [
    ("users", ["username"]),
    ("users", ["email"]),
    ("articles", ["slug"]),
    ("master_config", ["config_type"]),
]

INDEXES = [
    ("users", ["following"]),
    ("articles", ["created_at", "_id"]),
    ("articles", ["author_id", "created_at", "_id"]),
    ("articles", ["tags", "created_at", "_id"]),
    ("articles", ["favorited_by", "created_at", "_id"]),
    ("comments", ["article_id", "created_at", "_id"]),
    ("logs", ["created_at", "_id"]),
]


def up(db: Any) -> None:
    """Make the collections and their indexes; what a failed try made already is kept."""
    existing = set(db.list_collection_names())
    for name, properties in COLLECTIONS.items():
        schema = {
            "bsonType": "object",
            "required": ["_id", *properties],
            "properties": {"_id": WHOLE, **properties},
        }
        if name not in existing:
            db.create_collection(name, validator={"$jsonSchema": schema})
        # The counter of its ids is made here, so that no two insertions race to make it.
        db.counters.update_one({"_id": name}, {"$setOnInsert": {"value": 0}}, upsert=True)
    for name, keys in UNIQUE:
        db[name].create_index([(key, ASCENDING) for key in keys], unique=True)
    for name, keys in INDEXES:
        db[name].create_index([(key, ASCENDING) for key in keys])


def down(db: Any) -> None:
    """Drop the collections, and the counters of their ids."""
    for name in COLLECTIONS:
        db.drop_collection(name)
    db.drop_collection("counters")
