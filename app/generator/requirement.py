"""What the project requires, and which of it nothing imports any more after a change."""

import re
from collections.abc import Iterable
from importlib.metadata import packages_distributions

from app.generator import source
from app.generator.change import Changes

IMPORTED = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)
REQUIRED = re.compile(r"^[\w.-]+", re.MULTILINE)


def unused(changes: Changes) -> list[str]:
    """Return a line for each package in requirements/*.in whose last import goes."""
    paths = source.files(changes.project)
    programs = [path for path in paths if path.endswith(".py")]
    before = _imported(map(Changes(changes.project).read, programs))
    after = _imported(changes.read(path) for path in programs if changes.exists(path))
    if not before - after:
        return []
    kept, gone = set(), set()
    for module, packages in packages_distributions().items():
        kept |= {_plain(package) for package in packages if module in after}
        gone |= {_plain(package) for package in packages if module in before - after}
    return [
        f"{package}: nothing imports it any more; take it out of {path} and docs/dependencies.md, "
        "and run make requirements."
        for path, packages in required(changes).items()
        for package in packages
        if _plain(package) in gone - kept
    ]


def required(changes: Changes) -> dict[str, list[str]]:
    """Return the packages that each requirements/*.in names."""
    return {
        path: REQUIRED.findall(re.sub(r"^(-r|#).*", "", changes.read(path), flags=re.MULTILINE))
        for path in source.files(changes.project)
        if re.fullmatch(r"requirements/\w+\.in", path) and changes.exists(path)
    }


def _imported(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in IMPORTED.findall(text)}


def _plain(package: str) -> str:
    """A package's name as it is compared: PyJWT is pyjwt."""
    return re.sub(r"[-_.]+", "-", package).lower()
