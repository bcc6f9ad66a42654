"""The runner: how a function's signature becomes a command line."""

import sys
from types import ModuleType

import pytest

from controller.frame.runner import run


def describe(
    name: str,
    count: int | None = None,
    *,
    share: float = 0.5,
    loud: bool = False,
    limit_to: int | None = None,
) -> dict[str, object]:
    """Return what was given."""
    return {"name": name, "count": count, "share": share, "loud": loud, "limit_to": limit_to}


def nothing() -> None:
    """Return nothing."""


def required(*, title: str) -> str:
    """Return the title."""
    return title


def program() -> ModuleType:
    """A program that has these functions, and others that are no commands."""
    module = ModuleType(__name__, "A program.")
    vars(module).update(describe=describe, nothing=nothing, required=required)
    vars(module).update(_private=nothing, imported=run)
    return module


@pytest.fixture
def call(monkeypatch, capsys):
    def run_with(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["program", *arguments])
        monkeypatch.setitem(sys.modules, "__main__", program())
        run()
        return capsys.readouterr().out

    return run_with


def test_parameters_become_arguments_and_options(call):
    printed = call("describe", "레토르트", "3", "--share", "1", "--loud", "true", "--limit-to", "9")
    assert printed == (
        '{"name": "레토르트", "count": 3, "share": 1.0, "loud": true, "limit_to": 9}\n'
    )


def test_defaults_stand_for_what_is_not_given(call):
    assert call("describe", "a") == (
        '{"name": "a", "count": null, "share": 0.5, "loud": false, "limit_to": null}\n'
    )


def test_nothing_is_printed_for_nothing(call):
    assert call("nothing") == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["describe", "a", "--share", "nan"], "--share: must be a finite number"),
        (["describe", "a", "--share", "x"], "--share: must be a number"),
        (["describe", "a", "--share", "1_0"], "--share: must be a number"),
        (["describe", "a", "--share", "٣"], "--share: must be a number"),
        (["describe", "a", "1_0"], "count: must be a whole number"),
        (["describe", "a", "٣"], "count: must be a whole number"),
        (["describe", "a", "9" * 5000], "count: must be a whole number"),
        (["describe", "a", "--loud", "yes"], "--loud: must be true or false"),
        (["required"], "the following arguments are required: --title"),
    ],
)
def test_wrong_values_exit_with_2(call, capsys, arguments, reason):
    with pytest.raises(SystemExit) as raised:
        call(*arguments)
    assert raised.value.code == 2
    assert reason in capsys.readouterr().err


def test_only_the_public_functions_of_the_module_are_commands(call):
    listed = call()
    assert all(name in listed for name in ("describe", "nothing", "required"))
    assert "_private" not in listed
    assert "imported" not in listed
