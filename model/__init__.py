"""The data: one class per table or collection, through a raw driver. No rules and no Flask.

database = model.connect("sqlite:///instance/retort.db")
database.users.find_by_email("jake@jake.jake")
database.close()
"""

from typing import TYPE_CHECKING

from model.error import ConfigurationError
from model.transaction import atomic

if TYPE_CHECKING:
    from model.mongodb import Database as MongoDatabase
    from model.sql import Database as SqlDatabase

__all__ = ["atomic", "connect"]


def connect(url: str) -> "SqlDatabase | MongoDatabase":
    """Return the database that a URL names; ConfigurationError if the URL cannot work.

    No connection is made before the first statement. Made once per process, a database is safe to
    share between threads. An engine is imported only if it is used, so that the folder of one that
    is not wanted can be deleted.
    """
    scheme = url.partition("://")[0]
    if scheme in ("sqlite", "mysql"):
        from model import sql

        return sql.Database(url)
    if scheme in ("mongodb", "mongodb+srv"):
        from model import mongodb

        return mongodb.Database(url)
    raise ConfigurationError(
        "a database URL begins with sqlite:///, mysql://, mongodb:// or mongodb+srv://"
    )
