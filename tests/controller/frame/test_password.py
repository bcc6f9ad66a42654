"""The list of common passwords, as it ships."""

import time

from controller import account
from controller.frame import password


def test_the_list_has_the_10_000_that_could_be_registered_and_says_where_it_is_from():
    words = password._common()
    assert len(words) == 10_000
    assert min(map(len, words)) == account.SHORTEST_PASSWORD
    assert words == {password.value.folded(word) for word in words}
    head = password.COMMON.read_text().partition("\npassword\n")[0]
    assert "zxcvbn 4.5.0" in head
    assert "Permission is hereby granted" in head
    assert all(line.startswith("#") for line in head.splitlines())


def test_the_list_is_read_once_and_quickly():
    password._common.cache_clear()
    assert not password.is_common("correct horse battery staple")
    assert password._common.cache_info().misses == 1
    started = time.process_time()
    for _ in range(1000):
        assert password.is_common("Password123")
    assert time.process_time() - started < 0.1
    assert password._common.cache_info().misses == 1


def test_a_remark_is_no_password():
    assert not password.is_common("#")
    assert not password.is_common("")
