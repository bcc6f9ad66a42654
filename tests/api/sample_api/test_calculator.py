"""The sample calculator over HTTP: what it refuses, then what it answers."""

import pytest

from app import create_flask_app
from config import TestConfig
from tests.http.checked_client import document

OPERATIONS = ["add", "subtract", "multiply", "divide"]


@pytest.fixture
def app():
    """No database is needed."""
    return create_flask_app(TestConfig)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1.1", "must be a whole number"),
        ("", "must be a whole number"),
        ("one", "must be a whole number"),
        ("1_000", "must be a whole number"),
        ("true", "must be a whole number"),
        ("nan", "must be a whole number"),
        ("%00", "must be a whole number"),
        (str(2**63), f"must be between {-(2**63)} and {2**63 - 1}"),
        ("9" * 900, f"must be between {-(2**63)} and {2**63 - 1}"),
        ("9" * 5000, "must be a whole number"),
    ],
)
def test_a_parameter_must_be_a_whole_number(client, operation, value, message):
    response = client.get(f"/sample/{operation}?a={value}&b=1")
    assert response.status_code == 400
    assert response.json["errors"] == {"a": [message]}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_wrong_parameter_is_named(client, operation):
    response = client.get(f"/sample/{operation}?a=x")
    assert response.status_code == 400
    assert response.json == {
        "msg": "fail",
        "description": "a must be a whole number; b is missing",
        "errors": {"a": ["must be a whole number"], "b": ["is missing"]},
    }


def test_dividing_by_zero_names_the_divisor(client):
    response = client.get("/sample/divide?a=1&b=0")
    assert response.status_code == 400
    assert response.json["errors"] == {"b": ["can't be zero"]}


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("add?a=1&b=2", 3),
        ("subtract?a=1&b=2", -1),
        ("multiply?a=-3&b=2", -6),
        ("divide?a=1&b=2", 0.5),
    ],
)
def test_results(client, path, result):
    response = client.get(f"/sample/{path}")
    assert response.status_code == 200
    assert response.json == {"msg": "success", "result": result}


def test_a_result_beyond_64_bits_is_whole(client):
    response = client.get(f"/sample/multiply?a={2**62}&b={2**62}")
    assert response.status_code == 200
    assert str(2**124) in response.text


def test_the_document_has_the_rule_and_the_statuses_of_a_division():
    operation = document()["paths"]["/sample/divide"]["get"]
    assert operation["parameters"][1]["schema"]["not"] == {"const": 0}
    assert sorted(operation["responses"]) == ["200", "400"]
