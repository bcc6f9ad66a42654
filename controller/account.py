"""Accounts: who someone is, how they sign in, and where they are signed in."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypedDict

from controller.frame.absent import ABSENT, Absent
from controller.frame.error import Forbidden, Invalid, NotFound, Unauthorized, not_blank
from controller.frame.runner import run
from controller.frame.security import Claims, Security, family_of, hash_of, new_refresh_token
from controller.frame.text import INVISIBLE, is_readable
from model import Models, atomic
from model.frame import value
from model.session import LONGEST, SessionReaderRow, SessionRow
from model.user import ReaderRow, UserChanges, UserRow

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
ADMIN = "admin"

# No slash, no control and no invisible character.
BETWEEN_SLASHES = re.compile(rf"[^/\x00-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff{INVISIBLE}]*")
NOT_A_NAME = "can't contain a slash, or an invisible, unassigned or private-use character"


class SignedIn(TypedDict):
    """Someone with the tokens of their session."""

    user: ReaderRow
    access_token: str
    refresh_token: str


def register(
    db: Models,
    security: Security,
    *,
    username: str,
    email: str,
    password: str,
    user_agent: str = "",
) -> SignedIn:
    """Create an account and sign in; Duplicate or Invalid names the field at fault."""
    username, email = _username(username), _email(email)
    password_hash = security.hash_password(_password(password))
    return _make(db, security, username, email, password_hash, user_agent)


def login(
    db: Models, security: Security, *, email: str, password: str, user_agent: str = ""
) -> SignedIn:
    """Start a session; the same Unauthorized for a wrong e-mail or a wrong password."""
    signed_in = None
    while signed_in is None:
        # Again if the hash was changed while it was verified: the password may be another now.
        user = _verified(db, security, email, password)
        is_outdated = security.is_outdated(user["password_hash"])
        new_hash = security.hash_password(password) if is_outdated else user["password_hash"]
        signed_in = _sign_in(db, security, user, new_hash, user_agent)
    return signed_in


def refresh(db: Models, security: Security, *, refresh_token: str) -> SignedIn:
    """Return new tokens; a refresh token used before ends its session, as it was stolen."""
    family = family_of(refresh_token)
    session = db.sessions.find_by_family(hash_of(family))
    user = db.users.find(session["user_id"]) if session else None
    if session is None or user is None:
        raise Unauthorized("refresh_token", "is invalid")
    new_token = new_refresh_token(family)
    rotated = db.sessions.rotate(
        session["id"],
        old_hash=hash_of(refresh_token),
        new_hash=hash_of(new_token),
        expires_at=security.session_end(),
    )
    if not rotated:
        db.sessions.delete(session["id"], user_id=user["id"])
        raise Unauthorized("refresh_token", "is invalid")
    return _signed_in(security, user, new_token)


def authenticate(db: Models, security: Security, *, token: str) -> SessionReaderRow:
    """Return who sent this access token; Unauthorized if it is not valid or its session ended."""
    claims = security.read_access_token(token)
    reader = db.sessions.find_reader(claims.family_hash) if claims else None
    if claims is None or reader is None or reader["id"] != claims.user_id:
        raise Unauthorized("token", "is invalid")
    return reader


def update(
    db: Models,
    security: Security,
    *,
    reader_id: int,
    session_id: int = 0,
    username: str | None = None,
    email: str | None = None,
    password: str | None = None,
    bio: str | Absent | None = ABSENT,
    image: str | Absent | None = ABSENT,
) -> ReaderRow:
    """Change what is given, and return the account; a new password ends every other session."""
    changes: UserChanges = {
        "username": None if username is None else _username(username),
        "email": None if email is None else _email(email),
        "password_hash": None if password is None else security.hash_password(_password(password)),
        "bio": None if isinstance(bio, Absent) else bio or "",
        "image": None if isinstance(image, Absent) else image or "",
    }
    return _change(db, reader_id, session_id, changes)


def list_sessions(db: Models, *, reader_id: int) -> Sequence[SessionRow]:
    """Return where someone is signed in, most recently used first."""
    return db.sessions.list_by_user(reader_id)


def end_session(db: Models, *, reader_id: int, id: int) -> None:
    """End one of the reader's sessions immediately; NotFound if it is not theirs."""
    if not (value.is_id(id) and db.sessions.delete(id, user_id=reader_id)):
        raise NotFound("session")


def promote(db: Models, *, email: str) -> None:
    """Make someone an admin; NotFound without such an account."""
    user = db.users.find_by_email(email.strip().lower())
    if user is None:
        raise NotFound("user")
    db.users.set_role(user["id"], ADMIN)


def is_name(username: str) -> bool:
    """Tell whether a username is readable and can be used in a path."""
    is_in_path = "/" not in username and username not in (".", "..")
    return is_in_path and is_readable(username)


def require_admin(role: str) -> None:
    """Raise Forbidden unless this is the role of an admin."""
    if role != ADMIN:
        raise Forbidden("role")


def is_admin(db: Models, *, reader_id: int) -> bool:
    """Tell whether this is the id of an admin."""
    reader = db.users.find(reader_id)
    return reader is not None and reader["role"] == ADMIN


@atomic
def _make(
    db: Models, security: Security, username: str, email: str, password_hash: str, user_agent: str
) -> SignedIn:
    id = db.users.insert(username=username, email=email, password_hash=password_hash)
    user: ReaderRow = {
        "id": id,
        "username": username,
        "email": email,
        "bio": None,
        "image": None,
        "role": "user",
    }
    return _begin_session(db, security, user, user_agent)


def _verified(db: Models, security: Security, email: str, password: str) -> UserRow:
    user = db.users.find_by_email(email.strip().lower())
    is_right = security.is_password(password, user["password_hash"] if user else None)
    if user is None or not is_right:
        raise Unauthorized("credentials", "invalid")
    return user


@atomic
def _sign_in(
    db: Models, security: Security, user: UserRow, new_hash: str, user_agent: str
) -> SignedIn | None:
    """Begin a session, or return None if the verified hash is no longer that of the account."""
    verified = user["password_hash"]
    if not db.users.sign_in(user["id"], password_hash=verified, new_hash=new_hash):
        return None
    db.sessions.delete_expired(user["id"])
    return _begin_session(db, security, user, user_agent)


def _begin_session(db: Models, security: Security, user: ReaderRow, user_agent: str) -> SignedIn:
    refresh_token = new_refresh_token()
    db.sessions.insert(
        user_id=user["id"],
        family_hash=hash_of(family_of(refresh_token)),
        refresh_hash=hash_of(refresh_token),
        user_agent=value.storable(user_agent, LONGEST["user_agent"]),
        expires_at=security.session_end(),
    )
    return _signed_in(security, user, refresh_token)


def _signed_in(security: Security, user: ReaderRow, refresh_token: str) -> SignedIn:
    claims = Claims(user["id"], hash_of(family_of(refresh_token)))
    return {
        "user": _without_hash(user),
        "access_token": security.access_token(claims),
        "refresh_token": refresh_token,
    }


@atomic
def _change(db: Models, reader_id: int, session_id: int, changes: UserChanges) -> ReaderRow:
    # The account is written first: of two who change it, the second waits and then sees what the
    # first has left of its session.
    if not db.users.update(reader_id, **changes):
        raise NotFound("user")
    if changes["password_hash"] is not None:
        if session_id and not _is_active(db, reader_id, session_id):
            raise Unauthorized("token", "is invalid")
        db.sessions.delete_others(reader_id, kept=session_id)
    user = db.users.find(reader_id)
    if user is None:
        raise NotFound("user")
    return _without_hash(user)


def _is_active(db: Models, reader_id: int, session_id: int) -> bool:
    return any(row["id"] == session_id for row in db.sessions.list_by_user(reader_id))


def _without_hash(user: ReaderRow) -> ReaderRow:
    return {
        "id": user["id"],
        "username": user["username"],
        "email": user["email"],
        "bio": user["bio"],
        "image": user["image"],
        "role": user["role"],
    }


def _username(given: str) -> str:
    """The username as it is stored: as typed, its characters composed."""
    username = unicodedata.normalize("NFC", not_blank("username", given.strip()))
    if not is_name(username):
        raise Invalid("username", NOT_A_NAME)
    return username


def _email(given: str) -> str:
    """The e-mail as it is compared: without its case and the blanks around it."""
    email = not_blank("email", given.strip().lower())
    if not value.EMAIL.fullmatch(email):
        raise Invalid("email", "must be an e-mail address")
    return email


def _password(given: str) -> str:
    password = not_blank("password", given)
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password", f"is too short (the minimum is {SHORTEST_PASSWORD})")
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("password", f"is too long (the maximum is {LONGEST_PASSWORD})")
    return password


if __name__ == "__main__":
    from config import config

    run(config)
