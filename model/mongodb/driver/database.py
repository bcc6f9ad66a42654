"""A database over PyMongo's client, and its transactions, without any model."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import pymongo
from pymongo import errors
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from model.frame.connection import LOOPBACK
from model.frame.count import any_slot
from model.frame.error import ConfigurationError, OutcomeUnknown, Unavailable
from model.frame.migration import Migration, Record
from model.frame.transaction import again
from model.mongodb.driver import ledger
from model.mongodb.driver.collection import BULK_SECONDS, SECONDS, Operations, limited
from model.mongodb.driver.ids import Ids
from model.mongodb.driver.turn import Turns
from model.mongodb.driver.types import REGISTRY

Result = TypeVar("Result")

NO_SUCH_TRANSACTION = 251

# How many connections a pool counts as to which a URL sets no limit.
UNLIMITED = 100

SRV, PLAIN = "mongodb+srv://", "mongodb://"
# To read and write, and to change a collection's schema in a migration.
NEEDED_ROLES = ("readWrite", "dbAdmin")

URL_ERRORS = (errors.PyMongoError, ValueError, OSError)
SETTINGS: dict[str, Any] = {
    "tz_aware": True,
    "tzinfo": UTC,
    "type_registry": REGISTRY,
    "uuidRepresentation": "standard",
    "connectTimeoutMS": 2000,
    "serverSelectionTimeoutMS": 2000,
    "socketTimeoutMS": 4000,
    "waitQueueTimeoutMS": 1000,
    "maxPoolSize": 10,
    "w": "majority",
    "retryWrites": True,
    "retryReads": True,
}


class Database(Operations):
    """A database over PyMongo's client, safe to share between threads and across a fork.

    Each operation stands alone; `atomically` runs several in one transaction.
    """

    engine = "mongodb"
    # What `atomically` runs its work on: a Transaction that carries the models.
    transaction: "type[Transaction]"

    def __init__(self, url: str) -> None:
        self._url = url
        self._process = 0
        self._client: Any = None
        self._ids = Ids(self._counters)
        self._turns = Turns(0)
        self._making = threading.Lock()
        self._has_transactions: bool | None = None
        self._name, self._settings = _read(url)

    def driver_database(self) -> Any:
        """Return PyMongo's database; its client is made here, after any fork."""
        if self._process != os.getpid():
            with self._making:
                if self._process != os.getpid():
                    self._client = self._new_client()
                    # The parent uses the ids that it took.
                    self._ids = Ids(self._counters)
                    self._turns = Turns(_most_transactions(self._client))
                    self._process = os.getpid()
        return self._client[self._name]

    def new_ids(self, name: str, count: int = 1) -> Sequence[int]:
        """Return ids that no document of the collection has, in or outside of a transaction."""
        self.driver_database()  # after a fork, this makes room for ids of our own
        with limited():
            return self._ids.new(name, count)

    def atomically(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, committed; try again as often as the database asks.

        A standalone server has no transactions: there each operation is kept as it is done.
        """
        return self._atomically(work, SECONDS)

    def in_bulk(self, work: Callable[[Any], Result]) -> Result:
        """As `atomically`, with time for many documents."""
        return self._atomically(work, BULK_SECONDS)

    def has_transactions(self) -> bool:
        """Tell whether this deployment has transactions, and say in the log if it has none."""
        if self._has_transactions is None:
            hello = self.driver_database().client.admin.command("hello")
            self._has_transactions = "setName" in hello or hello.get("msg") == "isdbgrid"
            if not self._has_transactions:
                logging.getLogger("retort.model").warning(
                    "this MongoDB server is standalone and has no transactions: "
                    "start it as a replica set to make atomic functions atomic"
                )
        return self._has_transactions

    def ping(self) -> None:
        """Raise Unavailable unless the database answers and can read its collections."""
        with limited():
            self.driver_database().migration.find_one({}, {"_id": 1})
            self.has_transactions()

    def create(self) -> None:
        """Do nothing: MongoDB makes a database with its first collection."""

    def drop(self) -> None:
        """Delete the database with everything in it."""
        with limited():
            self.driver_database().client.drop_database(self._name)

    def tables(self) -> list[str]:
        """Return the names of the collections, as the database's catalogue has them."""
        with limited():
            return sorted(self.driver_database().list_collection_names())

    def has_rows(self, table: str) -> bool:
        """Return whether a collection holds anything."""
        with limited():
            return self.driver_database()[table].find_one() is not None

    def most_connections(self) -> int:
        """Return how many connections a process has at most."""
        return _most_connections(self.driver_database().client)

    def is_exposed(self) -> bool:
        """Tell whether the URL lets operations cross a network unencrypted."""
        parsed = pymongo.uri_parser.parse_uri(self._url.replace(SRV, PLAIN, 1))
        if parsed["options"].get("tls", self._url.startswith(SRV)):
            return False
        hosts = {host for host, _ in parsed["nodelist"] if not host.startswith("/")}
        return not hosts <= LOOPBACK

    def clock(self) -> datetime:
        """Return the time by the server's clock, in UTC."""
        with limited():
            now: datetime = self.driver_database().client.admin.command("hello")["localTime"]
        return now.replace(tzinfo=UTC)

    def excess_rights(self) -> list[str]:
        """Return the roles that a user has besides those for working on this database."""
        with limited():
            status = self.driver_database().command("connectionStatus")["authInfo"]
        if not status["authenticatedUsers"]:
            return ["everything, for nobody has to sign in"]
        roles = [f"{role['role']} on {role['db']}" for role in status["authenticatedUserRoles"]]
        return sorted({*roles} - {f"{role} on {self._name}" for role in NEEDED_ROLES})

    def migrations(self) -> list[Migration]:
        """Return the migration files of this engine, in order."""
        return ledger.read_files()

    def migration_records(self) -> list[Record]:
        """Return the migration records; empty if the database was never migrated."""
        with limited():
            return ledger.Ledger(self.driver_database()).records()

    @contextmanager
    def ledger(self, wait: float) -> Iterator[ledger.Ledger]:
        """Hold the migration lock; Unavailable if it is not free within this many seconds."""
        with ledger.locked(self.driver_database(), wait) as held:
            yield held

    def close(self) -> None:
        """Close every connection of this process."""
        if self._client is not None and self._process == os.getpid():
            self._client.close()
            self._process = 0

    def _atomically(self, work: Callable[[Any], Result], seconds: float) -> Result:
        with limited():
            has_transactions = self.has_transactions()
        if not has_transactions:
            return work(self)
        with pymongo.timeout(seconds), self._turns.take(SECONDS):
            return again(lambda: self._in_transaction(work, seconds))

    def _counters(self) -> Any:
        return self.driver_database().counters

    def _new_client(self) -> Any:
        try:
            return pymongo.MongoClient(self._url, **self._settings)
        except errors.ConfigurationError as error:
            # The rest of the URL was tried at the start; the name of a +srv is looked up here.
            raise Unavailable("the host of the mongodb+srv URL is not known") from error

    def _in_transaction(self, work: Callable[[Any], Result], seconds: float) -> Result:
        with self.driver_database().client.start_session() as session:
            session.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
            # Leaving the session without a commit undoes the transaction.
            result = work(self.transaction(self, session, seconds))
            with limited(seconds):
                _commit(session)
            return result


def _most_transactions(client: Any) -> int:
    """As many as have a connection each, with a few left for those who only read."""
    return max(1, _most_connections(client) * 3 // 4)


def _most_connections(client: Any) -> int:
    return int(client.options.pool_options.max_pool_size or UNLIMITED)


def _read(url: str) -> tuple[str, dict[str, Any]]:
    """Return the database's name and our settings; ConfigurationError if it cannot work."""
    # The name of a +srv is looked up when it is used, not before.
    plain = url.replace(SRV, PLAIN, 1)
    try:
        parsed = _try_out(plain)
    except URL_ERRORS:
        # The driver's own text may show the password.
        raise ConfigurationError(_what_is_wrong(plain)) from None
    if not parsed["database"]:
        raise ConfigurationError("a MongoDB URL ends in the database's name: .../name")
    # What the URL says wins over what stands above.
    given = {option.lower() for option in parsed["options"]}
    return parsed["database"], {k: v for k, v in SETTINGS.items() if k.lower() not in given}


def _try_out(url: str) -> Any:
    """Parse a URL with PyMongo; this reads its TLS files, but does not connect."""
    parsed = pymongo.uri_parser.parse_uri(url)
    pymongo.MongoClient(url, connect=False).close()
    return parsed


def _what_is_wrong(url: str) -> str:
    query = url.partition("?")[2]
    # With an @ in it, it is the rest of a password that has a ? in it.
    for option, given in parse_qsl(query if "@" not in query else "", keep_blank_values=True):
        try:
            _try_out(f"mongodb://host/?{urlencode({option: given})}")
        except URL_ERRORS:
            return f"PyMongo does not take the option {option!r} of the MongoDB URL"
    return (
        "a MongoDB URL is mongodb://user:password@host:27017/name; "
        "in a password, : / ? # @ and % are percent-encoded"
    )


def _commit(session: Any) -> None:
    try:
        session.commit_transaction()
    except errors.PyMongoError as error:
        # The driver asks again for a commit whose answer got lost; a server that has forgotten it
        # since then cannot say whether it was done.
        has_forgotten = getattr(error, "code", None) == NO_SUCH_TRANSACTION
        if has_forgotten or error.has_error_label("UnknownTransactionCommitResult"):
            raise OutcomeUnknown("the connection broke during the commit") from error
        raise


class Transaction(Operations):
    """Operations in one session, committed or undone together."""

    def __init__(self, database: Database, session: Any, seconds: float) -> None:
        self.seconds = seconds
        self._database = database
        self.session = session
        self._slot = any_slot(self.slots)

    @property
    def slot(self) -> int:
        """The slot of all that this adds to: those that have another one never meet it."""
        return self._slot

    def driver_database(self) -> Any:
        """Return PyMongo's database."""
        return self._database.driver_database()

    def new_ids(self, name: str, count: int = 1) -> Sequence[int]:
        """Return ids that no document of the collection has; they are not part of this."""
        return self._database.new_ids(name, count)

    def atomically(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, as a part of this transaction."""
        return work(self)
