"""A copy of the project, in which a command changes what it likes."""

import shutil
from importlib import import_module

import pytest

import model
from app import create_flask_app, generator
from config import TestConfig
from tests import engines
from tests.documents import copy_project, git


class Copy:
    """A copy of the project in a repository of git, and its commands."""

    def __init__(self, folder):
        self.folder = folder

    def flask(self, *arguments, url=engines.NOWHERE, environment="development"):
        """Run a command in this process; nobody is there to answer a question."""
        database = model.connect(url)
        app = create_flask_app(TestConfig, database)
        app.config["ENVIRONMENT"] = environment
        generator.init_app(app)
        with app.app_context():
            result = app.test_cli_runner().invoke(args=arguments)
        database.close()
        return result

    def status(self):
        return git(self.folder, "status", "--porcelain")

    def read(self, path):
        return (self.folder / path).read_text()

    def write(self, path, text):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def changed(self):
        """The paths of the files that are not as they were committed."""
        listed = git(self.folder, "status", "--porcelain", "--untracked-files=all")
        return [line[3:] for line in listed.splitlines()]

    def remove(self, path):
        shutil.rmtree(self.folder / path)

    def undo(self):
        git(self.folder, "reset", "--quiet", "--hard")
        git(self.folder, "clean", "-fdq")

    def commit(self):
        git(self.folder, "add", "--all")
        git(self.folder, "-c", "user.name=t", "-c", "user.email=t@t.t", "commit", "-qm", "Change")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("generator") / "copy")


@pytest.fixture
def copy(folder, monkeypatch):
    for name in ("begin", "new", "remove", "rename"):
        monkeypatch.setattr(import_module(f"app.generator.{name}"), "PROJECT", folder)
    first = git(folder, "rev-parse", "HEAD").strip()
    yield (made := Copy(folder))
    git(folder, "reset", "--quiet", "--hard", first)
    made.undo()
