"""The data: one class per table or collection, through a raw driver. No rules and no Flask.

database = model.connect("sqlite:///instance/retort.db")
database.users.find_by_email("jake@jake.jake")
database.close()
"""

from importlib import import_module

from model.frame.error import ConfigurationError
from model.frame.transaction import atomic
from model.models import Database, Models

__all__ = ["Database", "Models", "atomic", "connect", "count_on_redis"]

FOLDERS = {"sqlite": "sql", "mysql": "sql", "mongodb": "mongodb", "mongodb+srv": "mongodb"}


def connect(url: str) -> Database:
    """Return the database that a URL names; ConfigurationError if the URL cannot work.

    No connection is made before the first statement. Made once per process, a database is safe to
    share between threads. An engine is imported only if it is used, so that the folder of one that
    is not wanted can be deleted.
    """
    scheme = url.partition("://")[0]
    if scheme not in FOLDERS:
        raise ConfigurationError(
            "a database URL begins with sqlite:///, mysql://, mongodb:// or mongodb+srv://"
        )
    try:
        engine = import_module(f"model.{FOLDERS[scheme]}")
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"{scheme}:// needs {error.name}, which is not here") from error
    database: Database = engine.Database(url)
    return database


def count_on_redis(database: Database, url: str) -> None:
    """Let a database count limits on Redis; ConfigurationError if the URL cannot work."""
    try:
        from model.redis.limit import Limit
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"redis:// needs {error.name}: pip install -r requirements/redis.txt"
        ) from error
    database.limits = Limit(url, database.limits)
