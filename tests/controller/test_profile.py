"""Profiles without Flask."""

import pytest

from controller import profile
from controller.frame.error import Invalid, NotFound


def test_who_is_not_there_is_not_found(database, jake):
    for function in (profile.find, profile.follow, profile.unfollow):
        with pytest.raises(NotFound, match="profile not found"):
            function(database, username="unknown", reader_id=jake)


def test_nobody_follows_themselves(database, jake):
    with pytest.raises(Invalid, match="profile can't be your own"):
        profile.follow(database, username="jake", reader_id=jake)


def test_following_is_seen_by_the_follower_alone(database, jake, anne):
    assert profile.follow(database, username="jake", reader_id=anne)["following"] is True
    assert profile.find(database, username="jake", reader_id=anne)["following"] is True
    assert profile.find(database, username="jake")["following"] is False
    assert profile.unfollow(database, username="jake", reader_id=anne)["following"] is False
    assert profile.find(database, username="jake", reader_id=anne)["following"] is False
