"""Sessions that have expired are found, to be deleted."""

from typing import Any

INDEX = "expires_at_1"


def up(db: Any) -> None:
    """Make the index; what a failed try did already is no error."""
    db.sessions.create_index("expires_at", name=INDEX)


def down(db: Any) -> None:
    """Drop the index; what a failed try did already is no error."""
    if INDEX in db.sessions.index_information():
        db.sessions.drop_index(INDEX)
