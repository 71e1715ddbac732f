"""The brief as an answer, for every surface that shows answers: claims under headings, what matters in the first minute in front."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from agents.answer import Action, Answer, Claim, Evidence, Tone
from agents.brief.record import Brief, ExpectedObjection, Line
from agents.links import Links
from agents.narrative.phrasing import short_day

_LEAST_DECIDED = 3
"""Deals that must have ended before it is told how many of them were won: fewer show nothing."""


@dataclass(frozen=True)
class Section:
    """A heading with its lines. A line may rest on nothing where it is a question."""

    key: str
    label: str
    lines: tuple[Claim, ...]


def sections(brief: Brief) -> tuple[Section, ...]:
    """Return the brief in the order in which it is read, sections with nothing in them left out."""
    return tuple(one for one in _all_sections(brief) if one.lines)


def _all_sections(brief: Brief) -> Iterator[Section]:
    yield Section("next_step", "Ask for", _claims([brief.next_step] if brief.next_step else []))
    coming = any(one.coming for one in brief.attendees)
    who = _first_cited(_claims(one.line for one in brief.attendees))
    yield Section("attendees", "Who comes" if coming else "Who is involved", who)
    yield Section("we_owe", "We owe them", _claims(brief.we_owe))
    yield Section("they_owe", "They owe us", _claims(brief.they_owe))
    yield Section("news", "New", _claims(brief.news))
    asked = tuple(Claim(text=f"{one.label}: {one.text}", evidence=one.evidence) for one in brief.questions)
    yield Section("questions", "Find out", asked)
    later = [one for one in brief.gaps if one.element not in {asked.element for asked in brief.questions}]
    if later:
        told = Claim(text="Open besides: " + ", ".join(one.label for one in later), evidence=())
        yield Section("gaps", "Not qualified yet", (told,))
    yield Section("objections", "Expect to hear", tuple(_objection(one) for one in brief.objections))
    yield Section("history", "How it came here", _claims(brief.history))
    yield Section("pains", "What hurts them", _claims(brief.pains))
    yield Section("competitors", "Who else", _claims(brief.competitors))
    yield Section("led_here", "What led here", _claims([brief.led_here] if brief.led_here else []))
    yield Section("similar_customers", "Customers like them", _first_cited(_claims(brief.similar_customers)))
    yield Section("deals", "Deals", _claims(brief.deals))


def _claims(lines: Iterable[Line]) -> tuple[Claim, ...]:
    return tuple(Claim(text=one.text, evidence=one.evidence, tone=one.tone) for one in lines)


def _first_cited(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Cite what matters: the words rather than the record of who said them, the deal that was won rather than each field in common."""
    return tuple(one.model_copy(update={"evidence": one.evidence[:1]}) for one in claims)


def _objection(one: ExpectedObjection) -> Claim:
    text = f"{one.label} — {one.line.text}"
    evidence: tuple[Evidence, ...] = one.line.evidence
    if not one.raised_here:
        text = f"{one.label}, from others — {one.line.text}"
    elif one.open:
        text += " (still open)"
    if one.answer is not None:
        text += f" → What worked: {one.answer.text}"
        evidence += one.answer.evidence
    tone: Tone = "trouble" if one.raised_here and one.open else "plain"
    return Claim(text=" · ".join((text, *figures(one))), evidence=evidence, tone=tone)


def figures(one: ExpectedObjection) -> tuple[str, ...]:
    """Return in words how often an objection came up and what became of those deals; nothing where that is too few to mean something."""
    if one.decided >= _LEAST_DECIDED:
        return (f"came up in {one.deals} deals, {one.won} of the {one.decided} that ended were won",)
    return (f"came up in {one.deals} deals",) if one.deals > 1 else ()


def meeting_line(brief: Brief, zone: ZoneInfo) -> Claim | None:
    """Return when and what the meeting is, in the company's zone."""
    meeting = brief.meeting
    if meeting is None:
        return None
    begins, today = meeting.at.astimezone(zone), brief.as_of.astimezone(zone).date()
    day = "today" if begins.date() == today else short_day(begins.date(), today)
    title = meeting.title or "Meeting"
    evidence = Evidence(
        source="meeting", id=meeting.id, quote=title, at=meeting.at, url=meeting.url, label=meeting.title
    )
    return Claim(text=f"{day[:1].upper()}{day[1:]} {begins:%H:%M} · {title}", evidence=(evidence,))


def unknown_line(brief: Brief) -> str | None:
    """Return in one sentence what is not known."""
    return f"Not known: {'; '.join(brief.unknown.values())}." if brief.unknown else None


def brief_answer(brief: Brief, links: Links, zone: ZoneInfo) -> Answer:
    """Return the answer that tells a brief."""
    top = [one for one in (meeting_line(brief, zone), *_claims([brief.company] if brief.company else [])) if one]
    told = [claim.model_copy(update={"section": one.label}) for one in sections(brief) for claim in one.lines]
    page = links.evidence("brief", brief.account.id)
    opened = [] if page is None else [("Open the page", page), ("PDF", f"{page}?format=pdf")]
    note = unknown_line(brief)
    return Answer(
        kind="narrative",
        headline=brief.headline,
        claims=(*top, *told),
        actions=(
            *(Action(label=label, verb="open", value=value) for label, value in opened),
            Action(label="What's the latest?", verb="ask", value=f"What's the latest on {brief.account.name}?"),
        ),
        notes=(note,) if note else (),
        freshness=brief.freshness,
        as_of=brief.as_of,
    )
