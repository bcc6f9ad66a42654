"""IMFlask's small helpers: made-up data, names in another case, random ids."""

import re
import secrets
import string

from controller.frame.fake import get_fake
from controller.frame.runner import run

__all__ = ["get_fake", "get_random_id", "pascal2snake", "snake2pascal"]

ID_LENGTH = 15
ID_LETTERS = string.ascii_letters + string.digits

# A word begins at a capital that follows a small letter or a digit, and at the last
# capital of a run ("HTTPServer" is http_server).
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


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
    run()
