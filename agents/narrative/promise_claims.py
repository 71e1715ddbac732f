"""Saying what was promised and is open, and what should therefore happen next."""

from __future__ import annotations

import re
from datetime import date

from agents.answer import Claim, Evidence
from agents.narrative.case import Case
from agents.narrative.phrasing import days, flat, short_day, who
from agents.narrative.promises import Owed
from agents.narrative.quoting import Citing, Quote, quote_at

_VERB = re.compile(
    r"(?:send|share|forward|write|call|ask|find|get|come|bring|confirm|put|prepare|draft|set|book|chase|push|provide|answer|give|introduce|check|talk|speak)\b",
    re.I,
)


def owed_claim(case: Case, citing: Citing, owed: Owed) -> Claim:
    """Say one promise: who made it when, in which words, when it was due, and what shows that it is still open."""
    quote = _words(owed)
    said = short_day(case.day(owed.piece.at), case.today)
    maker = who(owed.piece.person, owed.piece.speaker)
    evidence: list[Evidence] = [citing.words(quote)]
    text = f"{said} · {maker} promised: “{flat(quote.sentence.text)}”"
    if owed.due is not None and owed.dated_by is not None:
        evidence.append(citing.words(owed.dated_by))
    if owed.due is not None and owed.due != case.day(owed.piece.at):
        text += f" (due {short_day(owed.due, case.today)})"
    if owed.state == "overdue":
        text += "; nothing since shows that it was done"
    if owed.reminder is not None:
        reminder = owed.reminder
        evidence.append(citing.words(reminder))
        text += f"; {short_day(case.day(reminder.piece.at), case.today)}, {who(reminder.piece.person, reminder.piece.speaker)}: “{flat(reminder.sentence.text)}”"
    text = text if text.endswith("”") else f"{text}."
    return Claim(
        text=text,
        evidence=tuple(evidence),
        tone="trouble" if owed.state == "overdue" or owed.reminder is not None else "plain",
    )


def _words(owed: Owed) -> Quote:
    """The words of a promise; with the sentence before where it names nothing itself."""
    return quote_at(owed.piece, owed.promise.sentence)


def next_claim(case: Case, citing: Citing, owed: list[Owed], most: int = 2) -> Claim | None:
    """Propose the next step: our promises that are due, most pressing first; else the step that the CRM has; else the meeting that is booked."""
    ours = sorted(
        (one for one in owed if one.by_us and one.state != "kept" and _pressing(case, one)),
        key=lambda one: (one.state != "overdue", one.reminder is None, -one.piece.at.timestamp()),
    )
    if ours:
        steps: list[str] = []
        evidence: list[Evidence] = []
        for one in ours[:most]:
            steps.append(_step(case, one))
            evidence.append(citing.words(_words(one)))
            if one.due is not None and one.dated_by is not None:
                evidence.append(citing.words(one.dated_by))
        booked = _booked(case)
        if booked:
            evidence.append(citing.happened(case.booked[0]))
        return Claim(text=f"Next, as promised: {'; '.join(steps)}{booked}.", evidence=tuple(evidence))
    for deal in case.deals:
        if deal.status == "open" and deal.next_step:
            when = f" ({_when(case, deal.next_step_date)})" if deal.next_step_date else ""
            dated = (
                (citing.field(deal, "Next step date", deal.next_step_date.isoformat()),) if deal.next_step_date else ()
            )
            return Claim(
                text=f"Next, by the CRM: {deal.next_step}{when}.",
                evidence=(citing.field(deal, "Next step", deal.next_step), *dated),
            )
    if case.booked:
        meeting = case.booked[0]
        return Claim(
            text=f"Next: {meeting.subject or meeting.kind}, booked for {short_day(case.day(meeting.at), case.today)}.",
            evidence=(citing.happened(meeting),),
        )
    return None


def _booked(case: Case) -> str:
    if not case.booked:
        return ""
    meeting = case.booked[0]
    return f"; {meeting.subject or meeting.kind} is booked for {short_day(case.day(meeting.at), case.today)}"


def _when(case: Case, day: date) -> str:
    return f"was due {short_day(day, case.today)}" if day < case.today else f"due {short_day(day, case.today)}"


def _pressing(case: Case, owed: Owed) -> bool:
    return (
        owed.reminder is not None
        or (owed.due is not None and case.days_since(owed.piece.at) <= 45)
        or case.days_since(owed.piece.at) <= 21
    )


def _step(case: Case, owed: Owed) -> str:
    """A promise as something to do, in the words it was made in."""
    if owed.promise.vague or not _VERB.match(owed.promise.act):
        act = flat(owed.promise.sentence.text).rstrip(".")
        return f"“{act}” ({owed.piece.speaker or 'we'}, {short_day(case.day(owed.piece.at), case.today)}{_overdue(case, owed)})"
    act = re.split(r"(?<=[^\d]),? (?:because|so that|and I)\b|[.;]", flat(owed.promise.act))[0].strip(" ,")
    if len(act.split()) > 22:
        act = " ".join(act.split()[:22]) + " …"
    return f"“{act}” ({owed.piece.speaker or 'we'}, {short_day(case.day(owed.piece.at), case.today)}{_overdue(case, owed)})"


def _overdue(case: Case, owed: Owed) -> str:
    late = (case.today - owed.due).days if owed.due is not None else 0
    return f", {days(late)} overdue" if late > 0 else ""
