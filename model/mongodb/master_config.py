"""IMFlask's master_config: settings that live in the database. It holds the author."""

from typing import cast

from model.frame import value
from model.frame.error import Duplicate
from model.master_config import LONGEST_NAME, AuthorRow
from model.mongodb.driver.collection import Collection, Operations

AUTHOR = {"config_type": "author"}


class MasterConfig:
    """The collection master_config: one document per kind of setting."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._master_config = Collection(db, "master_config")

    def get_author(self) -> AuthorRow | None:
        """Return the author, or None if none was ever set."""
        found = self._master_config.find_one(AUTHOR, ("value", "created_at", "updated_at"))
        if found is not None:
            found["name"] = found.pop("value")
        return cast(AuthorRow | None, found)

    def insert_author(self, name: str) -> int:
        """Set the first author and return the document's id; Duplicate if there is one."""
        now = value.now()
        author = {**AUTHOR, "value": value.text("name", name, LONGEST_NAME)}
        try:
            return self._master_config.insert({**author, "created_at": now, "updated_at": now})
        except Duplicate:
            raise Duplicate("author") from None

    def change_author(self, name: str) -> int:
        """Give the author another name; return how many there were to change: 1 or 0."""
        name = value.text("name", name, LONGEST_NAME)
        return self._master_config.update(
            AUTHOR, {"$set": {"value": name, "updated_at": value.now()}}
        )
