"""`flask check`: show the settings in force, and what is wrong with them in production."""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from app.command.check import database, machine, settings
from app.command.check.deployment import Check, Deployment, deployed
from model.frame.error import ModelError

if TYPE_CHECKING:
    from config import Config

PROJECT = Path(__file__).resolve().parents[3]


def refused(deployment: Deployment) -> Iterator[str]:
    """Production does not start: a value cannot be used, or a key is missing or weak."""
    yield from dict.fromkeys([*deployment.settings.problems(), *deployment.refusal.splitlines()])


REFUSED = Check("refused", refused, "set what its line asks for")
CHECKS = (REFUSED, *settings.CHECKS, *machine.CHECKS, *database.CHECKS)


class Finding(NamedTuple):
    """Something that is wrong, and what to do about it."""

    check: str
    level: str
    fault: str
    remedy: str


def findings(deployment: Deployment) -> Iterator[Finding]:
    """Yield what each check finds, in the order of the register."""
    for check in CHECKS:
        # A database that goes away meanwhile is told of by the next run.
        with suppress(ModelError):
            for found in map(_in_one_line, check.look(deployment)):
                if check is REFUSED:
                    fault, _, remedy = found.rpartition(": ")
                    yield Finding(check.name, "refused", fault, remedy)
                else:
                    yield Finding(check.name, "warning", found, check.remedy)


def _in_one_line(found: str) -> str:
    # A user or an origin may hold anything.
    return found if found.isprintable() else repr(found)[1:-1]


def make_check(
    config: "type[Config]", production: "type[Config]", refusal: str = ""
) -> click.Command:
    """Make the command for a configuration, and what it would be in production.

    If there is no app, the refusal says why.
    """

    @click.command()
    @click.option("--strict", is_flag=True, help="Exit 1 on warnings, too.")
    @click.option("--json", "is_json", is_flag=True, help="Print settings and findings as JSON.")
    def check(strict: bool, is_json: bool) -> None:
        """Show the settings, secrets masked, and what is wrong with them in production.

        Exit 1 if production would refuse to start.
        """
        with deployed(config, production, PROJECT, refusal) as deployment:
            found = list(findings(deployment))
        _print(config.effective(), found, is_json=is_json)
        sys.exit(int(any(strict or finding.level == "refused" for finding in found)))

    return check


def run_without_app(config: "type[Config]", production: "type[Config]", refusal: str) -> None:
    """Run the command and exit, if it is the one that was asked for."""
    _, *arguments = sys.argv
    if "check" in arguments:
        own = arguments[arguments.index("check") + 1 :]
        make_check(config, production, refusal).main(own, prog_name="flask check")


def _print(settings: dict[str, str], found: list[Finding], *, is_json: bool) -> None:
    if is_json:
        shown = {"settings": settings, "findings": [finding._asdict() for finding in found]}
        click.echo(json.dumps(shown, indent=2))
        return
    for name, value in settings.items():
        click.echo(f"{name} = {value}")
    click.echo()
    for finding in found:
        prefix = "" if finding.level == "refused" else "warning: "
        click.echo(f"{prefix}{finding.fault}: {finding.remedy}", err=True)
    if not any(finding.level == "refused" for finding in found):
        click.echo("Production would start with these settings.")
