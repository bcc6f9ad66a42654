"""Marks an argument as not given, where None is a value."""

from typing import Any


class Absent:
    """The kind of ABSENT."""

    def __bool__(self) -> bool:
        """Be false, as None is."""
        return False

    def __repr__(self) -> str:
        """Show as the name that code calls it by."""
        return "ABSENT"

    def __reduce__(self) -> str:
        """Stay the one ABSENT when copied or pickled."""
        return "ABSENT"


ABSENT = Absent()


def given(**values: object) -> dict[str, Any]:
    """Return what was given: the values that are not ABSENT."""
    return {name: value for name, value in values.items() if value is not ABSENT}


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
