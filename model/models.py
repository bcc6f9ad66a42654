"""The register of models: what a database carries, a line for each.

What belongs to another comes after it, so that this is also the order to fill the tables in.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from model.article import Articles
from model.comment import Comments
from model.frame.connection import Connection
from model.job import Jobs
from model.limit import Limits
from model.log import Logs
from model.master_config import MasterConfigs
from model.profile import Profiles
from model.session import Sessions
from model.user import Users

Result = TypeVar("Result")


class Models(Protocol):
    """A database or a transaction, as a controller gets it."""

    users: Users
    sessions: Sessions
    limits: Limits
    jobs: Jobs
    logs: Logs
    master_config: MasterConfigs
    profiles: Profiles
    articles: Articles
    comments: Comments

    def atomically(self, work: Callable[["Models"], Result]) -> Result:
        """Return what the work returns, in one transaction."""


class Database(Connection, Models, Protocol):
    """A database, as it is connected to once per process."""

    def in_bulk(self, work: Callable[[Models], Result]) -> Result:
        """As `atomically`, with time for many rows or documents."""
