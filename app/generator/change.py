"""What a command does to the files of the project: all of it, or nothing.

Before the first file is touched, a journal keeps the old text of each; after the last, it is
deleted. This module imports nothing of the project: manage.py runs it before the application is
imported, because a command that was killed may have left it in a state that cannot be.
"""

import difflib
import gc
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

PROJECT = Path(__file__).resolve().parents[2]
JOURNAL = "instance/changes.json"
# Beside the file that it replaces, until it does.
TEMPORARY = ".changing"


class Refused(click.ClickException):
    """A command that wants other input: it says so in one line, and has written nothing."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002
        """Print the line; what could break it, or reach the terminal, is escaped."""
        escaped = (one if one.isprintable() else ascii(one)[1:-1] for one in self.message)
        click.echo("".join(escaped), err=True)


class Stopped(Refused):
    """A command that cannot go on as things are, whatever its input: nothing is written."""

    exit_code = 1


class Command(click.Command):
    """A command that tells what is wrong with its words in one line, too."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the words; Refused if they are not those of the command."""
        try:
            return super().make_context(*arguments, **options)
        except click.UsageError as error:
            raise Refused(error.format_message()) from None

    def invoke(self, context: click.Context) -> Any:
        """Run it without the garbage collector, which would visit each node of each file."""
        gc.disable()
        try:
            return super().invoke(context)
        finally:
            gc.enable()


class Changes:
    """What a command does to the files of the project: all of it, or nothing.

    Paths are relative to the project, with slashes.
    """

    def __init__(self, project: Path) -> None:
        self.project = project
        self._found: dict[str, str | None] = {}
        self._pending: dict[str, str | None] = {}

    def read(self, path: str) -> str:
        """Return a file as it will be; FileNotFoundError if it will not be there."""
        text = self._text(path)
        if text is None:
            raise FileNotFoundError(path)
        return text

    def exists(self, path: str) -> bool:
        """Return whether the file will be there."""
        return self._text(path) is not None

    def write(self, path: str, text: str) -> None:
        """Let a file have this text."""
        self._text(path)
        self._pending[path] = text

    def delete(self, path: str) -> None:
        """Let a file be gone, and its folder with the last file in it."""
        self._text(path)
        self._pending[path] = None

    def paths(self) -> list[str]:
        """Return the paths of the files that would change, sorted."""
        return sorted(path for path, text in self._pending.items() if text != self._found[path])

    def diff(self) -> str:
        """Return everything that would change, as one unified diff."""
        return "".join(_diff(path, self._found[path], self._pending[path]) for path in self.paths())

    def copy(self, paths: Iterable[str], folder: Path) -> None:
        """Write these files into another folder, as they will be."""
        for path in filter(self.exists, paths):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(_bytes(self.read(path)))

    def apply(self, command: str) -> None:
        """Write the files."""
        with self.applied(command):
            pass

    @contextmanager
    def applied(self, command: str) -> Iterator[None]:
        """Write the files; inside, they stand. An exception in there puts everything back."""
        with _alone(self.project):
            # Anything that another command wrote since this one read it would be lost.
            for path, text in self._found.items():
                if _read(self.project / path) != text:
                    raise Stopped(f"{path} was changed meanwhile: run it again.")
            _write_journal(self.project, command, self.paths())
            try:
                for path in sorted(self.paths(), key=self._order):
                    _put(self.project, path, self._pending[path])
                yield
            except BaseException:
                _put_back(self.project)
                raise
            (self.project / JOURNAL).unlink()

    def _text(self, path: str) -> str | None:
        if path in self._pending:
            return self._pending[path]
        if path not in self._found:
            self._found[path] = _read(self.project / path)
        return self._found[path]

    def _order(self, path: str) -> int:
        """First what is new, last what goes: an import finds its file at every moment."""
        if self._pending[path] is None:
            return 2
        return 0 if self._found[path] is None else 1


def mend(project: Path) -> str | None:
    """Put back what a killed command left half done; return one line about it, or None."""
    if not (project / JOURNAL).exists():
        return None
    try:
        with _alone(project):
            # Meanwhile, the command may have ended by itself.
            command = _put_back(project) if (project / JOURNAL).exists() else None
    except Stopped:
        return None  # It was not killed: it is at work.
    return command and f"`{command}` was interrupted; its changes were undone."


def mend_first() -> None:
    """Under any flask command: put back what another left half done, say so, and start again."""
    if click.get_current_context(silent=True) and (message := mend(PROJECT)):
        click.echo(message, err=True)
        # Modules that were imported until now may be of the half that was done.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606


def _decoded(content: bytes) -> str:
    return content.decode(errors="surrogateescape")


def _bytes(text: str | None) -> bytes:
    return (text or "").encode(errors="surrogateescape")


def _read(path: Path) -> str | None:
    try:
        return _decoded(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


def _diff(path: str, old: str | None, new: str | None) -> str:
    before, after = (text.splitlines(keepends=True) if text else [] for text in (old, new))
    names = (
        "/dev/null" if old is None else f"a/{path}",
        "/dev/null" if new is None else f"b/{path}",
    )
    lines = difflib.unified_diff(before, after, *names)
    ended = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return "".join(ended)


@contextmanager
def _alone(project: Path) -> Iterator[None]:
    """Keep every other command out; the system lets go of the lock of one that is killed."""
    if os.name != "posix":
        yield  # Windows has no such lock.
        return
    import fcntl

    folder = os.open(project, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stopped("Another command is changing the project: wait for it.") from None
        yield
    finally:
        os.close(folder)


def _write_journal(project: Path, command: str, paths: list[str]) -> None:
    if (project / JOURNAL).exists():
        raise Stopped("A command was interrupted: run this again, which first undoes its changes.")
    files = {path: {"text": _read(project / path), "mode": _mode(project / path)} for path in paths}
    _put(project, JOURNAL, json.dumps({"command": command, "files": files}))


def _mode(path: Path) -> int | None:
    with suppress(FileNotFoundError, NotADirectoryError):
        return path.stat().st_mode
    return None


def _put(project: Path, path: str, text: str | None, mode: int | None = None) -> None:
    """Write a file in one moment, or delete it with the folders that it leaves empty."""
    place = project / path
    temporary = place.with_name(place.name + TEMPORARY)
    if text is None:
        place.unlink(missing_ok=True)
        temporary.unlink(missing_ok=True)
        _remove_empty(project, place.parent)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with temporary.open("wb") as file:
        file.write(_bytes(text))
        file.flush()
        os.fsync(file.fileno())
    if mode := mode or _mode(place):
        temporary.chmod(mode)
    temporary.replace(place)


def _put_back(project: Path) -> str:
    """Make every file what it was, and return the command that had begun."""
    journal = json.loads((project / JOURNAL).read_bytes())
    # As in Changes: first what is missing, last what is not to be there.
    files = sorted(
        journal["files"].items(),
        key=lambda one: (one[1]["text"] is None, (project / one[0]).exists()),
    )
    for path, old in files:
        if _read(project / path) != old["text"]:
            _put(project, path, old["text"], old["mode"])
        (project / (path + TEMPORARY)).unlink(missing_ok=True)
        _remove_empty(project, (project / path).parent)
    (project / JOURNAL).unlink()
    return str(journal["command"])


def _remove_empty(project: Path, folder: Path) -> None:
    """Delete a folder without files, and those above; what Python cached does not count."""
    while folder != project:
        cache = folder / "__pycache__"
        if folder.is_dir():
            if any(path != cache for path in folder.iterdir()):
                return
            if cache.exists():
                shutil.rmtree(cache)
            folder.rmdir()
        folder = folder.parent
