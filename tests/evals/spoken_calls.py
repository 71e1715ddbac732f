"""Labelled calls as plain text: many in one file, each turn on a line with its side, its speaker, its tags and its words.

Read as the sets of JSON files are: a call as `dealwright import` takes it, and labels by element. `tests/evals/calls/README.md` tells the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TAGS = {
    "metrics": "metrics",
    "eb": "economic_buyer",
    "criteria": "decision_criteria",
    "process": "decision_process",
    "paper": "paper_process",
    "pain": "identify_pain",
    "champion": "champion",
    "competition": "competition",
    "obj": "objection",
}
"""A tag of the text, and the element (or objection) that it marks."""

_TURN = re.compile(r"([SB]) ([^\[:]*?)\s*(?:\[([^\]]*)\])?\s*:\s*(.+)")
_HEAD = re.compile(r"(CALL|TITLE|SELLER|BUYER):\s*(.*)")


def read(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each call of a file and its labels: `elements` by key, and the turns of its `objections`. Raises ValueError with the line that is no turn."""
    for block in re.split(r"(?m)^(?=CALL: )", path.read_text(encoding="utf-8")):
        if block.strip():
            yield _call(block, path)


def _call(block: str, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    call: dict[str, Any] = {"account": "account", "participants": [], "turns": []}
    sure: dict[str, list[int]] = {element: [] for element in TAGS.values()}
    perhaps: dict[str, list[int]] = {element: [] for element in TAGS.values()}
    for line in filter(None, map(str.strip, block.splitlines())):
        head = None if call["turns"] else _HEAD.fullmatch(line)
        if head:
            _take_head(call, head[1], head[2])
            continue
        turn = _TURN.fullmatch(line)
        if turn is None:
            raise ValueError(f"{path.name}: {line[:60]!r} is no turn")
        for tag in (turn[3] or "").replace(",", " ").split():
            if tag.rstrip("?") not in TAGS:
                raise ValueError(f"{path.name}: {line[:60]!r} has a tag that is none: {tag}")
            (perhaps if tag.endswith("?") else sure)[TAGS[tag.rstrip("?")]].append(len(call["turns"]))
        _take_speaker(call, turn[2].strip(), turn[1])
        call["turns"].append({"speaker": turn[2].strip(), "text": turn[4]})
    elements = {
        element: {
            "state": "filled" if sure[element] else "either" if perhaps[element] else "open",
            "turns": sure[element],
            "perhaps": perhaps[element],
        }
        for element in TAGS.values()
        if element != "objection"
    }
    return call, {"elements": elements, "objections": sure["objection"], "perhaps": perhaps["objection"]}


def _take_head(call: dict[str, Any], key: str, told: str) -> None:
    if key in ("CALL", "TITLE"):
        call["id" if key == "CALL" else "title"] = told
        return
    for part in told.split(";"):
        name, _, title = re.sub(r"[()]", ",", part).strip().partition(",")
        call["participants"].append(
            {"name": name.strip(), "title": title.strip(" ,") or None, "side": "seller" if key == "SELLER" else "buyer"}
        )


def _take_speaker(call: dict[str, Any], name: str, letter: str) -> None:
    side = "seller" if letter == "S" else "buyer"
    if not any(one["name"] == name for one in call["participants"]):
        call["participants"].append({"name": name, "title": None, "side": side})
