"""Accounts."""

from collections.abc import Sequence
from typing import Unpack, cast

from model.frame import value
from model.frame.error import Duplicate
from model.mongodb.driver.collection import Collection, Document, Operations
from model.user import LONGEST, NewUser, UserChanges, UserRow, new_username_key, username_key

COLUMNS = ("username", "email", "password_hash", "bio", "image", "role", "created_at", "updated_at")


class User:
    """The collection users."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._users = Collection(db, "users")

    def insert(self, *, username: str, email: str, password_hash: str) -> int:
        """Add an account and return its id; Duplicate names whichever is taken."""
        new: NewUser = {"username": username, "email": email, "password_hash": password_hash}
        document = _document(new)
        try:
            return self._users.insert(document)
        except Duplicate:
            raise self._taken(id=0, username=username, email=email) from None

    def insert_many(self, users: Sequence[NewUser]) -> list[int]:
        """Add many accounts by a few commands, and return their ids; all or none of them."""
        documents = [_document(user) for user in users]
        return self.db.in_bulk(lambda db: User(db)._users.insert_many(documents))

    def find(self, id: int) -> UserRow | None:
        """Return the account, or None."""
        return self._find({"_id": id}) if value.is_id(id) else None

    def find_by_email(self, email: str) -> UserRow | None:
        """Return the account with exactly this e-mail, or None."""
        return self._find({"email": {"$eq": email}})

    def find_by_username(self, username: str) -> UserRow | None:
        """Return the account with this username, however it is cased or composed, or None."""
        return self._find({"username_key": username_key(username)})

    def update(self, id: int, **changes: Unpack[UserChanges]) -> int:
        """Change what is not None; return 1, or 0 if no such account; Duplicate names a column.

        "" makes bio and image null.
        """
        changed = value.given(changes)
        value.check(changed, LONGEST)
        if changes["username"] is not None:
            changed["username_key"] = new_username_key(changes["username"])
        for name in {"bio", "image"} & changed.keys():
            changed[name] = changed[name] or None
        changed["updated_at"] = value.now()
        try:
            return self._users.update({"_id": id}, {"$set": changed})
        except Duplicate:
            raise self._taken(id=id, username=changes["username"], email=changes["email"]) from None

    def sign_in(self, id: int, *, password_hash: str, new_hash: str) -> int:
        """Count a sign-in and replace this hash by the new one; return 1, or 0.

        0 says that the account has another hash by now, or is gone.
        """
        # The count changes the document also when the hash does not: of two transactions that
        # depend on the hash, one then has to try again.
        changed = {"password_hash": value.text("password_hash", new_hash, LONGEST["password_hash"])}
        return self._users.update(
            {"_id": id, "password_hash": {"$eq": password_hash}},
            {"$set": changed, "$inc": {"sign_ins": 1}},
        )

    def set_role(self, id: int, role: str) -> int:
        """Give an account a role; return 1, or 0 without the account."""
        changed = {"role": value.text("role", role, LONGEST["role"]), "updated_at": value.now()}
        return self._users.update({"_id": id}, {"$set": changed})

    def _find(self, filter: Document) -> UserRow | None:
        return cast(UserRow | None, self._users.find_one(filter, COLUMNS))

    def _taken(self, *, id: int, username: str | None, email: str | None) -> Duplicate:
        """The columns whose value another account has; queried only after a Duplicate."""
        filters: Document = {}
        if username is not None:
            filters["username"] = {"username_key": username_key(username)}
        if email is not None:
            filters["email"] = {"email": {"$eq": email}}
        fields = [
            name
            for name, filter in filters.items()
            if self._users.count_outside({**filter, "_id": {"$ne": id}})
        ]
        # Whoever held it may have let go since: the answer was right when it was given.
        return Duplicate(*fields or filters)


def _document(user: NewUser) -> Document:
    value.check(user, LONGEST)
    now = value.now()
    return {
        **user,
        "username_key": new_username_key(user["username"]),
        "bio": None,
        "image": None,
        "role": "user",
        "sign_ins": 0,
        "created_at": now,
        "updated_at": now,
    }
