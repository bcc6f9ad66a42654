"""The databases of an app: the one of its data, and the one of its API log, often the same."""

from typing import TYPE_CHECKING

from flask import Flask

from model import Database, connect, count_on_redis
from model.frame.error import ConfigurationError

if TYPE_CHECKING:
    from config import Config


def init_app(app: Flask, config: "type[Config]", database: Database | None) -> None:
    """Give the app its databases; ConfigurationError names the variable whose URL cannot work."""
    database = database or _connect(config, "DATABASE_URL")
    has_one = config.LOG_DATABASE_URL == config.DATABASE_URL
    app.extensions["database"] = database
    app.extensions["log_database"] = database if has_one else _connect(config, "LOG_DATABASE_URL")
    app.config["ENGINE"] = database.engine
    if config.RATE_LIMIT and config.LIMIT_URL:
        _count_on_redis(database, config.LIMIT_URL)


def _connect(config: "type[Config]", variable: str) -> Database:
    try:
        return connect(getattr(config, variable))
    except ConfigurationError as error:
        raise ConfigurationError(f"{variable}: {error}") from None


def _count_on_redis(database: Database, url: str) -> None:
    try:
        count_on_redis(database, url)
    except ConfigurationError as error:
        raise ConfigurationError(f"LIMIT_URL: {error}") from None
