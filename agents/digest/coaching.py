"""Coaching notes: the moments of the week's calls that are worth looking at again. For whoever led the call and their manager; never in a channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agents.answer import Action, Evidence
from agents.coaching.record import Clip, Scorecard
from agents.digest.ground import Ground, ended, section, told
from agents.digest.record import Line, Section

_WEIGHT = {"no_next_step": 2.8, "objection": 2.5, "monologue": 1.8, "pain": 1.5}


def coaching_section(ground: Ground, cards: Sequence[Scorecard]) -> Section | None:
    """Return the notes on the calls of the week. `cards` may be anybody's: only those of whom this review may tell are used."""
    mine = [
        one
        for one in cards
        if one.user in ground.who.coached and one.at is not None and ground.begin <= one.at < ground.through and one.moments
    ]  # fmt: skip
    if not ground.who.personal or not mine:
        return None
    lines = [_line(ground, card, clip) for card in mine for clip in card.moments]
    lines.sort(key=lambda one: -one.rank)
    if ground.who.audience == "manager":
        lines = _one_each(lines)
    kinds = Counter(line.label for line in lines)
    note = ", ".join(f"{label} {told(count, 'time')}" for label, count in kinds.most_common(2) if count > 1)
    return section("coaching", "Coaching", lines, note=f"Only for you: {note}." if note else "Only for you.")


def _line(ground: Ground, card: Scorecard, clip: Clip) -> Line:
    name = f"{card.name}, " if ground.who.audience == "manager" else ""
    title = card.title or "call"
    assert card.at is not None
    label, _, what = clip.label.partition(": ")
    said = what or f"“{' '.join(clip.said.quote.split())}”"
    evidence = Evidence(
        source="call",
        id=card.call,
        quote=clip.said.quote,
        speaker=clip.said.speaker,
        at=card.at,
        url=clip.said.url or ground.links.evidence("call", card.call, (clip.said.turn,)),
        label=card.title,
    )  # fmt: skip
    return Line(
        key=f"coaching:{card.call}:{card.user}:{clip.first}",
        label=label,
        subject=f"{name}{title}, {ground.day(card.at)}",
        text=f"{ended(said)} {clip.stronger}",
        owner_id=card.user,
        owner=card.name,
        evidence=(evidence,),
        action=Action(label="Look at it", verb="open", value=evidence.url) if evidence.url else None,
        rank=_WEIGHT.get(clip.kind, 1.0),
    )


def _one_each(lines: Sequence[Line]) -> list[Line]:
    """Put everybody's weightiest moment before anybody's second."""
    seen: Counter[str] = Counter()
    placed = []
    for line in lines:
        seen[line.owner_id or ""] += 1
        placed.append((seen[line.owner_id or ""], line))
    return [line for _, line in sorted(placed, key=lambda one: (one[0], -one[1].rank))]
