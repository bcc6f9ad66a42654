"""Log lines, for people or for machines, with and without Flask.

Every line carries the id of the request that it belongs to, wherever it was written.
"""

import json
import logging
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

# Set around each request by app/http; empty outside of one.
request_id: ContextVar[str] = ContextVar("request_id", default="")

LOGGER = "retort"
_logger = logging.getLogger(LOGGER)

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
    if not _logger.isEnabledFor(level):
        return
    message = " ".join(map(str, words))
    exception = sys.exc_info() if traceback else None
    if _nobody_else_listens():
        # Without logging's own records, which take as long as the rest of an access line.
        line = Line(time.time(), logging.getLevelName(level), LOGGER, message, exception, fields)
        _handler.write(line)
        return
    # Made here, because logging would look for its caller, which is always this line.
    record = logging.LogRecord(LOGGER, level, "", 0, message, None, exception)
    record.fields = fields
    _logger.handle(record)


def _nobody_else_listens() -> bool:
    return logging.root.handlers == [_handler] and not (
        _handler.level or _handler.filters or _logger.handlers or _logger.filters
    )


def configure(style: str, level: str) -> None:
    """Write every log line of this process to standard error, as `text` or as `json`."""
    _handler.setFormatter(Formatter(style))
    root = logging.getLogger()
    root.addHandler(_handler)
    root.setLevel(level)


class Line(NamedTuple):
    """What a log line says."""

    created: float
    level: str
    logger: str
    message: str
    exception: Any
    fields: dict[str, Any]


class Formatter(logging.Formatter):
    """Makes lines, as `text` or as `json`; also of what a server logs itself."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self.written = self._as_json if style == "json" else self._as_text

    def format(self, record: logging.LogRecord) -> str:
        """Return a record of logging's as a line."""
        message, fields = record.getMessage(), getattr(record, "fields", {})
        name, exception = record.levelname, record.exc_info
        return self.written(Line(record.created, name, record.name, message, exception, fields))

    def _as_text(self, line: Line) -> str:
        """Return a line such as `12:30:59 INFO GET /api/v1/user 200 1.4 ms [3f2a...]`."""
        clock = time.strftime("%H:%M:%S", time.localtime(line.created))
        message = line.message
        if not message.isprintable():
            message = message.translate(_UNPRINTABLE)
        mark = f" [{request_id.get()}]" if request_id.get() else ""
        return f"{clock} {line.level} {message}{mark}{self._traceback(line)}"

    def _traceback(self, line: Line) -> str:
        """The traceback, indented so that no line can be mistaken for a log line."""
        if not line.exception:
            return ""
        lines = self.formatException(line.exception).split("\n")
        return "".join(f"\n    {each.translate(_UNPRINTABLE)}" for each in lines)

    def _as_json(self, line: Line) -> str:
        """Return one JSON object on one line, in ASCII for every terminal."""
        own: dict[str, Any] = {
            "time": datetime.fromtimestamp(line.created, UTC),
            "level": line.level,
            "logger": line.logger,
            "message": line.message,
            "request_id": request_id.get() or None,
        }
        if line.exception:
            own["traceback"] = self.formatException(line.exception)
        try:
            # What a line says itself comes first, and no field replaces it.
            text = orjson.dumps({**own, **line.fields, **own}, default=str).decode()
        except TypeError:
            # A value that JSON cannot hold, such as a key that is no text, costs no line.
            in_words = {name: str(value) for name, value in line.fields.items()}
            return json.dumps({**own, **in_words, **own}, default=datetime.isoformat)
        return text if text.isascii() else json.dumps(orjson.loads(text))


class _StandardErrorHandler(logging.Handler):
    formatter: Formatter

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line to what standard error is now: a test or a supervisor may replace it."""
        try:
            self._print(self.format(record))
        except Exception:
            self.handleError(record)

    def write(self, line: Line) -> None:
        """Write a line of our own; one that cannot be written costs no request."""
        with suppress(Exception):
            self._print(self.formatter.written(line))

    def _print(self, text: str) -> None:
        # In one piece, so that lines of two threads do not mix.
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


_handler = _StandardErrorHandler()


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
