"""What a first mail may rest on: the signal's own words, verbatim, chosen so that they hold what the mail says of it."""

from __future__ import annotations

import re

from agents.answer import Evidence
from infra.spine.models import Signal
from sales.events import Told
from sales.sentences import sentences
from sales.signals import Kind, kind_of

_MOST = 300


def signal_evidence(signal: Signal, told: Told) -> tuple[Evidence, ...]:
    """Return the title and the sentence of the text that carry what was read out of them; the address where there are no words. () for nothing at all."""
    made: list[Evidence] = []
    if signal.title and signal.title.strip():
        made.append(_of(signal, signal.title.strip()[:_MOST]))
    if signal.text and (quote := _sentence(signal.text, told)):
        made.append(_of(signal, quote))
    if not made and signal.url:
        made.append(_of(signal, signal.url))
    return tuple(made)


def _of(signal: Signal, quote: str) -> Evidence:
    return Evidence(
        source="signal", id=signal.id, quote=quote, at=signal.occurred_at, url=signal.url, label=signal.title or None
    )


def _sentence(text: str, told: Told) -> str | None:
    """Return the sentence that tells most of what is said of the signal."""
    wanted = [one for one in (told.role, told.technology, told.rival, told.assistant, told.round, told.page) if one]
    words = {word.lower() for one in wanted for word in re.findall(r"\w+", one) if len(word) > 1}
    figures = re.findall(r"\d+", told.sum or "")
    parts = sentences(text[:4_000])
    if not parts:
        return None
    best = max(
        parts,
        key=lambda part: (
            sum(word in part.text.lower() for word in words) + 2 * any(figure in part.text for figure in figures),
            -part.start,
        ),
    )
    return best.text[:_MOST].strip() or None


SOURCES: dict[Kind, str] = {
    Kind.JOB_CHANGE: "new in the role",
    Kind.CHAMPION_JOINED: "knows us from before",
    Kind.CHAMPION_LEFT: "champion left",
    Kind.NEW_PERSON: "new on a call",
    Kind.FUNDING: "funding news",
    Kind.HIRING: "hiring page",
    Kind.TECHNOLOGY: "change of systems",
    Kind.COMPETITOR: "looks at a competitor",
    Kind.REVIEW: "review",
    Kind.SITE_VISIT: "visit to our site",
    Kind.AI_REFERRAL: "sent by an AI assistant",
    Kind.DEMO_REQUEST: "asked for a demo",
    Kind.ENGAGEMENT: "reacted to us",
    Kind.MEETING_BOOKED: "meeting booked",
    Kind.USAGE_SPIKE: "uses it more",
    Kind.USAGE_DROP: "uses it less",
    Kind.SUPPORT: "trouble that support knows of",
    Kind.CONTRACT_END: "contract ends",
    Kind.NPS_FALL: "rates us lower",
}


def why_of(signal: Signal, told: Told) -> str:
    """Return what a card calls the occasion, in a few words."""
    kind = kind_of(signal.kind)
    if kind is Kind.FUNDING and told.filing:
        return "Form D filing" if "form d" in f"{signal.title} {signal.text}".lower() else "funding filing"
    return SOURCES[kind] if kind is not None else "news"
