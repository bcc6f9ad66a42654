"""IMFlask's master_config: settings that live in the database. It holds the author."""

from datetime import datetime
from typing import Protocol, TypedDict

LONGEST_NAME = 255


class AuthorRow(TypedDict):
    """The author that master_config holds."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime


class MasterConfigs(Protocol):
    """The methods of `db.master_config`."""

    def get_author(self) -> AuthorRow | None: ...
    def insert_author(self, name: str) -> int: ...
    def change_author(self, name: str) -> int: ...
