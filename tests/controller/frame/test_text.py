"""Numbers, booleans, dates and the like as they are written."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

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


NO_DECIMALS = ["", "-", "+1", " 1", "1 ", "1.", ".5", "1,5", "1e3", "1_0", "01", "1\n", "NaN", "١"]
NO_DATES = ["", "2026-1-31", "20260131", "2026-W05-6", "2026-02-30", "2026-13-01", "0999-12-31"]
NO_DATES += ["10000-01-01", "2026-01-31T00:00:00Z", " 2026-01-31", "2026-01-31\n", "٢026-01-31"]
NO_MOMENTS = ["", "2026-01-31", "2026-01-31T12:30:00", "2026-01-31 12:30:00Z", "2026-01-31T12:30Z"]
NO_MOMENTS += ["2026-01-31T12:30:00.1234Z", "2026-01-31T12:30:60Z", "2026-02-30T12:30:00Z"]
NO_MOMENTS += ["2026-01-31T12:30:00+24:00", "0999-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01"]
NO_MOMENTS += ["1000-01-01T00:00:00+00:01", "2026-01-31T12:30:00.Z", "2026-01-31T12:30:00+0900"]
NO_UUIDS = [
    "",
    "0" * 32,
    f"{{{UUID(int=0)}}}",
    f"urn:uuid:{UUID(int=0)}",
    f"{UUID(int=0)}0",
    "x" * 36,
]


@pytest.mark.parametrize(
    ("read", "wrong", "right"),
    [
        (text.decimal, NO_DECIMALS, "12.50"),
        (text.date, NO_DATES, "2026-01-31"),
        (text.moment, NO_MOMENTS, "2026-01-31T12:30:00.500Z"),
        (text.uuid, NO_UUIDS, "123e4567-e89b-42d3-a456-426614174000"),
    ],
)
def test_another_notation_is_refused_with_an_example_of_the_right_one(read, wrong, right):
    assert read(right)
    for bad in wrong:
        with pytest.raises(ValueError, match=right):
            read(bad)


def test_a_decimal_has_the_digits_that_are_written():
    for good in ("12.50", "-0.5", "7", "0", "0.00", "9" * 5000):
        assert f"{text.decimal(good):f}" == good
    assert f"{text.decimal('-0.00'):f}" == "0.00"
    assert text.decimal("12345678901.1234567") == Decimal("12345678901.1234567")


def test_a_date():
    assert text.date("1000-01-01") == date(1000, 1, 1)
    assert text.date("9999-12-31") == date.max


@pytest.mark.parametrize(
    ("good", "hour", "milliseconds"),
    [
        ("2026-01-31T12:30:00Z", 12, 0),
        ("2026-01-31t12:30:00.5z", 12, 500),
        ("2026-01-31T12:30:00.123000+00:00", 12, 123),
        ("2026-01-31T12:30:00.001+09:00", 3, 1),
    ],
)
def test_a_time_is_in_utc(good, hour, milliseconds):
    found = text.moment(good)
    assert found == datetime(2026, 1, 31, hour, 30, 0, milliseconds * 1000, UTC)
    assert found.tzinfo is UTC


def test_a_uuid_in_whatever_case():
    assert text.uuid("ABCDEF00-0000-0000-0000-000000000001") == UUID(int=0xABCDEF << 104 | 1)


def test_a_choice():
    assert text.choice("b", ["a", "b"]) == "b"
    with pytest.raises(ValueError, match="must be one of a, b"):
        text.choice("B", ["a", "b"])


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
