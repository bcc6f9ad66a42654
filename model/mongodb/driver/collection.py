"""What a model works with: one collection, in or outside of a transaction, through PyMongo.

Each operation has its time-out, and answers in the words of model/frame/error.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, TypeVar

import bson
import pymongo
from bson.errors import InvalidDocument, InvalidStringData
from pymongo import errors

from model.frame.count import any_slot
from model.frame.error import (
    ConnectionLost,
    Duplicate,
    InvalidValue,
    MissingParent,
    ModelError,
    TooLarge,
    TryAgain,
    Unavailable,
)
from model.frame.transaction import again
from model.frame.value import Place

SECONDS = 4.0
# For many documents in one transaction; the server ends one after sixty seconds.
BULK_SECONDS = 50.0
# How many documents one command writes: what fits well into the seconds of a command.
BATCH = 1000
# How many ids one query names: each document that is found is looked for among them.
MOST_IDS = 200

# Documents share their holds by their ids, so that these do not grow with the documents.
BUCKETS = 32

WRITE_CONFLICT = 112
DUPLICATE_KEY = 11000
INVALID_CODES = {2, 121}
TOO_LARGE_CODES = {10334, 17419, 17420}
# Signed out, over a time limit, shutting down, without a primary, read-only, full.
AWAY_CODES = {13, 18, 50, 89, 91, 189, 262, 290, 10107, 11600, 11602, 13435, 13436, 14031}

# Two transactions that change one document do not wait: one is undone and tried again. So there
# are more slots here than where writers queue.
SLOTS = 64

Document = dict[str, Any]
Result = TypeVar("Result")


class Operations:
    """What a collection runs its operations on: the database itself, or one transaction."""

    session: Any = None
    # How long one operation may take.
    seconds = SECONDS
    slots = SLOTS

    @property
    def slot(self) -> int:
        """A slot to add to; a transaction has one for all that it counts."""
        return any_slot(self.slots)

    def driver_database(self) -> Any:
        """Return PyMongo's database, of this process's own client."""
        raise NotImplementedError

    def new_ids(self, name: str, count: int = 1) -> Sequence[int]:
        """Return ids that no document of the collection has."""
        raise NotImplementedError

    def atomically(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, in one transaction."""
        raise NotImplementedError

    def in_bulk(self, work: Callable[[Any], Result]) -> Result:
        """As `atomically`, with time for many documents."""
        return self.atomically(work)


class Collection:
    """One collection; every document has a whole number as its _id."""

    def __init__(self, db: Operations, name: str) -> None:
        self._db = db
        self._name = name

    def find_one(self, filter: Document, columns: Sequence[str]) -> Document | None:
        """Return the first document that fits, with these columns and its id, or None."""
        found = self._do(lambda own, session: own.find_one(filter, columns, session=session))
        return None if found is None else with_id(found)

    def values_of(self, column: str, ids: Set[int]) -> dict[int, Any]:
        """Return one column of the documents with these ids, by id."""
        return {
            document["_id"]: document[column]
            for filter in _with_ids(ids)
            for document in self._values(filter, column)
        }

    def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Return every document that the pipeline yields."""
        return [
            with_id(found)
            for found in self._do(
                lambda own, session: list(own.aggregate(list(pipeline), session=session))
            )
        ]

    def count(self, filter: Document) -> int:
        """Return how many documents fit."""
        return int(self._do(lambda own, session: own.count_documents(filter, session=session)))

    def ids(self, filter: Document) -> list[int]:
        """Return the ids of the documents that fit."""
        return [found["_id"] for found in self._values(filter, "_id")]

    def first_ids(self, filter: Document, order: Document, most: int) -> list[int]:
        """Return the ids of the first documents that fit, in this order, at most so many."""
        first: list[Document] = [{"$match": filter}, {"$sort": order}, {"$limit": most}]
        return [found["id"] for found in self.aggregate([*first, {"$project": {"_id": 1}}])]

    def require(self, ids: Set[int]) -> None:
        """Raise MissingParent unless there is a document for each of these different ids."""
        if sum(self.count(each) for each in _with_ids(ids)) < len(ids):
            raise MissingParent()

    def hold(self, id: int) -> bool:
        """Keep a document from being deleted until the transaction has ended; False without it.

        Who deletes documents calls `let_go` first: the two change the same hold, so that one of
        them is undone and tried again (count.py).
        """
        self._holds().upsert([(self._hold(id % BUCKETS, self._db.slot), {"$inc": {"uses": 1}})])
        return self.count({"_id": id}) == 1

    def let_go(self, ids: Sequence[int]) -> None:
        """Undo this transaction, or another one, if that holds one of these documents."""
        buckets = sorted({id % BUCKETS for id in ids})
        slots = range(self._db.slots)
        holds = [self._hold(bucket, slot) for bucket in buckets for slot in slots]
        self._holds().upsert([(hold, {"$inc": {"uses": 1}}) for hold in holds])

    def _holds(self) -> "Collection":
        return Collection(self._db, "holds")

    def _hold(self, bucket: int, slot: int) -> Document:
        return {"_id": f"{self._name} {bucket} {slot}"}

    def count_outside(self, filter: Document) -> int:
        """Return how many documents fit, outside of the transaction, which a Duplicate ended."""
        return int(self._do(lambda own, _session: own.count_documents(filter)))

    def insert(self, document: Document) -> int:
        """Add a document under a new id, which is returned; Duplicate if one is in its way."""
        if "_id" not in document:
            document = {"_id": self._db.new_ids(self._name)[0], **document}
        try:
            self._do(lambda own, session: own.insert_one(document, session=session))
        except Duplicate:
            # The driver repeats a write whose answer got lost, and then meets its own document;
            # in a transaction it repeats none.
            if self._db.session is not None or not self._is_stored(document):
                raise
        return int(document["_id"])

    def insert_many(self, documents: Sequence[Document]) -> list[int]:
        """Add documents under new ids, which are returned; Duplicate if one is in the way."""
        ids = self._db.new_ids(self._name, len(documents))
        self.insert_all([{"_id": id, **each} for id, each in zip(ids, documents, strict=True)])
        return list(ids)

    def insert_all(self, documents: Sequence[Document]) -> None:
        """Add documents as they are, by as few commands as hold them."""
        for first in range(0, len(documents), BATCH):
            self._insert_batch(documents[first : first + BATCH])

    def insert_once(self, key: Document, more: Document | None = None) -> bool:
        """Add a document unless there is one with this unique key; tell whether it was added."""
        change = {"$setOnInsert": {**key, **(more or {})}}
        try:
            result = self._do(
                lambda own, session: own.update_one(key, change, upsert=True, session=session)
            )
        except Duplicate:
            # Somebody was quicker by a moment; a transaction is undone by that, and repeated.
            if self._db.session is not None:
                raise TryAgain("another transaction added the same document") from None
            return False
        return result.upserted_id is not None

    def upsert(self, changes: Sequence[tuple[Document, Document]]) -> None:
        """Change the document of each unique key, made if it is not there; in batches."""
        updates = [pymongo.UpdateOne(key, change, upsert=True) for key, change in changes]
        try:
            for first in range(0, len(updates), BATCH):
                self._write_batch(updates[first : first + BATCH])
        except Duplicate:
            raise TryAgain("another transaction added the same document") from None

    def upsert_one(self, key: Document, change: Document | Sequence[Document]) -> Document:
        """Change the document of a unique key, made if it is not there; return it as it is then."""

        def changed(own: Any, session: Any) -> Any:
            after = pymongo.ReturnDocument.AFTER
            try:
                document = own.find_one_and_update(
                    key, change, upsert=True, return_document=after, session=session
                )
            except errors.DuplicateKeyError:
                document = None
            # MongoDB refuses the second of two that add it at once. secantusdb changes what the
            # first added and returns nothing: there, the change is then made twice.
            if document is None:
                raise TryAgain("somebody else added the same document")
            return document

        return with_id(self._do(changed))

    def update(self, filter: Document, change: Document) -> int:
        """Change the first document that fits; return how many did, changed or not: 1 or 0."""
        result = self._do(lambda own, session: own.update_one(filter, change, session=session))
        return int(result.matched_count)

    def update_first(
        self, filter: Document, order: Document, change: Document, columns: Sequence[str]
    ) -> Document | None:
        """Change the first document that fits, in this order; return it as it is then, or None."""
        after = pymongo.ReturnDocument.AFTER
        found = self._do(
            lambda own, session: own.find_one_and_update(
                filter, change, columns, [*order.items()], return_document=after, session=session
            )
        )
        return None if found is None else with_id(found)

    def update_all(self, filter: Document, change: Document) -> int:
        """Change every document that fits; return how many did."""
        result = self._do(lambda own, session: own.update_many(filter, change, session=session))
        return int(result.matched_count)

    def delete(self, filter: Document) -> int:
        """Delete every document that fits; return how many."""
        result = self._do(lambda own, session: own.delete_many(filter, session=session))
        return int(result.deleted_count)

    def _values(self, filter: Document, column: str) -> list[Document]:
        found: list[Document] = self._do(
            lambda own, session: list(own.find(filter, [column], session=session))
        )
        return found

    def _insert_batch(self, documents: Sequence[Document]) -> None:
        self._do(lambda own, session: own.insert_many(documents, session=session))

    def _write_batch(self, writes: Sequence[Any]) -> None:
        self._do(lambda own, session: own.bulk_write(writes, ordered=False, session=session))

    def _is_stored(self, document: Document) -> bool:
        own = self._db.driver_database()[self._name]
        as_read = bson.decode(
            bson.encode(document, codec_options=own.codec_options), own.codec_options
        )
        filter = {"_id": document["_id"]}
        return bool(self._do(lambda own, _session: own.find_one(filter)) == as_read)

    def _do(self, operation: Callable[[Any, Any], Any]) -> Any:
        if self._db.session is not None:
            return self._do_once(operation)
        # The server undid this one operation, which was all there was to undo.
        with pymongo.timeout(SECONDS):
            return again(lambda: self._do_once(operation), after=(TryAgain,))

    def _do_once(self, operation: Callable[[Any, Any], Any]) -> Any:
        with limited(self._db.seconds):
            return operation(self._db.driver_database()[self._name], self._db.session)


def _with_ids(ids: Set[int]) -> Iterator[Document]:
    """The filters that find the documents with these ids, one after the other."""
    rest = list(ids)
    for first in range(0, len(rest), MOST_IDS):
        yield {"_id": {"$in": rest[first : first + MOST_IDS]}}


def older(before: Place | None) -> list[Document]:
    """Return the stages that keep what is older than this place; none for the first page."""
    if before is None:
        return []
    earlier = [{"created_at": {"$lt": before.created_at}}, {"_id": {"$lt": before.id}}]
    return [{"$match": {"created_at": {"$lte": before.created_at}, "$or": earlier}}]


def with_id(document: Document) -> Document:
    """Return a document as the row that every engine returns: its key is called id."""
    return {"id": document.pop("_id"), **document} if "_id" in document else document


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """Apply the time-out to an operation, and translate its errors."""
    try:
        with pymongo.timeout(seconds):
            yield
    except (errors.PyMongoError, InvalidDocument, InvalidStringData) as error:
        answer = translated(error)
        if answer is None:
            raise
        raise answer from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise InvalidValue("value", "cannot be kept by the database") from error


def translated(error: Exception) -> ModelError | None:
    """Return the error in the words of model/frame/error.py; None if it is none of those."""
    code = _code_of(error)
    if code == DUPLICATE_KEY:
        return Duplicate()
    if isinstance(error, errors.DocumentTooLarge):
        return TooLarge("more than the database takes at once")
    if isinstance(error, InvalidDocument | InvalidStringData):
        return InvalidValue("value", "cannot be kept by the database")
    if not isinstance(error, errors.PyMongoError):
        return None
    if code == WRITE_CONFLICT or error.has_error_label("TransientTransactionError"):
        return TryAgain("the database rolled back the work: deadlock or lock timeout")
    if isinstance(error, errors.ServerSelectionTimeoutError | errors.WaitQueueTimeoutError):
        return Unavailable("the database does not answer")
    if isinstance(error, errors.ConnectionFailure):
        return ConnectionLost("the connection to the database broke")
    if error.timeout or code in AWAY_CODES:
        return Unavailable(f"the database cannot do this now (code {code})")
    if code in INVALID_CODES:
        return InvalidValue("value", "is not allowed by the database")
    return TooLarge("more than the database takes at once") if code in TOO_LARGE_CODES else None


def _code_of(error: Exception) -> int | None:
    """The server's code; of several writes in one command, that of the first that failed."""
    if isinstance(error, errors.BulkWriteError) and error.details.get("writeErrors"):
        return int(error.details["writeErrors"][0]["code"])
    return getattr(error, "code", None)
