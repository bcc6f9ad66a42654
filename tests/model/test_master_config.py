"""IMFlask's master_config on every engine: it holds the author."""

import time
from typing import get_type_hints

import pytest

from model.frame.error import Duplicate, InvalidValue
from model.master_config import LONGEST_NAME, AuthorRow
from tests.model.test_user import UNICODE

MODEL = "master_config"
STATEMENTS = {
    "get_author": (1, 1, lambda db: db.master_config.get_author()),
    "insert_author": (1, 2, lambda db: db.master_config.insert_author("a")),
    "change_author": (1, 1, lambda db: db.master_config.change_author("b")),
}


def fill(database) -> None:
    """Nothing: `insert_author` refuses a second one."""


@pytest.mark.parametrize("bad", ["nul\0", "\ud800", "half \udfff"])
def test_a_name_that_an_engine_cannot_keep_is_refused(database, bad):
    refused = "name can't hold the NUL character or half of"
    with pytest.raises(InvalidValue, match=refused) as raised:
        database.master_config.insert_author(bad)
    assert raised.value.field == "name"
    assert database.master_config.get_author() is None


def test_a_name_of_the_full_length_is_kept_and_a_longer_one_refused(database):
    longest = "🧪" * LONGEST_NAME
    database.master_config.insert_author(longest)
    assert database.master_config.get_author()["name"] == longest
    with pytest.raises(InvalidValue, match="name is too long"):
        database.master_config.change_author(longest + "x")
    assert database.master_config.get_author()["name"] == longest


def test_there_is_one_author(database):
    assert database.master_config.get_author() is None
    database.master_config.insert_author(UNICODE)
    with pytest.raises(Duplicate) as raised:
        database.master_config.insert_author("Another")
    assert raised.value.fields == ("author",)
    author = database.master_config.get_author()
    assert author["name"] == UNICODE
    assert set(author) == set(get_type_hints(AuthorRow))


def test_a_change_counts_the_author_also_if_the_name_is_the_same(database):
    assert database.master_config.change_author("IML") == 0
    database.master_config.insert_author("IML")
    assert database.master_config.change_author("IML") == 1
    assert database.master_config.change_author("IML") == 1


def test_a_change_moves_updated_at_alone(database):
    database.master_config.insert_author("IML")
    first = database.master_config.get_author()
    time.sleep(0.002)
    database.master_config.change_author("NB")
    second = database.master_config.get_author()
    assert second["name"] == "NB"
    assert second["created_at"] == first["created_at"]
    assert second["updated_at"] > first["updated_at"]
