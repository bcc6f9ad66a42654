"""Marks an argument as not given, where None is a value."""


class Absent:
    """The kind of ABSENT."""

    def __bool__(self) -> bool:
        """Be false, as None is."""
        return False

    def __repr__(self) -> str:
        """Show as the name that code calls it by."""
        return "ABSENT"


ABSENT = Absent()


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
