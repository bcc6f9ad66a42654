"""What `flask check` judges: settings as production has them, their machine, their databases."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import model
from model import Database
from model.frame.error import ModelError

if TYPE_CHECKING:
    from config import Config

SQLITE = "sqlite:///"
MOUNTS = Path("/proc/mounts")


@dataclass(frozen=True)
class Deployment:
    """The settings that production would have here, and what is around them."""

    settings: "type[Config]"
    # What FLASK_CONFIG chose, which may be another.
    environment: str = "production"
    # Why the app was not built, in lines; empty if it was.
    refusal: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()
    databases: Mapping[str, Database] = field(default_factory=dict)
    # Why a database did not answer, by its variable.
    unusable: Mapping[str, str] = field(default_factory=dict)
    python: tuple[int, int] = sys.version_info[:2]
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    # As Linux has them in /proc/mounts; empty elsewhere.
    mounts: str = ""

    def urls(self) -> dict[str, str]:
        """Return the URL of each database by its variable; one that both use, once."""
        urls = {name: getattr(self.settings, name) for name in ("LOG_DATABASE_URL", "DATABASE_URL")}
        by_url = {url: name for name, url in urls.items()}
        return {name: url for url, name in by_url.items()}

    def files(self) -> Iterator[tuple[str, Path]]:
        """Yield the variable and the path of each SQLite file."""
        for name, url in self.urls().items():
            path = unquote(url.partition("?")[0].removeprefix(SQLITE))
            if url.startswith(SQLITE) and path != ":memory:" and "\0" not in path:
                yield name, Path(path)

    def answering(self) -> dict[str, Database]:
        """Return the databases that can be asked, by their variables."""
        return {name: each for name, each in self.databases.items() if name not in self.unusable}


# Yields what is wrong, in a few words each; nothing if all is well.
Look = Callable[[Deployment], Iterator[str]]


class Check(NamedTuple):
    """One thing that is looked at; its docstring says what is wrong where it finds something."""

    name: str
    look: Look
    remedy: str


def is_there(path: Path) -> bool:
    """Tell whether there is such a file that we may look at."""
    try:
        return path.exists()
    except OSError:
        return False


@contextmanager
def deployed(
    config: "type[Config]", production: "type[Config]", folder: Path, refusal: str = ""
) -> Iterator[Deployment]:
    """Give what these settings would be in production, with its databases open for the block."""
    plain = Deployment(production)
    missing = {name for name, path in plain.files() if not is_there(path)}
    # To connect would make the file.
    unusable = dict.fromkeys(missing, "there is no such file")
    databases = {}
    for name, url in plain.urls().items():
        try:
            if name not in missing:
                databases[name] = model.connect(url)
                databases[name].clock()
        except ModelError as error:
            unusable[name] = str(error)
    try:
        yield Deployment(
            production,
            environment=config.ENVIRONMENT,
            refusal=refusal,
            variables=os.environ,
            folder=folder,
            databases=databases,
            unusable=unusable,
            mounts=MOUNTS.read_text(errors="replace") if MOUNTS.exists() else "",
        )
    finally:
        for database in databases.values():
            database.close()
