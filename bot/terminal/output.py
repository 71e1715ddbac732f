"""What every command prints alike: JSON alone on stdout, people's words, and errors as fixed sentences on stderr."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from infra.errors import DealwrightError, Denied, Retriable, new_reference, trouble

EXIT_FAILED = 1
EXIT_REFUSED = 2
EXIT_LATER = 3
EXIT_INTERRUPTED = 130


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode() + "\n")


def exit_status(error: DealwrightError) -> int:
    """Return the exit status that tells what kind of failure it was."""
    if isinstance(error, Retriable) or error.status in (409, 429, 503):
        return EXIT_LATER
    if isinstance(error, Denied) or error.status in (401, 403):
        return EXIT_REFUSED
    return EXIT_FAILED


def tell_error(error: DealwrightError, *, as_json: bool = False) -> int:
    """Tell a person (and with `as_json` a program) of a failure; return the exit status."""
    told = trouble(error, getattr(error, "reference", "") or new_reference())
    if as_json:
        kind = "refused" if exit_status(error) == EXIT_REFUSED else "error"
        print_json(
            {
                "kind": kind,
                "error": {"sentence": told.sentence, "next_step": told.next_step, "reference": told.reference},
            }
        )
    sys.stderr.write(told.text() + "\n")
    return exit_status(error)


def tell_failure(error: Exception) -> int:
    """Tell a person of a failure that we did not foresee, and the log where it came from; return the exit status."""
    from infra.logs import describe_error

    reference = new_reference()
    sys.stderr.write(trouble(error, reference).text() + "\n")
    described = describe_error(error)
    sys.stderr.write(f"({reference}: {described['error']} at {described['where']})\n")
    return EXIT_FAILED


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Give a function that shows one line of progress on stderr, replacing the last one; it shows nothing where stderr is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _line: None
        return
    width = 0

    def say(line: str) -> None:
        nonlocal width
        sys.stderr.write("\r" + line[:100].ljust(width))
        sys.stderr.flush()
        width = len(line[:100])

    try:
        yield say
    finally:
        if width:
            sys.stderr.write("\r" + " " * width + "\r")
            sys.stderr.flush()
