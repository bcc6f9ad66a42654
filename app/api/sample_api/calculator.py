"""Arithmetic over HTTP: each endpoint validates, calls its controller and shapes the answer."""

from typing import Any, TypedDict

from flask import Blueprint
from flask_validation_extended import ValidationRule

from app.http.decorator import timer
from app.http.response import Ok, bad_request, ok
from app.http.validation import Query, Validator
from controller import calculator

api = Blueprint("calculator", __name__)


class WholeResult(TypedDict):
    """A whole number."""

    result: int


class Result(TypedDict):
    """A number."""

    result: float


class NotZero(ValidationRule):
    """A custom rule: any number but zero.

    The controller checks it too, which would be a 422; IMFlask answers 400.
    """

    @property
    def types(self) -> tuple[type, ...]:
        """Applies to numbers."""
        return (int, float)

    def is_valid(self, data: float) -> bool:
        """Tell whether one can divide by this."""
        return data != 0

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return "can't be zero"

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        return {"not": {"const": 0}}


@api.get("/add")
@Validator(bad_request)
@timer
def add(a: int = Query(int, example=1), b: int = Query(int, example=2)) -> Ok[WholeResult]:
    """Add two whole numbers."""
    return ok({"result": calculator.add(a=a, b=b)})


@api.get("/subtract")
@Validator(bad_request)
@timer
def subtract(a: int = Query(int, example=1), b: int = Query(int, example=2)) -> Ok[WholeResult]:
    """Subtract the second whole number from the first."""
    return ok({"result": calculator.subtract(a=a, b=b)})


@api.get("/multiply")
@Validator(bad_request)
@timer
def multiply(a: int = Query(int, example=1), b: int = Query(int, example=2)) -> Ok[WholeResult]:
    """Multiply two whole numbers."""
    return ok({"result": calculator.multiply(a=a, b=b)})


@api.get("/divide")
@Validator(bad_request)
@timer
def divide(
    a: int = Query(int, example=1), b: int = Query(int, rules=NotZero(), example=2)
) -> Ok[Result]:
    """Divide the first whole number by the second."""
    return ok({"result": calculator.divide(a=a, b=b)})
