"""Limits: how often one may ask for something; who asks more often is told when to come back.

    GUESSES = limit.policy("guesses", "30/hour")
    limit.hit(db, GUESSES, by=email)

A hit is counted by one statement, which is committed at once: a request that is refused or undone
later stays counted. So hit a limit before a transaction, not in one.
"""

import ipaddress
import re
from itertools import count
from typing import NamedTuple

from controller.frame.error import TooMany
from controller.frame.security import hash_of
from model import Models

SECONDS = {"second": 1, "minute": 60, "hour": 60 * 60, "day": 24 * 60 * 60}
RATE = re.compile(rf"([1-9][0-9]{{0,5}})/({'|'.join(SECONDS)})")
# What a header may hold between quotes.
NAME = re.compile(r"[A-Za-z0-9 _.:/-]+")

# As many keys are kept, in perhaps 20 MB, however many somebody invents.
MOST_KEYS = 100_000
# Each process deletes now and then what has ended, and more than it may have added.
HITS_BETWEEN = 500
MOST_DELETED = 4 * HITS_BETWEEN

NETWORK_BITS = 64
UNKNOWN = "unknown"
# 192.0.2.1:80 or [2001:db8::1]:80, as some proxies write an address.
WITH_PORT = re.compile(r"\[([^]]*)\](?::\d*)?|([0-9.]+):\d*")

_hits = count(1)


class Policy(NamedTuple):
    """How often something may be asked for: so many times in so many seconds."""

    name: str
    quota: int
    seconds: int


class Left(NamedTuple):
    """What is left of a policy, and in how many seconds all of it is there again."""

    policy: Policy
    requests: int
    seconds: int


def policy(name: str, rate: str) -> Policy:
    """Return the policy that a rate such as `100/minute` says; ValueError if it says none."""
    found = RATE.fullmatch(rate)
    if found is None:
        units = ", ".join(SECONDS)
        raise ValueError(f"{rate!r} is no rate: write 100/minute; the units are {units}")
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a limit: use letters and digits of ASCII")
    return Policy(name, int(found[1]), SECONDS[found[2]])


def hit(db: Models, policy: Policy, *, by: str) -> Left | None:
    """Count a hit by somebody, and return what is left to them; TooMany if nothing is.

    Whoever is limited is kept as a hash. Nobody, as an empty text, is not limited.
    """
    if not by:
        return None
    key_hash = hash_of(f"{policy.name} {policy.quota} {policy.seconds} {by}")
    row = db.limits.hit(key_hash, seconds=policy.seconds)
    if next(_hits) % HITS_BETWEEN == 0:
        _prune(db)
    # Rounded up: who comes back then is not refused again.
    left = Left(policy, max(0, policy.quota - row["hits"]), -(-row["milliseconds"] // 1000))
    if row["hits"] > policy.quota:
        raise TooMany(left.seconds, left)
    return left


def network_of(address: str) -> str:
    """Return whom limits take for one client: an IPv4 address, or a network of 64 bits of IPv6.

    What is no address is one client, too, for otherwise who hides theirs would not be limited.
    """
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(parsed), NETWORK_BITS), strict=False))
    return str(parsed or UNKNOWN)


def is_loopback(address: str) -> bool:
    """Tell whether this is an address of the machine itself."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    found = WITH_PORT.fullmatch(address)
    try:
        parsed = ipaddress.ip_address((found[1] or found[2]) if found else address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _prune(db: Models) -> None:
    if db.limits.delete_ended(MOST_DELETED) < MOST_DELETED:
        db.limits.delete_least_hit(kept=MOST_KEYS, most=MOST_DELETED)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
