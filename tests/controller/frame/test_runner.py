"""The runner: how a function's signature becomes a command line."""

import copy
import pickle
import sys
from datetime import date, datetime
from decimal import Decimal
from types import ModuleType
from typing import Literal
from uuid import UUID

import pytest

from controller.frame.absent import ABSENT, Absent, given
from controller.frame.runner import run

Status = Literal["draft", "done"]


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


def plan(
    budget: Decimal | None = None,
    *,
    due: date | Absent | None = ABSENT,
    starts: datetime | Absent = ABSENT,
    ticket: UUID | None = None,
    status: Status | Absent | None = ABSENT,
    size: Status | None = None,
    least: Decimal = Decimal("0"),
) -> dict[str, object]:
    """Return what was given."""
    values = given(due=due, starts=starts, status=status, size=size)
    return {"budget": budget, "ticket": ticket, "least": least, **values}


def program() -> ModuleType:
    """A program that has these functions, and others that are no commands."""
    module = ModuleType(__name__, "A program.")
    vars(module).update(describe=describe, nothing=nothing, required=required, plan=plan)
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


def test_decimals_dates_and_choices_are_read_and_printed_as_text(call):
    words = ["-0.50", "--due", "2026-01-31", "--starts", "2026-01-31T12:30:00.5+01:00"]
    words += ["--ticket", str(UUID(int=1)).upper(), "--status", "done", "--size", "draft"]
    assert call("plan", *words) == (
        '{"budget": "-0.50", "ticket": "00000000-0000-0000-0000-000000000001", "least": "0", '
        '"due": "2026-01-31", "starts": "2026-01-31T11:30:00.500000+00:00", "status": "done", '
        '"size": "draft"}\n'
    )
    assert call("plan") == '{"budget": null, "ticket": null, "least": "0", "size": null}\n'


def test_help_says_what_is_taken(call, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.raises(SystemExit):
        call("plan", "--help")
    told = " ".join(capsys.readouterr().out.split())
    assert "--due DUE a date, such as 2026-01-31; may be left out" in told
    assert "--starts STARTS a time with its time zone, such as 2026-01-31T12:30:00Z; may be" in told
    assert "--status STATUS one of draft, done; may be left out" in told
    assert "--least LEAST a decimal number, such as 12.50; default: 0" in told


def test_absent_stays_the_same_object():
    assert copy.copy(ABSENT) is ABSENT
    assert copy.deepcopy([ABSENT])[0] is ABSENT
    assert pickle.loads(pickle.dumps(ABSENT)) is ABSENT


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
        (["plan", "1e3"], "budget: must be a decimal number, such as 12.50"),
        (
            ["plan", "--due", "31.1.2026"],
            "--due: must be a date from 1000-01-01 to 9999-12-31, such",
        ),
        (
            ["plan", "--starts", "2026-01-31"],
            "--starts: must be a date and time with its time zone",
        ),
        (["plan", "--ticket", "1"], "--ticket: must be a UUID, such as"),
        (["plan", "--status", "Done"], "--status: must be one of draft, done"),
        (["plan", "--size", "x"], "--size: must be one of draft, done"),
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
