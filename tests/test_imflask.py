"""IMFlask's words: what a team that comes from it imports and patches is there under its name."""

from importlib import import_module

import pytest

import manage
from app import create_flask_app
from config import TestConfig
from controller.util import get_fake
from tests import engines

METHODS = {
    "MasterConfig": ["get_author", "insert_author", "change_author"],
    "Log": ["insert_log", "get_log"],
}


def test_the_factory_takes_the_configuration():
    assert create_flask_app(TestConfig).config["TESTING"] is True


def test_the_application_is_made_by_manage():
    assert manage.application.name == "app"


def test_made_up_data_is_at_hand():
    assert get_fake().name()


@engines.needs("mongodb")
@pytest.mark.parametrize("name", METHODS)
def test_a_model_of_imflask_can_be_patched(monkeypatch, name):
    model = getattr(import_module("model.mongodb"), name)
    for method in METHODS[name]:
        monkeypatch.setattr(model, method, lambda *_args, **_values: "patched")
        assert getattr(model(None), method)() == "patched"
