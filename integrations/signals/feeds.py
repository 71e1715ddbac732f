"""RSS and Atom feeds: news about companies, each entry read as one telling where its headline tells an event."""

from __future__ import annotations

import html
import io
import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sales.signals import Kind, Telling, Unread, kind_in_words

MOST_ENTRIES = 1_000
_TAG = re.compile(r"<[^>]{0,2000}>")
_TYPES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_LONGEST = 4_000


def read_feed(
    body: bytes,
    source: str,
    now: datetime,
    *,
    kind: Kind | None = None,
    company: str | None = None,
    domain: str | None = None,
) -> Iterator[Telling | Unread]:
    """Yield the entries of a feed, newest as the feed orders them.

    `company` and `domain` say whom the whole feed is about; without them an entry's headline has to name a company of ours. `kind` is
    what every entry is; without it the headline has to tell. A feed with a document type, which may declare entities, is refused.
    """
    import feedparser

    if _TYPES.search(body[:20_000]):
        yield Unread("feed", "The feed declares a document type; such feeds are not read.")
        return
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=True, resolve_relative_uris=False)
    if not parsed.entries and not parsed.get("version"):
        yield Unread("feed", "This is neither RSS nor Atom.")
        return
    for place, entry in enumerate(parsed.entries[:MOST_ENTRIES], 1):
        yield _entry(entry, place, source, now, kind, company, domain)


def _entry(
    entry: Any, place: int, source: str, now: datetime, kind: Kind | None, company: str | None, domain: str | None
) -> Telling | Unread:
    title, link = plain(entry.get("title")), str(entry.get("link") or "").strip()
    text = plain(entry.get("summary")) or next((plain(part.get("value")) for part in entry.get("content", [])), None)
    identity = str(entry.get("id") or link or title or "").strip()
    if not title or not identity:
        return Unread(identity[:200] or f"entry {place}", "It has no headline.")
    told = kind or kind_in_words(title)
    if told is None:
        return Unread(identity[:200], "Its headline tells no event that we know.")
    stamp = entry.get("published_parsed") or entry.get("updated_parsed")
    if stamp is None:
        return Unread(identity[:200], "It has no date.")
    try:
        at = min(datetime.fromtimestamp(timegm(stamp), UTC), now)
    except (ValueError, OverflowError, OSError):
        return Unread(identity[:200], "Its date can't be read.")
    return Telling(
        source=source,
        external_id=identity,
        kind=told,
        occurred_at=at,
        company=company,
        domain=domain,
        title=title,
        text=text,
        url=link if link.startswith(("http://", "https://")) else None,
        mentions=None if company or domain else title,
    )


def plain(markup: object) -> str | None:
    """Return the words of HTML, in one line, or None for none."""
    if not isinstance(markup, str):
        return None
    text = html.unescape(_TAG.sub(" ", markup))
    return " ".join(_TAG.sub(" ", text).split())[:_LONGEST] or None
