"""What Teams refuses in an Adaptive Card: the published schema, and what stands only in its pages.

Pages: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference,
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

LARGEST = 28_000
"""The smallest of the limits that Teams' pages name for a message, in bytes; in UTF-16 it must stay under the 40 KB of another one."""

_CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts"


@lru_cache(maxsize=1)
def _schema() -> Draft7Validator | None:
    path = _CONTRACTS / "adaptive-card-1.5.0.json"
    return Draft7Validator(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def faults(card: Any) -> list[str]:
    """Return what is wrong with a card; empty where Teams would show all of it."""
    if not isinstance(card, dict):
        return ["a card is an object"]
    found = []
    if card.get("type") != "AdaptiveCard":
        found.append("no type AdaptiveCard")
    if card.get("version") not in ("1.2", "1.3", "1.4", "1.5"):
        found.append("no version that Teams knows")
    text = json.dumps(card)
    if len(text) > LARGEST or len(text.encode("utf-16-le")) > 40_000:
        found.append(f"too large: {len(text)}")
    for node in objects(card):
        if len(node.get("actions", ())) > 6:
            found.append(f"{len(node['actions'])} actions side by side")
        if node.get("type") == "TextBlock" and not isinstance(node.get("text"), str):
            found.append("a TextBlock without text")
        if node.get("type") == "Table":
            wide = len(node["columns"])
            found += [f"{len(r['cells'])} cells in {wide} columns" for r in node["rows"] if len(r["cells"]) != wide]
    ids = Counter(node["id"] for node in objects(card) if isinstance(node.get("id"), str))
    found += [f"id {id} stands {count} times" for id, count in ids.items() if count > 1]
    targets = {target for node in objects(card) for target in node.get("targetElements", ())}
    found += [f"nothing is called {target}" for target in targets - set(ids)]
    schema = _schema()
    if schema is not None:
        # `msteams` is Teams' own property, beside the schema.
        plain = {key: value for key, value in card.items() if key != "msteams"}
        found += [f"{'/'.join(map(str, one.path))}: {one.message[:120]}" for one in schema.iter_errors(plain)]
    return found


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a card, the card itself first. What is carried in an action's data is not part of the card."""
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key != "data":
                yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def texts(card: Any, *, fallback: bool = False) -> str:
    """Return all words that a person sees in a card, its buttons and folded parts included, one run a line."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.extend(node[key] for key in ("text", "title", "label") if isinstance(node.get(key), str))
            for key, value in node.items():
                if key not in ("data", "fallbackText") and (fallback or key != "fallback"):
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(card)
    return "\n".join(found)


def buttons(card: Any) -> dict[str, dict[str, Any]]:
    """Return a card's buttons by their titles."""
    return {
        action["title"]: action
        for node in objects({key: value for key, value in card.items() if key != "fallback"})
        if node.get("type") == "ActionSet"
        for action in node["actions"]
    }
