"""docs/data.md: the changes of a column, as the page has them, on every engine with rows in it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

import model
from model.frame import value
from model.frame.error import Duplicate, MissingParent
from tests import engines
from tests.command.test_database import new_url  # noqa: F401 - a fixture
from tests.conftest import PROJECT
from tests.documents import copy_project, files, pages

FILES = files(pages()["docs/data.md"])
FOLDERS = {"sqlite": "sql/migrations/sqlite", "mysql": "sql/migrations/mysql"}
FOLDERS["mongodb"] = "mongodb/migrations"


@pytest.fixture
def migrate(run, tmp_path, new_url):  # noqa: F811
    """Create a migration in a copy of the project, write into it what the page has, and run it."""
    copy = copy_project(tmp_path / "copy")

    def flask(*arguments):
        finished = run(
            "-m", "flask", *arguments, cwd=copy, PYTHONPATH=str(copy), DATABASE_URL=new_url
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def migrate_one(name):
        for path in flask("db-new", name).split():
            written = str(Path(path).relative_to(copy))
            Path(path).write_text(FILES[re.sub(r"/\d{4}_", "/NNNN_", written)])
        flask("db-migrate")

    flask("db-init")
    return migrate_one


@pytest.fixture
def database(migrate, new_url):  # noqa: F811
    database = model.connect(new_url)
    yield database
    database.close()


def test_a_column_is_added_and_another_changed_with_every_row_kept(database, migrate):
    jake = database.users.insert(username="jake", email="jake@jake.jake", password_hash="x")
    session = begin_session(database, jake)
    before = database.users.find(jake)
    migrate("add_website")
    migrate("longer_bio")
    assert database.users.find(jake) == before
    assert [row["id"] for row in database.sessions.list_by_user(jake)] == [session]
    assert websites(database) == [None]
    set_bio(database, "b" * 2000)
    assert database.users.find(jake)["bio"] == "b" * 2000
    with pytest.raises(Duplicate):
        database.users.insert(username="jake", email="new@jake.jake", password_hash="x")
    with pytest.raises(MissingParent):
        begin_session(database, jake + 1000)


def begin_session(database, user_id):
    return database.sessions.insert(
        user_id=user_id,
        family_hash=f"f{user_id}",
        refresh_hash="r",
        user_agent="a",
        expires_at=value.now() + timedelta(days=1),
    )


def websites(database):
    if database.engine == "mongodb":
        return [user["website"] for user in database.driver_database().users.find()]
    return [row["website"] for row in database.all("SELECT website FROM users")]


def set_bio(database, bio):
    """Set it past the model, whose limit is still the old one."""
    if database.engine == "mongodb":
        database.driver_database().users.update_one({}, {"$set": {"bio": bio}})
    else:
        database.run("UPDATE users SET bio = %(bio)s", bio=bio)


def test_every_file_of_the_page_is_for_an_engine_that_is_here():
    folders = {str(Path(path).parent) for path in FILES}
    assert folders == {f"model/{FOLDERS[name]}" for name in engines.NAMES}
    assert all((PROJECT / folder).is_dir() for folder in folders)
