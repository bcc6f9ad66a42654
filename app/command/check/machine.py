"""What is wrong with the machine: its Python, and who else can read the project's files."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from app.command.check.deployment import Check, Deployment, is_there

# After these days a version of Python gets no more security fixes.
LAST_DAYS = {
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}
READ_OR_WRITE_BY_OTHERS = 0o006
ENTER_BY_OTHERS = 0o001
IN_MEMORY = {"tmpfs", "ramfs"}


def old_python(deployment: Deployment) -> Iterator[str]:
    """Python gets no more security fixes in this version."""
    last_day = LAST_DAYS.get(deployment.python, date.max)
    if deployment.python < min(LAST_DAYS) or deployment.today > last_day:
        yield f"Python {'.'.join(map(str, deployment.python))} is no longer supported"


def open_env_file(deployment: Deployment) -> Iterator[str]:
    """Every user of the machine can read the secrets."""
    if _is_open(path := deployment.folder / ".env"):
        yield f"{path} can be read by others"


def open_database_file(deployment: Deployment) -> Iterator[str]:
    """Every user of the machine can read the data."""
    for name, path in deployment.files():
        if _is_open(path):
            yield f"the file of {name} can be read by others"


def file_in_memory(deployment: Deployment) -> Iterator[str]:
    """The data is on a file system in memory, and gone when the machine restarts."""
    for name, path in deployment.files():
        if (kind := _file_system(path, deployment.mounts)) in IN_MEMORY:
            yield f"the file of {name} is on {kind}"


def _is_open(path: Path) -> bool:
    """Tell whether others can use the file; on Windows its mode does not tell."""
    if os.name != "posix" or not is_there(path):
        return False
    folder, file = path.parent.stat().st_mode, path.stat().st_mode
    return bool(folder & ENTER_BY_OTHERS and file & READ_OR_WRITE_BY_OTHERS)


def _file_system(path: Path, mounts: str) -> str:
    """Return the kind of file system that a path is on; empty where it is not known."""
    kinds = {}
    for line in mounts.splitlines():
        _device, point, kind, *_options = [*line.split(), "", "", ""]
        # A blank in a name is written as its number.
        kinds[Path(point.encode().decode("unicode_escape"))] = kind
    resolved = path.resolve()
    return next((kinds[each] for each in (resolved, *resolved.parents) if each in kinds), "")


CHECKS = (
    Check("old-python", old_python, "install a newer version of Python"),
    Check("open-env-file", open_env_file, "chmod 600 .env"),
    Check("open-database-file", open_database_file, "chmod 700 the folder of the file"),
    Check("file-in-memory", file_in_memory, "move it to a disk"),
)
