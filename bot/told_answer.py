"""A message as an Answer, for programs: what a chat shows by buttons and folds, as claims with their evidence, tables and actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import unquote

from agents.answer import Action, Answer, Cell, Claim, Column, Evidence, Table
from bot.markup import spans, unmarked
from bot.message import Chart, Fold, Grid, Message, Part, Quote, Text, all_buttons, quotes, unfolded

_VERBS = ("ask", "open")
_PLACE = re.compile(r"/(?P<kind>activities|deals|accounts|leads|briefs)/(?P<id>[^/#?]+)(?:#turn-(?P<turn>[^#?]+))?$")
_KINDS = {"activities": "activity", "deals": "deal", "accounts": "account", "leads": "lead", "briefs": "brief"}
_LONGEST_HEADING = 80


def answer_of(message: Message, as_of: datetime) -> Answer:
    """Return a message as an answer: its bullets are the claims, under the heading that they stand below; of its tables the first one."""
    evidence = {one.number: _evidence(one) for one in quotes(message.parts)}
    grid = next((one for one in unfolded(message.parts) if isinstance(one, Grid)), None)
    return Answer(
        kind="narrative",
        headline=message.summary,
        claims=tuple(_claims(message.parts, evidence)),
        table=_table(grid) if grid is not None else None,
        actions=_actions(message),
        notes=tuple(_notes(message)),
        as_of=as_of,
    )


def _claims(parts: Sequence[Part], evidence: dict[int, Evidence]) -> Iterator[Claim]:
    """Yield what is said; a short line all in bold is the heading of what follows it, and so is the label of a fold."""
    section: str | None = None
    for part in parts:
        if isinstance(part, Fold):
            for one in _claims(part.parts, evidence):
                yield one if one.section is not None else one.model_copy(update={"section": part.label})
        if not isinstance(part, Text) or part.style not in ("body", "bullet"):
            continue
        told = spans(part.text)
        words = "".join(one.text for one in told if one.mark is None).strip()
        if part.style == "body" and len(words) <= _LONGEST_HEADING and all(one.bold for one in told):
            section = words
            continue
        cited = tuple(evidence[one.mark] for one in told if one.mark in evidence)
        yield Claim(text=words, evidence=tuple(dict.fromkeys(cited)), tone=part.tone, section=section)


def _evidence(quote: Quote) -> Evidence:
    """Return a quote as evidence. Where it stands is told by the address that opens it: a message holds no more."""
    place = _PLACE.search(quote.url or "")
    source, id = (_KINDS[place["kind"]], unquote(place["id"])) if place else ("record", quote.url or quote.label or "")
    turns = (unquote(place["turn"]),) if place and place["turn"] else ()
    return Evidence(
        source="call" if turns else source,
        id=id,
        quote=quote.text,
        speaker=quote.speaker,
        at=quote.at,
        url=quote.url,
        turns=turns,
        label=quote.label,
    )


def _table(grid: Grid) -> Table:
    keys = [f"c{place}" for place in range(len(grid.headings))]
    columns = tuple(Column(key=key, label=unmarked(label), type="text") for key, label in zip(keys, grid.headings, strict=True))  # fmt: skip
    rows: list[dict[str, Cell]] = [
        {"record_id": None, **{key: unmarked(cell) for key, cell in zip(keys, row, strict=True)}} for row in grid.rows
    ]
    return Table(columns=columns, rows=tuple(rows))


def _actions(message: Message) -> tuple[Action, ...]:
    made = {
        (one.action, one.url or one.value): Action(label=one.label, verb=one.action, value=one.url or one.value)
        for one in all_buttons(message.parts)
        if one.action in _VERBS and (one.url or one.value)
    }
    return tuple(made.values())


def _notes(message: Message) -> Iterator[str]:
    for part in unfolded(message.parts):
        if isinstance(part, Text) and part.style == "quiet":
            yield unmarked(part.text)
        elif isinstance(part, Chart):
            yield part.alternative
