"""Limits: a row for each key that was hit, and for each address that an account signed in from."""

from typing import Any

from model.frame import value
from model.limit import DAY, LONGEST, MOST_HITS, SLACK, HitRow
from model.sql.driver.statements import Statements


class Limit:
    """The tables limits and known_addresses.

    A window begins with its first hit. One that would last longer than it can, for the clock was
    set back, begins anew.
    """

    def __init__(self, db: Statements) -> None:
        self.db = db

    def hit(self, key_hash: str, *, seconds: int) -> HitRow:
        """Count a hit of a key in its window of so many seconds, by one statement."""
        now = value.milliseconds()
        values = {
            "key_hash": value.text("key_hash", key_hash, LONGEST["key_hash"]),
            "now": now,
            "end": now + seconds * 1000,
            "latest": now + seconds * 1000 + SLACK,
        }
        hits, ends_at = self._hit(values)
        return {"hits": hits, "milliseconds": ends_at - now}

    def _hit(self, values: dict[str, Any]) -> tuple[int, int]:
        if self.db.engine == "sqlite":
            row = self.db.one(
                """
                INSERT INTO limits (key_hash, hits, ends_at)
                VALUES (%(key_hash)s, 1, %(end)s)
                ON CONFLICT (key_hash) DO UPDATE SET
                    hits = CASE
                        WHEN ends_at > %(now)s AND ends_at <= %(latest)s THEN hits + 1
                        ELSE 1
                    END,
                    ends_at = CASE
                        WHEN ends_at > %(now)s AND ends_at <= %(latest)s THEN ends_at
                        ELSE %(end)s
                    END
                RETURNING hits, ends_at
                """,
                **values,
            )
            return min(row["hits"], MOST_HITS), row["ends_at"]
        # MySQL answers an upsert with one number, so both are in it; 0 for a new row. It assigns in
        # this order: with a second hit, the window goes on.
        number = self.db.insert(
            """
            INSERT INTO limits (key_hash, hits, ends_at)
            VALUES (%(key_hash)s, 1, %(end)s)
            ON DUPLICATE KEY UPDATE
                hits = IF(ends_at > %(now)s AND ends_at <= %(latest)s, hits + 1, 1),
                ends_at = LAST_INSERT_ID(
                    IF(hits > 1, ends_at, %(end)s) * 1000000 + LEAST(hits, 999999)
                ) DIV 1000000
            """,
            **values,
        )
        return (number % 1_000_000, number // 1_000_000) if number else (1, values["end"])

    def delete_ended(self, most: int) -> int:
        """Delete windows that have ended, and addresses to forget; at most so many of each."""
        now = value.milliseconds()
        return sum(
            self._delete(
                table,
                f"SELECT key_hash FROM {table} WHERE ends_at <= %(now)s LIMIT %(most)s",
                # Not if it was hit meanwhile, and so began anew.
                "AND ends_at <= %(now)s",
                now=now,
                most=most,
            )
            for table in ("limits", "known_addresses")
        )

    def delete_least_hit(self, *, kept: int, most: int) -> int:
        """Delete so many of the keys hit least, if there are more keys than are to be kept."""
        total: int = self.db.one("SELECT COUNT(*) AS total FROM limits")["total"]
        if total <= kept:
            return 0
        return self._delete(
            "limits",
            "SELECT key_hash FROM limits ORDER BY hits, ends_at LIMIT %(most)s",
            most=most,
        )

    def know_address(self, key_hash: str, *, days: int) -> None:
        """Remember for so many days from now that an account signed in from an address."""
        self.db.run(
            """
            INSERT INTO known_addresses (key_hash, ends_at)
            VALUES (%(key_hash)s, %(end)s)
            ON DUPLICATE KEY UPDATE ends_at = VALUES(ends_at)
            """,
            key_hash=value.text("key_hash", key_hash, LONGEST["key_hash"]),
            end=value.milliseconds() + days * DAY,
        )

    def knows_address(self, key_hash: str) -> bool:
        """Tell whether an account signed in from an address, and that is still remembered."""
        found = self.db.one(
            """
            SELECT 1 AS found
            FROM known_addresses
            WHERE key_hash = %(key_hash)s AND ends_at > %(now)s
            """,
            key_hash=key_hash,
            now=value.milliseconds(),
        )
        return found is not None

    def _delete(self, table: str, found: str, and_still: str = "", **values: int) -> int:
        # In two steps: a DELETE that looks for its rows would lock others along on MySQL.
        keys = sorted(key_hash for (key_hash,) in self.db.tuples(found, **values))
        if not keys:
            return 0
        statement = f"DELETE FROM {table} WHERE key_hash IN %(keys)s {and_still}"
        return self.db.run(statement, keys=keys, **values)
