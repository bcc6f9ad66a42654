"""Numbers and booleans as they are written."""

import math

import pytest

from controller.frame import text


@pytest.mark.parametrize("bad", ["", " 1", "1 ", "1_0", "1.0", "x", "1e3", "٣", "１", "9" * 1001])
def test_what_is_no_whole_number(bad):
    with pytest.raises(ValueError, match="must be a whole number"):
        text.whole_number(bad)


@pytest.mark.parametrize(("good", "number"), [("0", 0), ("-7", -7), ("+7", 7), ("007", 7)])
def test_a_whole_number(good, number):
    assert text.whole_number(good) == number


@pytest.mark.parametrize("bad", ["", "1_0", "x", "1,5", "٣", "１"])
def test_what_is_no_number(bad):
    for read in (text.number, text.finite_number):
        with pytest.raises(ValueError, match="must be a number"):
            read(bad)


@pytest.mark.parametrize("endless", ["inf", "-inf", "nan", "1e999"])
def test_a_number_may_be_asked_to_be_finite(endless):
    assert not math.isfinite(text.number(endless))
    with pytest.raises(ValueError, match="must be a finite number"):
        text.finite_number(endless)


def test_a_number():
    assert text.finite_number("-1.5e3") == text.number("-1500") == -1500


@pytest.mark.parametrize("bad", ["", "yes", "1", "0", " true", "t"])
def test_what_is_no_boolean(bad):
    with pytest.raises(ValueError, match="must be true or false"):
        text.boolean(bad)


@pytest.mark.parametrize(("good", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_a_boolean(good, value):
    assert text.boolean(good) is value


@pytest.mark.parametrize(
    "blank", ["", " \t\n", "\u200b", "\ufeff \u2060", "\u3164", "\u2800", "\U000e0001", "\u202e"]
)
def test_what_nobody_can_see_is_blank(blank):
    assert text.is_blank(blank)


@pytest.mark.parametrize("seen", ["a", "\u200ba", " . ", "레", "🧪", "\u0301"])
def test_what_can_be_seen_is_not_blank(seen):
    assert not text.is_blank(seen)


@pytest.mark.parametrize("name", ["jake", "Jaké", "레토르트", "Ольга", "ja ke", "🧪", "نور"])
def test_a_name_in_any_script_is_readable(name):
    assert text.is_readable(name)


@pytest.mark.parametrize(
    "bad",
    ["\u200b", "\u202e", "\u2066", "\u0378", "\ue000", "\U0010fffd", "\u3164", "\ufe0f", "\x07"],
)
def test_a_name_with_what_is_not_seen_or_not_assigned_is_not_readable(bad):
    assert not text.is_readable(f"ja{bad}ke")
