"""Made-up accounts."""

from controller.frame.error import Invalid
from controller.seed import Sowing
from model import Models
from model.frame.error import Duplicate

MODEL, NAME, COUNT = "users", "users", 20
# Nobody can sign in as someone who was made up: no password has this hash.
NO_HASH = "!"


def sow(db: Models, sowing: Sowing, numbers: range) -> list[int]:
    """Add these and return their ids; Invalid if this seed was sown before."""
    names = [f"{sowing.fake.user_name()}_{sowing.seed}_{number}" for number in numbers]
    try:
        return [
            db.users.insert(username=name, email=f"{name}@example.com", password_hash=NO_HASH)
            for name in names
        ]
    except Duplicate:
        raise Invalid("seed", "was sown in this database before: choose another") from None
