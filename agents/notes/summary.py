"""The summary of a call by topic: the sentences that say most, in their order, made readable by cutting.

Topics are the fields of a sale (`sales.topics`) where the talk is about them, and the call's own recurring terms elsewhere, so that a meeting
about anything gets a summary. Every word of a line was said in the turns that it cites.
"""

from __future__ import annotations

from agents.notes.quoting import Quoting
from agents.notes.record import Line, TopicNotes
from sales.digest import digest
from sales.speech import readable


def summary(quoting: Quoting) -> tuple[TopicNotes, ...]:
    """Return the topics in the order in which they come up, each with its lines."""
    made = []
    for topic in digest(quoting.call.turns):
        lines = []
        for point in topic.points:
            text = readable(point.sentence.text)
            name = quoting.named(quoting.turns[point.position])
            lines.append(
                Line(text=f"{name}: {text}" if name else text, said=(quoting.said(point.position, point.sentence),))
            )
        made.append(TopicNotes(topic=topic.key, label=topic.label, lines=tuple(lines)))
    return tuple(made)
