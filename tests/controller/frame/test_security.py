"""Passwords and tokens without Flask."""

from argon2 import extract_parameters

from config import TestConfig
from controller.frame.security import Security


def test_where_there_is_no_account_a_password_is_verified_at_the_same_costs():
    security = Security(TestConfig)
    of_nobody, of_someone = security._hash_of_nobody, security.hash_password("correct horse")
    assert extract_parameters(of_nobody) == extract_parameters(of_someone)
    assert not security.is_password("correct horse", None)
