"""`flask test`: run the tests by pytest, away from this process and from the developer's .env."""

import os
import subprocess
import sys
from pathlib import Path

import click
from dotenv import dotenv_values

PROJECT = Path(__file__).resolve().parents[2]


# --help is pytest's too.
@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run the tests; ARGUMENTS go to pytest, whose exit code is passed on."""
    command = [sys.executable, "-m", "pytest", *map(_from_here, arguments)]
    finished = subprocess.run(command, cwd=PROJECT, env=_environment(), check=False)
    sys.exit(finished.returncode)


def _from_here(argument: str) -> str:
    """Make a path of the caller's directory absolute, for pytest begins at the project."""
    path, separator, test_name = argument.partition("::")
    is_path = path.endswith(".py") or "/" in path or os.sep in path
    if is_path and Path(path).exists():
        return f"{Path(path).resolve()}{separator}{test_name}"
    return argument


def _environment() -> dict[str, str]:
    """The environment without what Flask has read from .env, which is not for tests."""
    from_file = {} if os.environ.get("FLASK_SKIP_DOTENV") else dotenv_values(PROJECT / ".env")
    own = {name: value for name, value in os.environ.items() if from_file.get(name) != value}
    return {**own, "FLASK_CONFIG": "testing"}
