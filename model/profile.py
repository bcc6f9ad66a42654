"""Profiles: people as others see them, who follows whom, and the methods that engines offer."""

from collections.abc import Sequence
from typing import Protocol, TypedDict


class ProfileRow(TypedDict):
    """Someone as a reader sees them."""

    id: int
    username: str
    bio: str | None
    image: str | None
    following: bool


class Profiles(Protocol):
    """The methods of `db.profiles`."""

    def find(self, username: str, *, reader_id: int | None) -> ProfileRow | None: ...
    def follow(self, *, follower_id: int, followed_id: int) -> None: ...
    def follow_many(self, pairs: Sequence[tuple[int, int]]) -> None: ...
    def unfollow(self, *, follower_id: int, followed_id: int) -> None: ...
