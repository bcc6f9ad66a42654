"""What every engine can keep, before any of them is asked."""

from datetime import UTC, datetime, timedelta

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
