"""IMFlask's helpers."""

import sys

import pytest

from controller import util


@pytest.mark.parametrize(
    ("snake", "pascal"),
    [
        ("", ""),
        ("user", "User"),
        ("master_config", "MasterConfig"),
        ("http2_server", "Http2Server"),
    ],
)
def test_names_change_case_and_back(snake, pascal):
    assert util.snake2pascal(snake) == pascal
    assert util.pascal2snake(pascal) == snake


@pytest.mark.parametrize(
    ("pascal", "snake"),
    [("HTTPServer", "http_server"), ("UserID", "user_id"), ("already_snake", "already_snake")],
)
def test_runs_of_capitals_are_one_word(pascal, snake):
    assert util.pascal2snake(pascal) == snake


def test_random_ids_are_letters_and_digits_and_never_the_same():
    ids = {util.get_random_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(one) == 15 and one.isascii() and one.isalnum() for one in ids)


def test_fake_data_is_the_same_for_the_same_seed():
    assert util.get_fake(seed=1).name() == util.get_fake(seed=1).name()
    assert util.get_fake().name()


def test_without_faker_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(RuntimeError, match=r"pip install -r requirements/dev\.txt"):
        util.get_fake()


def test_faker_is_imported_only_when_asked_for(run):
    code = "import sys, controller.util; print('faker' in sys.modules)"
    assert run("-c", code).stdout == "False\n"
