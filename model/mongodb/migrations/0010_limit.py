"""How often something was asked for, and where accounts signed in. Times are in milliseconds."""

from typing import Any

WHOLE = {"bsonType": ["int", "long"]}
KEY = {"bsonType": "string", "maxLength": 64}
COLLECTIONS = {
    "limits": {"_id": KEY, "hits": WHOLE, "ends_at": WHOLE},
    "known_addresses": {"_id": KEY, "ends_at": WHOLE},
}


def up(db: Any) -> None:
    """Make the collections; keeps what an earlier failed run created."""
    present = db.list_collection_names()
    for name, columns in COLLECTIONS.items():
        if name not in present:
            schema = {"bsonType": "object", "required": [*columns], "properties": columns}
            db.create_collection(name, validator={"$jsonSchema": schema})
        db[name].create_index("ends_at")


def down(db: Any) -> None:
    """Drop the collections."""
    for name in COLLECTIONS:
        db.drop_collection(name)
