"""Drafting a mail without a language model: a way chosen once for each signal, lines that stand in their evidence, inside the limit of words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.answer import Evidence
from agents.outreach.checking import Line, is_clean_line, words_in
from agents.outreach.copy import ALONE, FORMAL, KNOW_US, OFFERS, PLAIN_ASKS, PROOFS, Way, ways_of
from agents.outreach.records import Peer, Recipient
from agents.outreach.slots import Slots, filled, is_other, slots_of
from agents.outreach.voice import closing_lines, greeting_line
from sales.events import Told
from sales.mail_words import plain_line
from sales.signals import Kind
from sales.voice import Voice, spoken

_TERSE = 8
"""Whoever writes sentences of at most so many words gets no general thought where an example says it already."""

_OF_PEER = frozenset({"peer", "they", "product", "industry"})

Stands = Callable[[Line], bool]


@dataclass(frozen=True)
class Occasion:
    """All that a draft is made of. `evidence` is the signal's; `newcomer` the person the news is about; `former` where we worked with them."""

    signal_id: str
    kind: Kind | None
    told: Told
    who: Recipient
    company: str | None
    sender_name: str
    voice: Voice
    evidence: tuple[Evidence, ...]
    newcomer: str | None = None
    newcomer_title: str | None = None
    former: str | None = None
    former_evidence: tuple[Evidence, ...] = ()
    peer: Peer | None = None
    industry: str | None = None
    offer: str | None = None
    most_words: int = 50
    stopped: tuple[str, ...] = ()
    """Ways that the team uses no more, by their names."""
    about_other: bool | None = None
    """Whether the news is of somebody else than the recipient; None tells it from the names."""
    topic: str | None = None
    """What whoever asked for the mail wants it to be about, in their words; None for a mail that a signal is the reason for."""


@dataclass(frozen=True)
class Drafted:
    """A mail's words: subject, body without the footer, the name of the way, and its lines with what each rests on."""

    subject: str
    body: str
    variant: str
    lines: tuple[Line, ...]
    by_model: bool = False

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence, each piece once, in the order of the lines."""
        seen: dict[tuple[str, str, str], Evidence] = {}
        for line in self.lines:
            for one in line.evidence:
                seen.setdefault((one.source, one.id, one.quote), one)
        return tuple(seen.values())


def choice(signal_id: str, options: int) -> int:
    """Return which of so many options a signal gets: the same at each run and on each machine."""
    return int.from_bytes(hashlib.sha256(signal_id.encode("utf-8", "replace")).digest()[:8], "big") % options


def draft(occasion: Occasion, stands: Stands) -> Drafted | None:
    """Return the mail, or None where not even the plainest wording stands in the evidence and fits the limit."""
    about_other = occasion.about_other
    if about_other is None:
        about_other = is_other(occasion.who, occasion.newcomer)
    ways = tuple(one for one in ways_of(occasion.kind, about_other=about_other) if one.name not in occasion.stopped)
    if not ways:
        return None
    first = choice(occasion.signal_id, len(ways))
    slots = slots_of(
        occasion.kind,
        occasion.told,
        occasion.who,
        occasion.company,
        newcomer=occasion.newcomer,
        newcomer_title=occasion.newcomer_title,
        former=occasion.former,
        peer=occasion.peer,
        industry=occasion.industry,
        offer=occasion.offer,
        about_other=about_other,
    )
    for way in (*ways[first:], *ways[:first]):
        made = _written(occasion, way, slots, stands)
        if made is not None:
            return made
    return None


def _written(occasion: Occasion, way: Way, slots: Slots, stands: Stands) -> Drafted | None:
    """Write one way: the fullest opener that stands, then as much around it as the limit allows."""
    proof = _proof(occasion, slots, stands)
    known = {name: word for name, word in slots.items() if proof is not None or name not in _OF_PEER}
    thought = _first(way.thoughts, "thought", known, occasion, stands)
    ask = _first((*way.asks, *PLAIN_ASKS), "ask", known, occasion, stands)
    if ask is None:
        return None
    offer = _offer(occasion, slots, stands)
    if proof is not None and occasion.voice.words <= _TERSE:
        thought = None
    for opener in filled(way.openers, known):
        begun = Line("opener", _toned(opener, occasion.voice), _opener_evidence(occasion, opener))
        if not stands(begun):
            continue
        for around in ((thought, offer, proof), (thought, proof), (offer, proof), (proof,), (thought,), ()):
            lines = tuple(line for line in (begun, *around, ask) if line is not None)
            if _leans_on_peer(ask) and (proof is None or proof not in around):
                continue
            body = layout(occasion, lines)
            if words_in(body) <= occasion.most_words:
                return Drafted(_subject(way, known, occasion, stands), body, way.name, lines)
    return None


def _leans_on_peer(line: Line) -> bool:
    return re.search(r"\bthey (?:began|went|handled|decided)\b", line.text) is not None


def _offer(occasion: Occasion, slots: Slots, stands: Stands) -> Line | None:
    if "offer" not in slots or occasion.kind in ALONE | KNOW_US:
        return None
    words = OFFERS[choice(f"offer:{occasion.signal_id}", len(OFFERS))]
    line = Line("offer", spoken(words, occasion.voice).format(offer=slots["offer"]), occasion.evidence)
    return line if stands(line) else None


def _opener_evidence(occasion: Occasion, opener: str) -> tuple[Evidence, ...]:
    if occasion.former and occasion.former_evidence and " at " in opener and "work with you" in opener:
        return (*occasion.evidence, *occasion.former_evidence)
    return occasion.evidence


def _proof(occasion: Occasion, slots: Slots, stands: Stands) -> Line | None:
    if occasion.peer is None or occasion.kind in ALONE:
        return None
    for text in filled(PROOFS[occasion.peer.likeness], slots):
        line = Line("proof", text, occasion.peer.evidence)
        if stands(line):
            return line
    return None


def _first(wordings: Sequence[str], part: str, slots: Slots, occasion: Occasion, stands: Stands) -> Line | None:
    """Return the first wording whose slots are known and that states nothing beyond the evidence of the occasion and the example."""
    evidence = occasion.evidence + (occasion.peer.evidence if occasion.peer and "peer" in slots else ())
    for text in filled(tuple(wordings), slots):
        line = Line(part, _toned(text, occasion.voice), evidence)
        if stands(line):
            return line
    return None


def _toned(text: str, voice: Voice) -> str:
    """Return words of ours in the rep's voice: contractions as they use them, whole sentences where they write formally."""
    if voice.tone == "formal":
        for plain, formal in FORMAL:
            if text.startswith(plain):
                text = formal + text.removeprefix(plain)
                break
    return spoken(text, voice)


def _subject(way: Way, slots: Slots, occasion: Occasion, stands: Stands) -> str:
    for subject in filled(way.subjects, slots):
        text = plain_line(subject)
        if is_clean_line(text) and len(text) <= 78 and stands(Line("subject", text, occasion.evidence)):
            return text
    return "a question"


def layout(occasion: Occasion, lines: Sequence[Line]) -> str:
    """Return the body: greeting, what happened, what it may mean and our question, sign-off, each set apart."""
    begun = " ".join(line.text for line in lines if line.part in ("opener", "thought"))
    rest = " ".join(line.text for line in lines if line.part in ("offer", "proof", "ask"))
    voice = occasion.voice
    parts = (greeting_line(voice, occasion.who.name), begun, rest, closing_lines(voice, occasion.sender_name))
    return "\n\n".join(part for part in parts if part)
