"""IMFlask's settings in the database."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
TIME = {"bsonType": "date"}
MASTER_CONFIG = {
    "_id": WHOLE,
    "config_type": {"bsonType": "string", "maxLength": 64},
    "value": {"bsonType": "string", "maxLength": 255},
    "created_at": TIME,
    "updated_at": TIME,
}


def up(db: Any) -> None:
    """Make the collection; keeps what an earlier failed run created."""
    if "master_config" not in db.list_collection_names():
        schema = {"bsonType": "object", "required": [*MASTER_CONFIG], "properties": MASTER_CONFIG}
        db.create_collection("master_config", validator={"$jsonSchema": schema})
    db.counters.update_one({"_id": "master_config"}, {"$setOnInsert": {"value": 0}}, upsert=True)
    db.master_config.create_index("config_type", unique=True)


def down(db: Any) -> None:
    """Drop the collection, and the counter of its ids."""
    db.drop_collection("master_config")
    db.counters.delete_one({"_id": "master_config"})
