"""The addresses of the console's pages: one place, for links in answers and for the routes that serve them."""

from __future__ import annotations

import re
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+").fullmatch
_ACTIVITIES = frozenset({"call", "meeting", "mail", "note", "task", "activity"})


class ConsoleLinks:
    """Implements `agents.links.Links`. Addresses begin with "/"; each surface puts its own base before them."""

    def evidence(self, source: str, id: str, turns: tuple[str, ...] = ()) -> str | None:
        """Return where a source opens, at its first cited turn; None for what has no page of its own."""
        if source in _ACTIVITIES:
            return activity_address(id, turns[0] if turns else None)
        return brief_address(id) if source == "brief" else record_address(source, id)


def brief_address(account_id: str) -> str:
    """Return the page of the brief on an account: `/briefs/acc-acme`."""
    return f"/briefs/{quote(account_id, safe='')}"


def activity_address(activity_id: str, turn: str | None = None) -> str:
    """Return the page of a call, mail, note, meeting or task, at a turn: `/activities/call-acme-2#turn-14`."""
    place = "" if turn is None else f"#turn-{quote(turn, safe='')}"
    return f"/activities/{quote(activity_id, safe='')}{place}"


def record_address(kind: str, record_id: str) -> str | None:
    """Return the page of an account, a deal or a lead, or None."""
    if kind not in ("account", "deal", "lead"):
        return None
    # Most ids need no quoting, and a list has thousands of them.
    return f"/{kind}s/{record_id if _PLAIN(record_id) else quote(record_id, safe='')}"
