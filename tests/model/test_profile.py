"""Profiles on every engine: people as others see them, and who follows whom."""

from concurrent.futures import ThreadPoolExecutor
from typing import get_type_hints

import pytest

from model.frame.error import MissingParent
from model.profile import ProfileRow
from tests.model.statements import put
from tests.model.test_user import fill as fill_users

MODEL = "profiles"
STATEMENTS = {
    "find": (1, 2, lambda db: db.profiles.find("u1", reader_id=2)),
    "follow": (1, 2, lambda db: db.profiles.follow(follower_id=1, followed_id=2)),
    "follow_many": (1, 2, lambda db: db.profiles.follow_many([(1, 2), (2, 3)])),
    "unfollow": (1, 1, lambda db: db.profiles.unfollow(follower_id=1, followed_id=2)),
}


def fill(database, count: int = 10) -> None:
    """Accounts 1 to count, each of whom follows five others."""
    fill_users(database, count)
    follows = [
        {"follower_id": n, "followed_id": (n + k) % count + 1}
        for n in range(1, count + 1)
        for k in range(1, 6)
    ]
    put(database, "follows", follows)


def test_a_profile_is_what_others_see_of_an_account(database, user_id):
    profile = database.profiles.find("jake", reader_id=None)
    assert profile == {
        "id": user_id,
        "username": "jake",
        "bio": None,
        "image": None,
        "following": False,
    }
    assert set(profile) == set(get_type_hints(ProfileRow))
    assert database.profiles.find("x", reader_id=None) is None
    for username in ("x", "jaké", "jake "):
        assert database.profiles.find(username, reader_id=user_id) is None


def test_following_twice_is_following_once(database, user_id, other_id):
    def following() -> bool:
        return database.profiles.find("anne", reader_id=user_id)["following"]

    assert following() is False
    database.profiles.follow(follower_id=user_id, followed_id=other_id)
    database.profiles.follow(follower_id=user_id, followed_id=other_id)
    assert following() is True
    assert database.profiles.find("anne", reader_id=None)["following"] is False
    assert database.profiles.find("jake", reader_id=other_id)["following"] is False
    database.profiles.unfollow(follower_id=user_id, followed_id=other_id)
    assert following() is False
    database.profiles.unfollow(follower_id=user_id, followed_id=other_id)
    assert following() is False


def test_following_at_the_same_time_is_following_once(database, user_id, other_id):
    def follow(number: int) -> None:
        follows = {"follower_id": user_id, "followed_id": other_id}
        if number % 2:
            database.profiles.follow(**follows)
        else:
            database.atomically(lambda db: db.profiles.follow(**follows))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(follow, range(24)))
    assert database.profiles.find("anne", reader_id=user_id)["following"] is True
    database.profiles.unfollow(follower_id=user_id, followed_id=other_id)
    assert database.profiles.find("anne", reader_id=user_id)["following"] is False


def test_both_must_be_there_to_follow(database, user_id):
    nobody = user_id + 1000
    with pytest.raises(MissingParent):
        database.profiles.follow(follower_id=user_id, followed_id=nobody)
    with pytest.raises(MissingParent):
        database.profiles.follow(follower_id=nobody, followed_id=user_id)


def test_a_model_lets_someone_follow_themselves_for_it_is_a_rule_that_forbids_it(database, user_id):
    database.profiles.follow(follower_id=user_id, followed_id=user_id)
    assert database.profiles.find("jake", reader_id=user_id)["following"] is True
