"""Accounts: who someone is, how they sign in, and where they are signed in."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypedDict

from controller.frame import limit
from controller.frame.absent import ABSENT, Absent
from controller.frame.batch import in_batches
from controller.frame.error import Forbidden, Invalid, NotFound, Unauthorized, not_blank
from controller.frame.password import is_common
from controller.frame.runner import run
from controller.frame.security import Claims, Security, family_of, hash_of, new_refresh_token
from controller.frame.text import INVISIBLE, is_readable
from model import Models, atomic
from model.frame import value
from model.session import LONGEST, SessionReaderRow, SessionRow
from model.user import ReaderRow, UserChanges, UserRow

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
# A shorter name may be in a good password by chance.
SHORTEST_NAME = 4
ADMIN = "admin"

# Of an address.
REGISTRATIONS = limit.policy("registrations", "100/hour")
SIGN_INS = limit.policy("sign-ins", "300/hour")
REFRESHES = limit.policy("refreshes", "1000/hour")
PASSWORDS = limit.policy("passwords", "100/hour")
NAMES = limit.policy("names", "100/hour")
# Of an account. Any 24 hours meet at most 25 windows of an hour: 1,000 passwords can be guessed.
GUESSES = limit.policy("guesses", "30/hour")
OWN_PASSWORDS = limit.policy("own-passwords", "10/hour")
OWN_NAMES = limit.policy("own-names", "10/hour")
# Of an account and an address that it signed in from.
KNOWN_GUESSES = limit.policy("known-guesses", "30/hour")
# Of a session.
OWN_REFRESHES = limit.policy("own-refreshes", "60/hour")
KNOWN_DAYS = 90

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
    address: str = "",
) -> SignedIn:
    """Create an account and sign in; Duplicate or Invalid names the field at fault.

    An address that is given is limited, here and below: TooMany for what comes too often.
    """
    username, email = _username(username), _email(email)
    password = _password(security, password, username=username, email=email)
    security.hashing.require_room()
    limit.hit(db, REGISTRATIONS, by=address)
    password_hash = security.hash_password(password)
    signed_in = _make(db, security, username, email, password_hash, user_agent)
    _remember(db, signed_in, address)
    return signed_in


def login(
    db: Models,
    security: Security,
    *,
    email: str,
    password: str,
    user_agent: str = "",
    address: str = "",
) -> SignedIn:
    """Start a session; the same Unauthorized for a wrong e-mail or a wrong password."""
    email = email.strip().lower()
    security.hashing.require_room()
    user = db.users.find_by_email(email)
    _count_guess(db, user, email, address)
    while (signed_in := _try(db, security, user, password, user_agent)) is None:
        user = db.users.find_by_email(email)
    _remember(db, signed_in, address)
    return signed_in


def refresh(db: Models, security: Security, *, refresh_token: str, address: str = "") -> SignedIn:
    """Return new tokens; a refresh token used before ends its session, as it was stolen."""
    family = family_of(refresh_token)
    limit.hit(db, REFRESHES, by=address)
    limit.hit(db, OWN_REFRESHES, by=address and family)
    session = db.sessions.find_by_family(hash_of(family))
    user = db.users.find(session["user_id"]) if session else None
    if session is None or user is None:
        raise Unauthorized("refresh_token", "is invalid")
    if session["expires_at"] <= value.now():
        raise Unauthorized("refresh_token", "has expired")
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
    """Return who sent this access token; Unauthorized says whether it is invalid or has expired.

    It is invalid, too, if its session has ended.
    """
    claims = security.read_access_token(token)
    reader = db.sessions.find_reader(claims.family_hash)
    if reader is None or reader["id"] != claims.user_id:
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
    current_password: str | None = None,
    address: str = "",
) -> ReaderRow:
    """Change what is given, and return the account; a new password ends every other session.

    A current password is verified if it is given; the configuration may require it for a new
    password or e-mail. Invalid names what is at fault.
    """
    if password is not None or current_password is not None:
        security.hashing.require_room()
        limit.hit(db, PASSWORDS, by=address)
        limit.hit(db, OWN_PASSWORDS, by=address and str(reader_id))
    changes: UserChanges = {
        "username": None if username is None else _username(username),
        "email": None if email is None else _email(email),
        "password_hash": None,
        "bio": None if isinstance(bio, Absent) else bio or "",
        "image": None if isinstance(image, Absent) else value.url("image", image) if image else "",
    }
    verified = None
    if any(given is not None for given in (username, email, password, current_password)):
        user = _find(db, reader_id)
        _count_new_name(db, user, changes, address)
        verified = _confirmed(security, user, changes["email"], password, current_password)
        if password is not None:
            password = _password(
                security,
                password,
                username=changes["username"] or user["username"],
                email=changes["email"] or user["email"],
            )
            changes["password_hash"] = security.hash_password(password)
    return _change(db, reader_id, session_id, changes, verified)


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


def prune_sessions(db: Models, *, days: int = 1) -> int:
    """Delete the sessions that expired so many days ago, in batches; return how many."""
    return in_batches(db.sessions.delete_expired, days=days)


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


def _count_guess(db: Models, user: UserRow | None, email: str, address: str) -> None:
    """Count a password that is tried; TooMany if too many were, whether there is an account or not.

    An address that the account signed in from counts apart, so that nobody can lock its owner out.
    """
    if not address:
        return
    # Also for an e-mail without an account, whose answer would be quicker otherwise: no id is 0.
    known = _from(user["id"] if user else 0, address)
    if db.limits.knows_address(hash_of(known)):
        limit.hit(db, KNOWN_GUESSES, by=known)
        return
    limit.hit(db, SIGN_INS, by=address)
    limit.hit(db, GUESSES, by=email)


def _remember(db: Models, signed_in: SignedIn, address: str) -> None:
    if address:
        known = _from(signed_in["user"]["id"], address)
        db.limits.know_address(hash_of(known), days=KNOWN_DAYS)


def _from(user_id: int, address: str) -> str:
    # By its id: an e-mail may be another account's tomorrow.
    return f"{user_id} {address}"


def _try(
    db: Models, security: Security, user: UserRow | None, password: str, user_agent: str
) -> SignedIn | None:
    """Sign in if the password is right, else Unauthorized.

    Return None if the hash was changed while it was verified: the password may be another now.
    """
    is_right = security.is_password(password, user["password_hash"] if user else None)
    if user is None or not is_right:
        raise Unauthorized("credentials", "invalid")
    is_outdated = security.is_outdated(user["password_hash"])
    new_hash = security.hash_password(password) if is_outdated else user["password_hash"]
    return _sign_in(db, security, user, new_hash, user_agent)


@atomic
def _sign_in(
    db: Models, security: Security, user: UserRow, new_hash: str, user_agent: str
) -> SignedIn | None:
    """Begin a session, or return None if the verified hash is no longer that of the account."""
    verified = user["password_hash"]
    if not db.users.sign_in(user["id"], password_hash=verified, new_hash=new_hash):
        return None
    db.sessions.make_room(user["id"], kept=security.sessions_per_account - 1)
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


def _count_new_name(db: Models, user: UserRow, changes: UserChanges, address: str) -> None:
    """Count a new username or e-mail: the answer tells whether somebody else has it."""
    is_same_name = changes["username"] in (None, user["username"])
    if is_same_name and changes["email"] in (None, user["email"]):
        return
    limit.hit(db, NAMES, by=address)
    limit.hit(db, OWN_NAMES, by=address and str(user["id"]))


def _confirmed(
    security: Security,
    user: UserRow,
    email: str | None,
    password: str | None,
    current_password: str | None,
) -> str | None:
    """Return the hash that was verified, or None if no current password was given or required."""
    if current_password is None:
        is_guarded = password is not None or email not in (None, user["email"])
        if is_guarded and security.requires_current_password:
            raise Invalid("current_password", "is missing")
        return None
    if not security.is_password(current_password, user["password_hash"]):
        raise Invalid("current_password", "is wrong")
    return user["password_hash"]


@atomic
def _change(
    db: Models, reader_id: int, session_id: int, changes: UserChanges, verified: str | None
) -> ReaderRow:
    # The account is written first: of two who change it, the second waits and then sees what the
    # first has left of its session, and of the password that it has verified.
    if verified and not db.users.sign_in(reader_id, password_hash=verified, new_hash=verified):
        raise Invalid("current_password", "is wrong")
    if not db.users.update(reader_id, **changes):
        raise NotFound("user")
    if changes["password_hash"] is not None:
        if session_id and not _is_active(db, reader_id, session_id):
            raise Unauthorized("token", "is invalid")
        db.sessions.delete_others(reader_id, kept=session_id)
    return _without_hash(_find(db, reader_id))


def _find(db: Models, reader_id: int) -> UserRow:
    user = db.users.find(reader_id)
    if user is None:
        raise NotFound("user")
    return user


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


def _password(security: Security, given: str, *, username: str, email: str) -> str:
    """The password as it is given; Invalid if it is too short, or easily guessed."""
    password = not_blank("password", given)
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password", f"is too short (the minimum is {SHORTEST_PASSWORD})")
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("password", f"is too long (the maximum is {LONGEST_PASSWORD})")
    if security.refuses_common_passwords:
        _refuse_guessable(password, username=username, email=email)
    return password


def _refuse_guessable(password: str, *, username: str, email: str) -> None:
    if is_common(password):
        raise Invalid("password", "is one of the most common passwords")
    names = {"the username": username, "the e-mail address": email.partition("@")[0]}
    for what, name in names.items():
        if len(key := value.folded(name)) >= SHORTEST_NAME and key in value.folded(password):
            raise Invalid("password", f"can't contain {what}")


if __name__ == "__main__":
    from config import config

    run(config)
