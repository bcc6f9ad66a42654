"""IMFlask's sample of a rule with data: who the author is."""

from controller.frame.error import NotFound
from controller.frame.runner import run
from model import Models
from model.frame.error import Duplicate
from model.master_config import AuthorRow


def read(db: Models) -> AuthorRow:
    """Return the author; NotFound if none was ever set."""
    author = db.master_config.get_author()
    if author is None:
        raise NotFound("author")
    return author


def write(db: Models, name: str) -> AuthorRow:
    """Make this the author, whether or not there was one, and return them."""
    try:
        db.master_config.insert_author(name)
    except Duplicate:
        db.master_config.change_author(name)
    return read(db)


if __name__ == "__main__":
    from config import config

    run(config)
