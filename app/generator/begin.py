"""`flask begin`: a project of one's own, with another name and without what is not kept."""

import re

import click
from flask import current_app

from app.generator import requirement, source
from app.generator.change import PROJECT, Changes, Command, Refused, Stopped
from app.generator.document import write_openapi
from app.generator.remove import take_out
from app.generator.rename import give_name

ALWAYS_KEPT = {*source.ACCOUNTS, *source.ENGINES, "generator"}
CHANGELOG = """# Changelog

What changes for those who use {name}, the newest first. Versions follow
[semantic versioning](https://semver.org): before 1.0.0, a minor version may change what you use.

## Unreleased

Begun from version {version} of the starter that README.md names.
"""


@click.command("begin", cls=Command)
@click.argument("name")
@click.option("--keep", multiple=True, help="A part to keep, accounts alone if not given, or all.")
def begin(name: str, keep: tuple[str, ...]) -> None:
    """Make this a project of your own: give it a NAME, and remove what you do not keep."""
    changes = Changes(PROJECT)
    found = source.parts(changes)
    if source.git(PROJECT, "status", "--porcelain"):
        raise Stopped("Commit or stash your changes first: this is one change to review.")
    gone = unkept(changes, found, keep)
    if problems := take_out(changes, found, gone):
        click.echo("\n".join(problems), err=True)
        raise Stopped("Nothing was changed: the lines above name what is not kept.")
    give_name(changes, current_app.config["APP_NAME"], name)
    old = changes.read("CHANGELOG.md") if changes.exists("CHANGELOG.md") else ""
    version = re.search(r"^## (\d\S*)", old, re.MULTILINE)
    text = CHANGELOG.format(name=name, version=version[1] if version else "0")
    changes.write("CHANGELOG.md", text)
    write_openapi(changes)
    unused = requirement.unused(changes)
    changes.apply(f"flask begin {name}")
    click.echo(f"This is {name} now; removed: {', '.join(gone) or 'nothing'}.")
    for line in unused:
        click.echo(line)
    click.echo("Next: git diff, make check, make test; then make run, with a new database.")


def unkept(changes: Changes, found: dict[str, source.Part], keep: tuple[str, ...]) -> list[str]:
    """Return the names of the parts that neither are kept nor named by what is."""
    for name in keep:
        if name not in {*source.TO_KEEP, *found}:
            parts = ", ".join(one for one in found if one not in ALWAYS_KEPT)
            raise Refused(f"{name!r} is no part to keep: choose accounts, all, {parts}.")
    kept = {*found} if "all" in keep else {*keep, *ALWAYS_KEPT}
    named_by = source.named_by(changes, found)
    waiting = sorted(kept & {*found})
    while waiting:
        name = waiting.pop()
        others = {other for other, by in named_by.items() if name in by}
        others |= set() if name in source.ENGINES else {*found[name].takes}
        waiting += others - kept
        kept |= others
    return [name for name in found if name not in kept]
