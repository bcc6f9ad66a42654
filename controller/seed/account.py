"""Made-up accounts."""

from controller.seed import Sowing
from model import Models

MODEL, NAME, COUNT = "users", "users", 20
# Nobody can sign in as someone who was made up: no password has this hash.
NO_HASH = "!"


def make_up(sowing: Sowing, numbers: range) -> list[str]:
    """Return usernames."""
    return [f"{sowing.fake.user_name()}_{sowing.seed}_{number}" for number in numbers]


def find(db: Models, username: str) -> int | None:
    """Return the id of an account that is there already, or None."""
    user = db.users.find_by_username(username)
    return user["id"] if user else None


def insert_many(db: Models, usernames: list[str]) -> list[int]:
    """Add accounts and return their ids."""
    return db.users.insert_many(
        [
            {"username": name, "email": f"{name}@example.com", "password_hash": NO_HASH}
            for name in usernames
        ]
    )


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
