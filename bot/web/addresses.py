"""Addresses inside the console, beside those of `bot.addresses` that answers carry."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

SOURCE_FOLDERS = ("activities", "calls", "meetings", "mails", "notes", "tasks")
"""Every folder under which the page of one source is found."""


def cited(url: str, answer: str, number: int) -> str:
    """Return the address of a source so that it opens with the quote of an answer's evidence marked in it."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode({"answer": answer, "evidence": number}))))
    return urlunsplit(parts._replace(query=query))


def with_query(path: str, **values: str | int | None) -> str:
    """Return a path with those values that say something."""
    told = {key: value for key, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(told)}" if told else path


def is_inside(path: str) -> bool:
    """Return whether a path leads to a page of this console and nowhere else: what may be redirected to."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
