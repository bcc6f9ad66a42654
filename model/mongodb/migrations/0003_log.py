"""The API log: a document for each request."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
LOG = {
    "_id": WHOLE,
    "ip": {"bsonType": "string", "maxLength": 45},
    "method": {"bsonType": "string", "maxLength": 16},
    "path": {"bsonType": "string", "maxLength": 2048},
    "status": WHOLE,
    "milliseconds": {"bsonType": "double"},
    "request_id": {"bsonType": "string", "maxLength": 128},
    "created_at": {"bsonType": "date"},
}


def up(db: Any) -> None:
    """Make the collection; keeps what an earlier failed run created."""
    if "logs" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*LOG], "properties": LOG}
        db.create_collection("logs", validator={"$jsonSchema": schema})
    db.counters.update_one({"_id": "logs"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.logs.create_index(["created_at", "_id"])


def down(db: Any) -> None:
    """Drop the collection, and the counter of its ids."""
    db.drop_collection("logs")
    db.counters.delete_one({"_id": "logs"})
