"""Files as answers, and answers of Flask's own types."""

import json
from typing import Literal

import pytest
from flask import Response
from flask.typing import ResponseReturnValue
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.http import openapi
from app.http.response import FileAnswer, file


@pytest.fixture
def client(app):
    @app.get("/report")
    def get_report() -> FileAnswer[Literal["text/csv"]]:
        """Download the report."""
        return file(b"a,b\n", "text/csv", name="레토르트 1.csv")

    @app.get("/lie")
    def lie() -> FileAnswer[Literal["image/png"]]:
        """Say another type than the file has."""
        return file(b"a,b\n", "text/csv", name="x.csv")  # type: ignore[arg-type]

    @app.get("/any")
    def anything() -> ResponseReturnValue:
        """Answer whatever Flask takes."""
        return "text", 202

    @app.get("/response")
    def response() -> Response:
        """Answer a response."""
        return Response("text")

    return app.test_client()


def test_a_file_is_saved_under_its_name(client):
    response = client.get("/report")
    assert (response.status_code, response.data) == (200, b"a,b\n")
    assert response.mimetype == "text/csv"
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]
    assert response.headers["Content-Disposition"].isascii()
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_documented_by_its_type(client):
    document = json.loads(openapi.written(client.application))
    OpenAPIV31SpecValidator(document).validate()
    answer = document["paths"]["/report"]["get"]["responses"]["200"]
    assert answer["content"] == {"text/csv": {"schema": {"type": "string", "format": "binary"}}}


def test_the_checked_client_follows_a_file(client):
    with pytest.raises(AssertionError, match="tells of no text/csv"):
        client.get("/lie")


@pytest.mark.parametrize("path", ["/any", "/response"])
def test_what_is_declared_in_flasks_own_types_is_no_part_of_the_document(client, path):
    assert client.get(path).text == "text"
    assert path not in json.loads(openapi.written(client.application))["paths"]
