"""Log lines without Flask."""

import io
import json
import logging
import os
import threading
from datetime import datetime, timedelta

import pytest

from controller.frame import log


@pytest.fixture(autouse=True)
def _as_in_production():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # pytest listens too
    yield
    root.handlers[:], root.level = handlers, level
    log.request_id.set("")


def test_a_line_for_people(capsys):
    log.configure("text", "INFO")
    log.info("moved", 3, "rows", table="users")
    assert capsys.readouterr().err.rstrip().endswith(" INFO moved 3 rows")


def test_a_line_for_machines(capsys):
    log.configure("json", "INFO")
    log.request_id.set("one")
    log.warning("moved", 3, "rows", table="users")
    line = json.loads(capsys.readouterr().err)
    time = datetime.fromisoformat(line.pop("time"))
    assert time.utcoffset() == timedelta(0)
    assert line == {
        "level": "WARNING",
        "logger": "retort",
        "message": "moved 3 rows",
        "request_id": "one",
        "table": "users",
    }


@pytest.mark.parametrize("style", ["text", "json"])
def test_an_exception_has_its_traceback(capsys, style):
    log.configure(style, "INFO")
    try:
        raise KeyError("lost")
    except KeyError:
        log.exception("it failed")
    written = capsys.readouterr().err
    assert "it failed" in written
    assert "Traceback" in written
    assert "KeyError" in written
    assert len(written.splitlines()) == 1 or style == "text"


def test_a_traceback_cannot_pass_for_lines_of_the_log(capsys):
    log.configure("text", "INFO")
    try:
        raise ValueError("x\n12:00:00 INFO forged\x1b[31m")
    except ValueError:
        log.exception("it failed")
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.endswith("it failed")
    assert all(line.startswith("    ") and "\x1b" not in line for line in rest)


def test_fields_cannot_replace_what_a_line_says_itself(capsys):
    log.configure("json", "INFO")
    log.info("true", message="forged", level=1, time=2, request_id="forged", kept=3)
    line = json.loads(capsys.readouterr().err)
    assert [line["message"], line["level"], line["request_id"], line["kept"]] == [
        "true",
        "INFO",
        None,
        3,
    ]


@pytest.mark.parametrize("value", [2**80, {("a",): 1}, {1, 2}, "\ud800"])
def test_no_value_breaks_a_line(capsys, value):
    log.configure("json", "INFO")
    log.info("counted", count=value)
    line = json.loads(capsys.readouterr().err)
    assert [line["message"], line["request_id"], line["count"]] == ["counted", None, str(value)]
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)


def test_a_number_that_is_none_is_null(capsys):
    log.configure("json", "INFO")
    log.info("counted", count=float("nan"))
    assert json.loads(capsys.readouterr().err)["count"] is None


def test_a_line_for_machines_is_ascii(capsys):
    log.configure("json", "INFO")
    log.info("레토르트 🧪")
    written = capsys.readouterr().err
    assert written.isascii()
    assert json.loads(written)["message"] == "레토르트 🧪"


def test_whoever_else_listens_gets_a_whole_record(capsys):
    log.configure("text", "INFO")
    other = logging.StreamHandler(io.StringIO())
    other.setFormatter(logging.Formatter("%(process)d %(threadName)s %(message)s"))
    logging.getLogger().addHandler(other)
    log.info("heard")
    assert other.stream.getvalue() == f"{os.getpid()} {threading.current_thread().name} heard\n"
    assert capsys.readouterr().err.endswith(" INFO heard\n")


def test_a_filter_of_the_logger_is_obeyed(capsys):
    log.configure("text", "INFO")
    logger = logging.getLogger("retort")
    silence = lambda record: False  # noqa: E731
    logger.addFilter(silence)
    log.info("hidden")
    logger.removeFilter(silence)
    assert capsys.readouterr().err == ""


def test_a_line_that_cannot_be_written_is_nobodys_error(monkeypatch):
    class Broken(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    log.configure("text", "INFO")
    monkeypatch.setattr("sys.stderr", Broken())
    log.info("lost")


def test_lines_below_the_level_are_not_written(capsys):
    log.configure("text", "WARNING")
    log.debug("hidden")
    log.info("hidden")
    assert capsys.readouterr().err == ""


def test_configured_twice_it_writes_once(capsys):
    log.configure("text", "INFO")
    log.configure("text", "INFO")
    log.info("once")
    assert capsys.readouterr().err.count("once") == 1


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize(
    "forged", ["a\nb", "a\rb", "a\x1b[31mb", "a\u2028b", "a\x85b", "a\u202eb", "a\u2066b"]
)
def test_a_message_stays_one_plain_line(capsys, style, forged):
    log.configure(style, "INFO")
    log.info(forged)
    written = capsys.readouterr().err
    assert len(written.rstrip("\n").splitlines()) == 1
    assert not {"\x1b", "\u202e", "\u2066"} & set(written)
    assert "\u202e" not in written
    assert "\u2066" not in written


def test_lines_of_other_libraries_look_the_same(capsys):
    log.configure("json", "INFO")
    logging.getLogger("somebody.else").warning("from %s", "afar")
    line = json.loads(capsys.readouterr().err)
    assert [line["logger"], line["message"]] == ["somebody.else", "from afar"]
