"""Structured logs: one event a line with the request's id; ids and counts only, never people's words or secrets.

An exception is logged as its type and the places it came through. Its message is left out, as it may hold customers' words (a
database error carries the row) or a secret (an HTTP error carries the URL).
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog

from infra.errors import DealwrightError
from infra.settings import Settings

_NOISY = (
    "httpx",
    "httpx2",
    "httpcore",
    "chromadb",
    "alembic",
    "slack_bolt",
    "slack_sdk",
    "botbuilder",
    "uvicorn.error",
    "dbos",
    "sqlalchemy",
)
_FRAMES = 12


def _configure_until_asked() -> None:
    """Let a process that nobody told where to log, such as a command, write its warnings to stderr: what stands on stdout is what was asked for."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words,
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        # Asked at each line: who runs a command may have put another stream in its place.
        logger_factory=lambda *_name: structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Send the logs of ours and of the libraries to `stream` (stderr by default), as text or as JSON lines."""
    out = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: Any = (
        structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # What libraries say at INFO holds URLs and texts; only their warnings are ours to show.
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("uvicorn.error").addFilter(_not_told_twice)
    # Requests are logged by our own middleware, with their id and without their query.
    logging.getLogger("uvicorn.access").disabled = True


def _not_told_twice(record: logging.LogRecord) -> bool:
    # The handler of errors has logged it already, with its reference.
    return not str(record.msg).startswith("Exception in ASGI application")


def _without_words(_logger: Any, _name: str, event: Any) -> Any:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event.update(describe_error(error))
    return event


def describe_error(error: BaseException) -> dict[str, str]:
    """Return what may be logged of an error: its type with its causes, the fixed sentence of one of ours, and where it came from."""
    types: list[str] = []
    cause = error
    while len(types) < 5:
        types.append(type(cause).__qualname__)
        following = cause.__cause__ or cause.__context__
        if following is None:
            break
        cause = following
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told = {
        "error": " < ".join(types),
        "where": " > ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames),
    }
    if isinstance(error, DealwrightError):
        told["sentence"] = error.sentence
    return told


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one part, named after what it does. Until `configure_logs`, it writes warnings to stderr."""
    if not structlog.is_configured():
        _configure_until_asked()
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
