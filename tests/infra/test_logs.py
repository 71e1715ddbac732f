"""Logs say where something failed, never in whose words."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from infra.errors import Fatal
from infra.logs import configure_logs, logger
from infra.settings import Settings

_LOG = logger("test")


@pytest.fixture
def written(settings: Settings) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    before, unasked = (root.handlers[:], root.level), structlog.get_config()
    configure_logs(settings.model_copy(update={"log_json": True}), stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.configure(**unasked)


def _lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_exceptions_message_is_not_logged(written: io.StringIO) -> None:
    try:
        try:
            raise ValueError("Renata said: our budget is 40k")
        except ValueError as cause:
            raise Fatal("The file can't be read.", "Save it again.") from cause
    except Fatal as error:
        _LOG.error("failed", exc_info=error)
    (line,) = _lines(written)
    assert "Renata" not in written.getvalue()
    assert line["error"] == "Fatal < ValueError"
    assert line["sentence"] == "The file can't be read."
    assert "test_logs.py" in line["where"]


def test_a_librarys_exception_is_logged_without_its_message_too(written: io.StringIO) -> None:
    try:
        raise RuntimeError("token=abc")
    except RuntimeError:
        logging.getLogger("some.library").exception("it broke")
    (line,) = _lines(written)
    assert line["event"] == "it broke"
    assert line["error"] == "RuntimeError"
    assert "abc" not in written.getvalue()


def test_every_line_carries_what_was_bound_to_the_request(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abcd1234"):
        _LOG.info("seen")
    (line,) = _lines(written)
    assert line["request_id"] == "abcd1234"
    assert line["level"] == "info"


def test_what_libraries_say_in_passing_is_left_out(written: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://api.example/?q=secret")
    logging.getLogger("uvicorn.access").info('"GET /search?q=secret"')
    assert written.getvalue() == ""


def test_a_command_keeps_stdout_for_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    unasked = structlog.get_config()
    structlog.reset_defaults()
    try:
        told = logger("command")
        told.info("calls read", calls=3)
        try:
            raise ValueError("Renata said: our budget is 40k")
        except ValueError as error:
            told.error("call not read", exc_info=error)
    finally:
        structlog.configure(**unasked)
    out, err = capsys.readouterr()
    assert out == ""
    assert "call not read" in err
    assert "error=ValueError" in err
    assert not re.search("Renata|calls read", err)
