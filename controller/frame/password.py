"""Passwords that many people have, and that are therefore tried first."""

from functools import cache
from pathlib import Path

from model.frame import value

# Says where it comes from, and under which licence.
COMMON = Path(__file__).with_name("common_passwords.txt")


def is_common(password: str) -> bool:
    """Tell whether this is one of the most common passwords, however it is cased or composed."""
    return value.folded(password) in _common()


@cache
def _common() -> frozenset[str]:
    """The list, read when it is first asked for."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
