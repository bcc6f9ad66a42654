"""What leaves as JSON, and how."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from tests import engines

SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC), '"2026-01-02T03:04:05.678Z"'),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=SEOUL), '"2026-01-01T18:04:05.000Z"'),
        (datetime(2026, 1, 2, 3, 4, 5), '"2026-01-02T03:04:05.000Z"'),
        (Decimal("1.10"), '"1.10"'),
        (Decimal("0E-8"), '"0.00000000"'),
        (Decimal("-1E+3"), '"-1000"'),
        ([2**80, Decimal("1E-7")], f'[{2**80},"0.0000001"]'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ("레토르트 🧪", '"레토르트 🧪"'),
        (2**80, str(2**80)),
        ("\ud800", r'"\ud800"'),
        (date(2026, 1, 2), '"2026-01-02"'),
        (time(3, 4, 5), '"03:04:05"'),
        (float("nan"), "null"),
        ({1: "one", UUID(int=1): 2}, '{"1":"one","00000000-0000-0000-0000-000000000001":2}'),
        (
            [2**80, "레", float("nan"), UUID(int=1)],
            f'[{2**80},"레",null,"00000000-0000-0000-0000-000000000001"]',
        ),
        (
            {"big": 2**80, "half": "\udfff레", "at": datetime(2026, 1, 2)},
            f'{{"big":{2**80},"half":"\\udfff레","at":"2026-01-02T00:00:00.000Z"}}',
        ),
    ],
)
def test_a_value_is_written_as(app, value, text):
    assert app.json.dumps(value) == text + "\n"


@engines.needs("mongodb")
def test_an_id_of_mongodb_is_written_as_its_text(app):
    from bson import ObjectId

    id = ObjectId("65a000000000000000000001")
    assert app.json.dumps(id) == '"65a000000000000000000001"\n'


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (1, "1"),
        (True, "true"),
        (None, "null"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
        ("\ud800", r"\ud800"),
    ],
)
def test_a_key_is_written_as(app, key, text):
    assert app.json.dumps({key: "레"}) == f'{{"{text}":"레"}}\n'


@pytest.mark.parametrize(
    ("unfit", "kind"), [(object(), "object"), ({1: object()}, "object"), ({("a", 1): 1}, "tuple")]
)
def test_what_json_cannot_hold_is_refused(app, unfit, kind):
    with pytest.raises(TypeError, match=kind):
        app.json.dumps(unfit)


def test_jsonify_goes_the_same_way(app, client):
    from flask import jsonify

    app.add_url_rule("/now", view_func=lambda: jsonify(at=datetime(2026, 1, 2, tzinfo=UTC)))
    assert client.get("/now").text == '{"at":"2026-01-02T00:00:00.000Z"}\n'
