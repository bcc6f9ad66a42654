"""Limits without HTTP: rates, whom an address stands for, and how many keys are kept."""

from importlib import import_module

import pytest

from controller.frame import limit
from controller.frame.error import TooMany
from controller.frame.limit import Policy, hit, is_loopback, network_of, policy
from controller.frame.runner import controller_names
from model.frame import value

DAY = 24 * 60 * 60
THREE = policy("three", "3/minute")
# Of which no window ends while a test runs.
DAILY = policy("three", "3/day")


@pytest.mark.parametrize(
    "rate",
    [
        *("", "100", "100/", "/minute", "0/minute", "-1/minute", "+1/minute", "1.5/minute"),
        *("01/minute", "1000000/day", "100/minutes", "100/Minute", "100 / minute", "100/minute\n"),
        *("1e3/day", "٣/minute", "100/week", "9" * 5000 + "/day"),
    ],
)
def test_a_rate_that_says_nothing_is_refused(rate):
    with pytest.raises(ValueError, match="is no rate: write 100/minute"):
        policy("name", rate)


@pytest.mark.parametrize("name", ["", 'a"b', "a\\b", "a\r\nX: y", "이름", "a;q=9"])
def test_a_name_that_no_header_holds_is_refused(name):
    with pytest.raises(ValueError, match="is no name of a limit"):
        policy(name, "1/minute")


def test_no_two_limits_of_controllers_have_one_name():
    # Of one name and rate, what one counts would use up what is left of the other.
    modules = [import_module(f"controller.{name}") for name in controller_names()]
    policies = [one for module in modules for one in vars(module).values() if type(one) is Policy]
    names = [one.name for one in policies]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("rate", "quota", "seconds"),
    [("1/second", 1, 1), ("100/minute", 100, 60), ("999999/day", 999_999, DAY)],
)
def test_a_rate_is_a_number_in_a_time(rate, quota, seconds):
    assert policy("v1.task.write", rate) == Policy("v1.task.write", quota, seconds)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("192.0.2.1, 192.0.2.2", "unknown"),
        ("192.0.2.256", "unknown"),
        ("1\r\n2", "unknown"),
        ("١.٢.٣.٤", "unknown"),
        ("[192.0.2.1", "unknown"),
        ("x" * 100_000, "unknown"),
    ],
)
def test_an_address_stands_for_one_client(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        *(("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)),
        *(("128.0.0.1", False), ("::2", False), ("", False), ("localhost", False)),
    ],
)
def test_a_loopback_address_is_of_the_machine_itself(address, is_own):
    assert is_loopback(address) is is_own


def test_what_is_left_is_told_until_nothing_is(database):
    assert [hit(database, THREE, by="a").requests for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooMany) as raised:
        hit(database, THREE, by="a")
    assert raised.value.left == (THREE, 0, raised.value.retry_after)
    assert 58 <= raised.value.retry_after <= 60
    assert hit(database, THREE, by="b").requests == 2
    assert hit(database, policy("other", "3/minute"), by="a").requests == 2
    assert hit(database, policy("three", "4/minute"), by="a").requests == 3


def test_who_comes_back_as_told_is_let_in(database, monkeypatch):
    now = value.milliseconds()
    for later in range(4):
        monkeypatch.setattr(value, "milliseconds", lambda later=later: now + later * 333)
        if later < 3:
            hit(database, THREE, by="a")
    with pytest.raises(TooMany) as raised:
        hit(database, THREE, by="a")
    back = now + 999 + raised.value.retry_after * 1000
    monkeypatch.setattr(value, "milliseconds", lambda: back)
    assert hit(database, THREE, by="a").requests == 2


def test_nobody_is_not_limited(database):
    assert [hit(database, THREE, by="") for _ in range(9)] == [None] * 9
    assert not database.has_rows("limits")


def test_a_count_outlives_what_is_undone_after_it(database):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            refused(database)
    with pytest.raises(TooMany):
        refused(database)


def refused(db):
    hit(db, THREE, by="a")
    db.atomically(lambda _: 1 / 0)


def test_the_table_stays_small_however_many_addresses_come(database, monkeypatch):
    monkeypatch.setattr(limit, "HITS_BETWEEN", 20)
    monkeypatch.setattr(limit, "MOST_DELETED", 40)
    monkeypatch.setattr(limit, "MOST_KEYS", 100)
    locked(database)
    for number in range(1000):
        hit(database, DAILY, by=f"address {number}")
        assert number % 100 or keys(database) <= 120
    with pytest.raises(TooMany):
        hit(database, DAILY, by="guessed")


def test_what_has_ended_is_deleted_by_those_who_come_later(database, monkeypatch):
    for number in range(200):
        hit(database, THREE, by=f"address {number}")
    now = value.milliseconds()
    monkeypatch.setattr(value, "milliseconds", lambda: now + 60_001)
    monkeypatch.setattr(limit, "HITS_BETWEEN", 1)
    hit(database, THREE, by="later")
    assert keys(database) == 1


@pytest.mark.long
@pytest.mark.drill
def test_a_million_addresses_leave_a_bounded_table(database):
    locked(database)
    for number in range(1_000_000):
        hit(database, DAILY, by=f"address {number}")
    assert keys(database) <= limit.MOST_KEYS + limit.HITS_BETWEEN
    with pytest.raises(TooMany):
        hit(database, DAILY, by="guessed")


def locked(database):
    """Use up the limit of one who must not be forgotten."""
    for _ in range(3):
        hit(database, DAILY, by="guessed")


def keys(database) -> int:
    if database.engine == "mongodb":
        return database.driver_database().limits.count_documents({})
    return database.one("SELECT COUNT(*) AS total FROM limits")["total"]
