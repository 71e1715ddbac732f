"""Where a statement of a call stands against the CRM, or against what an earlier call left: both values side by side, nothing decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agents.notes.call import Call, Guest, SpokenTurn
from agents.notes.record import Disagreement
from sales.names import fold
from sales.qualifying.extract import Finding
from sales.qualifying.frameworks import ElementRule
from sales.qualifying.phrase import phrase_of
from sales.qualifying.talk import Spoken, even, quote_at
from sales.spoken_dates import days_in
from sales.spoken_numbers import money_in

_ABOUT_SIGNING = re.compile(
    r"\b(?:sign\w*|decid\w*|decision|order|realistic\w*|clos(?:e|ing)|approv\w*|vote[sd]?|contract|say yes|yes or no|go[- ]?ahead|purchase|buy|commit|award|po\b|done)\b"
)
_NOT_OF_IT = re.compile(r"\b(?:last|ago|since|was|were|used to|met|sent|born|vacation|holiday)\b")
_CHOSE_ANOTHER = re.compile(
    r"\b(?:we|they|i)(?:'ve| have|'re| are)? (?:went|gone|going|signed|decided to go|are going|chose|picked) (?:with )?(?!you\b|this\b|that\b|it\b)\w{3,}"
)
_LEAVES = re.compile(
    r"\b(?:i'm leaving|i am leaving|my last (?:day|week|call)|i(?:'ve| have) resigned|i(?:'m| am) (?:moving|changing|stepping down|handing over)|(?:is|'s) taking over (?:from me|my)|my successor|i start (?:at|in|with) (?:my|a) new|i won't be here)\b"
)
_HOLDS_MONEY = re.compile(r"economic|decision.?maker|budget|approver|signer|signatory", re.I)
_SAYS_A_CEILING = re.compile(
    r"\b(?:budget|release|in the plan|set aside|calculate|ceiling|at most|maximum|afford|can (?:spend|sign|do|pay)|have)\b"
)
_LEAST_GAP = timedelta(days=7)
_ENOUGH_OF_IT = 0.9
_DAYS_AFTER_CLOSE = timedelta(days=1)


@dataclass(frozen=True)
class Earlier:
    """What an earlier call left of an element: the newest statement before this call."""

    call: str
    at: datetime | None
    text: str
    quotes: tuple[str, ...]
    speaker: str | None


@dataclass(frozen=True)
class Evidence:
    """What one element is judged by: its findings, all findings of the call by kind, known rivals, and what an earlier call left of it."""

    call: Call
    rule: ElementRule
    listed: tuple[Finding, ...]
    found: Mapping[str, Sequence[Finding]]
    rivals: tuple[str, ...]
    earlier: Earlier | None


def disagreement(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    """Return the statement that stands against something known, and what it stands against; the CRM before an earlier call."""
    kinds = set(evidence.rule.kinds)
    found = None
    if kinds & {"decision_process", "timing"}:
        found = _date_against_crm(evidence) or _date_against_earlier(evidence)
    elif "competition" in kinds:
        found = _chosen_against_status(evidence) or _rival_against_crm(evidence)
    elif kinds & {"economic_buyer", "budget"}:
        found = (
            (_person_against_crm(evidence) or _person_against_earlier(evidence)) if "economic_buyer" in kinds else None
        ) or _amount_against_crm(evidence)
    elif "champion" in kinds:
        found = _champion_leaves(evidence)
    return found


def _dated(evidence: Evidence) -> list[tuple[Finding, date, str]]:
    """Return what the buyer says of when it is decided or signed: the statement, the first day that it names, the words of the day."""
    if evidence.call.day is None:
        return []
    listed = list(evidence.listed)
    listed += [one for one in evidence.found.get("timing", ()) if one.position not in {two.position for two in listed}]
    made = []
    for one in listed:
        small = even(one.quote.text)
        if one.confirmed is not None or not _ABOUT_SIGNING.search(small) or _NOT_OF_IT.search(small):
            continue
        days = days_in(one.quote.text, evidence.call.day)
        if days:
            last = max(days, key=lambda when: when.first)
            made.append((one, last.first, one.quote.text[last.start : last.end]))
    return made


def _date_against_crm(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    deal = evidence.call.deal
    if deal is None or deal.close_date is None or deal.status != "open":
        return None
    later = [one for one in _dated(evidence) if one[1] >= deal.close_date + _DAYS_AFTER_CLOSE]
    if not later:
        return None
    finding = max(later, key=lambda one: one[0].position)[0]
    return finding, _crm(evidence.call, "Close date", deal.close_date.isoformat())


def _date_against_earlier(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    earlier, call = evidence.earlier, evidence.call
    if earlier is None or earlier.at is None:
        return None
    on = earlier.at.date()
    before = [
        (when.first, quote[when.start : when.end])
        for quote in earlier.quotes
        if _ABOUT_SIGNING.search(even(quote))
        for when in days_in(quote, on)
    ]
    dated = _dated(evidence)
    if not before or not dated or call.day is None:
        return None
    finding, day, _ = max(dated, key=lambda one: one[0].position)
    was, words = max(before)
    return (finding, _call(earlier, words)) if day - was >= _LEAST_GAP else None


def _chosen_against_status(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    deal = evidence.call.deal
    if deal is None or deal.status != "open":
        return None
    chosen = next((one for one in evidence.listed if _CHOSE_ANOTHER.search(even(one.quote.text))), None)
    if chosen is None:
        return None
    return chosen, _crm(evidence.call, "Stage", deal.stage or "open")


def _rival_against_crm(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    deal = evidence.call.deal
    if deal is None or not deal.competitor or not evidence.listed:
        return None
    known = fold(deal.competitor)
    if any(known in fold(turn.text) for turn in evidence.call.turns if turn.side == "buyer"):
        return None
    others = [fold(one) for one in evidence.rivals if len(one) > 2 and fold(one) not in known]
    named = next((one for one in evidence.listed if any(_has(one.quote.text, other) for other in others)), None)
    return (named, _crm(evidence.call, "Competitor", deal.competitor)) if named is not None else None


def _person_against_crm(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    if evidence.call.deal is None:
        return None
    held = next((one for one in evidence.call.people if one.name and one.role and _HOLDS_MONEY.search(one.role)), None)
    named = _who_is_named(evidence)
    if held is None or named is None or held.name is None or any(_same(held, one) for one in named[1]):
        return None
    return named[0], _crm(evidence.call, "Economic buyer", held.name)


def _person_against_earlier(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    earlier = evidence.earlier
    named = _who_is_named(evidence)
    if earlier is None or named is None:
        return None
    then = [one for one in evidence.call.people if one.name and _has(" ".join(earlier.quotes), _first_name(one.name))]
    if not then or any(_same(one, other) for one in then for other in named[1]):
        return None
    return named[0], _call(earlier, then[0].name or earlier.text)


def _who_is_named(evidence: Evidence) -> tuple[Finding, list[Guest]] | None:
    """Return the weightiest statement that names people of theirs whom we know, and those people."""
    ours = {fold(one.name) for one in evidence.call.participants if one.side == "seller" and one.name}
    for one in evidence.listed[:1]:
        people = [
            guest
            for guest in evidence.call.people
            if guest.name and fold(guest.name) not in ours and _has(one.quote.text, _first_name(guest.name))
        ]
        if people:
            return one, people
    return None


def _amount_against_crm(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    deal = evidence.call.deal
    if deal is None or not deal.amount or deal.status != "open":
        return None
    for one in evidence.found.get("budget", ()):
        sums = money_in(one.quote.text)
        if len(sums) == 1 and one.confirmed is None and _SAYS_A_CEILING.search(even(one.quote.text)):
            told = sums[0]
            same = told.currency is None or told.currency == deal.currency
            if same and 0 < told.value < deal.amount * 9 / 10 and told.value * 20 > deal.amount:
                return one, _crm(evidence.call, "Amount", f"{deal.amount:f} {deal.currency}")
    return None


def _champion_leaves(evidence: Evidence) -> tuple[Finding, Disagreement] | None:
    earlier = evidence.earlier
    if earlier is None or earlier.speaker is None:
        return None
    for turn in evidence.call.turns:
        if turn.side == "buyer" and turn.speaker == earlier.speaker and (match := _LEAVES.search(even(turn.text))):
            return _finding(turn, match.span()), _call(earlier, earlier.text)
    return None


def _finding(turn: SpokenTurn, place: tuple[int, int]) -> Finding:
    quote = quote_at(Spoken(turn.position, turn.speaker, turn.side, turn.text), place)
    text = phrase_of(quote.text, (max(0, place[0] - quote.start), max(1, place[1] - quote.start)))
    return Finding("champion", turn.position, quote, text, 1.0, ("leaves",))


def _crm(call: Call, label: str, value: str) -> Disagreement:
    return Disagreement(source="crm", id=call.deal_id or call.id, label=label, value=value)


def _call(earlier: Earlier, value: str) -> Disagreement:
    return Disagreement(source="call", id=earlier.call, label="Earlier call", value=value, at=earlier.at)


def _has(text: str, name: str) -> bool:
    return bool(name) and re.search(rf"\b{re.escape(fold(name))}\b", fold(text)) is not None


def _first_name(name: str) -> str:
    return name.split()[0]


def _same(one: Guest, other: Guest) -> bool:
    if one.contact_id and other.contact_id:
        return one.contact_id == other.contact_id
    return fold(one.name or "") == fold(other.name or "")
