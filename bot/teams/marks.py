"""The mark of a post in its card: by it the post is found again after a kill, and known when one of its buttons is pressed.

Nothing of it is seen: it is the id of an element, and stands in what the buttons carry. Ids: https://adaptivecards.io/explorer.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bot.teams.elements import Element, container, size

CARRIED = "k"
"""The name of the mark in what a button carries."""

MOST_BYTES = 19_500
"""A card of more is refused, by the smallest of the limits that Teams' pages name (40 KB in UTF-16)."""


def mark_of(key: str) -> str:
    """Return the mark of the post with this key, the same for good."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]


def marked(card: dict[str, Any], mark: str) -> dict[str, Any]:
    """Return the card with its mark; the buttons carry it where there is room for that."""
    body = list(card["body"])
    at = next((number for number, one in enumerate(body) if "id" not in one), None)
    if at is None:
        body = [container(body, id=_id(mark))]
    else:
        body[at] = {**body[at], "id": _id(mark)}
    plain = {**card, "body": body}
    carrying: dict[str, Any] = _carrying(plain, mark)
    return carrying if size(carrying) <= MOST_BYTES else plain


def bears(card: Any, mark: str) -> bool:
    """Return whether a card, an object or its JSON, has this mark."""
    text = card if isinstance(card, str) else json.dumps(card)
    return _id(mark) in text


def _id(mark: str) -> str:
    return f"dw-post-{mark}"


def _carrying(node: Any, mark: str) -> Any:
    if isinstance(node, list):
        return [_carrying(one, mark) for one in node]
    if not isinstance(node, dict):
        return node
    made: Element = {key: value if key == "data" else _carrying(value, mark) for key, value in node.items()}
    data = made.get("data")
    if made.get("type") in ("Action.Execute", "Action.Submit") and isinstance(data, dict) and "dw" in data:
        made["data"] = {**data, CARRIED: mark}
    return made
