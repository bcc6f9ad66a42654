"""IMFlask's sample controller: arithmetic on two whole numbers."""

from controller.frame.error import Invalid
from controller.frame.runner import run


def add(a: int, b: int) -> int:
    """Return the sum of both numbers."""
    return a + b


def subtract(a: int, b: int) -> int:
    """Return the first number minus the second."""
    return a - b


def multiply(a: int, b: int) -> int:
    """Return the product of both numbers."""
    return a * b


def divide(a: int, b: int) -> float:
    """Return the first number divided by the second; Invalid if the second is zero."""
    if b == 0:
        raise Invalid("b", "can't be zero")
    return a / b


if __name__ == "__main__":
    run()
