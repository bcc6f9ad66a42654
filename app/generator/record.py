"""What `flask new` wrote, so that `flask remove` can tell what was changed since."""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from app.generator import source

RECORD = "instance/generated.json"


def record(project: Path, paths: Iterable[str]) -> None:
    """Remember files as they are now, and forget those that are gone."""
    known = _read(project)
    known |= {path: _digest(project / path) for path in paths}
    kept = {path: digest for path, digest in sorted(known.items()) if (project / path).exists()}
    (project / RECORD).parent.mkdir(exist_ok=True)
    (project / RECORD).write_text(json.dumps(kept, indent=1), encoding="utf-8")


def changed(project: Path, paths: Iterable[str]) -> list[str]:
    """Return a line for each file that was changed since it was generated, or committed."""
    known = _read(project)
    generated = sorted(path for path in paths if path in known)
    lines = [
        f"{path} was changed since it was generated."
        for path in generated
        if _digest(project / path) != known[path]
    ]
    others = sorted({*paths} - {*generated})
    arguments = ("status", "--porcelain", "--untracked-files=all", "--", *others)
    listed = (source.git(project, *arguments) or "") if others else ""
    for line in listed.splitlines():
        fault = "is in no commit" if line.startswith("??") else "was changed since the last commit"
        lines.append(f"{line[3:]} {fault}.")
    return lines


def _read(project: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((project / RECORD).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
