"""What is ticked on a card whose lines are decided on one by one. The ticks belong to the version that was seen: a line that is not on it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.proposals.record import Closing, Content
from infra.errors import Fatal

TICKED = "ticked"
"""The key of an approval's `edit` that holds the ids of the ticked lines; without it those that are ticked beforehand count."""


def ticked_in(content: Content, edit: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is kept with an approval: the ticked lines in the card's order, and whether the mail goes at once.

    Raises Fatal (422) for lines that are not on this card, for a card that has none, and where nothing is ticked.
    """
    told = dict(edit or {})
    if not isinstance(content.effect, Closing):
        if TICKED in told:
            raise Fatal("This card has no lines to tick.", "Approve it as a whole.", status=422)
        return {}
    lines = content.effect.lines()
    chosen = told.get(TICKED)
    if chosen is None:
        chosen = content.effect.ticked()
    if not isinstance(chosen, list | tuple) or not all(isinstance(one, str) for one in chosen):
        raise Fatal("The ticked lines can't be read.", "Give them as a list of their ids.", status=422)
    if strange := sorted(set(chosen) - set(lines)):
        raise Fatal(f"There is no line {strange[0][:20]} on this card.", "Look at the card again.", status=422)
    if not lines:
        raise Fatal("There is nothing to submit on this card.", "Write it yourself first, with Edit.", status=422)
    if not chosen:
        raise Fatal("Nothing is ticked.", "Tick what is right, or turn the card down.", status=422)
    kept: dict[str, Any] = {TICKED: [one for one in lines if one in chosen]}
    return {**kept, "send": "now"} if told.get("send") == "now" else kept
