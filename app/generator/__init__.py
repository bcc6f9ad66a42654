"""`flask begin`, `new`, `remove` and `rename`: commands that change the project itself."""

from flask import Flask

from app.generator.begin import begin
from app.generator.new import new
from app.generator.remove import remove
from app.generator.rename import rename


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (begin, new, remove, rename):
        app.cli.add_command(command)
