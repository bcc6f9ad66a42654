"""Jobs, the queues that are paused, and which tick of each schedule came last."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
JOB = {
    "_id": WHOLE,
    "name": {"bsonType": "string", "maxLength": 100},
    "arguments": {"bsonType": "string", "maxLength": 50000},
    "queue": {"bsonType": "string", "maxLength": 40},
    "priority": WHOLE,
    "state": {"bsonType": "string"},
    "run_at": TIME,
    "attempt": WHOLE,
    "crashes": WHOLE,
    "lease": WHOLE,
    "heartbeat": WHOLE,
    "at_most": WHOLE,
    "last_error": {"bsonType": "string", "maxLength": 1000},
    "created_at": TIME,
}
COLLECTIONS: dict[str, dict[str, Any]] = {
    "jobs": JOB,
    "paused_queues": {"_id": {"bsonType": "string", "maxLength": 40}},
    "schedules": {"_id": {"bsonType": "string", "maxLength": 100}, "tick": TIME},
}


def up(db: Any) -> None:
    """Make the collections; keeps what an earlier failed run created."""
    present = db.list_collection_names()
    for name, columns in COLLECTIONS.items():
        if name not in present:
            schema = {"bsonType": "object", "required": [*columns], "properties": columns}
            db.create_collection(name, validator={"$jsonSchema": schema})
    db.counters.update_one({"_id": "jobs"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.jobs.create_index(["state", "queue", "priority", "run_at", "_id"])
    db.jobs.create_index(["state", "run_at"])
    # A job has these two only as long as they hold others back.
    db.jobs.create_index("unique_key", unique=True, sparse=True)
    db.jobs.create_index("slot_key", unique=True, sparse=True)


def down(db: Any) -> None:
    """Drop the collections, and the counter of the ids."""
    for name in COLLECTIONS:
        db.drop_collection(name)
    db.counters.delete_one({"_id": "jobs"})
