"""Log lines, for people or for machines, with and without Flask.

Every line carries the id of the request that it belongs to, wherever it was written.
"""

import json
import logging
import sys
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

# Set around each request by app/http; empty outside of one.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_logger = logging.getLogger("retort")

# A path or a header may hold line breaks and terminal codes; a line stays one plain line.
_UNPRINTABLE = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
# Line ends of Unicode, and controls that turn the direction of what follows on a terminal.
_UNPRINTABLE |= {
    code: f"\\u{code:04x}"
    for code in (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}


def debug(*words: object, **fields: object) -> None:
    """Write one line for those who look for a fault; fields are shown apart in JSON."""
    _write(logging.DEBUG, words, fields)


def info(*words: object, **fields: object) -> None:
    """Write one line about what happened; fields are shown apart in JSON."""
    _write(logging.INFO, words, fields)


def warning(*words: object, **fields: object) -> None:
    """Write one line about what someone should look at; fields are shown apart in JSON."""
    _write(logging.WARNING, words, fields)


def exception(*words: object, **fields: object) -> None:
    """Write one line about the exception that is being handled, followed by its traceback."""
    _write(logging.ERROR, words, fields, traceback=True)


def _write(
    level: int, words: tuple[object, ...], fields: dict[str, object], *, traceback: bool = False
) -> None:
    if _logger.isEnabledFor(level):
        message = " ".join(map(str, words))
        exception = sys.exc_info() if traceback else None
        # Made here, because logging would look for its caller, which is always this line.
        record = logging.LogRecord(_logger.name, level, "", 0, message, None, exception)
        record.fields = fields
        _logger.handle(record)


def configure(style: str, level: str) -> None:
    """Write every log line of this process to standard error, as `text` or as `json`."""
    handler = _StandardErrorHandler()
    handler.setFormatter(formatter(style))
    root = logging.getLogger()
    for earlier in root.handlers[:]:
        if isinstance(earlier, _StandardErrorHandler):
            root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)


def formatter(style: str) -> logging.Formatter:
    """Return what makes a line of a record, as `text` or as `json`; for a server's own logs too."""
    return _JsonFormatter() if style == "json" else _TextFormatter()


class _StandardErrorHandler(logging.StreamHandler[TextIO]):
    """Looks standard error up for each line, so that a test or a supervisor may replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _TextFormatter(logging.Formatter):
    """Lines such as `12:30:59 INFO GET /sample/add 200 1.4 ms [3f2a...]`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one readable line, with the traceback below if it has one."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        message = record.getMessage()
        if not message.isprintable():
            message = message.translate(_UNPRINTABLE)
        mark = f" [{request_id.get()}]" if request_id.get() else ""
        return f"{clock} {record.levelname} {message}{mark}{self._traceback(record)}"

    def _traceback(self, record: logging.LogRecord) -> str:
        """The traceback, indented so that no line can be mistaken for a log line."""
        if not record.exc_info:
            return ""
        lines = self.formatException(record.exc_info).split("\n")
        return "".join(f"\n    {line.translate(_UNPRINTABLE)}" for line in lines)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one JSON object on one line."""
        own: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get() or None,
        }
        if record.exc_info:
            own["traceback"] = self.formatException(record.exc_info)
        fields: dict[str, Any] = getattr(record, "fields", {})
        try:
            # What a line says itself comes first, and no field replaces it.
            return json.dumps({**own, **fields, **own}, default=str, allow_nan=False)
        except (TypeError, ValueError):
            # A value that JSON cannot hold, such as NaN or a key that is no text, costs no line.
            in_words = {name: str(value) for name, value in fields.items()}
            return json.dumps({**own, **in_words, **own})


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
