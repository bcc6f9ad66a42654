"""The configuration: where values come from, and what it says of those it cannot use."""

import importlib.util
import os
import shutil

import pytest


@pytest.fixture
def load(project, monkeypatch, tmp_path):
    """Load config.py anew from a folder of its own, with only these variables and this .env."""

    def load_config(env_file: str | None = None, **variables: str):
        shutil.copy(project / "config.py", tmp_path / "config.py")
        if env_file is not None:
            (tmp_path / ".env").write_text(env_file)
        monkeypatch.setattr(os, "environ", dict(variables))
        spec = importlib.util.spec_from_file_location("config_copy", tmp_path / "config.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load_config


GOOD_KEY = "k" * 32


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        (
            {"FLASK_CONFIG": "prod"},
            "FLASK_CONFIG is 'prod': it must be one of development, testing, production.",
        ),
        ({"SLOW_API_TIME": "soon"}, "SLOW_API_TIME is 'soon': it must be a number of at least 0."),
        ({"SLOW_API_TIME": "nan"}, "SLOW_API_TIME is 'nan': it must be a number of at least 0."),
        ({"SLOW_API_TIME": "1_0"}, "SLOW_API_TIME is '1_0': it must be a number of at least 0."),
        ({"SLOW_API_TIME": "-1"}, "SLOW_API_TIME is '-1': it must be a number of at least 0."),
        (
            {"MAX_CONTENT_LENGTH": "1MB"},
            "MAX_CONTENT_LENGTH is '1MB': it must be a whole number of at least 1.",
        ),
        (
            {"MAX_CONTENT_LENGTH": "0"},
            "MAX_CONTENT_LENGTH is '0': it must be a whole number of at least 1.",
        ),
        (
            {"SESSION_DAYS": "99999"},
            "SESSION_DAYS is '99999': it must be a whole number from 1 to 3650.",
        ),
        (
            {"ACCESS_TOKEN_MINUTES": "0"},
            "ACCESS_TOKEN_MINUTES is '0': it must be a whole number from 1 to 525600.",
        ),
        (
            {"ARGON2_MEMORY_COST": "64MB"},
            "ARGON2_MEMORY_COST is '64MB': it must be a whole number from 512 to 1048576.",
        ),
        ({"TRUST_PROXY": "maybe"}, "TRUST_PROXY is 'maybe': it must be true or false."),
        (
            {"TIMER_OUTPUT": "screen"},
            "TIMER_OUTPUT is 'screen': it must be one of response, log, none.",
        ),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml': it must be one of text, json."),
        (
            {"DATABASE_URL": "postgres://me:hidden@host/name"},
            "DATABASE_URL has the unknown scheme 'postgres': "
            "it must start with one of sqlite://, mysql://, mongodb://, mongodb+srv://.",
        ),
        (
            {"DATABASE_URL": "root:hidden@mysql://host"},
            "DATABASE_URL has no scheme: "
            "it must start with one of sqlite://, mysql://, mongodb://, mongodb+srv://.",
        ),
        (
            {"DATABASE_URL": "me:hidden@host"},
            "DATABASE_URL has no scheme: "
            "it must start with one of sqlite://, mysql://, mongodb://, mongodb+srv://.",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_named_in_one_line(load, variables, problem):
    module = load(**variables)
    assert module.config.problems() == [problem]
    with pytest.raises(module.ConfigError) as raised:
        module.config.validate()
    assert str(raised.value) == problem
    assert "hidden" not in problem


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", "is missing"),
        ("top-secret", "is a known placeholder"),
        ("development-only-change-me-in-production", "is a known placeholder"),
        ("a-key-that-only-the-tests-use-and-know", "is a known placeholder"),
        ("k" * 31, "is shorter than 32 bytes"),
        ("\udcff" * 31, "is shorter than 32 bytes"),
    ],
)
def test_production_refuses_a_weak_secret_key(load, key, fault):
    module = load(FLASK_CONFIG="production", SECRET_KEY=key)
    with pytest.raises(
        module.ConfigError, match=f"^SECRET_KEY {fault}: production wants one"
    ) as raised:
        module.config.validate()
    assert "\n" not in str(raised.value)


def test_production_takes_a_strong_secret_key_and_logs_for_machines(load):
    config = load(FLASK_CONFIG="production", SECRET_KEY=GOOD_KEY).config
    config.validate()
    assert config.ENVIRONMENT == "production"
    assert config.LOG_FORMAT == "json"


def test_development_needs_nothing(load):
    config = load().config
    config.validate()
    assert config.ENVIRONMENT == "development"
    # The default is SQLite, or MongoDB where SQL was deleted.
    assert config.DATABASE_URL.startswith(("sqlite:///", "mongodb://127.0.0.1"))


def test_every_problem_is_told_once(load):
    config = load(FLASK_CONFIG="production", LOG_FORMAT="xml", TRUST_PROXY="maybe").config
    assert [problem.split()[0] for problem in config.problems()] == [
        "TRUST_PROXY",
        "LOG_FORMAT",
        "SECRET_KEY",
    ]


@pytest.mark.parametrize(
    ("word", "meaning"), [("true", True), ("1", True), ("Yes", True), ("off", False), ("0", False)]
)
def test_booleans_have_the_usual_words(load, word, meaning):
    assert load(TRUST_PROXY=word).config.TRUST_PROXY is meaning


@pytest.mark.parametrize("digits", ["9" * 5000, "٣", "1e3"])
def test_a_number_of_any_spelling_never_breaks_the_import(load, digits):
    assert load(MAX_CONTENT_LENGTH=digits).config.MAX_CONTENT_LENGTH == 1_048_576


@pytest.mark.parametrize("content", [b"NAME=\xe9", b"NAME=a\0b"])
def test_an_env_file_that_cannot_be_read_is_a_problem(run, project, tmp_path, content):
    shutil.copy(project / "config.py", tmp_path)
    (tmp_path / ".env").write_bytes(content)
    code = "from config import config; print(*config.problems())"
    finished = run("-c", code, cwd=tmp_path, FLASK_SKIP_DOTENV="")
    assert finished.stdout == (
        ".env cannot be read: it must be text in UTF-8 without NUL characters.\n"
    )


def test_the_env_file_is_left_alone_where_flask_leaves_it_alone(load):
    assert load("SLOW_API_TIME=2\n", FLASK_SKIP_DOTENV="1").config.SLOW_API_TIME == 0.5


def test_an_empty_variable_is_not_set(load):
    config = load(SLOW_API_TIME="", DATABASE_URL="").config
    config.validate()
    assert config.SLOW_API_TIME == 0.5


def test_the_env_file_beside_config_is_read_from_any_directory(load, monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".env").write_text("SLOW_API_TIME=9\n")
    monkeypatch.chdir(elsewhere)
    assert load("SLOW_API_TIME=2.5\n").config.SLOW_API_TIME == 2.5


def test_a_real_variable_wins_over_the_env_file(load):
    assert load("SLOW_API_TIME=2.5\n", SLOW_API_TIME="3").config.SLOW_API_TIME == 3


def test_the_env_file_is_not_for_tests(load):
    module = load("LOG_LEVEL=ERROR\n", FLASK_CONFIG="testing")
    assert module.config is module.TestConfig
    assert "LOG_LEVEL" not in os.environ


def test_a_broken_environment_does_not_reach_the_tests(load):
    module = load(FLASK_CONFIG="testing", DATABASE_URL="postgres://", SLOW_API_TIME="soon")
    module.config.validate()
    assert module.config.DATABASE_URL == "sqlite:///:memory:"


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("sqlite:///instance/my.db", "sqlite:///{here}/instance/my.db"),
        ("sqlite:////tmp/my.db", "sqlite:////tmp/my.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("mongodb+srv://host/name", "mongodb+srv://host/name"),
    ],
)
def test_a_relative_sqlite_path_begins_beside_config(load, tmp_path, url, resolved):
    assert resolved.format(here=tmp_path) == load(DATABASE_URL=url).config.DATABASE_URL


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://me:p@ss:w@host/name", "mysql://me:********@host/name"),
        ("mongodb://me:hidden@a,b/name", "mongodb://me:********@a,b/name"),
        ("mysql://me@host/name", "mysql://me@host/name"),
        ("mysql://host:3306/name?password=hid@den", "mysql://********"),
        ("mysql://me:hid?key=den@host/name", "mysql://********"),
        ("mysql://host/na\nme", "mysql://host/na\\nme"),
        ("mysql://me@corp:hidden@host/name", "mysql://me@corp:********@host/name"),
        ("mysql://me:hid/den?@host/name", "mysql://me:********@host/name"),
        ("mysql://me:hid\nden@host/name", "mysql://me:********@host/name"),
        (
            "mysql://host/name?password=hidden&ssl=required",
            "mysql://host/name?password=********&ssl=required",
        ),
        (
            "mongodb://h/n?tlsCertificateKeyFilePassword=hidden",
            "mongodb://h/n?tlsCertificateKeyFilePassword=********",
        ),
    ],
)
def test_secrets_are_masked_in_what_people_read(load, url, shown):
    effective = load(DATABASE_URL=url, SECRET_KEY=GOOD_KEY).config.effective()
    assert effective["DATABASE_URL"] == shown
    assert effective["SECRET_KEY"] == "********"


def test_what_the_tests_use_is_not_what_production_is_judged_by(load):
    assert load(FLASK_CONFIG="testing", SECRET_KEY=GOOD_KEY).config.problems_in_production() == []
    [problem] = load(FLASK_CONFIG="testing", SECRET_KEY="k").config.problems_in_production()
    assert problem.startswith("SECRET_KEY is shorter than 32 bytes")


def test_the_previous_key_is_optional_secret_and_held_to_the_same_rules(load):
    production = {"FLASK_CONFIG": "production", "SECRET_KEY": GOOD_KEY}
    config = load(**production, SECRET_KEY_PREVIOUS="p" * 32).config
    config.validate()
    assert config.effective()["SECRET_KEY_PREVIOUS"] == "********"
    assert load(**production).config.effective()["SECRET_KEY_PREVIOUS"] == ""
    module = load(**production, SECRET_KEY_PREVIOUS="top-secret")
    with pytest.raises(module.ConfigError, match=r"^SECRET_KEY_PREVIOUS is a known placeholder"):
        module.config.validate()
