"""Every setting of Retort, read once from the environment and from the `.env` beside this file.

Importing this module never fails. A value that cannot be used is kept as a problem, and
`config.validate()`, which the application and every command call first, names it in one line.
"""

import os
import re
from pathlib import Path
from typing import ClassVar

from dotenv import load_dotenv

APP_NAME = "Retort"
BASE_DIRECTORY = Path(__file__).resolve().parent
PLACEHOLDER_KEY = "development-only-change-me-in-production"
KNOWN_PLACEHOLDERS = {PLACEHOLDER_KEY, "top-secret", "secret", "changeme", "change-me", "dev"}
SECRET_KEY_BYTES = 32
ENGINES = {"sqlite": "sqlite", "mysql": "mysql", "mongodb": "mongodb", "mongodb+srv": "mongodb"}

# Tests say what they need themselves: a developer's .env must not change what they prove.
if os.environ.get("FLASK_CONFIG") != "testing":
    load_dotenv(BASE_DIRECTORY / ".env", override=False)


class ConfigError(ValueError):
    """A setting that Retort cannot work with; its text has one line per variable."""


_problems: list[str] = []


def _text(name: str, default: str) -> str:
    # An empty value in .env means "not set", as it does for most tools that read such files.
    return os.environ.get(name) or default


def _number(name: str, default: float, minimum: float) -> float:
    value = _text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if minimum <= number < float("inf"):
        return number
    _problems.append(f"{name} is {value!r}: it must be a number of at least {minimum:g}.")
    return default


def _whole_number(name: str, default: int, minimum: int) -> int:
    value = _text(name, str(default))
    if value.isascii() and value.isdigit() and int(value) >= minimum:
        return int(value)
    _problems.append(f"{name} is {value!r}: it must be a whole number of at least {minimum}.")
    return default


def _boolean(name: str, *, default: bool) -> bool:
    value = _text(name, str(default)).lower()
    if value in {"true", "1", "yes", "on"}:
        return True
    if value not in {"false", "0", "no", "off"}:
        _problems.append(f"{name} is {value!r}: it must be true or false.")
        return default
    return False


def _choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = _text(name, default)
    if value in choices:
        return value
    _problems.append(f"{name} is {value!r}: it must be one of {', '.join(choices)}.")
    return default


def _database_url(name: str, default: str) -> str:
    url = _text(name, default)
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in ENGINES:
        # The URL itself may hold a password, so only its scheme is shown.
        shown = f"the unknown scheme {scheme!r}" if scheme else "no scheme"
        choices = ", ".join(f"{choice}://" for choice in ENGINES)
        _problems.append(f"{name} has {shown}: it must start with one of {choices}.")
        return default
    if scheme == "sqlite":
        return _beside_this_file(url)
    return url


def _beside_this_file(url: str) -> str:
    """Make a relative SQLite path mean the same file from every working directory."""
    path = url.removeprefix("sqlite:///")
    if path in {":memory:", url}:
        return url
    return f"sqlite:///{(BASE_DIRECTORY / path).as_posix()}"


class Config:
    """What every configuration shares: each upper-case name is the variable of that name."""

    APP_NAME = APP_NAME
    ENVIRONMENT = "development"
    DEBUG = False
    TESTING = False

    SECRET_KEY = _text("SECRET_KEY", PLACEHOLDER_KEY)
    DATABASE_URL = _database_url("DATABASE_URL", "sqlite:///instance/retort.db")
    LOG_DATABASE_URL = _database_url("LOG_DATABASE_URL", DATABASE_URL)
    API_LOGGING = _boolean("API_LOGGING", default=False)
    MAX_CONTENT_LENGTH = _whole_number("MAX_CONTENT_LENGTH", 1_048_576, minimum=1)
    TRUST_PROXY = _boolean("TRUST_PROXY", default=False)
    SLOW_API_TIME = _number("SLOW_API_TIME", 0.5, minimum=0)
    TIMER_OUTPUT = _choice("TIMER_OUTPUT", "none", ("response", "log", "none"))
    LOG_LEVEL = _choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
    LOG_FORMAT = _choice("LOG_FORMAT", "text", ("text", "json"))

    SECRETS: ClassVar[tuple[str, ...]] = ("SECRET_KEY",)
    URLS: ClassVar[tuple[str, ...]] = ("DATABASE_URL", "LOG_DATABASE_URL")

    @classmethod
    def engine(cls) -> str:
        """The engine that DATABASE_URL chooses: sqlite, mysql or mongodb."""
        return ENGINES[cls.DATABASE_URL.partition("://")[0]]

    @classmethod
    def problems(cls) -> list[str]:
        """A line for each variable that cannot be used as it is set; empty when all is well."""
        return list(dict.fromkeys(_problems))

    @classmethod
    def problems_in_production(cls) -> list[str]:
        """A line for each setting that production would refuse."""
        key = cls.SECRET_KEY
        if not os.environ.get("SECRET_KEY"):
            fault = "is missing"
        elif key.lower() in KNOWN_PLACEHOLDERS:
            fault = "is a known placeholder"
        elif len(key.encode()) < SECRET_KEY_BYTES:
            fault = f"is shorter than {SECRET_KEY_BYTES} bytes"
        else:
            return Config.problems()
        make_one = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        return [*Config.problems(), f"SECRET_KEY {fault}: production wants one made by {make_one}"]

    @classmethod
    def validate(cls) -> None:
        """Return if this configuration can be used; else raise ConfigError with its problems."""
        if problems := cls.problems():
            raise ConfigError("\n".join(problems))

    @classmethod
    def effective(cls) -> dict[str, str]:
        """Every setting as it is in force, for people to read: secrets and passwords are masked."""
        names = sorted(
            name for name in dir(cls) if name.isupper() and name not in {"SECRETS", "URLS"}
        )
        return {name: cls._shown(name) for name in names}

    @classmethod
    def _shown(cls, name: str) -> str:
        value = str(getattr(cls, name))
        if name in cls.SECRETS:
            return "********"
        return re.sub(r"(://[^:/@]*:).*@", r"\1********@", value) if name in cls.URLS else value


class DevelopmentConfig(Config):
    """What a developer's own machine uses: everything has a default."""

    TEMPLATES_AUTO_RELOAD = True


class ProductionConfig(Config):
    """What serves other people: no default stands in for a secret, and logs are for machines."""

    ENVIRONMENT = "production"
    LOG_FORMAT = _choice("LOG_FORMAT", "json", ("text", "json"))

    @classmethod
    def problems(cls) -> list[str]:
        """A line for each variable that production refuses."""
        return cls.problems_in_production()


class TestConfig(Config):
    """What tests use: fixed, so that no environment changes what they prove."""

    __test__ = False  # pytest takes a class named Test... for a test otherwise

    ENVIRONMENT = "testing"
    TESTING = True
    SECRET_KEY = "a-key-that-only-the-tests-use-and-know"
    DATABASE_URL = "sqlite:///:memory:"
    LOG_DATABASE_URL = DATABASE_URL
    API_LOGGING = False
    MAX_CONTENT_LENGTH = 1_048_576
    TRUST_PROXY = False
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
