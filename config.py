"""Every setting, read once from the environment and from the `.env` beside this file.

Importing this module never fails. A value that cannot be used is kept as a problem, and
`config.validate()`, which the application and every command call first, names it in one line.
"""

import math
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from dotenv import load_dotenv

from controller.frame import key as keys
from controller.frame import text

APP_NAME = "Retort"
BASE_DIRECTORY = Path(__file__).resolve().parent
PLACEHOLDER_KEY = "development-only-change-me-in-production"
TEST_KEY = "a-key-that-only-the-tests-use-and-know"
KNOWN_PLACEHOLDERS = {PLACEHOLDER_KEY, TEST_KEY, "top-secret", "secret", "changeme", "change-me"}
SECRETS = {"SECRET_KEY", "SECRET_KEY_PREVIOUS"}
MASK = "********"
LONGEST_SHOWN = 100
WANTED_KEY = (
    "production wants one made by python -c 'import secrets; print(secrets.token_urlsafe(48))'"
)
# As other programs write them in such files.
OTHER_BOOLEANS = {"1": "true", "yes": "true", "on": "true", "0": "false", "no": "false"}
OTHER_BOOLEANS["off"] = "false"
REDIS = ("redis://", "rediss://")
SCHEMES = ("sqlite", "mysql", "mongodb", "mongodb+srv")
# As a browser writes it: no path, no capital letters, and no port that the scheme has anyway.
ORIGIN = re.compile(
    r"(?!http:.*:80$|https:.*:443$)"
    r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?"
)
# Where front ends are developed, on any port.
LOCAL_ORIGINS = tuple(
    f"{scheme}://{host}:*" for scheme in ("http", "https") for host in ("localhost", "127.0.0.1")
)
HOST = re.compile(r"\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*")
MOST_PROXIES = 100

Number = TypeVar("Number", int, float)


class ConfigError(ValueError):
    """A setting that cannot be used; its text has one line per variable."""


_problems: list[str] = []

# Tests say what they need themselves: a developer's .env must not change what they prove.
# FLASK_SKIP_DOTENV is Flask's own word for leaving the file alone.
if os.environ.get("FLASK_CONFIG") != "testing" and not os.environ.get("FLASK_SKIP_DOTENV"):
    try:
        load_dotenv(BASE_DIRECTORY / ".env", override=False)
    except (OSError, ValueError):
        _problems.append(".env cannot be read: it must be text in UTF-8 without NUL characters.")


def _text(name: str, default: str) -> str:
    # An empty value in .env means "not set", as it does for most tools that read such files.
    return os.environ.get(name) or default


def _number(name: str, default: float, minimum: float) -> float:
    return _read(text.finite_number, name, default, f"a number of at least {minimum:g}", minimum)


def _whole_number(name: str, default: int, minimum: int, maximum: int = 10**18) -> int:
    bounds = f"of at least {minimum}" if maximum == 10**18 else f"from {minimum} to {maximum}"
    return _read(text.whole_number, name, default, f"a whole number {bounds}", minimum, maximum)


def _read(
    read: Callable[[str], Number],
    name: str,
    default: Number,
    wanted: str,
    minimum: float,
    maximum: float = math.inf,
) -> Number:
    value = _text(name, str(default))
    with suppress(ValueError):
        if minimum <= (number := read(value)) <= maximum:
            return number
    _problems.append(f"{name} is {value!r}: it must be {wanted}.")
    return default


def _number_of_proxies(value: str) -> int:
    word = OTHER_BOOLEANS.get(value.lower(), value.lower())
    return {"true": 1, "false": 0}[word] if word in ("true", "false") else text.whole_number(value)


def _proxies(name: str) -> int:
    wanted = f"the number of proxies in front, from 0 to {MOST_PROXIES}"
    return _read(_number_of_proxies, name, 0, wanted, minimum=0, maximum=MOST_PROXIES)


def _list(name: str, pattern: re.Pattern[str], wanted: str) -> tuple[str, ...]:
    """Return what stands between the commas, each as the pattern has it."""
    listed = _text(name, "")
    found = tuple(one.strip(" ") for one in listed.split(",")) if listed else ()
    wrong = next((one for one in found if not pattern.fullmatch(one)), None)
    if wrong is None:
        return found
    shown = _without_secrets(wrong)[:LONGEST_SHOWN]
    _problems.append(f"{name} has {shown!r}: {wanted}.")
    return ()


def _origins(name: str) -> tuple[str, ...]:
    if _text(name, "") == "*":
        return ("*",)
    wanted = (
        "each must be an origin as a browser sends it, such as https://app.example.com, "
        "without a path or a slash at its end; * stands alone"
    )
    return _list(name, ORIGIN, wanted)


def _hosts(name: str) -> tuple[str, ...] | None:
    wanted = (
        "each must be a name in small letters, such as api.example.com, "
        "or .example.com for it and all below it, without a port"
    )
    # None stands for any host; Flask reads it.
    return _list(name, HOST, wanted) or None


def _boolean(name: str, *, default: bool) -> bool:
    value = _text(name, str(default))
    try:
        return text.boolean(OTHER_BOOLEANS.get(value.lower(), value))
    except ValueError as error:
        _problems.append(f"{name} is {value!r}: it {error}.")
        return default


def _choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = _text(name, default)
    if value in choices:
        return value
    _problems.append(f"{name} is {value!r}: it must be one of {', '.join(choices)}.")
    return default


def _database_url(name: str, default: str) -> str:
    url = _text(name, default)
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in SCHEMES:
        # The URL itself may hold a password, so only its scheme is shown.
        is_scheme = re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme)
        shown = f"the unknown scheme {scheme!r}" if is_scheme else "no scheme"
        choices = ", ".join(f"{choice}://" for choice in SCHEMES)
        _problems.append(f"{name} has {shown}: it must start with one of {choices}.")
        return default
    if scheme == "sqlite":
        return _beside_this_file(url)
    return url


def _server_url(name: str, schemes: tuple[str, ...], wanted: str) -> str:
    url = _text(name, "")
    if not url or url.startswith(schemes):
        return url
    # The URL itself may hold a password.
    _problems.append(f"{name} is no URL of {wanted}.")
    return ""


def _beside_this_file(url: str) -> str:
    """Make a relative SQLite path mean the same file from every working directory."""
    path = url.removeprefix("sqlite:///")
    if path in {":memory:", "", url}:
        return url
    return f"sqlite:///{(BASE_DIRECTORY / path).as_posix()}"


def _fault_of_key(key: str) -> str:
    """What makes a key unfit for production; empty for a good one, and for none."""
    if key.lower() in KNOWN_PLACEHOLDERS:
        return "is a known placeholder"
    return keys.weakness(key) if key else ""


def _without_secrets(url: str) -> str:
    """Return a URL for people to read; what is unclear is hidden rather than shown."""
    secret = r"([?&][^=&]*(?:pass|secret|key|token)[^=&]*=)[^&]*"
    shown = re.sub(secret, rf"\1{MASK}", url, flags=re.IGNORECASE)
    if "@" in url and "@" not in shown:
        # The option may be a part of the password, or hold the @.
        return re.sub(r"://.*", f"://{MASK}", url, flags=re.DOTALL)
    return re.sub(r"(://[^:]*):.*@", rf"\1:{MASK}@", shown, flags=re.DOTALL)


class Config:
    """What every configuration shares: each upper-case name is the variable of that name."""

    APP_NAME = APP_NAME
    ENVIRONMENT = "development"
    DEBUG = False
    TESTING = False

    SECRET_KEY = _text("SECRET_KEY", PLACEHOLDER_KEY)
    SECRET_KEY_PREVIOUS = _text("SECRET_KEY_PREVIOUS", "")
    ACCESS_TOKEN_MINUTES = _whole_number("ACCESS_TOKEN_MINUTES", 60, minimum=1, maximum=525_600)
    SESSION_DAYS = _whole_number("SESSION_DAYS", 30, minimum=1, maximum=3650)
    SESSIONS_PER_ACCOUNT = _whole_number("SESSIONS_PER_ACCOUNT", 20, minimum=1, maximum=1000)
    COMMON_PASSWORDS = _choice("COMMON_PASSWORDS", "accept", ("refuse", "accept"))
    REQUIRE_CURRENT_PASSWORD = _boolean("REQUIRE_CURRENT_PASSWORD", default=False)
    # What OWASP asks of argon2id at least; one more unit of memory is 1 KiB.
    ARGON2_TIME_COST = _whole_number("ARGON2_TIME_COST", 2, minimum=1, maximum=100)
    ARGON2_MEMORY_COST = _whole_number("ARGON2_MEMORY_COST", 19_456, minimum=512, maximum=1_048_576)
    ARGON2_PARALLELISM = _whole_number("ARGON2_PARALLELISM", 1, minimum=1, maximum=64)
    DATABASE_URL = _database_url("DATABASE_URL", f"sqlite:///instance/{APP_NAME.lower()}.db")
    LOG_DATABASE_URL = _database_url("LOG_DATABASE_URL", DATABASE_URL)
    API_LOGGING = _boolean("API_LOGGING", default=False)
    API_DOCS = _boolean("API_DOCS", default=True)
    MAX_CONTENT_LENGTH = _whole_number("MAX_CONTENT_LENGTH", 1_048_576, minimum=1)
    MAX_FORM_MEMORY_SIZE = MAX_CONTENT_LENGTH
    # part: samples
    SAMPLES = _boolean("SAMPLES", default=True)
    # end: samples
    CORS_ORIGINS = _origins("CORS_ORIGINS")
    TRUSTED_HOSTS = _hosts("TRUSTED_HOSTS")
    TRUST_PROXY = _proxies("TRUST_PROXY")
    RATE_LIMIT = _boolean("RATE_LIMIT", default=True)
    LIMIT_URL = _server_url("LIMIT_URL", REDIS, "Redis: it must start with redis:// or rediss://")
    WEB_THREADS = _whole_number("WEB_THREADS", 8, 1, 1000)
    # part: jobs
    JOBS_IN_RUN = _boolean("JOBS_IN_RUN", default=True)
    # end: jobs
    # part: relay
    QUEUE_URL = _server_url(
        "QUEUE_URL",
        (*REDIS, "amqp://", "amqps://"),
        "a broker: it must start with redis:// or amqp://",
    )
    # end: relay
    SLOW_API_TIME = _number("SLOW_API_TIME", 0.5, minimum=0)
    TIMER_OUTPUT = _choice("TIMER_OUTPUT", "none", ("response", "log", "none"))
    LOG_LEVEL = _choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
    LOG_FORMAT = _choice("LOG_FORMAT", "text", ("text", "json"))

    @classmethod
    def problems(cls) -> list[str]:
        """A line for each variable that cannot be used as it is set; empty when all is well."""
        return list(dict.fromkeys(_problems))

    @classmethod
    def problems_in_production(cls) -> list[str]:
        """A line for each setting that production would refuse."""
        problems = Config.problems()
        if not os.environ.get("SECRET_KEY"):
            problems.append(f"SECRET_KEY is missing: {WANTED_KEY}")
        for name in sorted(SECRETS):
            # Of the environment, also where tests have their own.
            if fault := _fault_of_key(os.environ.get(name, "")):
                problems.append(f"{name} {fault}: {WANTED_KEY}")
        return problems

    @classmethod
    def validate(cls) -> None:
        """Raise ConfigError with its problems if this configuration cannot be used."""
        if problems := cls.problems():
            raise ConfigError("\n".join(problems))

    @classmethod
    def effective(cls) -> dict[str, str]:
        """Every setting as it is in force, for people to read: secrets and passwords are masked."""
        names = sorted(name for name in dir(cls) if name.isupper())
        return {name: cls._shown(name) for name in names}

    @classmethod
    def _shown(cls, name: str) -> str:
        setting = getattr(cls, name)
        value = ",".join(setting) if isinstance(setting, tuple) else str(setting)
        shown = MASK if name in SECRETS and value else _without_secrets(value)
        # Whatever a value holds, it is one line that every terminal can show.
        return shown if shown.isprintable() else repr(shown)[1:-1]


class DevelopmentConfig(Config):
    """What a developer's own machine uses: everything has a default."""

    TEMPLATES_AUTO_RELOAD = True
    CORS_ORIGINS = Config.CORS_ORIGINS or LOCAL_ORIGINS


class ProductionConfig(Config):
    """Production: secrets have no default, logs are JSON, common passwords are refused."""

    ENVIRONMENT = "production"
    LOG_FORMAT = _choice("LOG_FORMAT", "json", ("text", "json"))
    # part: samples
    SAMPLES = _boolean("SAMPLES", default=False)
    # end: samples
    COMMON_PASSWORDS = _choice("COMMON_PASSWORDS", "refuse", ("refuse", "accept"))

    @classmethod
    def problems(cls) -> list[str]:
        """A line for each variable that production refuses."""
        return cls.problems_in_production()


class TestConfig(Config):
    """What tests use: fixed, so that no environment changes what they prove."""

    __test__ = False  # pytest takes a class named Test... for a test otherwise

    ENVIRONMENT = "testing"
    TESTING = True
    SECRET_KEY = TEST_KEY
    SECRET_KEY_PREVIOUS = ""
    ACCESS_TOKEN_MINUTES = 60
    SESSION_DAYS = 30
    SESSIONS_PER_ACCOUNT = 20
    COMMON_PASSWORDS = "accept"
    REQUIRE_CURRENT_PASSWORD = False
    ARGON2_TIME_COST, ARGON2_MEMORY_COST, ARGON2_PARALLELISM = 1, 8, 1
    DATABASE_URL = "sqlite:///:memory:"
    LOG_DATABASE_URL = DATABASE_URL
    API_LOGGING = False
    API_DOCS = True
    MAX_CONTENT_LENGTH = MAX_FORM_MEMORY_SIZE = 1_048_576
    # part: samples
    SAMPLES = True
    # end: samples
    CORS_ORIGINS = ()
    TRUSTED_HOSTS = None
    TRUST_PROXY = 0
    RATE_LIMIT = False
    LIMIT_URL = ""
    WEB_THREADS = 1
    # part: jobs
    JOBS_IN_RUN = False
    # end: jobs
    # part: relay
    QUEUE_URL = ""
    # end: relay
    SLOW_API_TIME = 0.5
    TIMER_OUTPUT = "none"
    LOG_LEVEL = "INFO"
    LOG_FORMAT = "text"

    @classmethod
    def problems(cls) -> list[str]:
        """Nothing: these settings do not come from outside."""
        return []


CONFIGS: dict[str, type[Config]] = {
    "development": DevelopmentConfig,
    "testing": TestConfig,
    "production": ProductionConfig,
}

config: type[Config] = CONFIGS[_choice("FLASK_CONFIG", "development", tuple(CONFIGS))]

if __name__ == "__main__":
    try:
        config.validate()
    except ConfigError as problems:
        sys.exit(str(problems))
