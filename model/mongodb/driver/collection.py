"""What a model works with: one collection, in or outside of a transaction, through PyMongo.

Each operation has its time-out, and answers in the words of model/frame/error.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import pymongo
from bson.errors import InvalidDocument, InvalidStringData
from pymongo import errors

from model.frame.error import (
    ConnectionLost,
    Duplicate,
    InvalidValue,
    ModelError,
    TooLarge,
    TryAgain,
    Unavailable,
)
from model.frame.transaction import again

SECONDS = 4.0

WRITE_CONFLICT = 112
INVALID_CODES = {2, 121}
TOO_LARGE_CODES = {10334, 17419, 17420}
# Signed out, over a time limit, shutting down, without a primary, read-only, full.
AWAY_CODES = {13, 18, 50, 89, 91, 189, 262, 290, 10107, 11600, 11602, 13435, 13436, 14031}

Document = dict[str, Any]
Result = TypeVar("Result")


class Operations:
    """What a collection runs its operations on: the database itself, or one transaction."""

    session: Any = None

    def driver_database(self) -> Any:
        """Return PyMongo's database, of this process's own client."""
        raise NotImplementedError

    def atomically(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, in one transaction."""
        raise NotImplementedError


class Collection:
    """One collection; every document has a whole number as its _id."""

    def __init__(self, db: Operations, name: str) -> None:
        self._db = db
        self._name = name

    def find_one(self, filter: Document, columns: Sequence[str]) -> Document | None:
        """Return the first document that fits, with these columns and its id, or None."""
        found = self._do(lambda own, session: own.find_one(filter, columns, session=session))
        return None if found is None else with_id(found)

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

    def count_outside(self, filter: Document) -> int:
        """Return how many documents fit, outside of the transaction, which a Duplicate ended."""
        return int(self._do(lambda own, _session: own.count_documents(filter)))

    def insert(self, document: Document) -> int:
        """Add a document under the next id, which is returned; Duplicate if one is in its way."""
        document = {"_id": self._next_id(), **document}
        try:
            self._do(lambda own, session: own.insert_one(document, session=session))
        except Duplicate:
            # The driver repeats a write whose answer got lost, and then meets its own document;
            # in a transaction it repeats none.
            if self._db.session is not None or self._stored(document["_id"]) != document:
                raise
        return int(document["_id"])

    def insert_once(self, document: Document) -> None:
        """Add a document unless there is one like it; it needs a unique index, and gets no id."""
        added = {"$setOnInsert": document}
        with suppress(Duplicate):  # somebody was quicker by a moment
            self._do(
                lambda own, session: own.update_one(document, added, upsert=True, session=session)
            )

    def update(self, filter: Document, change: Document) -> int:
        """Change the first document that fits; return how many did, changed or not: 1 or 0."""
        result = self._do(lambda own, session: own.update_one(filter, change, session=session))
        return int(result.matched_count)

    def delete(self, filter: Document) -> int:
        """Delete every document that fits; return how many."""
        result = self._do(lambda own, session: own.delete_many(filter, session=session))
        return int(result.deleted_count)

    def _stored(self, id: int) -> Document | None:
        found: Document | None = self._do(lambda own, _session: own.find_one({"_id": id}))
        return found

    def _next_id(self) -> int:
        """The next id, taken outside any transaction, so that inserts do not wait."""
        with limited():
            counter = self._db.driver_database().counters.find_one_and_update(
                {"_id": self._name},
                {"$inc": {"value": 1}},
                upsert=True,
                return_document=pymongo.ReturnDocument.AFTER,
            )
        if counter is None:
            # What the driver repeated because its answer got lost may come back empty; a number
            # that is left out harms nobody.
            return self._next_id()
        return int(counter["value"])

    def _do(self, operation: Callable[[Any, Any], Any]) -> Any:
        if self._db.session is not None:
            return self._do_once(operation)
        # The server undid this one operation, which was all there was to undo.
        with pymongo.timeout(SECONDS):
            return again(lambda: self._do_once(operation), after=(TryAgain,))

    def _do_once(self, operation: Callable[[Any, Any], Any]) -> Any:
        with limited():
            return operation(self._db.driver_database()[self._name], self._db.session)


def with_id(document: Document) -> Document:
    """Return a document as the row that every engine returns: its key is called id."""
    return {"id": document.pop("_id"), **document} if "_id" in document else document


@contextmanager
def limited() -> Iterator[None]:
    """Apply the time-out to an operation, and translate its errors."""
    try:
        with pymongo.timeout(SECONDS):
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
    if isinstance(error, errors.DuplicateKeyError):
        return Duplicate()
    if isinstance(error, errors.DocumentTooLarge):
        return TooLarge("more than the database takes at once")
    if isinstance(error, InvalidDocument | InvalidStringData):
        return InvalidValue("value", "cannot be kept by the database")
    if not isinstance(error, errors.PyMongoError):
        return None
    code = getattr(error, "code", None)
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
