"""How gunicorn logs: its own lines look as the application's do. It reads this file by itself."""

from config import config as settings  # gunicorn takes "config" for a setting of its own
from controller.frame import log

logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": log.Formatter, "style": settings.LOG_FORMAT}},
    "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["error"], "propagate": False}},
    # The application, which each worker loads, says for itself where its lines go.
    "root": {"handlers": []},
}
