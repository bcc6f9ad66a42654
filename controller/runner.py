"""Run a controller's functions from the command line: `python -m controller.calculator add 1 2`."""

import argparse
import inspect
import json
import math
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from controller.error import RuleError
from controller.security import Security
from controller.security import Settings as SecuritySettings
from model import connect, migration
from model.error import ModelError

Function = Callable[..., Any]

# What the configuration gives to a function that has a parameter of this name.
GIVEN = ("db", "security")


class Settings(SecuritySettings, Protocol):
    """What a program hands over of its configuration."""

    DATABASE_URL: str

    def validate(self) -> None:
        """Raise ValueError if the settings cannot be used."""


def run(*functions: Function, config: Settings | None = None, url: str = "DATABASE_URL") -> None:
    """Call the function that the command line names and print what it returns as JSON.

    Positional parameters are arguments, keyword-only ones are --options, and annotations say how
    to read them; `db` and `security` are those of the configuration. Exits with 2 and the
    usage for wrong arguments, with 1 and one line for a rule that was not kept or a database that
    cannot answer. Without arguments it lists the functions.
    """
    by_name = {function.__name__: function for function in functions}
    parser = _parser(by_name)
    arguments = vars(parser.parse_args())
    name = arguments.pop("function")
    if name is None:
        parser.print_help()
        return
    try:
        with _given(config, url) as given:
            wanted = inspect.signature(by_name[name]).parameters.keys() & given.keys()
            result = by_name[name](**{one: given[one] for one in wanted}, **arguments)
    except (RuleError, ModelError) as error:
        sys.exit(f"{name}: {error}")
    if result is not None:
        print(json.dumps(result, ensure_ascii=False, default=_plain))


@contextmanager
def _given(config: Settings | None, url: str) -> Iterator[dict[str, Any]]:
    """What a configuration gives, for as long as the function runs; nothing without one."""
    if config is None:
        yield {}
        return
    try:
        config.validate()
    except ValueError as error:
        sys.exit(str(error))
    database = connect(getattr(config, url))
    try:
        if pending := migration.pending(database):
            sys.exit(f"The database lacks {', '.join(pending)}: run flask db-init first.")
        yield dict(zip(GIVEN, (database, Security(config)), strict=True))
    finally:
        database.close()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _parser(by_name: dict[str, Function]) -> argparse.ArgumentParser:
    module = inspect.getmodule(next(iter(by_name.values())))
    program = module.__spec__.name if module and module.__spec__ else "controller"
    parser = argparse.ArgumentParser(
        prog=f"python -m {program}", description=module.__doc__ if module else None
    )
    commands = parser.add_subparsers(dest="function", metavar="function", title="functions")
    for name, function in by_name.items():
        summary = (inspect.getdoc(function) or "").partition("\n")[0]
        command = commands.add_parser(name, help=summary, description=summary)
        hints = typing.get_type_hints(function)
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name not in GIVEN:
                _add_parameter(command, parameter, hints[parameter.name])
    return parser


def _add_parameter(
    command: argparse.ArgumentParser, parameter: inspect.Parameter, hint: Any
) -> None:
    optional = parameter.default is not parameter.empty
    settings: dict[str, Any] = {"type": _value_type(hint)}
    if _plain_type(hint) == Sequence[str]:
        settings = {"type": str, "nargs": "*"}
    if optional:
        settings["default"] = parameter.default
    if parameter.kind is parameter.KEYWORD_ONLY:
        option = "--" + parameter.name.replace("_", "-")
        command.add_argument(option, dest=parameter.name, required=not optional, **settings)
    else:
        command.add_argument(parameter.name, nargs="?" if optional else None, **settings)


def _value_type(hint: Any) -> Any:
    plain = _plain_type(hint)
    return {int: _whole_number, float: _number, bool: _boolean}.get(plain, plain)


def _plain_type(hint: Any) -> Any:
    """What is given on the command line, if it is given at all: of `int | None`, the number."""
    return typing.get_args(hint)[0] if isinstance(hint, types.UnionType) else hint


def _whole_number(text: str) -> int:
    # Not int() alone, which also takes 1_0 and the digits of other scripts.
    if not re.fullmatch(r"[+-]?[0-9]{1,1000}", text):
        raise argparse.ArgumentTypeError("must be a whole number")
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise argparse.ArgumentTypeError("must fit in 64 bits")
    return number


def _number(text: str) -> float:
    try:
        number = float(text if text.isascii() and "_" not in text else "nan")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError("must be a number")
    return number


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError("must be true or false")
    return text == "true"
