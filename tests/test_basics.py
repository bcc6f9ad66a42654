"""The first tests of a Flask project: the app is there, and in its testing configuration."""

import unittest

from flask import current_app

from app import create_flask_app
from config import TestConfig


class BasicsTestCase(unittest.TestCase):
    def setUp(self):
        self.app = create_flask_app(TestConfig)
        self.app_context = self.app.app_context()
        self.app_context.push()
        self.client = self.app.test_client()

    def tearDown(self):
        self.app_context.pop()

    def test_app_exists(self):
        assert current_app.name == "app"

    def test_app_is_testing(self):
        assert current_app.config["TESTING"] is True

    def test_index_page(self):
        assert self.client.get("/").status_code == 200

    def test_page_404(self):
        assert self.client.get("/wrong/url").status_code == 404
