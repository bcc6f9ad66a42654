"""IMFlask's small helpers: made-up data, names in another case, random ids."""

import re
import secrets
import string
from typing import TYPE_CHECKING

from controller.runner import run

if TYPE_CHECKING:
    from faker import Faker

ID_LENGTH = 15
ID_LETTERS = string.ascii_letters + string.digits

# A word begins at a capital that follows a small letter or a digit, and at the last
# capital of a run ("HTTPServer" is http_server).
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def get_fake(locale: str = "ko_KR", seed: int | None = None) -> "Faker":
    """Return a maker of believable data; with a seed it makes the same data every time."""
    try:
        from faker import Faker
    except ImportError as error:
        raise RuntimeError(
            "Faker is for development: pip install -r requirements/dev.txt"
        ) from error
    fake = Faker(locale)
    fake.seed_instance(seed)
    return fake


def snake2pascal(text: str) -> str:
    """Return snake_case as PascalCase: `http_server` is `HttpServer`."""
    return "".join(word[:1].upper() + word[1:] for word in text.split("_"))


def pascal2snake(text: str) -> str:
    """Return PascalCase as snake_case: `HttpServer` and `HTTPServer` are `http_server`."""
    return WORD_START.sub("_", text).lower()


def get_random_id() -> str:
    """Return 15 random letters and digits that nobody can guess."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))


if __name__ == "__main__":
    run(snake2pascal, pascal2snake, get_random_id)
