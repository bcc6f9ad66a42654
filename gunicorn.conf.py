"""How gunicorn runs: its threads, its log, and that no header moves the app. It reads this file."""

from config import config as settings  # gunicorn takes "config" for a setting of its own
from controller.frame import log

# A header that is called SCRIPT_NAME would move the app to another address. What a proxy says of
# the client is for TRUST_PROXY alone to believe.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}

threads = settings.WEB_THREADS

logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": log.Formatter, "style": settings.LOG_FORMAT}},
    "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["error"], "propagate": False}},
    # The application, which each worker loads, says for itself where its lines go.
    "root": {"handlers": []},
}


def post_fork(_server, worker):
    """Tell the application how many threads it has, also where the command line says it."""
    settings.WEB_THREADS = worker.cfg.threads
