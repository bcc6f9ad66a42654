"""The configuration: where values come from, and what it says of those it cannot use."""

import importlib.util
import os
import shutil

import pytest

from tests.conftest import KEY


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
        ({"API_LOGGING": "maybe"}, "API_LOGGING is 'maybe': it must be true or false."),
        ({"RATE_LIMIT": "100"}, "RATE_LIMIT is '100': it must be true or false."),
        (
            {"LIMIT_URL": "me:hidden@host"},
            "LIMIT_URL is no URL of Redis: it must start with redis:// or rediss://.",
        ),
        (
            {"WEB_THREADS": "0"},
            "WEB_THREADS is '0': it must be a whole number from 1 to 1000.",
        ),
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
        (" " * 40, "is shorter than 32 bytes"),
        ("k" * 32, "has fewer than 8 different characters"),
        (KEY[:8] * 4, "repeats itself"),
        (
            "abcdefghijklmnopqrstuvwxyz123456",
            "is a row of the alphabet, of digits or of a keyboard",
        ),
        ("the-secret-key-of-our-production", "consists of words"),
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
    config = load(FLASK_CONFIG="production", SECRET_KEY=KEY).config
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
    config = load(FLASK_CONFIG="production", LOG_FORMAT="xml", API_LOGGING="maybe").config
    assert [problem.split()[0] for problem in config.problems()] == [
        "API_LOGGING",
        "LOG_FORMAT",
        "SECRET_KEY",
    ]


@pytest.mark.parametrize(
    ("word", "meaning"), [("true", True), ("1", True), ("Yes", True), ("off", False), ("0", False)]
)
def test_booleans_have_the_usual_words(load, word, meaning):
    assert load(API_LOGGING=word).config.API_LOGGING is meaning


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
    effective = load(DATABASE_URL=url, SECRET_KEY=KEY).config.effective()
    assert effective["DATABASE_URL"] == shown
    assert effective["SECRET_KEY"] == "********"


def test_the_password_of_redis_is_masked(load):
    effective = load(LIMIT_URL="redis://:hidden@host:6379/0").config.effective()
    assert effective["LIMIT_URL"] == "redis://:********@host:6379/0"


def test_what_the_tests_use_is_not_what_production_is_judged_by(load):
    assert load(FLASK_CONFIG="testing", SECRET_KEY=KEY).config.problems_in_production() == []
    [problem] = load(FLASK_CONFIG="testing", SECRET_KEY="k").config.problems_in_production()
    assert problem.startswith("SECRET_KEY is shorter than 32 bytes")


def test_the_previous_key_is_optional_secret_and_held_to_the_same_rules(load):
    production = {"FLASK_CONFIG": "production", "SECRET_KEY": KEY}
    config = load(**production, SECRET_KEY_PREVIOUS=KEY.swapcase()).config
    config.validate()
    assert config.effective()["SECRET_KEY_PREVIOUS"] == "********"
    assert load(**production).config.effective()["SECRET_KEY_PREVIOUS"] == ""
    module = load(**production, SECRET_KEY_PREVIOUS="top-secret")
    with pytest.raises(module.ConfigError, match=r"^SECRET_KEY_PREVIOUS is a known placeholder"):
        module.config.validate()


# --- Who is in front of the app ---


@pytest.mark.parametrize(
    ("value", "proxies"),
    [("0", 0), ("1", 1), ("3", 3), ("100", 100), ("true", 1), ("Yes", 1), ("FALSE", 0), ("off", 0)],
)
def test_proxies_are_counted_and_true_is_one_of_them(load, value, proxies):
    config = load(TRUST_PROXY=value).config
    config.validate()
    assert proxies == config.TRUST_PROXY
    assert type(config.TRUST_PROXY) is int


@pytest.mark.parametrize(
    "value", ["-1", "101", "1.5", "maybe", "1,2", "9" * 50, "\u0663", " ", "1\n2"]
)
def test_what_is_no_number_of_proxies_is_refused(load, value):
    [problem] = load(TRUST_PROXY=value).config.problems()
    wanted = "it must be the number of proxies in front, from 0 to 100."
    assert problem == f"TRUST_PROXY is {value!r}: {wanted}"


GOOD_ORIGINS = [
    "https://app.example.com",
    "http://localhost:3000",
    "https://example.com:8443",
    "http://127.0.0.1",
    "http://[::1]:8080",
    "https://xn--bcher-kva.example",
    "capacitor://localhost",
    "chrome-extension://abcdefghijklmnop",
]


def test_origins_stand_between_commas(load):
    config = load(CORS_ORIGINS=", ".join(GOOD_ORIGINS)).config
    config.validate()
    assert (*GOOD_ORIGINS,) == config.CORS_ORIGINS
    assert config.effective()["CORS_ORIGINS"] == ",".join(GOOD_ORIGINS)
    assert load(CORS_ORIGINS="*").config.CORS_ORIGINS == ("*",)


def test_origins_are_those_of_localhost_where_nobody_names_any_in_development(load):
    origins = load().config.CORS_ORIGINS
    assert "http://localhost:*" in origins
    assert all("://localhost:" in one or "://127.0.0.1:" in one for one in origins)
    assert (GOOD_ORIGINS[0],) == load(CORS_ORIGINS=GOOD_ORIGINS[0]).config.CORS_ORIGINS
    assert load(FLASK_CONFIG="production", SECRET_KEY=KEY).config.CORS_ORIGINS == ()
    testing = load(FLASK_CONFIG="testing", CORS_ORIGINS="*", TRUSTED_HOSTS="a").config
    assert (testing.CORS_ORIGINS, testing.TRUSTED_HOSTS) == ((), None)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "example.com",
        "//example.com",
        "https://",
        "https://example.com/",
        "https://example.com/path",
        "https://example.com?x",
        "https://example.com#x",
        "https://*.example.com",
        "http://localhost:*",
        "https://Example.com",
        "https://b\u00fccher.example",
        "https://example.com:0",
        "https://example.com:123456",
        "https://example.com:443",
        "http://example.com:80",
        "https://example.com\n",
        "https://example.com\r\nX-Forged: 1",
        "https://a.example https://b.example",
        "https://me:hidden@example.com",
        "\t",
        "*",
        "",
        "x" * 1_000_000,
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(load, origin):
    module = load(CORS_ORIGINS=f"{GOOD_ORIGINS[0]},{origin},{GOOD_ORIGINS[1]}")
    [problem] = module.config.problems()
    assert problem.startswith("CORS_ORIGINS has ")
    assert "each must be an origin as a browser sends it" in problem
    assert problem.isprintable()
    assert len(problem) < 400
    assert "hidden" not in problem
    with pytest.raises(module.ConfigError):
        module.config.validate()


def test_hosts_stand_between_commas(load):
    config = load(TRUSTED_HOSTS="api.example.com, .example.org,localhost,10.0.0.1").config
    config.validate()
    assert config.TRUSTED_HOSTS == ("api.example.com", ".example.org", "localhost", "10.0.0.1")
    assert load().config.TRUSTED_HOSTS is None


@pytest.mark.parametrize(
    "host",
    [
        "*",
        "*.example.com",
        "https://example.com",
        "example.com:443",
        "example.com/",
        "example.com\n",
        "..example.com",
        "example..com",
        "Example.com",
        "b\u00fccher.example",
        "a b",
        ".",
        "",
    ],
)
def test_what_is_no_name_of_a_host_is_refused(load, host):
    [problem] = load(TRUSTED_HOSTS=f"api.example.com,{host}").config.problems()
    assert problem.startswith("TRUSTED_HOSTS has ")
    assert "each must be a name in small letters" in problem
    assert problem.isprintable()
