"""Marking a quote in the text that it was taken from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from markupsafe import Markup, escape

_SPACE = re.compile(r"\s+")


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Return where `quote` stands in `text`: as it is, else with other white space between the same words."""
    wanted = quote.strip()
    if not wanted:
        return None
    at = text.find(wanted)
    if at >= 0:
        return at, at + len(wanted)
    found = re.search(r"\s+".join(re.escape(word) for word in _SPACE.split(wanted)), text)
    return found.span() if found else None


def marked(text: str, quote: str | None) -> Markup:
    """Return `text` as HTML with the quote marked, whatever else is in it escaped."""
    place = find_quote(text, quote) if quote else None
    if place is None:
        return escape(text)
    start, end = place
    return Markup("{}<mark>{}</mark>{}").format(text[:start], text[start:end], text[end:])


def fact(shown: str, quote: str | None, stored: object = None) -> Markup:
    """Return a record's value as HTML, marked where the quote is in what is shown, or is the value as it is stored: an ISO date, a plain number."""
    if quote and quote.strip() in _spellings(stored):
        return Markup("<mark>{}</mark>").format(shown)
    return marked(shown, quote)


def _spellings(stored: object) -> set[str]:
    if isinstance(stored, Decimal):
        return {str(stored), f"{stored:f}", f"{stored:.2f}", f"{stored.normalize():f}"}
    if isinstance(stored, date):
        return {stored.isoformat()}
    return set()


def spread(quote: str, turns: Sequence[tuple[str, str | None, str]], cited: tuple[str, ...]) -> dict[str, str]:
    """Return which words to mark in which turn, by turn id.

    `turns` are id, speaker and text in order; `cited` are the ids that the evidence names, looked at first. A quote that runs over several
    turns comes as lines, each beginning with its speaker's name where the speaker changes.
    """
    first = [turn for turn in turns if turn[0] in cited]
    for where in (first, turns):
        for turn_id, _, text in where:
            if find_quote(text, quote):
                return {turn_id: quote}
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in quote.splitlines())):
        for turn_id, speaker, text in first or turns:
            said = line.removeprefix(f"{speaker}:").strip() if speaker else line
            if turn_id not in found and said and find_quote(text, said):
                found[turn_id] = said
                break
    return found
