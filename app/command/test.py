"""`flask test`: run the tests by pytest, away from this process and from the developer's .env."""

import os
import subprocess
import sys
from pathlib import Path

import click
from dotenv import dotenv_values

PROJECT = Path(__file__).resolve().parents[2]


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run the tests; ARGUMENTS go to pytest, whose exit code is passed on."""
    command = [sys.executable, "-m", "pytest", *arguments]
    finished = subprocess.run(command, cwd=PROJECT, env=_environment(), check=False)
    sys.exit(finished.returncode)


def _environment() -> dict[str, str]:
    """The environment without what Flask has read from .env, which is not for tests."""
    from_file = dotenv_values(PROJECT / ".env")
    own = {name: value for name, value in os.environ.items() if from_file.get(name) != value}
    return {**own, "FLASK_CONFIG": "testing"}
