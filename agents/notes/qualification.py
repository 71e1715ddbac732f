"""Qualification of a call by the team's framework: each element filled by the buyer's own words, open, or contradicted. Never guessed.

`qualify` reads one call. How a deal stands over all its calls is in `agents.notes.qualification_history`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.notes.call import Call
from agents.notes.qualification_conflicts import Earlier, Evidence, disagreement
from agents.notes.quoting import Quoting
from agents.notes.record import Disagreement, ElementNote, Qualification, Said
from infra.spine.models import RuleFile
from sales.qualifying.extract import TABLES, Finding, find
from sales.qualifying.frameworks import FILE, ElementRule, Framework, Frameworks, parse_frameworks, standard
from sales.qualifying.scoring import Cue
from sales.qualifying.sides import is_sales_talk, with_sides
from sales.qualifying.talk import Person, Spoken
from sales.sentences import Sentence

CUES = "q7"
"""The version of the cues and of what was taught. Raise it with every change of what they find, so that notes are made anew."""

MOST_QUOTES = 3
"""An element cites at most so many places of a call, the weightiest first."""


def frameworks_in(session: Session) -> Frameworks:
    """Return the frameworks in force: the newest version of `frameworks.toml` in the spine, or those that everybody starts with."""
    text = session.scalar(select(RuleFile.text).where(RuleFile.name == FILE).order_by(RuleFile.version.desc()).limit(1))
    return parse_frameworks(text) if text else standard()


def rules_in(session: Session) -> str:
    """Return the mark of the rules by which calls are qualified now: of our cues, and of the team's frameworks. Notes of another are made anew."""
    text = session.scalar(select(RuleFile.text).where(RuleFile.name == FILE).order_by(RuleFile.version.desc()).limit(1))
    return f"{CUES}-{hashlib.sha256((text or '').encode()).hexdigest()[:8]}"


def qualify(
    call: Call,
    framework: Framework | None = None,
    *,
    rivals: Sequence[str] = (),
    earlier: Mapping[str, Earlier] | None = None,
) -> Qualification:
    """Return how a call fills a framework (MEDDPICC where none is given).

    `rivals` are names of competitors that are known; `earlier` tells by element what the deal's calls before this one left.
    """
    used = framework or standard().current
    turns = with_sides([Spoken(turn.position, turn.speaker, turn.side, turn.text) for turn in call.turns])
    people = people_of(call)
    known = (*rivals, *([call.deal.competitor] if call.deal and call.deal.competitor else ()))
    own = {rule.key: own_cues(rule) for rule in used.elements if rule.cues}
    tables = {**TABLES, **{f"own:{key}": table for key, table in own.items()}}
    found = find(turns, people, known, tables) if is_sales_talk(turns) else {kind: [] for kind in tables}
    quoting = Quoting(call)
    made = []
    for rule in used.elements:
        listed = _listed(rule, found)
        evidence = Evidence(call, rule, tuple(listed), found, known, (earlier or {}).get(rule.key))
        against = disagreement(evidence)
        made.append(_note(rule, listed, against, quoting))
    return Qualification(framework=used.name, elements=tuple(made))


def people_of(call: Call) -> tuple[Person, ...]:
    """Return everybody whom the words of a call can speak of by name."""
    told = {guest.name: guest for guest in (*call.people, *call.participants) if guest.name}
    return tuple(Person(name, guest.side, guest.title) for name, guest in told.items())


def own_cues(rule: ElementRule) -> tuple[Cue, ...]:
    """Return the cues of an element that a team made: each of its words fills it, whatever its ending."""
    return tuple(Cue(word, 1.0, rf"\b{re.escape(word.casefold())}\w*") for word in rule.cues)


def _listed(rule: ElementRule, found: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Return the findings that fill an element, each turn once, the weightiest first."""
    kinds = (*rule.kinds, *((f"own:{rule.key}",) if rule.cues else ()))
    best: dict[int, Finding] = {}
    for finding in (one for kind in kinds for one in found.get(kind, ())):
        known = best.get(finding.position)
        if known is None or known.weight < finding.weight:
            best[finding.position] = finding
    return sorted(best.values(), key=lambda one: (-one.weight, one.position))


def _note(
    rule: ElementRule,
    listed: Sequence[Finding],
    against: tuple[Finding, Disagreement] | None,
    quoting: Quoting,
) -> ElementNote:
    cited = list(listed[:MOST_QUOTES])
    if against is not None:
        cited = [against[0], *(one for one in cited if one.position != against[0].position)][:MOST_QUOTES]
    if not cited:
        return ElementNote(element=rule.key, label=rule.label, state="open")
    said: list[Said] = []
    for one in cited:
        said.append(quoting.said(one.position, Sentence(one.quote.start, one.quote.end, one.quote.text)))
        if one.confirmed is not None:
            yes = quoting.turns[one.confirmed].text
            said.append(quoting.said(one.confirmed, Sentence(0, len(yes), yes)))
    return ElementNote(
        element=rule.key,
        label=rule.label,
        state="contradicted" if against is not None else "filled",
        text=cited[0].text,
        said=tuple(said),
        against=against[1] if against is not None else None,
    )
