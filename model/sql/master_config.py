"""IMFlask's master_config: settings that live in the database. It holds the author."""

from model.frame import value
from model.frame.error import Duplicate
from model.master_config import LONGEST_NAME, AuthorRow
from model.sql.driver.statements import Statements


class MasterConfig:
    """The table master_config: one row per kind of setting."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    def get_author(self) -> AuthorRow | None:
        """Return the author, or None if none was ever set."""
        row: AuthorRow | None = self.db.one(
            """
            SELECT
                id,
                value AS name,
                created_at,
                updated_at
            FROM master_config
            WHERE config_type = 'author'
            """
        )
        return row

    def insert_author(self, name: str) -> int:
        """Set the first author and return the row's id; Duplicate if there is one."""
        try:
            return self.db.insert(
                """
                INSERT INTO master_config (config_type, value, created_at, updated_at)
                VALUES ('author', %(name)s, %(now)s, %(now)s)
                """,
                name=value.text("name", name, LONGEST_NAME),
                now=value.now(),
            )
        except Duplicate:
            raise Duplicate("author") from None

    def change_author(self, name: str) -> int:
        """Give the author another name; return how many there were to change: 1 or 0."""
        return self.db.run(
            """
            UPDATE master_config
            SET value = %(name)s, updated_at = %(now)s
            WHERE config_type = 'author'
            """,
            name=value.text("name", name, LONGEST_NAME),
            now=value.now(),
        )
