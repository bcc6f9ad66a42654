"""The calculator: its rule, and how it runs alone."""

import pytest

from controller import calculator
from controller.frame.error import Invalid


def test_dividing_by_zero_is_invalid():
    with pytest.raises(Invalid, match="b can't be zero") as raised:
        calculator.divide(1, 0)
    assert raised.value.field == "b"


def test_arithmetic():
    assert calculator.add(1, 2) == 3
    assert calculator.subtract(1, 2) == -1
    assert calculator.multiply(3, 4) == 12
    assert calculator.divide(1, 4) == 0.25


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["add", "1", "2"], "3\n"),
        (["subtract", "-1", "-2"], "1\n"),
        (["divide", "1", "2"], "0.5\n"),
    ],
)
def test_it_runs_alone(run, arguments, printed):
    finished = run("-m", "controller.calculator", *arguments)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, printed, "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["add", "1"], "the following arguments are required: b"),
        (["add", "1", "x"], "argument b: must be a whole number"),
        (["add", "1", "1_0"], "argument b: must be a whole number"),
        (["add", "1", "٣"], "argument b: must be a whole number"),
        (["add", "1", "1.5"], "argument b: must be a whole number"),
        (["add", "1", str(2**63)], "argument b: must fit in 64 bits"),
        (["add", "1", "2", "3"], "unrecognized arguments: 3"),
        (["power", "1", "2"], "invalid choice: 'power'"),
    ],
)
def test_wrong_arguments_print_the_usage(run, arguments, reason):
    finished = run("-m", "controller.calculator", *arguments)
    assert finished.returncode == 2
    assert finished.stderr.startswith("usage: python -m controller.calculator")
    assert reason in finished.stderr
    assert finished.stdout == ""


def test_a_broken_rule_prints_one_line(run):
    finished = run("-m", "controller.calculator", "divide", "1", "0")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == "divide: b can't be zero\n"


def test_alone_it_lists_its_functions(run):
    finished = run("-m", "controller.calculator")
    assert finished.returncode == 0
    for name in ("add", "subtract", "multiply", "divide"):
        assert f"\n    {name} " in finished.stdout
