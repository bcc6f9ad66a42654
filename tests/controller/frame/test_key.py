"""Secret keys: those that are easy to guess, and those that were drawn by chance."""

import base64
import random
import string
from uuid import UUID

import pytest

from controller.frame.key import FEWEST_CHARACTERS, weakness

SHORT = "is shorter than 32 bytes"
FEW = f"has fewer than {FEWEST_CHARACTERS} different characters"
REPEATS = "repeats itself"
ROW = "is a row of the alphabet, of digits or of a keyboard"
WORDS = "consists of words"
OF_DJANGO = "begins with django-insecure-"


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", SHORT),
        ("Zb3kQ9xTf7wLp2sVm8dRh4yNc6gJu1a", SHORT),
        (" " * 100, SHORT),
        ("\u00a0\u3000\n\t" * 10, SHORT),
        (" ".join("Zb3kQ9xTf7wLp2sVm8dRh4yNc6gJu1a"), SHORT),
        ("a" * 32, FEW),
        ("a" * 1000, FEW),
        ("ab" * 16, FEW),
        ("abc123" * 6, FEW),
        ("0" * 31 + "1", FEW),
        ("\U0001f511" * 8, FEW),
        ("abcdefgh" * 4, REPEATS),
        ("12345678901234567890123456789012", REPEATS),
        ("0123456789abcdef" * 2, REPEATS),
        ("Password123!" * 3, REPEATS),
        ("z" * 28 + "abcdefgh", REPEATS),
        ("P@ssw0rdP@ssw0rd1234567890abcdefgh", REPEATS),
        ("1q2w3e4r5t6y7u8i9o0p1q2w3e4r5t6y", REPEATS),
        ("!@#$%^&*()_+!@#$%^&*()_+{}|:<>?1234", REPEATS),
        ("Zb3kQ9xTf7wLp2sVm8dRh4yZb3kQ9xT", SHORT),
        ("Zb3kQ9xTf7wLp2sVm8dRh4yNZb3kQ9xT", REPEATS),
        ("abcdefghijklmnopqrstuvwxyz0123456789", ROW),
        ("zyxwvutsrqponmlkjihgfedcba9876543210", ROW),
        ("QWERTYUIOPasdfghjklZXCVBNM1234567890", ROW),
        ("aaaabbbbccccddddeeeeffffgggghhhh", ROW),
        ("development-only-change-me-in-production", WORDS),
        ("thisismysupersecretkeyforproduction", WORDS),
        ("this is my super secret key for production", WORDS),
        ("YOUR_SECRET_KEY_GOES_HERE_PLEASE", WORDS),
        ("Secret-Key-2024-Production-Retort!!", WORDS),
        ("super-secret-jwt-token-with-at-least-32-characters-long", WORDS),
        ("s3cr3t-k3y-f0r-pr0duct10n-0nly-2024", WORDS),
        ("Th1$1sMyV3ryS3cr3tK3yD0ntT3llAny1", WORDS),
        ("P@SSW0RD-F0R-TH3-PR0DUCT10N-S3RV3R", WORDS),
        ("django-insecure-abc123def456ghi789jkl", OF_DJANGO),
        ("django-insecure-Zb3kQ9xTf7wLp2sVm8dRh4yNc6gJu1aE", OF_DJANGO),
    ],
)
def test_a_key_that_is_easy_to_guess_says_why(key, fault):
    assert weakness(key) == fault


CHANCE = random.Random(13)
LETTERS = string.ascii_letters + string.digits


def drawn(characters, length):
    return "".join(CHANCE.choices(characters, k=length))


def drawn_uuid():
    return UUID(bytes=CHANCE.randbytes(16), version=4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: base64.urlsafe_b64encode(CHANCE.randbytes(48)).decode(),
        lambda: base64.urlsafe_b64encode(CHANCE.randbytes(32)).decode().rstrip("="),
        lambda: base64.urlsafe_b64encode(CHANCE.randbytes(24)).decode(),
        lambda: CHANCE.randbytes(16).hex(),
        lambda: CHANCE.randbytes(32).hex(),
        lambda: base64.b64encode(CHANCE.randbytes(32)).decode(),
        lambda: CHANCE.randbytes(CHANCE.randint(16, 64)).hex(),
        lambda: CHANCE.randbytes(CHANCE.randint(16, 64)).hex().upper(),
        lambda: base64.urlsafe_b64encode(CHANCE.randbytes(CHANCE.randint(32, 64))).decode(),
        lambda: str(drawn_uuid()),
        lambda: f"{drawn_uuid()}-{drawn_uuid()}",
        lambda: drawn_uuid().hex + drawn_uuid().hex,
        lambda: drawn(LETTERS, 32),
        lambda: drawn(LETTERS + string.punctuation, 32),
        lambda: drawn(LETTERS, 32) + "\n",
    ],
)
def test_keys_that_were_drawn_by_chance_are_good(make):
    keys = [make() for _ in range(3000)]
    assert [(key, weakness(key)) for key in keys if weakness(key)] == []
