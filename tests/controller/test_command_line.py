"""Every public function of every controller runs from the command line."""

import inspect
import pkgutil
import runpy
import sys
import typing
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Literal
from uuid import UUID

import pytest

import controller
from config import TestConfig
from controller.frame.runner import GIVEN, public_functions
from tests.conftest import PROJECT

# Programs that run until they are told to end have no functions to call.
PROGRAMS = {"relay", "worker"}
MODULES = [
    one.name
    for one in pkgutil.iter_modules(controller.__path__)
    if not one.ispkg and one.name not in PROGRAMS
]
FUNCTIONS = [
    (module, name)
    for module in MODULES
    for name in public_functions(import_module(f"controller.{module}"))
]
# What is written for a parameter of each type.
WRITTEN = {int: ["1"], float: ["1.5"], str: ["x"], bool: ["true"], Sequence[str]: ["x", "y"]}
WRITTEN |= {Decimal: ["1.50"], date: ["2026-01-31"], datetime: ["2026-01-31T12:30:00Z"]}
WRITTEN |= {UUID: [str(UUID(int=1))]}


def arguments_of(function) -> list[str]:
    """A value for each parameter, as it is written on the command line."""
    hints = typing.get_type_hints(function)
    positional, options = [], []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in GIVEN:
            continue
        hint = hints[parameter.name]
        written = written_for(hint)
        assert written is not None, (
            f"{function.__module__}.{function.__name__}: {parameter.name} cannot be written on a "
            "command line: take plain values, or begin the function's name with _"
        )
        if parameter.kind is parameter.KEYWORD_ONLY:
            options += [f"--{parameter.name.replace('_', '-')}", *written]
        else:
            positional += written
    return [*positional, *options]


def written_for(hint) -> list[str] | None:
    """What is written for a type, or for the first of several: of a Literal, its first value."""
    for one in (hint, *typing.get_args(hint)):
        if typing.get_origin(one) is Literal:
            return [typing.get_args(one)[0]]
        if one in WRITTEN:
            return WRITTEN[one]
    return None


@pytest.fixture
def call(monkeypatch, capsys, url):
    """Run a controller as a program; returns its exit code and what it wrote."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(TestConfig, "DATABASE_URL", url)
    monkeypatch.setattr(TestConfig, "LOG_DATABASE_URL", url)

    def run_as_program(module, *arguments):
        monkeypatch.setattr(sys, "argv", [module, *arguments])
        # As a program of its own would, it begins without the module; later tests have it again.
        monkeypatch.setattr(controller, module, import_module(f"controller.{module}"))
        monkeypatch.delitem(sys.modules, f"controller.{module}", raising=False)
        try:
            runpy.run_module(f"controller.{module}", run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            return ended.code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run_as_program


@pytest.mark.parametrize(("module", "name"), FUNCTIONS, ids=lambda one: one)
def test_a_public_function_runs_from_the_command_line(call, module, name):
    function = getattr(import_module(f"controller.{module}"), name)
    code, _ = call(module, name, *arguments_of(function))
    # It worked, or a rule was not kept, which is told in one line that begins with its name.
    assert code == 0 or (code.startswith(f"{name}: ") and "\n" not in code), code


@pytest.mark.parametrize("module", MODULES)
def test_a_controller_lists_its_functions(call, module):
    code, listed = call(module)
    assert code == 0
    for name in public_functions(import_module(f"controller.{module}")):
        assert name in listed


WITHOUT = [
    f"{package}.{one.name}"
    for package in ("frame", "seed")
    for one in pkgutil.iter_modules([f"{PROJECT}/controller/{package}"])
]


@pytest.mark.parametrize("module", WITHOUT)
def test_what_has_no_commands_names_those_that_have(call, capsys, module):
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(f"{PROJECT}/controller/{module.replace('.', '/')}.py", run_name="__main__")
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert all(name in line for name in MODULES)


def test_help_tells_types_and_defaults(call):
    _, told = call("log", "list", "--help")
    assert "--limit LIMIT  a whole number; default: 20" in told
    _, told = call("account", "update", "--help")
    assert "--reader-id READER_ID\n                        a whole number\n" in told
    assert "text; may be left out" in told


def test_what_is_atomic_changes_the_database(call, database):
    signed_up = ("--username", "jake", "--email", "jake@jake.jake", "--password", "correct horse")
    assert call("account", "register", *signed_up)[0] == 0
    assert database.users.find_by_username("jake")["email"] == "jake@jake.jake"
