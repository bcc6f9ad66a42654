"""The samples are open to everybody, so production is without them unless it says otherwise."""

import json

import pytest

from app.http import openapi
from tests.conftest import KEY


@pytest.mark.parametrize(
    ("variables", "is_there"),
    [
        ({}, True),
        ({"SAMPLES": "false"}, False),
        ({"FLASK_CONFIG": "production"}, False),
        ({"FLASK_CONFIG": "production", "SAMPLES": ""}, False),
        ({"FLASK_CONFIG": "production", "SAMPLES": "true"}, True),
    ],
)
def test_the_samples_are_for_everywhere_but_production(run, variables, is_there):
    code = "from config import config; config.validate(); print(config.SAMPLES)"
    assert run("-c", code, SECRET_KEY=KEY, **variables).stdout == f"{is_there}\n"


def test_without_the_samples_nothing_answers_and_nothing_is_documented(configured):
    having, lacking = configured(), configured(SAMPLES=False)
    views = having.application.view_functions
    routes = [
        route
        for route in having.application.url_map.iter_rules()
        if views[route.endpoint].__module__.startswith("app.api.sample_api")
    ]
    assert routes
    paths = json.loads(openapi.written(lacking.application))["paths"]
    for route in routes:
        assert route.rule not in paths
        for method in openapi.methods_of(route):
            assert lacking.open(route.rule, method=method).status_code == 404
    page = lacking.get("/").text
    assert not any(route.rule in page for route in routes)
