"""The addresses of the console's pages: the one place that spells them."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit, urlunsplit

_PAGES = {
    "call": "calls",
    "mail": "mails",
    "meeting": "meetings",
    "note": "notes",
    "task": "tasks",
    "deal": "deals",
    "account": "accounts",
    "contact": "contacts",
    "change": "changes",
}
SOURCES = ("calls", "mails", "meetings", "notes", "tasks")
"""The folders whose pages show one source's words."""


def page_of(kind: str, id: str) -> str | None:
    """Return the address of a record's page, or None for a kind that has none."""
    folder = _PAGES.get(kind)
    # A Message-ID holds `<`, `@` and at times `/`; dots alone would be read as folders by browsers.
    return f"/{folder}/{quote(id, safe='-_.~@') if id.strip('.') else quote(id).replace('.', '%2E')}" if folder else None


def turn_anchor(turn_id: str) -> str:
    """Return the name under which a turn's place in its page is found."""
    return f"turn-{turn_id}"


def cited(url: str, answer: str, number: int) -> str:
    """Return the address of a source so that it opens with the quote of an answer's evidence marked in it."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode({"answer": answer, "evidence": number}))))
    return urlunsplit(parts._replace(query=query))


class ConsoleLinks:
    """The console's addresses as `agents.links.Links` wants them. Relative; a surface elsewhere puts the public address in front."""

    def evidence(self, source: str, id: str, turns: tuple[str, ...] = ()) -> str | None:
        """Return the address of a source at its first cited turn, or None where there is no page."""
        page = page_of(source, id)
        if page is None or not turns:
            return page
        return f"{page}#{quote(turn_anchor(turns[0]), safe='-_.~')}"
