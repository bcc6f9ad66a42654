"""`flask new`: write the unit of a resource, as somebody of this house would have written it."""

import json
import sys
from typing import Any

import click
from flask import Flask, current_app

from app.generator.change import PROJECT, Changes, Command, Refused
from app.generator.clash import refuse_clashes
from app.generator.declaration import Declaration, read
from app.generator.document import write_openapi
from app.generator.judge import judge
from app.generator.kind import KINDS, Wrong
from app.generator.record import record
from app.generator.unit import Unit, parents_of

HELP = """Write a resource NAME with its FIELDS, in every layer and on every engine.

A field is NAME:TYPE, followed by ? if it may be null, ! if it must be unique, and =VALUE for what
it is if left out. The types:

\b
{types}
  RESOURCE      the id of another resource; owner:user makes a row somebody's

The declaration can also come as JSON on standard input, with - in place of NAME:

\b
  {{"name": "task", "fields": ["title:str:200", "done:bool"], "search": "title"}}
"""


def types() -> str:
    """Return a line for each type."""
    pairs = ((f"{name}:{kind.argument}".rstrip(":"), kind.__doc__) for name, kind in KINDS.items())
    return "\n".join(f"  {words:<22}{what}" for words, what in pairs)


@click.command("new", cls=Command, help=HELP.format(types=types()))
@click.argument("name")
@click.argument("fields", nargs=-1)
@click.option("--plural", default="", help="The name of many, if it is no regular plural.")
@click.option("--search", default="", help="A text that ?search= finds by its beginning.")
@click.option("--private", "is_private", is_flag=True, help="Only its owner can see a row.")
@click.option("--dry-run", is_flag=True, help="Print the diff, and change nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print what was done as JSON.")
def new(name: str, fields: tuple[str, ...], is_json: bool, dry_run: bool, **options: Any) -> None:
    """Write a resource."""
    words, given = (name, *fields), options
    changes = Changes(PROJECT)
    try:
        if name == "-":
            words, given = _from_json(sys.stdin.buffer.read(), fields)
        declared = read(words, **given)
        written = write(current_app, declared, changes)
    except Wrong as wrong:
        raise Refused(str(wrong)) from None
    write_openapi(changes)
    if dry_run:
        click.echo(changes.diff(), nl=False)
        return
    with changes.applied(f"flask new {declared.name}"):
        record(PROJECT, written)
    if is_json:
        click.echo(json.dumps({"resource": declared.name, "files": changes.paths()}))
        return
    for path in changes.paths():
        click.echo(path)
    click.echo("\nNext: flask db-init, then make test; make plans adds its statements to the file.")


def write(app: Flask, declared: Declaration, changes: Changes) -> list[str]:
    """Add a resource to the changes; returns the paths of its own files.

    Wrong if it would not work in this project.
    """
    judge(app, declared)
    parents = parents_of(app, declared)
    refuse_clashes(app, declared, changes.project)
    unit = Unit(declared, parents)
    unit.write(changes)
    return [*unit.files()]


def _from_json(text: bytes, fields: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The words and options that a declaration in JSON stands for."""
    if fields:
        raise Wrong("-: the fields stand in the JSON; give none beside it")
    try:
        said = json.loads(text, object_pairs_hook=_object)
    except Wrong:
        raise
    except (ValueError, RecursionError):
        raise Wrong("-: standard input must be a JSON object") from None
    known = {"name": str, "fields": list, "plural": str, "search": str, "private": bool}
    called = {str: "string", list: "array", bool: "boolean"}
    if not isinstance(said, dict) or not {"name", "fields"} <= said.keys():
        raise Wrong('-: write {"name": "task", "fields": ["title:str:200"]}')
    for key, given in said.items():
        if key not in known:
            raise Wrong(f"{key}: there is no such key; use {', '.join(known)}")
        if not isinstance(given, known[key]):
            raise Wrong(f"{key}: must be a JSON {called[known[key]]}")
    if not all(isinstance(one, str) for one in said["fields"]):
        raise Wrong("fields: must be a list of texts, such as title:str:200")
    options = {"plural": said.get("plural", ""), "search": said.get("search", "")}
    return (said["name"], *said["fields"]), {**options, "is_private": said.get("private", False)}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; Wrong if it has a key twice."""
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise Wrong(f"{key}: this key is there twice; write it once")
    return dict(pairs)
