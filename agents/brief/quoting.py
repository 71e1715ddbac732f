"""Words short enough for a page: a quote that can be understood by itself, in fewer words than an answer takes."""

from __future__ import annotations

from agents.answer import Evidence
from agents.links import Links
from agents.narrative.highlights import Highlight
from agents.narrative.quoting import Quote, quote_at
from agents.notes.record import CallNotes, Said
from sales.cues import place_of

MOST_WORDS = 28
LEAST_WORDS = 5


def short_quote(highlight: Highlight) -> Quote:
    """Return the words of a highlight as a page shows them."""
    focus = place_of(highlight.sentence.text, highlight.weight.strongest)
    return quote_at(highlight.piece, highlight.sentence, focus, least=LEAST_WORDS, most=MOST_WORDS)


def said_in(notes: CallNotes, said: Said, links: Links) -> Evidence:
    """Return the evidence of words that stand in the notes of a call."""
    return Evidence(
        source="call",
        id=notes.call,
        quote=said.quote,
        speaker=said.speaker,
        at=notes.at,
        url=links.evidence("call", notes.call, (said.turn,)),
        turns=(said.turn,),
        label=notes.title,
    )
