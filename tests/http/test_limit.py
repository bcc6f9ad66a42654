"""Limits over HTTP: `@limit`, those of accounts, what clients are told, and Redis."""

import json
import logging
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Blueprint, g

from app import create_flask_app
from app.http import openapi
from app.http.auth import login_optional
from app.http.limit import limit
from app.http.response import Nothing, Ok, ok
from config import TestConfig
from controller import account
from model.frame import value
from model.frame.error import ConfigurationError
from tests import engines, servers
from tests.http.people import API, PASSWORD, Person
from tests.model.statements import watch

HERE, THERE = "192.0.2.1", "198.51.100.7"
SHAPE = {"msg", "description", "errors"}
WRONG = "wrong horse"
# For hundreds of requests: how each engine counts, tests/model/test_limit.py tests.
ONE_ENGINE = pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)


@pytest.fixture
def app_with(database):
    """Make the app with limits, and with other settings."""

    def make(**values):
        kind = type("Limited", (TestConfig,), {"RATE_LIMIT": True, **values})
        return create_flask_app(kind, database)

    return make


@pytest.fixture
def app(app_with):
    return app_with()


@pytest.fixture
def client(app):
    return from_address(app, HERE)


def from_address(app, address):
    """A client whose requests come from an address."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


@pytest.fixture
def clock(monkeypatch):
    """Set the clock of the limits this many seconds from now."""
    now = value.milliseconds()

    def set_clock(seconds):
        monkeypatch.setattr(value, "milliseconds", lambda: now + round(seconds * 1000))

    set_clock(0)
    return set_clock


def login(client, email="jake@example.com", password=WRONG):
    user = {"email": email, "password": password}
    return client.post(f"{API}/users/login", json={"user": user})


def statuses(count, ask):
    """The statuses of so many answers, without repetitions."""
    return list(dict.fromkeys(ask().status_code for _ in range(count)))


# --- @limit ---


def add(app, *rates, login=login_optional):
    """Add an endpoint with these limits, which fails if it is told so."""
    greeting = Blueprint("greeting", __name__)

    def greet() -> Ok[Nothing]:
        """Greet."""
        if g.get("is_broken"):
            raise ZeroDivisionError
        return ok({})

    for rate in reversed(rates):
        greet = limit(rate)(greet)
    greeting.get("/greeting")(login(greet))
    app.register_blueprint(greeting)


def test_an_endpoint_answers_as_often_as_its_limit_says(app, client, clock):
    add(app, "3/minute")
    answers = [client.get("/greeting") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    name = f"{__name__}.greet"
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {f'"{name}";q=3;w=60'}
    assert [answer.headers["RateLimit"] for answer in answers] == [
        f'"{name}";r={left};t=60' for left in (2, 1, 0, 0)
    ]
    assert answers[3].headers["Retry-After"] == "60"
    assert "Retry-After" not in answers[0].headers
    assert answers[3].json == {
        "msg": "fail",
        "description": "requests are too many: try again in 60 seconds",
        "errors": {"requests": ["are too many: try again in 60 seconds"]},
    }
    clock(20.5)
    assert client.get("/greeting").headers["Retry-After"] == "40"
    clock(60)
    assert client.get("/greeting").status_code == 200


def test_an_address_does_not_use_up_what_is_anothers(app, client):
    add(app, "1/minute")
    assert statuses(2, lambda: client.get("/greeting")) == [200, 429]
    other = from_address(app, THERE)
    assert statuses(2, lambda: other.get("/greeting")) == [200, 429]


def test_a_network_of_ipv6_is_one_client(app):
    add(app, "1/minute")
    addresses = ("2001:db8:1:2::3", "2001:db8:1:2:9::8", "2001:db8:1:3::3")
    one, two, other = (from_address(app, address) for address in addresses)
    assert one.get("/greeting").status_code == 200
    assert two.get("/greeting").status_code == 429
    assert other.get("/greeting").status_code == 200


@pytest.mark.parametrize("address", ["", "unix:", "x" * 5000])
def test_who_hides_an_address_is_limited_too(app, address):
    add(app, "1/minute")
    client = from_address(app, address)
    assert statuses(2, lambda: client.get("/greeting")) == [200, 429]


def test_who_is_signed_in_is_counted_by_account(app, client):
    add(app, "1/minute")
    jake, anne = Person(client).register("jake"), Person(client).register("anne")
    paths = {"api": ""}
    for person in (jake, anne):
        own = Person(client, token=person.token, **paths)
        assert statuses(2, lambda own=own: own.get("/greeting")) == [200, 429]
        # From wherever they come.
        elsewhere = Person(from_address(app, THERE), token=person.token, **paths)
        assert elsewhere.get("/greeting").status_code == 429
    assert client.get("/greeting").status_code == 200


def test_two_limits_of_an_endpoint_are_both_kept_and_told(app, client, clock):
    add(app, "2/second", "3/minute")
    answers = [client.get("/greeting") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [found.partition(";")[2] for found in answers[0].headers.getlist("RateLimit")] == [
        "r=1;t=1",
        "r=2;t=60",
    ]
    assert answers[2].headers["Retry-After"] == "1"
    clock(1)
    assert [client.get("/greeting").status_code for _ in range(2)] == [200, 429]


def test_what_fails_counts_and_is_told_what_is_left(app, client):
    add(app, "2/minute")
    app.before_request(lambda: setattr(g, "is_broken", True))
    answers = [client.get("/greeting") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 500, 429]
    assert ";r=1;" in answers[0].headers["RateLimit"]


def test_the_document_tells_of_a_limit(app):
    add(app, "2/minute")
    document = json.loads(openapi.written(app))
    assert document["paths"]["/greeting"]["get"]["responses"]["429"] == {
        "$ref": "#/components/responses/TooManyRequests"
    }
    headers = document["components"]["responses"]["TooManyRequests"]["headers"]
    assert set(headers) == {"Retry-After", "RateLimit", "RateLimit-Policy"}
    unlimited = document["paths"][f"{API}/user"]["get"]["responses"]
    assert "429" not in unlimited


def test_a_rate_that_says_nothing_stops_the_start():
    with pytest.raises(ValueError, match="'often' is no rate"):
        limit("often")(test_who_hides_an_address_is_limited_too)


# --- Where nobody is limited ---


@pytest.mark.parametrize(
    ("settings", "address", "is_limited"),
    [
        ({"RATE_LIMIT": False}, HERE, False),
        ({"ENVIRONMENT": "development"}, "127.0.0.1", False),
        ({"ENVIRONMENT": "development"}, "::1", False),
        ({"ENVIRONMENT": "development"}, HERE, True),
        ({"ENVIRONMENT": "production"}, "127.0.0.1", True),
        ({"ENVIRONMENT": "production"}, HERE, True),
    ],
)
def test_development_lets_its_own_machine_through(
    app_with, database, settings, address, is_limited
):
    app = app_with(**settings)
    add(app, "1/minute")
    client = from_address(app, address)
    assert client.get("/greeting").status_code == 200
    assert client.get("/greeting").status_code == (429 if is_limited else 200)
    for _ in range(account.GUESSES.quota):
        login(client)
    assert login(client).status_code == (429 if is_limited else 401)
    assert database.has_rows("limits") == is_limited


def test_an_endpoint_without_a_limit_costs_no_statement(engine, monkeypatch, url):
    from model import connect

    sent = watch(engine, monkeypatch)
    database = connect(url)
    limited = create_flask_app(type("Limited", (TestConfig,), {"RATE_LIMIT": True}), database)
    add(limited, "9/minute")
    jake = Person(limited.test_client()).register("jake")
    for app in (limited, create_flask_app(TestConfig, database)):
        person = Person(app.test_client(), token=jake.token)
        person.get("/user")
        assert len(sent.by(lambda person=person: person.get("/user"))) == 1
    client = limited.test_client()
    assert len(sent.by(lambda: client.get("/greeting"))) == 1
    database.close()


# --- Accounts ---


@ONE_ENGINE
def test_an_address_registers_a_hundred_accounts_an_hour(app, client, clock):
    people = Person(client)
    for number in range(100):
        people.register(f"name{number}")
    user = {"username": "late", "email": "late@example.com", "password": PASSWORD}
    refused = people.post("/users", user=user)
    assert refused.status_code == 429
    assert set(refused.json) == SHAPE
    assert refused.headers["Retry-After"] == "3600"
    assert refused.headers["RateLimit"] == '"registrations";r=0;t=3600'
    assert refused.headers["RateLimit-Policy"] == '"registrations";q=100;w=3600'
    assert login(client, "late@example.com", PASSWORD).status_code == 401
    Person(from_address(app, THERE)).register("elsewhere")
    clock(3600)
    people.register("late")


def test_a_registration_that_is_refused_for_another_reason_counts_too(client):
    Person(client).register("jake")
    user = {"username": "jake", "email": "jake@example.com", "password": PASSWORD}
    answers = statuses(101, lambda: Person(client).post("/users", user=user))
    assert answers == [409, 429]


@pytest.mark.parametrize("email", ["jake@example.com", "nobody@example.com", "x" * 10_000])
def test_an_account_is_guessed_at_so_often_whether_there_is_one_or_not(app, email):
    Person(from_address(app, HERE)).register("jake")
    answers = [login(from_address(app, f"198.51.100.{number}"), email) for number in range(40)]
    quota = account.GUESSES.quota
    assert [answer.status_code for answer in answers] == [401] * quota + [429] * (40 - quota)
    assert {answer.headers.get("RateLimit-Policy") for answer in answers[quota:]} == {
        '"guesses";q=30;w=3600'
    }
    # The right password is not told apart.
    assert login(from_address(app, THERE), email, PASSWORD).status_code == 429


def test_an_e_mail_without_an_account_asks_the_database_as_often(engine, monkeypatch, url):
    from model import connect

    sent = watch(engine, monkeypatch)
    database = connect(url)
    app = create_flask_app(type("Limited", (TestConfig,), {"RATE_LIMIT": True}), database)
    Person(from_address(app, HERE)).register("jake")
    thief = from_address(app, THERE)
    emails = ("jake@example.com", "nobody@example.com")
    known, unknown = (sent.by(lambda email=email: login(thief, email)) for email in emails)
    assert len(known) == len(unknown) == 4
    database.close()


@pytest.mark.parametrize("email", [" JAKE@example.com ", "jake@example.com"])
def test_an_e_mail_is_one_however_it_is_written(app, email):
    quota = account.GUESSES.quota
    client = from_address(app, HERE)
    assert statuses(quota, lambda: login(client, "Jake@Example.com")) == [401]
    assert login(client, email).status_code == 429


@ONE_ENGINE
def test_a_thousand_passwords_of_an_account_can_be_guessed_in_any_day(app, clock):
    Person(from_address(app, HERE)).register("jake")
    # At the end of a window, and then in each of the others as soon as it begins.
    hours = [0.999, *(1 + number * 1.0001 for number in range(24))]
    clock(0)
    thieves = from_address(app, THERE), from_address(app, "203.0.113.9")
    guessed = 0
    for hour in hours:
        clock(hour * 3600)
        guessed += sum(
            login(thieves[number % 2]).status_code == 401
            for number in range(account.GUESSES.quota + 2)
        )
    assert guessed + 25 * account.OWN_PASSWORDS.quota <= 1000


def test_nobody_locks_an_owner_out_of_where_they_signed_in(app, clock):
    home = from_address(app, HERE)
    Person(home).register("jake")
    thief = from_address(app, THERE)
    assert statuses(50, lambda: login(thief)) == [401, 429]
    # Nor by an e-mail that is written as the owner's key might be.
    for email in (f"jake@example.com {HERE}", f"1 {HERE}"):
        assert statuses(50, lambda email=email: login(thief, email)) == [401, 429]
    assert login(home, password=PASSWORD).status_code == 200
    # Where they never were, they wait as everybody does; 90 days later, at home as well.
    assert login(from_address(app, "203.0.113.9"), password=PASSWORD).status_code == 429
    clock(89 * 24 * 3600)
    assert statuses(50, lambda: login(thief)) == [401, 429]
    assert login(home, password=PASSWORD).status_code == 200
    clock(180 * 24 * 3600)
    assert statuses(50, lambda: login(thief)) == [401, 429]
    assert login(home, password=PASSWORD).status_code == 429


def test_a_known_address_stays_known_when_the_e_mail_changes(app, client):
    jake = Person(client).register("jake")
    thief = from_address(app, THERE)
    assert jake.put("/user", user={"email": "moved@example.com"}).status_code == 200
    assert statuses(50, lambda: login(thief, "moved@example.com")) == [401, 429]
    assert login(client, "moved@example.com", PASSWORD).status_code == 200


def test_no_address_is_known_from_whoever_had_the_e_mail_before(app):
    thief = from_address(app, THERE)
    jake = Person(thief).register("jake")
    login(thief, password=PASSWORD)
    assert jake.put("/user", user={"email": "moved@example.com"}).status_code == 200
    owner = {"username": "owner", "email": "jake@example.com", "password": PASSWORD}
    assert Person(from_address(app, HERE)).post("/users", user=owner).status_code == 201
    stranger = from_address(app, "203.0.113.9")
    assert statuses(50, lambda: login(stranger)) == [401, 429]
    assert login(thief).status_code == 429


def test_a_known_address_guesses_no_more_often_than_others(app):
    home = from_address(app, HERE)
    Person(home).register("jake")
    assert statuses(account.KNOWN_GUESSES.quota, lambda: login(home)) == [401]
    assert login(home, password=PASSWORD).status_code == 429


def test_to_guess_at_an_account_makes_no_address_known(app):
    Person(from_address(app, HERE)).register("jake")
    thief = from_address(app, THERE)
    login(thief)
    other = from_address(app, "203.0.113.9")
    assert statuses(50, lambda: login(other)) == [401, 429]
    assert login(thief, password=PASSWORD).status_code == 429


@ONE_ENGINE
def test_an_address_tries_so_many_accounts(app, client, clock):
    quota = account.SIGN_INS.quota
    found = [login(client, f"person{number}@example.com").status_code for number in range(quota)]
    assert set(found) == {401}
    assert login(client, "another@example.com").status_code == 429
    # Of which the account that was meant knows nothing.
    assert login(from_address(app, THERE), "another@example.com").status_code == 401


def test_an_account_changes_its_password_so_often_and_other_things_as_often_as_it_likes(client):
    jake = Person(client).register("jake")
    quota = account.OWN_PASSWORDS.quota
    assert statuses(quota, lambda: jake.put("/user", user={"password": PASSWORD})) == [200]
    refused = jake.put("/user", user={"password": "another horse"})
    assert refused.status_code == 429
    assert jake.put("/user", user={"bio": "I work at home."}).status_code == 200
    assert login(client, password=PASSWORD).status_code == 200
    anne = Person(client).register("anne")
    assert anne.put("/user", user={"password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("name", ["username", "email"])
def test_an_account_asks_so_often_whether_a_name_is_taken(app, client, name):
    jake, anne = Person(client).register("jake"), Person(client).register("anne")
    quota = account.OWN_NAMES.quota
    taken = {"username": "anne", "email": "anne@example.com"}[name]
    assert statuses(quota, lambda: jake.put("/user", user={name: taken})) == [409]
    refused = jake.put("/user", user={name: taken, "bio": "new"})
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Policy"] == f'"own-names";q={quota};w=3600'
    # Also from elsewhere, and for a name that is free.
    elsewhere = Person(from_address(app, THERE), token=jake.token)
    assert elsewhere.put("/user", user={name: f"new-{taken}"}).status_code == 429
    assert anne.put("/user", user={name: f"new-{taken}"}).status_code == 200


def test_an_account_changes_what_is_no_name_as_often_as_it_likes(client):
    jake = Person(client).register("jake")
    same = {"username": " jake ", "email": "JAKE@example.com"}
    wishes = ({"bio": "b"}, {"image": None}, same, {**same, "bio": "c"}, {"username": "a/b"})
    for wish in wishes:
        found = statuses(
            account.OWN_NAMES.quota + 1, lambda wish=wish: jake.put("/user", user=wish)
        )
        assert found == [422 if wish == {"username": "a/b"} else 200], wish
    assert jake.put("/user", user={"username": "Jake"}).status_code == 200


@ONE_ENGINE
def test_an_address_asks_so_often_whether_a_name_is_taken(client, monkeypatch):
    monkeypatch.setattr(account, "NAMES", account.NAMES._replace(quota=3))
    people = [Person(client).register(name) for name in ("jake", "anne", "mary", "paul")]
    found = [each.put("/user", user={"username": "jake2"}).status_code for each in people]
    assert found == [200, 409, 409, 429]


def test_a_session_is_refreshed_so_often(client):
    jake = Person(client).register("jake")
    token = jake.refresh_token
    for _ in range(account.OWN_REFRESHES.quota):
        answer = jake.post("/auth/refresh", refreshToken=token)
        token = answer.json["user"]["refreshToken"]
    assert jake.post("/auth/refresh", refreshToken=token).status_code == 429
    anne = Person(client).register("anne")
    assert anne.post("/auth/refresh", refreshToken=anne.refresh_token).status_code == 200


def test_an_address_tries_so_many_refresh_tokens(app, client, monkeypatch):
    monkeypatch.setattr(account, "REFRESHES", account.REFRESHES._replace(quota=5))
    people = Person(client)
    tries = iter(range(1000))
    found = statuses(6, lambda: people.post("/auth/refresh", refreshToken=f"token{next(tries)}.x"))
    assert found == [401, 429]


def test_nothing_that_is_kept_names_anybody(app, client, database):
    jake = Person(client).register("jake")
    login(client)
    login(from_address(app, THERE))
    jake.put("/user", user={"password": PASSWORD})
    jake.post("/auth/refresh", refreshToken=jake.refresh_token)
    for table in ("limits", "known_addresses"):
        if database.engine == "mongodb":
            rows = list(database.driver_database()[table].find())
        else:
            rows = database.all(f"SELECT * FROM {table}")
        assert rows
        assert not re.search(r"jake|example|192\.|198\.", str(rows)), rows


# --- Redis ---


@pytest.fixture
def redis_server():
    """A server without keys, which a test may kill."""
    import redis

    server = servers.own(servers.RedisServer)
    with redis.Redis.from_url(server.url()) as connection:
        connection.flushall()
    yield server
    if server.process.poll() is not None:
        server.start()


def test_redis_counts_and_while_it_is_away_the_database_does(
    app_with, redis_server, database, caplog, monkeypatch
):
    import redis

    app = app_with(LIMIT_URL=redis_server.url())
    on_redis = redis.Redis.from_url(redis_server.url())
    add(app, "3/minute")
    client = from_address(app, HERE)
    assert statuses(4, lambda: client.get("/greeting")) == [200, 429]
    assert client.get("/greeting").headers["RateLimit"].endswith(";r=0;t=60")
    assert not database.has_rows("limits")
    [key] = on_redis.keys()
    assert re.fullmatch(rb"\w+:limit:[0-9a-f]{64}", key)
    assert 50_000 < on_redis.pttl(key) <= 60_000
    redis_server.kill()
    with caplog.at_level(logging.WARNING, logger="retort.model"):
        assert statuses(4, lambda: client.get("/greeting")) == [200, 429]
    assert caplog.text.count("limits are counted in the database: Redis failed") == 1
    assert database.has_rows("limits")
    redis_server.start()
    # It is asked again after a while, and has forgotten everything.
    assert client.get("/greeting").status_code == 429
    monkeypatch.setattr(database.limits, "_away_until", 0)
    assert statuses(4, lambda: client.get("/greeting")) == [200, 429]
    on_redis.close()


@ONE_ENGINE
def test_redis_is_killed_in_the_middle_and_every_hit_is_answered_and_counted(
    app_with, redis_server, database
):
    threads, each, quota = 8, 60, 9999
    app = app_with(LIMIT_URL=redis_server.url())
    add(app, f"{quota}/day")
    answers = []

    def ask(thread):
        client = from_address(app, HERE)
        for number in range(each):
            if (thread, number) == (0, each // 3):
                redis_server.kill()
            answers.append(client.get("/greeting"))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, range(threads)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(answers) == threads * each
    hits = [quota - int(hits_left(answer)) for answer in answers]
    in_the_database = quota - int(hits_left(from_address(app, HERE).get("/greeting"))) - 1
    # Redis told a number once, and so did the database, which began with 1.
    assert max(Counter(hits).values()) <= 2
    assert set(range(1, in_the_database + 1)) <= set(hits)
    assert each // 2 < in_the_database < threads * each


def hits_left(answer) -> str:
    return re.search(";r=([0-9]+);", answer.headers["RateLimit"])[1]


@pytest.mark.parametrize("seconds", [None, 24 * 3600])
def test_a_clock_of_redis_that_was_set_back_locks_nobody(app_with, redis_server, seconds):
    import redis

    app = app_with(LIMIT_URL=redis_server.url())
    add(app, "3/minute")
    client = from_address(app, HERE)
    assert statuses(4, lambda: client.get("/greeting")) == [200, 429]
    with redis.Redis.from_url(redis_server.url()) as on_redis:
        # As it is seen after the step: the window seems to end in a day, or never.
        [key] = on_redis.keys()
        on_redis.set(key, 99, ex=seconds)
    assert client.get("/greeting").headers["RateLimit"].endswith(";r=2;t=60")


def test_a_redis_that_hangs_holds_nobody_up_for_long(app_with, redis_server, database):
    import time

    app = app_with(LIMIT_URL=redis_server.url())
    add(app, "99/minute")
    client = from_address(app, HERE)
    client.get("/greeting")
    redis_server.pause()
    try:
        started = time.monotonic()
        assert statuses(20, lambda: client.get("/greeting")) == [200]
        # To wait each time takes ten seconds.
        assert time.monotonic() - started < 5
    finally:
        redis_server.resume()


def test_who_signed_in_where_is_in_the_database_also_with_redis(app_with, redis_server, database):
    app = app_with(LIMIT_URL=redis_server.url())
    home = from_address(app, "203.0.113.77")
    Person(home).register("jake")
    assert database.has_rows("known_addresses")
    assert login(home, password=PASSWORD).status_code == 200
    assert not database.has_rows("limits")


@pytest.mark.parametrize(
    "limit_url", ["redis://host:port/0", "redis://[::1/0", "redis://host/0?nonsense=1"]
)
def test_a_redis_url_that_cannot_work_is_named(app_with, limit_url):
    with pytest.raises(ConfigurationError, match=r"^LIMIT_URL: a Redis URL is"):
        app_with(LIMIT_URL=limit_url)


def test_a_missing_package_is_named_with_what_installs_it(run, tmp_path):
    (tmp_path / "redis.py").write_text("raise ModuleNotFoundError('no redis', name='redis')")
    finished = run("-m", "flask", "routes", LIMIT_URL="redis://localhost", PYTHONPATH=str(tmp_path))
    assert finished.returncode == 1
    reason = "redis:// needs redis: pip install -r requirements/redis.txt"
    assert finished.stderr == f"LIMIT_URL: {reason}\n"
