"""Settings of gunicorn, which reads this file by itself: its log lines are written as the app's."""

from typing import Any


def on_starting(server: Any) -> None:
    """Write gunicorn's own lines where and how the app writes its lines."""
    # Imported here, for gunicorn takes every name of this file for a setting of its own.
    from config import config
    from controller import log

    log.configure(config.LOG_FORMAT, config.LOG_LEVEL)
    server.log.error_log.handlers.clear()
    server.log.error_log.propagate = True
