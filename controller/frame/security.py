"""What shows who someone is: hashes of passwords, access tokens and refresh tokens."""

import hashlib
import secrets
import time
import unicodedata
from base64 import b64encode
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from jwt.types import Options

from controller.frame.error import Unauthorized
from controller.frame.hashing import Hashing
from model.frame import value

ALGORITHM = "HS256"
PURPOSE = "access"
CLAIMS = ["iss", "sub", "sid", "purpose", "iat", "exp"]
RANDOM_BYTES = 24
TOKEN_CACHE_SIZE = 4096


class Settings(Protocol):
    """What is set in the configuration."""

    APP_NAME: str
    SECRET_KEY: str
    SECRET_KEY_PREVIOUS: str
    ACCESS_TOKEN_MINUTES: int
    SESSION_DAYS: int
    SESSIONS_PER_ACCOUNT: int
    COMMON_PASSWORDS: str
    REQUIRE_CURRENT_PASSWORD: bool
    ARGON2_TIME_COST: int
    ARGON2_MEMORY_COST: int
    ARGON2_PARALLELISM: int
    WEB_THREADS: int


class Claims(NamedTuple):
    """The user and session of an access token; the session by the hash of its family."""

    user_id: int
    family_hash: str


class Security:
    """The keys and costs of one configuration; made once, safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.sessions_per_account = settings.SESSIONS_PER_ACCOUNT
        self.refuses_common_passwords = settings.COMMON_PASSWORDS == "refuse"
        self.requires_current_password = settings.REQUIRE_CURRENT_PASSWORD
        keys = (settings.SECRET_KEY, settings.SECRET_KEY_PREVIOUS)
        self._keys = [_signing_key(key) for key in keys if key]
        self._issuer = settings.APP_NAME
        self._access_seconds = settings.ACCESS_TOKEN_MINUTES * 60
        self._session_lifetime = timedelta(days=settings.SESSION_DAYS)
        self._hasher = PasswordHasher(
            time_cost=settings.ARGON2_TIME_COST,
            memory_cost=settings.ARGON2_MEMORY_COST,
            parallelism=settings.ARGON2_PARALLELISM,
        )
        self.hashing = Hashing(settings.WEB_THREADS)
        self._hash_of_nobody = _hash_of_nobody(self._hasher)
        # A client sends one token many times; its signature is true once and for all.
        self._read = lru_cache(maxsize=TOKEN_CACHE_SIZE)(self._read_signed)

    def hash_password(self, password: str) -> str:
        """Return what is stored of a password; Busy if too many wait for a hash already."""
        return self.hashing.run(self._hasher.hash, _normal(password))

    def is_password(self, password: str, password_hash: str | None) -> bool:
        """Tell whether the hash is of this password; Busy if too many wait for a hash already.

        Takes equally long without a hash, so the time does not tell whether an account exists.
        """
        try:
            known = password_hash or self._hash_of_nobody
            self.hashing.run(self._hasher.verify, known, _normal(password))
        except InvalidHashError:
            return self.is_password(password, None)
        except VerificationError:
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the costs have changed since the hash was made."""
        return self._hasher.check_needs_rehash(password_hash)

    def access_token(self, claims: Claims) -> str:
        """Return a signed token that shows who sends it, for as long as the settings say."""
        now = int(time.time())
        payload = {
            "iss": self._issuer,
            "sub": str(claims.user_id),
            "sid": claims.family_hash,
            "purpose": PURPOSE,
            "iat": now,
            "exp": now + self._access_seconds,
        }
        return jwt.encode(payload, self._keys[0], algorithm=ALGORITHM)

    def read_access_token(self, token: str) -> Claims:
        """Return what an access token says; Unauthorized if it is not one of ours, or expired."""
        try:
            claims, expires_at = self._read(token)
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
            # What nobody signed may hold anything.
            raise Unauthorized("token", "is invalid") from None
        if expires_at <= time.time():
            raise Unauthorized("token", "has expired")
        return claims

    def _read_signed(self, token: str) -> tuple[Claims, int]:
        for key in self._keys[:-1]:
            with suppress(jwt.InvalidSignatureError):
                return self._decode(token, key)
        return self._decode(token, self._keys[-1])

    def _decode(self, token: str, key: bytes) -> tuple[Claims, int]:
        # Machines whose clocks differ a little believe each other. Whether it has expired is asked
        # last, and each time: only of a token that is ours.
        required: Options = {"require": CLAIMS, "verify_iat": False, "verify_exp": False}
        payload = jwt.decode(
            token, key, algorithms=[ALGORITHM], issuer=self._issuer, options=required
        )
        family_hash, expires_at = payload["sid"], payload["exp"]
        is_ours = payload["purpose"] == PURPOSE and type(expires_at) is int
        if not (is_ours and isinstance(family_hash, str) and value.is_storable(family_hash)):
            raise jwt.InvalidTokenError
        return Claims(int(payload["sub"]), family_hash), expires_at

    def session_end(self) -> datetime:
        """Return when a session that is refreshed now expires."""
        return value.now() + self._session_lifetime


def new_refresh_token(family: str = "") -> str:
    """Return a token that nobody can guess: of a new family, or the next one of this family."""
    return f"{family or secrets.token_urlsafe(RANDOM_BYTES)}.{secrets.token_urlsafe(RANDOM_BYTES)}"


def family_of(refresh_token: str) -> str:
    """Return what every refresh token of a session begins with."""
    return refresh_token.partition(".")[0]


def hash_of(token: str) -> str:
    """Return what is stored of a token; it needs no salt, for nobody can guess the token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _signing_key(secret: str) -> bytes:
    # A key of its own, so that nothing else that the secret signs passes for a token.
    return hashlib.sha256(b"access token\0" + secret.encode(errors="replace")).digest()


def _hash_of_nobody(hasher: PasswordHasher) -> str:
    """A hash that no password has: to verify one takes as long as any, to make it no time."""
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = secrets.token_bytes(hasher.salt_len), secrets.token_bytes(hasher.hash_len)
    encoded = "$".join(b64encode(part).decode().rstrip("=") for part in (salt, digest))
    return f"$argon2id$v={ARGON2_VERSION}${costs}${encoded}"


def _normal(password: str) -> str:
    # The same letters, however a keyboard composes them.
    return unicodedata.normalize("NFKC", password)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
