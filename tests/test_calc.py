"""IMFlask's calculator tests, in its style: they work here unchanged."""

import unittest
from random import randint

from app import create_flask_app
from config import TestConfig


class CalculatorTestCase(unittest.TestCase):
    def setUp(self):
        self.app = create_flask_app(TestConfig)
        self.app_context = self.app.app_context()
        self.app_context.push()
        self.client = self.app.test_client()

    def tearDown(self):
        self.app_context.pop()

    def calculate(self, name, expected):
        for _ in range(10):
            a, b = randint(1, 100), randint(1, 100)
            response = self.client.get(f"/sample/{name}?a={a}&b={b}")
            assert response.status_code == 200
            assert response.json == {"msg": "success", "result": expected(a, b)}
        assert self.client.get(f"/sample/{name}?a=1.1&b=1").status_code == 400

    def test_add(self):
        self.calculate("add", lambda a, b: a + b)

    def test_subtract(self):
        self.calculate("subtract", lambda a, b: a - b)

    def test_multiply(self):
        self.calculate("multiply", lambda a, b: a * b)

    def test_divide(self):
        self.calculate("divide", lambda a, b: a / b)

    def test_divide_by_zero(self):
        assert self.client.get("/sample/divide?a=1&b=0").status_code == 400
