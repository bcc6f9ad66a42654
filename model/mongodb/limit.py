"""Limits: a document for each key that was hit, and for each address that an account came from."""

from model.frame import value
from model.limit import DAY, LONGEST, MOST_HITS, SLACK, HitRow
from model.mongodb.driver.collection import Collection, Document, Operations


class Limit:
    """The collections limits and known_addresses, whose ids are the keys.

    A window begins with its first hit. One that would last longer than it can, for the clock was
    set back, begins anew.
    """

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._limits = Collection(db, "limits")
        self._addresses = Collection(db, "known_addresses")

    def hit(self, key_hash: str, *, seconds: int) -> HitRow:
        """Count a hit of a key in its window of so many seconds, by one operation."""
        now = value.milliseconds()
        end = now + seconds * 1000
        goes_on = {"$and": [{"$gt": ["$ends_at", now]}, {"$lte": ["$ends_at", end + SLACK]}]}
        changed = {
            "hits": {"$cond": [goes_on, {"$add": ["$hits", 1]}, 1]},
            "ends_at": {"$cond": [goes_on, "$ends_at", end]},
        }
        found = self._limits.upsert_one(_key(key_hash), [{"$set": changed}])
        return {"hits": min(found["hits"], MOST_HITS), "milliseconds": found["ends_at"] - now}

    def delete_ended(self, most: int) -> int:
        """Delete windows that have ended, and addresses to forget; at most so many of each."""
        passed: Document = {"ends_at": {"$lte": value.milliseconds()}}
        order: list[Document] = [{"$match": passed}, {"$sort": {"ends_at": 1}}]
        # Not if it was hit meanwhile, and so began anew.
        return sum(_delete(each, order, most, passed) for each in (self._limits, self._addresses))

    def delete_least_hit(self, *, kept: int, most: int) -> int:
        """Delete so many of the keys hit least, if there are more keys than are to be kept."""
        total = self._limits.count({})
        if total <= kept:
            return 0
        order: list[Document] = [{"$sort": {"hits": 1, "ends_at": 1}}]
        return _delete(self._limits, order, most, {})

    def know_address(self, key_hash: str, *, days: int) -> None:
        """Remember for so many days from now that an account signed in from an address."""
        changed = {"ends_at": value.milliseconds() + days * DAY}
        self._addresses.upsert_one(_key(key_hash), [{"$set": changed}])

    def knows_address(self, key_hash: str) -> bool:
        """Tell whether an account signed in from an address, and that is still remembered."""
        found = self._addresses.find_one(_key(key_hash), ["ends_at"])
        return found is not None and found["ends_at"] > value.milliseconds()


def _key(key_hash: str) -> Document:
    return {"_id": value.text("key_hash", key_hash, LONGEST["key_hash"])}


def _delete(collection: Collection, order: list[Document], most: int, and_still: Document) -> int:
    """Delete the first documents of a pipeline."""
    first = [*order, {"$limit": most}, {"$project": {"_id": 1}}]
    keys = [found["id"] for found in collection.aggregate(first)]
    return collection.delete({"_id": {"$in": keys}, **and_still}) if keys else 0
