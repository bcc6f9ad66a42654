"""IMFlask's master_config: settings that live in the database. It holds the author."""

from model import value
from model.error import Duplicate
from model.row import AuthorRow
from model.sql.statements import Statements


class MasterConfig:
    """The table master_config: one row per kind of setting."""

    def __init__(self, db: Statements) -> None:
        self._db = db

    def get_author(self) -> AuthorRow | None:
        """Return the author, or None if none was ever set."""
        row: AuthorRow | None = self._db.one(
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
            return self._db.insert(
                """
                INSERT INTO master_config (config_type, value, created_at, updated_at)
                VALUES ('author', %(name)s, %(now)s, %(now)s)
                """,
                name=value.text("name", name, value.LONGEST_NAME),
                now=value.now(),
            )
        except Duplicate:
            raise Duplicate("author") from None

    def change_author(self, name: str) -> int:
        """Give the author another name; return how many there were to change: 1 or 0."""
        return self._db.run(
            """
            UPDATE master_config
            SET value = %(name)s, updated_at = %(now)s
            WHERE config_type = 'author'
            """,
            name=value.text("name", name, value.LONGEST_NAME),
            now=value.now(),
        )
