"""What every engine can keep, before any of them is asked."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from model.frame import value
from model.frame.error import InvalidValue


@pytest.mark.parametrize("bad", ["nul\0", "\ud800", "half \udfff"])
def test_text_that_an_engine_would_lose_is_refused(bad):
    refused = "name can't hold the NUL character or half of a surrogate pair"
    with pytest.raises(InvalidValue, match=refused) as raised:
        value.text("name", bad, 100)
    assert raised.value.field == "name"
    assert raised.value.errors == {"name": [refused.removeprefix("name ")]}
    assert not value.is_storable(bad)


@pytest.mark.parametrize("text", ["", "plain", "레토르트 🧪 é \u202e ﷽ 𝒳", "line\n", " "])
def test_other_text_is_kept_as_it_is(text):
    assert value.text("name", text, 100) == text
    assert value.is_storable(text)
    assert value.storable(text, 100) == text


def test_length_is_counted_in_characters():
    assert value.text("name", "🧪" * 5, 5) == "🧪" * 5
    with pytest.raises(InvalidValue, match=r"name is too long \(the maximum is 5\)"):
        value.text("name", "🧪" * 5 + "x", 5)


@pytest.mark.parametrize("bad", [None, 1, True, b"x", ["x"], {"$gt": ""}])
def test_what_is_no_text_is_refused(bad):
    with pytest.raises(InvalidValue, match="name must be text"):
        value.text("name", bad, 100)


def test_several_texts_are_refused_by_the_name_of_their_column():
    assert value.texts("tags", ("a", "b"), 1) == ["a", "b"]
    with pytest.raises(InvalidValue, match="tags is too long"):
        value.texts("tags", ("a", "bb"), 1)


def test_the_texts_of_a_row_are_refused_by_the_name_of_their_column():
    value.check({"a": "x", "b": ""}, {"a": 1, "b": 1})
    with pytest.raises(InvalidValue, match="b is too long"):
        value.check({"a": "x", "b": "xx"}, {"a": 1, "b": 1})
    with pytest.raises(InvalidValue, match="b must be text"):
        value.check({"a": "x", "b": None}, {"a": 1, "b": 1})


def test_what_is_none_is_not_given():
    assert value.given({"a": None, "b": "", "c": "x"}) == {"b": "", "c": "x"}


def test_storable_text_is_cut_and_marked():
    assert value.storable("a\0b\ud800c", 100) == "a\ufffdb\ufffdc"
    assert value.storable("abc", 2) == "ab"


@pytest.mark.parametrize("bad", [99, 600, 2**70, -1])
def test_a_number_out_of_its_range_is_refused(bad):
    with pytest.raises(InvalidValue, match="status must be between 100 and 599") as raised:
        value.number("status", bad, 100, 599)
    assert raised.value.field == "status"


@pytest.mark.parametrize("bad", [None, "200", 200.0, True])
def test_what_is_no_whole_number_is_refused(bad):
    with pytest.raises(InvalidValue, match="status must be a whole number"):
        value.number("status", bad, 100, 599)


AWARE = datetime(2026, 1, 31, 12, 30, 0, 500_000, UTC)
WEST, EAST = timezone(timedelta(hours=-1)), timezone(timedelta(hours=1))
DIGITS = "must have at most 2 digits before and 2 after the point"


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (value.boolean, [None, 0, 1, "true"], "must be true or false"),
        (value.whole, [None, True, 1.0, "1"], "must be a whole number"),
        (value.whole, [2**63, -(2**63) - 1], "must be between"),
        (value.floating, [None, True, "1", Decimal(1)], "must be a number"),
        (value.floating, [float("nan"), float("inf"), 10**400], "must be a finite number"),
        (value.floating, [2**53 + 1], "must be a number that a float keeps exactly"),
        (value.date, [None, "2026-01-31", AWARE, date(999, 12, 31)], "must be a date from 1000-01"),
        (
            value.moment,
            [None, "x", date(2026, 1, 31), AWARE.replace(tzinfo=None)],
            "must be a date",
        ),
        (
            value.moment,
            [AWARE.replace(microsecond=1), AWARE.replace(year=999)],
            "must be a date and time",
        ),
        (value.moment, [datetime.max.replace(tzinfo=WEST)], "must be a date and time"),
        (value.moment, [datetime(1000, 1, 1, tzinfo=EAST)], "must be a date and time"),
        (value.uuid, [None, str(UUID(int=0)), 0], "must be a UUID"),
    ],
)
def test_what_an_engine_would_change_is_refused(check, wrong, message):
    for bad in wrong:
        with pytest.raises(InvalidValue, match=f"due {message}") as raised:
            check("due", bad)
        assert raised.value.field == "due"


def test_another_value_is_kept_as_it_is():
    assert value.boolean("done", False) is False
    assert value.whole("count", -(2**63)) == -(2**63)
    assert type(value.floating("share", 3)) is float
    assert str(value.floating("share", -0.0)) == "0.0"
    assert value.floating("share", 5e-324) == 5e-324
    assert value.date("due", date.max) == date.max
    assert value.moment("at", AWARE.astimezone(EAST)) == AWARE
    assert value.moment("at", AWARE.astimezone(EAST)).tzinfo is UTC
    assert value.uuid("ticket", UUID(int=0)) == UUID(int=0)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        *((one, "must be a decimal number") for one in (None, 1, 1.5, "1.50", True)),
        *((Decimal(one), "must be a decimal number") for one in ("NaN", "sNaN", "Infinity")),
        *((Decimal(one), DIGITS) for one in ("100", "-100", "0.001", "99.995", "1E9", "1E-9")),
        *((Decimal(one), DIGITS) for one in ("1E+999999", "1E-999999", "9" * 5000)),
    ],
)
def test_a_decimal_is_never_rounded(bad, message):
    with pytest.raises(InvalidValue, match=f"budget {message}"):
        value.decimal("budget", bad, 4, 2)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("7", "7.00"), ("-0.5", "-0.50"), ("1E1", "10.00"), ("1.500", "1.50"), ("-0", "0.00")],
)
def test_a_decimal_has_all_its_digits(given, kept):
    assert str(value.decimal("budget", Decimal(given), 4, 2)) == kept


def test_a_decimal_that_no_64_bits_hold_is_not_declared():
    with pytest.raises(ValueError, match="budget: a decimal has at most 18 digits"):
        value.decimal("budget", Decimal(1), 19, 2)


def test_a_sum_is_alike_from_each_engine():
    assert [str(value.scaled(each, 2)) for each in (150, Decimal("1.50"))] == ["1.50", "1.50"]
    assert [str(value.scaled(nothing, 2)) for nothing in (0, None)] == ["0.00", "0.00"]


def test_a_choice_is_one_of_a_few():
    assert value.choice("status", "done", ("draft", "done")) == "done"
    for bad in ("Done", None, ["done"]):
        with pytest.raises(InvalidValue, match="status must be one of draft, done"):
            value.choice("status", bad, ("draft", "done"))


def test_a_key_is_the_same_however_a_text_is_cased_or_composed():
    assert value.folded("JAKE", 3) == "jak"
    assert value.folded("E\u0301t\u00c9 Straße ﬁ", 99) == "été strasse fi"
    assert value.folded("ﷺ" * 9, 20) == value.folded("ﷺ" * 9, 99)[:20]


def test_each_key_that_begins_with_a_prefix_lies_between_two_keys():
    for rest in ("", "\uffff", "🧪", "\U0010fffe", "\U0010ffff" * 2):
        key = value.folded(f"Projekt{rest}", 20)
        assert "projekt" <= key < "projekt" + chr(0x10FFFF)


def test_a_page_is_bound_within_what_engines_can_count():
    assert value.page(0, 20) == {"skip": 0, "limit": 20}
    assert value.page(2**70, 2**70) == {"skip": value.LARGEST_ID, "limit": value.LARGEST_ID}
    with pytest.raises(InvalidValue, match="skip"):
        value.page(-1, 1)
    with pytest.raises(InvalidValue, match="limit"):
        value.page(0, -1)


@pytest.mark.parametrize(
    "id", [0, -1, 2**53, 2**63, 2**80, "1", "1abc", None, 1.0, True, {"$gt": 0}]
)
def test_a_malformed_id_is_none(id):
    assert not value.is_id(id)


def test_an_id_is_a_whole_number_that_every_client_can_hold():
    assert value.is_id(1)
    assert value.is_id(2**53 - 1)


def test_now_is_in_utc_and_whole_milliseconds():
    now = value.now()
    assert timedelta(0) <= datetime.now(UTC) - now < timedelta(seconds=1)
    assert now.utcoffset() == timedelta(0)
    assert now.microsecond % 1000 == 0
