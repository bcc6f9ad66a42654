"""Run a controller's functions from the command line: `python -m controller.calculator add 1 2`."""

import argparse
import inspect
import json
import pkgutil
import sys
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from types import ModuleType
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

import controller
from controller.frame import text
from controller.frame.absent import ABSENT, Absent
from controller.frame.error import ControllerError
from controller.frame.security import Security
from controller.frame.security import Settings as SecuritySettings
from model import connect
from model.frame import migration
from model.frame.error import ModelError

Function = Callable[..., Any]
# What a parameter of each type takes, for --help.
TYPES: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Decimal: "a decimal number, such as 12.50",
    date: "a date, such as 2026-01-31",
    datetime: "a time with its time zone, such as 2026-01-31T12:30:00Z",
    UUID: "a UUID",
    Sequence[str]: "any number of texts",
}
Value = TypeVar("Value")

# What the configuration gives to a function that has a parameter of this name.
GIVEN = ("db", "security")


class Settings(SecuritySettings, Protocol):
    """What a program hands over of its configuration."""

    DATABASE_URL: str

    def validate(self) -> None:
        """Raise ValueError if the settings cannot be used."""


def run(config: Settings | None = None, *, url: str = "DATABASE_URL") -> None:
    """Call the function of this program that the command line names; print its result as JSON.

    Every public function of the module is a command. Positional parameters are arguments,
    keyword-only ones are --options, and annotations say how to read them; `db` and `security` are
    those of the configuration. Exits with 2 and the usage for wrong arguments, with 1 and one line
    for a rule that was not kept or a database that cannot answer. Without arguments it lists the
    functions.
    """
    by_name = public_functions(sys.modules["__main__"])
    parser = _parser(by_name)
    arguments = vars(parser.parse_args())
    name = arguments.pop("function")
    if name is None:
        parser.print_help()
        return
    function = by_name[name]
    try:
        with _given(config, url) as given:
            wanted = [given[one] for one in inspect.signature(function).parameters if one in given]
            result = function(*wanted, **arguments)
    except (ControllerError, ModelError) as error:
        sys.exit(f"{name}: {error}")
    if result is not None:
        print(json.dumps(result, ensure_ascii=False, default=_plain))


def no_commands() -> None:
    """Exit with 2 and one line that names the controllers that have commands."""
    advice = f"run python -m controller.NAME, where NAME is one of {', '.join(controller_names())}"
    print(f"This module has no commands; {advice}.", file=sys.stderr)
    sys.exit(2)


def controller_names() -> list[str]:
    """Return the names of the controllers: the modules of controller/ itself, not its packages."""
    return [each.name for each in pkgutil.iter_modules(controller.__path__) if not each.ispkg]


def public_functions(module: ModuleType) -> dict[str, Function]:
    """Return the functions that a module defines, in its order, without those that begin with _."""
    return {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith("_")
    }


@contextmanager
def _given(config: Settings | None, url: str) -> Iterator[dict[str, Any]]:
    """The arguments made from a configuration, while the function runs; empty without one."""
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
            sys.exit(f"Migrations are pending: {', '.join(pending)}. Run flask db-init first.")
        yield dict(zip(GIVEN, (database, Security(config)), strict=True))
    finally:
        database.close()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
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
    settings: dict[str, Any] = {"type": _value_type(hint), "help": _described(parameter, hint)}
    if _plain_type(hint) == Sequence[str]:
        settings |= {"type": str, "nargs": "*"}
    if optional:
        settings["default"] = parameter.default
    if parameter.kind is parameter.KEYWORD_ONLY:
        option = "--" + parameter.name.replace("_", "-")
        command.add_argument(option, dest=parameter.name, required=not optional, **settings)
    else:
        command.add_argument(parameter.name, nargs="?" if optional else None, **settings)


def _described(parameter: inspect.Parameter, hint: Any) -> str:
    """The type and the default of a parameter, for --help."""
    plain = _plain_type(hint)
    is_choice = typing.get_origin(plain) is Literal
    kind = f"one of {', '.join(typing.get_args(plain))}" if is_choice else TYPES.get(plain, "text")
    if parameter.default in (parameter.empty, None, ABSENT, ()):
        return kind if parameter.default is parameter.empty else f"{kind}; may be left out"
    # argparse would take a % for the beginning of a name of its own.
    default = (str(parameter.default) or repr(parameter.default)).replace("%", "%%")
    return f"{kind}; default: {default}"


def _value_type(hint: Any) -> Any:
    """Return what argparse calls with a text that was given."""
    plain = _plain_type(hint)
    if typing.get_origin(plain) is Literal:
        return partial(_read, partial(text.choice, choices=typing.get_args(plain)))
    return partial(_read, READ[plain]) if plain in READ else plain


def _plain_type(hint: Any) -> Any:
    """What is given on the command line, if it is given at all: of `int | None`, the number."""
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return hint
    return next(one for one in typing.get_args(hint) if one not in (types.NoneType, Absent))


def _whole_number(written: str) -> int:
    number = text.whole_number(written)
    if not -(2**63) <= number < 2**63:
        raise ValueError("must fit in 64 bits")
    return number


def _read(read: Callable[[str], Value], written: str) -> Value:
    try:
        return read(written)
    except ValueError as error:
        # argparse shows the text of this error alone.
        raise argparse.ArgumentTypeError(str(error)) from None


READ: dict[Any, Callable[[str], Any]] = {
    int: _whole_number,
    float: text.finite_number,
    bool: text.boolean,
    Decimal: text.decimal,
    date: text.date,
    datetime: text.moment,
    UUID: text.uuid,
}


if __name__ == "__main__":
    no_commands()
