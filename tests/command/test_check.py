"""`flask check`: each check with a configuration at fault and one that is nearly, but right."""

import inspect
import json
import os
import re
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

import model
from app.command.check import CHECKS, findings
from app.command.check.deployment import Deployment, deployed
from config import ProductionConfig, TestConfig
from model.frame import migration, value
from model.frame.migration import Migration, Record
from tests import engines
from tests.conftest import KEY
from tests.documents import pages

URL = "mysql://app:hidden@127.0.0.1/name"
GOOD = {
    "DEBUG": False,
    "SECRET_KEY": KEY,
    "SECRET_KEY_PREVIOUS": "",
    "ACCESS_TOKEN_MINUTES": 1440,
    "SESSION_DAYS": 90,
    "SESSIONS_PER_ACCOUNT": 100,
    "ARGON2_MEMORY_COST": 19_456,
    "ARGON2_TIME_COST": 2,
    "COMMON_PASSWORDS": "refuse",
    "DATABASE_URL": URL,
    "LOG_DATABASE_URL": URL,
    "API_LOGGING": True,
    "API_DOCS": False,
    "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
    "TRUST_PROXY": 1,
    "CORS_ORIGINS": ("https://example.com",),
    "TRUSTED_HOSTS": ("api.example.com",),
    "SAMPLES": False,
    "RATE_LIMIT": True,
    "WEB_THREADS": 8,
    "SLOW_API_TIME": 0.5,
    "TIMER_OUTPUT": "log",
    "LOG_LEVEL": "INFO",
}
DEVELOPMENT_URL = f"sqlite:////srv/instance/{ProductionConfig.APP_NAME.lower()}.db"
VARIABLES = {"SECRET_KEY": KEY, "DATABASE_URL": URL, "TRUST_PROXY": "1"}


def settings(**changed):
    """The settings of a good deployment, with these instead."""
    values = {**GOOD, **changed}
    if "DATABASE_URL" in changed and "LOG_DATABASE_URL" not in changed:
        values["LOG_DATABASE_URL"] = values["DATABASE_URL"]
    return type("Judged", (ProductionConfig,), values)


def judged(**changed):
    return {"settings": settings(**changed)}


def variables(**changed):
    return {"variables": {**VARIABLES, **changed}}


# A configuration at fault, and one that is nearly; by the name of the check.
SETTINGS = {
    "refused": (variables(SECRET_KEY="a" * 32), variables(SECRET_KEY=KEY[::-1])),
    "environment": ({"environment": "development"}, {"environment": "production"}),
    "default-database": (
        judged(DATABASE_URL=DEVELOPMENT_URL, API_LOGGING=False),
        judged(DATABASE_URL=DEVELOPMENT_URL.replace("instance", "data"), API_LOGGING=False),
    ),
    "memory": (
        judged(DATABASE_URL="sqlite:///:memory:", API_LOGGING=False),
        judged(DATABASE_URL="sqlite:///memory", API_LOGGING=False),
    ),
    "no-password": (
        judged(DATABASE_URL="mysql://app@db/name"),
        judged(DATABASE_URL="mysql://app@localhost/name?unix_socket=/run/s"),
    ),
    "superuser": (
        judged(DATABASE_URL="mysql://root:x@db/name"),
        judged(DATABASE_URL="mysql://rooted:x@db/name"),
    ),
    "public-docs": (judged(API_DOCS=True), judged(API_DOCS=False)),
    "samples": (judged(SAMPLES=True), judged(SAMPLES=False)),
    "any-origin": (
        judged(CORS_ORIGINS=("https://example.com", "*")),
        judged(CORS_ORIGINS=("https://example.com",)),
    ),
    "plain-origin": (
        judged(CORS_ORIGINS=("http://example.com",)),
        judged(CORS_ORIGINS=("https://http.example.com",)),
    ),
    "any-host": (judged(TRUSTED_HOSTS=()), judged(TRUSTED_HOSTS=("example.com",))),
    "proxies-unsaid": (variables(TRUST_PROXY=""), variables(TRUST_PROXY="0")),
    "many-proxies": (judged(TRUST_PROXY=4), judged(TRUST_PROXY=3)),
    "no-rate-limit": (judged(RATE_LIMIT=False), judged(RATE_LIMIT=True)),
    "debug": (variables(FLASK_DEBUG="1"), variables(FLASK_DEBUG="False")),
    "same-key": (judged(SECRET_KEY_PREVIOUS=KEY), judged(SECRET_KEY_PREVIOUS=KEY[::-1])),
    "previous-key": (judged(SECRET_KEY_PREVIOUS=KEY[::-1]), judged(SECRET_KEY_PREVIOUS="")),
    "long-access": (judged(ACCESS_TOKEN_MINUTES=1441), judged(ACCESS_TOKEN_MINUTES=1440)),
    "long-sessions": (judged(SESSION_DAYS=91), judged(SESSION_DAYS=90)),
    "many-sessions": (judged(SESSIONS_PER_ACCOUNT=101), judged(SESSIONS_PER_ACCOUNT=100)),
    "cheap-hashes": (
        judged(ARGON2_MEMORY_COST=19_455),
        judged(ARGON2_MEMORY_COST=12_288, ARGON2_TIME_COST=3),
    ),
    "common-passwords": (judged(COMMON_PASSWORDS="accept"), judged(COMMON_PASSWORDS="refuse")),
    "large-bodies": (
        judged(MAX_CONTENT_LENGTH=16_777_217),
        judged(MAX_CONTENT_LENGTH=16_777_216),
    ),
    "timer-in-answers": (judged(TIMER_OUTPUT="response"), judged(TIMER_OUTPUT="log")),
    "debug-lines": (judged(LOG_LEVEL="DEBUG"), judged(LOG_LEVEL="INFO")),
    "all-slow": (judged(SLOW_API_TIME=0.0), judged(SLOW_API_TIME=0.001)),
    "api-log-in-one-file": (
        judged(LOG_DATABASE_URL="sqlite:///data/log.db"),
        judged(DATABASE_URL="sqlite:///data/app.db", LOG_DATABASE_URL=URL),
    ),
    "old-python": (
        {"python": (3, 11), "today": date(2027, 11, 1)},
        {"python": (3, 11), "today": date(2027, 10, 31)},
    ),
}


# --- Those that look at files and databases: a function of a folder to make them in ---


def env_file(folder, mode):
    (folder / ".env").touch()
    (folder / ".env").chmod(mode)
    folder.chmod(0o755)
    return {"folder": folder}


def database_file(folder, mode):
    (folder / "app.db").touch()
    (folder / "app.db").chmod(0o644)
    folder.chmod(mode)
    return judged(DATABASE_URL=f"sqlite:///{folder}/app.db", API_LOGGING=False)


def mounted(kind):
    mounts = f"overlay / overlay rw 0 0\ntmpfs /data tmpfs rw 0 0\n/dev/a /data/a\\040b {kind} rw\n"
    changed = judged(DATABASE_URL="sqlite:////data/a b/c/app.db", API_LOGGING=False)
    return {**changed, "mounts": mounts}


NEW = Migration("9999_new", "", [], [])
APPLIED = Record("9999_new", "", 0, 0, complete=True, applied_at=value.now())
GOOD_ANSWERS = dict.fromkeys(("excess_rights", "migrations", "migration_records"), list)
GOOD_ANSWERS["clock"] = value.now


def saying(url, **answers):
    """A database that answers so; what real servers answer is tested with the model."""
    database = model.connect(url)
    for method, answer in {**GOOD_ANSWERS, **answers}.items():
        setattr(database, method, answer)
    return {"databases": {"DATABASE_URL": database}}


IS_SQL = "sqlite" in engines.NAMES
EXPOSED = f"{'mysql' if IS_SQL else 'mongodb'}://app:hidden@db.example.com/name"
SAFE = f"{EXPOSED}?{'ssl=required' if IS_SQL else 'tls=true'}"
POOL = f"{SAFE}&{'pool_size' if IS_SQL else 'maxPoolSize'}"


def ahead(seconds):
    return lambda: value.now() + timedelta(seconds=seconds)


MADE = {
    "open-env-file": (
        lambda folder: env_file(folder, 0o644),
        lambda folder: env_file(folder, 0o640),
    ),
    "open-database-file": (
        lambda folder: database_file(folder, 0o755),
        lambda folder: database_file(folder, 0o750),
    ),
    "file-in-memory": (lambda _: mounted("tmpfs"), lambda _: mounted("ext4")),
    "unreachable": (
        lambda _: {"unusable": {"DATABASE_URL": "there is no such file"}},
        lambda _: saying(SAFE),
    ),
    "unencrypted": (lambda _: saying(EXPOSED), lambda _: saying(SAFE)),
    "few-connections": (lambda _: saying(f"{POOL}=7"), lambda _: saying(f"{POOL}=8")),
    "pending-migrations": (
        lambda _: saying(SAFE, migrations=lambda: [NEW]),
        lambda _: saying(SAFE, migrations=lambda: [NEW], migration_records=lambda: [APPLIED]),
    ),
    "clock-skew": (
        lambda _: saying(SAFE, clock=ahead(-3)),
        lambda _: saying(SAFE, clock=ahead(1.5)),
    ),
    "excess-rights": (
        lambda _: saying(SAFE, excess_rights=lambda: ["ALL ON *.*"]),
        lambda _: saying(SAFE),
    ),
}
CASES = {name: [lambda _, case=case: case for case in pair] for name, pair in SETTINGS.items()}
CASES |= MADE
# What finds the one that is nearly for another reason.
BESIDES = {"same-key": ["previous-key"]}


@pytest.fixture
def found(monkeypatch, tmp_path):
    """What is found in a good deployment that was changed so."""

    def find(changed):
        deployment = replace(
            Deployment(settings(), variables=VARIABLES, folder=tmp_path, python=(3, 14)), **changed
        )
        # Production's own problems are those of the environment.
        monkeypatch.setattr(os, "environ", {**os.environ, **deployment.variables})
        try:
            return list(findings(deployment))
        finally:
            for database in deployment.databases.values():
                database.close()

    return find


def test_at_least_25_checks_have_a_case_each():
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names)) >= 25
    assert set(names) == set(CASES), "write a configuration at fault, and one that is nearly"


def test_nothing_is_found_in_a_good_deployment(found):
    assert found({}) == []


@pytest.mark.parametrize("name", CASES)
def test_a_configuration_at_fault_is_found_and_one_that_is_nearly_is_not(found, tmp_path, name):
    faulty, right = CASES[name]
    assert [finding.check for finding in found(faulty(tmp_path))] == [name]
    assert [finding.check for finding in found(right(tmp_path))] == BESIDES.get(name, [])


@pytest.mark.parametrize("name", CASES)
def test_a_finding_is_one_line_with_its_remedy_and_without_secrets(found, tmp_path, name):
    faulty, _ = CASES[name]
    for finding in found(faulty(tmp_path)):
        assert finding.fault
        assert finding.remedy
        line = f"{finding.fault}: {finding.remedy}"
        assert line.isprintable()
        assert "hidden" not in line
        assert KEY not in line
        assert finding.level == ("refused" if name == "refused" else "warning")


def test_the_page_has_every_check_with_what_it_finds_and_its_remedy():
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (.*) \| (.*) \|$", pages()["docs/checks.md"], re.MULTILINE
    )
    assert rows == [
        (check.name, inspect.getdoc(check.look).partition("\n")[0].rstrip("."), check.remedy)
        for check in CHECKS
    ]


# --- What is judged ---


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://app:hidden@a:1,[::1]:2,b/name",
        "mysql://app:%40%3A@[::1]:3306/name",
        "mongodb+srv://app:hidden@a.example.com/name?tls=true",
    ],
)
def test_a_url_of_any_form_is_judged(found, url):
    assert found(judged(DATABASE_URL=url)) == []
    assert [one.check for one in found(judged(DATABASE_URL=url.replace("app:", "root:")))] == [
        "superuser"
    ]


def test_a_finding_stays_one_line_whatever_a_setting_holds(found):
    [finding] = found(judged(CORS_ORIGINS=("http://a\n\x1b[2J\u2028",)))
    assert finding.fault == r"CORS_ORIGINS has http://a\n\x1b[2J\u2028"


def test_two_databases_are_both_judged_and_one_that_both_use_once(found):
    one = found(judged(DATABASE_URL="mysql://app@db/name"))
    assert [finding.fault for finding in one] == ["DATABASE_URL has no password"]
    other = {"DATABASE_URL": "mysql://app@db/name", "LOG_DATABASE_URL": "mysql://app@db/log"}
    assert {finding.fault for finding in found(judged(**other))} == {
        "DATABASE_URL has no password",
        "LOG_DATABASE_URL has no password",
    }


@pytest.mark.parametrize("name", ["x" * 300, "a.db/b.db"])
def test_a_path_that_nobody_can_look_at_is_no_file(found, tmp_path, name):
    (tmp_path / "a.db").touch()
    url = f"sqlite:///{tmp_path}/{name}"
    assert found(judged(DATABASE_URL=url, API_LOGGING=False)) == []
    settings = type("Judged", (TestConfig,), {"DATABASE_URL": url, "LOG_DATABASE_URL": url})
    with deployed(TestConfig, settings, tmp_path) as deployment:
        assert deployment.unusable == {"DATABASE_URL": "there is no such file"}


def test_a_url_that_cannot_be_used_is_told_and_not_connected_to(tmp_path):
    bad = {"DATABASE_URL": "sqlite:///a%00b", "LOG_DATABASE_URL": "mysql://me:hidden@host/"}
    with deployed(TestConfig, type("Judged", (TestConfig,), bad), tmp_path) as deployment:
        assert deployment.databases == {}
        assert deployment.unusable.keys() == bad.keys()
        assert "hidden" not in str([*findings(deployment)])


@engines.needs("sqlite")
def test_to_check_makes_no_file(tmp_path):
    url = f"sqlite:///{tmp_path}/missing.db"
    judged = type("Judged", (TestConfig,), {"DATABASE_URL": url, "LOG_DATABASE_URL": url})
    with deployed(TestConfig, judged, tmp_path) as deployment:
        assert deployment.unusable == {"DATABASE_URL": "there is no such file"}
        assert "unreachable" in {finding.check for finding in findings(deployment)}
    assert list(tmp_path.iterdir()) == []


# --- The command ---


@pytest.fixture
def check(run, url):
    """Run the command as in production, on each engine in turn."""

    def run_check(*arguments, **variables):
        production = {"FLASK_CONFIG": "production", "SECRET_KEY": KEY, "DATABASE_URL": url}
        return run("-m", "flask", "check", *arguments, **{**production, **variables})

    return run_check


def test_warnings_are_lines_of_their_own_and_fail_only_if_asked_to(check):
    finished = check()
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.endswith("\nProduction would start with these settings.\n")
    lines = finished.stderr.splitlines()
    assert lines
    assert all(re.fullmatch(r"warning: \S.*: \S.*", line) for line in lines)
    assert "warning: API_DOCS is true: set API_DOCS=false unless the API is public" in lines
    assert check("--strict").returncode == 1
    assert check(API_DOCS="false").stderr.count("\n") == len(lines) - 1


def test_a_database_that_was_not_migrated_is_found(check, url, database, engine):
    list(migration.rollback(database, 1))
    lines = check().stderr.splitlines()
    list(migration.migrate(database))
    [line] = [line for line in lines if "pending" in line]
    assert line.endswith(": run flask db-migrate")


def test_findings_and_settings_are_json_for_machines(check):
    finished = check("--json", SECRET_KEY=KEY, SECRET_KEY_PREVIOUS=KEY[::-1])
    assert (finished.returncode, finished.stderr) == (0, "")
    told = json.loads(finished.stdout)
    assert told["settings"]["SECRET_KEY"] == "********"
    assert {
        "check": "previous-key",
        "level": "warning",
        "fault": "SECRET_KEY_PREVIOUS is set",
        "remedy": "unset it ACCESS_TOKEN_MINUTES after the change",
    } in told["findings"]
    assert KEY not in finished.stdout
    assert KEY[::-1] not in finished.stdout


def test_what_keeps_the_app_from_starting_is_a_finding_too(check):
    gone = f"{'mysql' if IS_SQL else 'mongodb'}://"
    for variables, name in (
        ({"SECRET_KEY": "a" * 32}, "SECRET_KEY"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SLOW_API_TIME": "soon"}, "SLOW_API_TIME"),
        ({"DATABASE_URL": gone}, "DATABASE_URL"),
        ({"LIMIT_URL": "redis://host/0?nonsense=1"}, "LIMIT_URL"),
    ):
        for environment in ("production", "development"):
            finished = check("--json", FLASK_CONFIG=environment, **variables)
            assert (finished.returncode, finished.stderr) == (1, ""), variables
            told = json.loads(finished.stdout)
            [refused] = [one for one in told["findings"] if one["level"] == "refused"]
            assert refused["check"] == "refused"
            assert refused["fault"].startswith(name)
            assert refused["remedy"]
            assert told["settings"]["SECRET_KEY"] == "********"
    lines = check("--strict", SECRET_KEY="a" * 32, SLOW_API_TIME="soon").stderr.splitlines()
    assert [line.partition(" ")[0] for line in lines[:2]] == ["SLOW_API_TIME", "SECRET_KEY"]
    assert lines[2].startswith("warning: ")


def test_a_weak_key_is_refused_by_the_check_and_by_the_start(check):
    weak = "a" * 32
    reason = "SECRET_KEY has fewer than 8 different characters: production wants one made by"
    for variables in ({"FLASK_CONFIG": "development"}, {}):
        finished = check(SECRET_KEY=weak, **variables)
        assert finished.returncode == 1
        assert finished.stderr.startswith(reason)
    finished = check("--json", SECRET_KEY=weak, FLASK_CONFIG="development")
    levels = [one["level"] for one in json.loads(finished.stdout)["findings"]]
    assert (finished.returncode, levels.count("refused")) == (1, 1)
    assert "Production would start" not in finished.stdout


def test_a_database_that_is_away_is_told_within_seconds(check):
    gone = f"{'mysql' if IS_SQL else 'mongodb'}://app:hidden@127.0.0.1:1/name"
    started = time.monotonic()
    finished = check(DATABASE_URL=gone)
    assert time.monotonic() - started < 20
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.count("DATABASE_URL: ") == 1
    assert "hidden" not in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr


@engines.needs("mysql")
def test_the_owner_of_a_mysql_server_has_more_rights_than_needed(run):
    finished = run("-m", "flask", "check", SECRET_KEY=KEY, DATABASE_URL=engines.mysql_url())
    assert "the user of DATABASE_URL has more rights than needed (ALL PRIVILEGES ON *.*" in (
        finished.stderr
    )
    assert "IDENTIFIED" not in finished.stderr
