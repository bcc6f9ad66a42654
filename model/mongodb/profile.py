"""Profiles: people as others see them, and who follows whom."""

from collections.abc import Sequence
from typing import Any, cast

from model.mongodb.driver.collection import Collection, Document, Operations
from model.profile import ProfileRow
from model.user import username_key

# What `beside_author` puts beside a document, for a $project.
AUTHOR = {"author._id": 1, "author.username": 1, "author.bio": 1, "author.image": 1, "follow": 1}


class Profile:
    """The collection follows, and accounts as others see them."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._users = Collection(db, "users")
        self._follows = Collection(db, "follows")

    def find(self, username: str, *, reader_id: int | None) -> ProfileRow | None:
        """Return someone as the reader sees them, or None; by a username as `users` finds it."""
        named = {"username_key": username_key(username)}
        found = self._users.find_one(named, ("username", "bio", "image"))
        if found is not None:
            follow = {"follower_id": reader_id, "followed_id": found["id"]}
            found["following"] = reader_id is not None and self._follows.count(follow) == 1
        return cast(ProfileRow | None, found)

    def follow(self, *, follower_id: int, followed_id: int) -> None:
        """Make one user follow another; idempotent; MissingParent if either does not exist."""
        self._users.require({follower_id, followed_id})
        self._follows.insert_once({"follower_id": follower_id, "followed_id": followed_id})

    def follow_many(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Add many follows, each pair the follower's id and the other's; Duplicate if one is."""
        self.db.in_bulk(lambda db: Profile(db)._follow_many(pairs))

    def unfollow(self, *, follower_id: int, followed_id: int) -> None:
        """Make one user unfollow another; does nothing if they do not follow."""
        self._follows.delete({"follower_id": follower_id, "followed_id": followed_id})

    def _follow_many(self, pairs: Sequence[tuple[int, int]]) -> None:
        self._users.require({user_id for pair in pairs for user_id in pair})
        self._follows.insert_all(
            [{"follower_id": follower, "followed_id": followed} for follower, followed in pairs]
        )


def beside_author(reader_id: int | None) -> list[Document]:
    """Return the stages that put its author, and whether the reader follows them, beside each."""
    author = {"localField": "author_id", "foreignField": "_id", "as": "author"}
    follow = {
        "localField": "author_id",
        "foreignField": "followed_id",
        "pipeline": [{"$match": {"follower_id": reader_id}}, {"$project": {"_id": 1}}],
        "as": "follow",
    }
    return [{"$lookup": {"from": "users", **author}}, {"$lookup": {"from": "follows", **follow}}]


def with_author(document: Document) -> dict[str, Any]:
    """Nest what `beside_author` found as the document's author."""
    [author], follow = document.pop("author"), document.pop("follow")
    row: ProfileRow = {
        "id": author["_id"],
        "username": author["username"],
        "bio": author["bio"],
        "image": author["image"],
        "following": bool(follow),
    }
    return {**document, "author": row}
