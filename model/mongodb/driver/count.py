"""Kept counts on MongoDB: a collection of them, each the sum of its slots' documents.

MongoDB has no foreign keys, and a transaction that only reads a document does not meet one that
deletes it: both would be committed, and a child would be left without its parent. Who adds a child
changes its parent's count, but the document of a slot may be new, and then nobody else meets it. So
there are `uses` beside the counts, in documents that many parents share and that are never deleted:
who adds a child changes one of them, in the slot of its transaction, and who deletes a parent
changes them in all slots. Those two always meet, and one of them is undone and tried again; two who
add meet only if they have the same slot.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model.mongodb.driver.collection import Collection, Document, Operations

# Parents share `uses` by their ids, so that these do not grow with the parents.
BUCKETS = 128


class Counts:
    """A collection of kept counts, with a unique index on their key and the slot."""

    def __init__(self, db: Operations, name: str, column: str) -> None:
        self._db = db
        self._column = column
        self.collection = Collection(db, name)

    def change(self, changes: Sequence[tuple[Document, Document]]) -> None:
        """Change the counts of these keys in the slot of the transaction, by one command."""
        slot = self._db.slot
        self.collection.upsert([({**key, "slot": slot}, change) for key, change in changes])

    def sum(self, key: Document) -> int:
        """Return a count."""
        total = {"$group": {"_id": None, "total": {"$sum": f"${self._column}"}}}
        found = self.collection.aggregate([{"$match": key}, total])
        return int(found[0]["total"]) if found else 0

    def differing(
        self, key: Any, *counted: Document, among: Document | None = None
    ) -> list[Document]:
        """Return the keys whose count is not what is `counted`, with both and the latest time."""
        return self.collection.aggregate(
            [
                {"$match": among or {}},
                {"$project": {"_id": 0, "of": key, "kept": f"${self._column}"}},
                *({"$unionWith": each} for each in counted),
                {
                    "$group": {
                        "_id": "$of",
                        "kept": {"$sum": "$kept"},
                        "counted": {"$sum": "$counted"},
                        "latest_at": {"$max": "$latest_at"},
                    }
                },
                {"$match": {"$expr": {"$ne": ["$kept", "$counted"]}}},
                {"$sort": {"_id": 1}},
            ]
        )


class ChildCounts(Counts):
    """How many children in one collection each parent in another one has."""

    def __init__(self, db: Operations, name: str, column: str, *, parent: str) -> None:
        super().__init__(db, name, column)
        self._parent = parent

    def add(self, children: Mapping[int, int]) -> None:
        """Count new children by parent; no parent is deleted until the transaction has ended."""
        buckets = sorted({_bucket(id) for id in children})
        used = [({self._parent: bucket}, self._used()) for bucket in buckets]
        self.change([*used, *self._changes(children)])

    def adjust(self, children: Mapping[int, int]) -> None:
        """Change the counts by parent, where the parents need no protection."""
        self.change(self._changes(children))

    def of(self, parent_id: int) -> int:
        """Return how many children a parent has."""
        return self.sum({self._parent: parent_id})

    def miscounted(self, children: str) -> list[Document]:
        """Return the parents whose count is not that of the documents in a collection."""
        key, parents = f"${self._parent}", {self._parent: {"$gt": 0}}
        return self.differing(key, counted(children, key), among=parents)

    def delete(self, parent_id: int) -> None:
        """Delete the count of a parent that is deleted in this transaction, with its children."""
        shared = {self._parent: _bucket(parent_id)}
        slots = range(self._db.slots)
        self.collection.upsert([({**shared, "slot": slot}, self._used()) for slot in slots])
        self.collection.delete({self._parent: parent_id})

    def _changes(self, children: Mapping[int, int]) -> list[tuple[Document, Document]]:
        return [({self._parent: id}, {"$inc": {self._column: by}}) for id, by in children.items()]

    def _used(self) -> Document:
        return {"$inc": {"uses": 1, self._column: 0}}


def _bucket(parent_id: int) -> int:
    """The id that stands for a parent and others: no parent has a negative one."""
    return -1 - parent_id % BUCKETS


def counted(name: str, key: Any, *stages: Document, **more: str) -> Document:
    """Return what counts each document of a collection, after these stages, under its key."""
    one = {"$project": {"_id": 0, "of": key, "counted": {"$literal": 1}, **more}}
    return {"coll": name, "pipeline": [*stages, one]}
