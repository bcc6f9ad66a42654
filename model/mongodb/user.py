"""Accounts; each holds the ids of those whom it follows."""

from typing import cast

from model import value
from model.error import Duplicate, MissingParent
from model.mongodb.collection import Collection, Document, Session
from model.row import ProfileRow, UserRow

COLUMNS = ("username", "email", "password_hash", "bio", "image", "role", "created_at", "updated_at")


class User:
    """The collection users."""

    def __init__(self, db: Session) -> None:
        self._users = Collection(db, "users")

    def insert(self, *, username: str, email: str, password_hash: str) -> int:
        """Add an account and return its id; Duplicate names whichever is taken."""
        now = value.now()
        try:
            return self._users.insert(
                {
                    **value.texts(username=username, email=email, password_hash=password_hash),
                    "bio": None,
                    "image": None,
                    "role": "user",
                    "sign_ins": 0,
                    "following": [],
                    "created_at": now,
                    "updated_at": now,
                }
            )
        except Duplicate:
            raise self._taken(id=0, username=username, email=email) from None

    def find(self, id: int) -> UserRow | None:
        """Return the account, or None."""
        return self._find({"_id": id}) if value.is_id(id) else None

    def find_by_email(self, email: str) -> UserRow | None:
        """Return the account with exactly this e-mail, or None."""
        return self._find({"email": {"$eq": email}})

    def find_by_username(self, username: str) -> UserRow | None:
        """Return the account with exactly this username, or None."""
        return self._find({"username": {"$eq": username}})

    def update(
        self,
        id: int,
        *,
        username: str | None = None,
        email: str | None = None,
        password_hash: str | None = None,
        bio: str | None = None,
        image: str | None = None,
    ) -> int:
        """Change what is given; return 1, or 0 without the account; Duplicate names what is taken.

        None leaves a column as it is; "" makes bio and image null.
        """
        names = {"username": username, "email": email, "password_hash": password_hash}
        changed: Document = value.texts(**value.given(**names))
        for column, text in value.texts(**value.given(bio=bio, image=image)).items():
            changed[column] = text or None
        changed["updated_at"] = value.now()
        try:
            return self._users.update({"_id": id}, {"$set": changed})
        except Duplicate:
            raise self._taken(id=id, username=username, email=email) from None

    def sign_in(self, id: int, *, password_hash: str, new_hash: str) -> int:
        """Count a sign-in by this hash, which the new one replaces; return 1, or 0.

        0 says that the account has another hash by now, or is gone.
        """
        # The count changes the document also when the hash does not: of two transactions that
        # depend on the hash, one then has to try again.
        changed = value.texts(password_hash=new_hash)
        return self._users.update(
            {"_id": id, "password_hash": {"$eq": password_hash}},
            {"$set": changed, "$inc": {"sign_ins": 1}},
        )

    def set_role(self, id: int, role: str) -> int:
        """Give an account a role; return 1, or 0 without the account."""
        changed = {**value.texts(role=role), "updated_at": value.now()}
        return self._users.update({"_id": id}, {"$set": changed})

    def find_profile(self, username: str, *, reader_id: int | None) -> ProfileRow | None:
        """Return someone as the reader sees them, or None."""
        found = self._users.find_one({"username": {"$eq": username}}, ("username", "bio", "image"))
        if found is not None:
            reader = {"_id": reader_id, "following": found["id"]}
            found["following"] = reader_id is not None and self._users.count(reader) == 1
        return cast(ProfileRow | None, found)

    def follow(self, *, follower_id: int, followed_id: int) -> None:
        """Let one follow the other; nothing changes if they do; MissingParent without one."""
        if self._users.count({"_id": followed_id}) == 0 or not self._users.update(
            {"_id": follower_id}, {"$addToSet": {"following": followed_id}}
        ):
            raise MissingParent("its parent is missing")

    def unfollow(self, *, follower_id: int, followed_id: int) -> None:
        """Let one no longer follow the other; nothing changes if they do not."""
        self._users.update({"_id": follower_id}, {"$pull": {"following": followed_id}})

    def _find(self, filter: Document) -> UserRow | None:
        return cast(UserRow | None, self._users.find_one(filter, COLUMNS))

    def _taken(self, *, id: int, username: str | None, email: str | None) -> Duplicate:
        """The names of the values that another account holds; asked only once it is known."""
        mine = value.given(username=username, email=email)
        fields = [
            name
            for name in mine
            if self._users.count_outside({name: {"$eq": mine[name]}, "_id": {"$ne": id}})
        ]
        # Whoever held it may have let go since: the answer was right when it was given.
        return Duplicate(*fields or mine)
