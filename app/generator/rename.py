"""`flask rename`: the project's name everywhere, in the three ways that it is written."""

import keyword
import re
import sys

import click
from flask import current_app

from app.generator import source
from app.generator.change import PROJECT, Changes, Command, Refused
from app.generator.document import write_openapi

LONGEST_NAME = 40
# Its words are nobody's names.
LISTED = "controller/frame/common_passwords.txt"
# Who wrote what the project was made from stays, whatever its own name is.
KEPT = re.compile(r"^(?:Copyright \(c\)|Made with \[).*$", re.MULTILINE)


@click.command("rename", cls=Command)
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Print the diff, and change nothing.")
def rename(name: str, dry_run: bool) -> None:
    """Give the project another NAME: its database, loggers, pages and documentation."""
    changes = Changes(PROJECT)
    old = current_app.config["APP_NAME"]
    give_name(changes, old, name)
    write_openapi(changes)
    if dry_run:
        click.echo(changes.diff(), nl=False)
        return
    changes.apply(f"flask rename {name}")
    click.echo(f"{old} is {name} now, in {len(changes.paths())} files.")
    if (PROJECT / f"instance/{old.lower()}.db").exists():
        click.echo(f"Its data: mv instance/{old.lower()}.db instance/{name.lower()}.db")
    click.echo("Next: git diff, make check, make test")


def give_name(changes: Changes, old: str, new: str) -> None:
    """Write the new name into the pending files; Refused if it cannot be one."""
    if fault := _fault(old, new):
        raise Refused(f"{new!r} {fault}.")
    forms = {old.upper(): new.upper(), old.lower(): new.lower(), old: new}
    word, taken = _words(forms), _words({new, new.lower(), new.upper()})
    for path in source.files(changes.project):
        if path == LISTED or not changes.exists(path) or "\0" in (text := changes.read(path)):
            continue
        kept = [found.span() for found in KEPT.finditer(text)]
        # Another renaming could not tell it from the name. In documentation, it does no harm.
        uses = () if path.endswith(".md") or "/generator/" in path else taken.finditer(text)
        if found := next(iter(uses), None):
            line = text.count("\n", 0, found.start()) + 1
            raise Refused(f"{new!r} is a word that the project uses already: {path}:{line}.")

        def renamed(found: re.Match[str], kept: list[tuple[int, int]] = kept) -> str:
            return found[0] if _is_in(kept, found) else forms[found[0]]

        if (renewed := word.sub(renamed, text)) != text:
            changes.write(path, renewed)


def _fault(old: str, new: str) -> str:
    """Return what makes a name impossible; empty for a good one."""
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*", new):
        return f"is no name: a capital letter, then letters and digits, such as {old}"
    if len(new) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} characters"
    if new == old:
        return "is its name already"
    if keyword.iskeyword(new) or keyword.iskeyword(new.lower()):
        return "is a keyword of Python"
    if new.lower() in sys.stdlib_module_names:
        return "is a module of Python's standard library"
    tops = {path.name.removesuffix(".py").lower() for path in PROJECT.iterdir()}
    return "is a folder or module of this project" if new.lower() in tops else ""


def _words(words: dict[str, str] | set[str]) -> re.Pattern[str]:
    """Match these words, also as a part of a name in snake_case."""
    return re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(words))})(?![a-z])")


def _is_in(spans: list[tuple[int, int]], found: re.Match[str]) -> bool:
    return any(start <= found.start() < end for start, end in spans)
