"""What becomes of a signal: whether it is for a mail, for the owner of a deal, for later, for nobody, or for a person to decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sales.freshness import age_in_words
from sales.icp import Company, Fit, Icp
from sales.signals import MEANINGS, Kind

State = Literal["judged", "handed_over", "nurtured", "skipped", "review"]
"""What the judgement of a signal ends in: pursue (judged), tell the owner of the deal or customer, later, never, ask a person."""

ASKED_THEMSELVES = frozenset({Kind.DEMO_REQUEST, Kind.MEETING_BOOKED, Kind.ENGAGEMENT})
"""The buyer acted towards us: never dropped for a poor fit, nor because they have bought already."""

STALE_DAYS = 21
"""Told so long after the event, a mail that opens with it would look odd: a person decides."""


@dataclass(frozen=True)
class Facts:
    """What the spine knows around one signal. `barred` is the reason why its person or domain is not written to, e.g. `opt_out`."""

    kind: Kind
    company: Company
    occurred_at: datetime
    account_id: str | None = None
    lead_id: str | None = None
    owner_id: str | None = None
    open_deal: str | None = None
    customer: bool = False
    barred: str | None = None
    in_sequence: bool = False
    nurtured_until: datetime | None = None
    new_segment: str | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The state, why in one sentence, what is missing or risky, and whether nothing may ever be written because of it (`hard`)."""

    state: State
    reason: str
    missing: tuple[str, ...] = ()
    risks: tuple[str, ...] = field(default=())
    hard: bool = False
    revisit_at: datetime | None = None


_BARRED = {
    "opt_out": "they asked not to be written to",
    "do_not_contact": "marked as not to be contacted",
    "legal_hold": "under a legal hold",
    "complaint": "they complained about a mail",
    "bounce": "their address bounces",
    "customer": "a customer, kept out of outreach",
}


def triage(facts: Facts, icp: Icp, fit: Fit, now: datetime) -> Verdict:
    """Return what becomes of a signal. What bars it comes first, then whose it is, then whether it is worth it, then what a person has to settle."""
    return _barred(facts, fit) or _belongs(facts, now) or _not_worth(facts, icp, fit) or _asked(facts, icp, fit, now)


def _barred(facts: Facts, fit: Fit) -> Verdict | None:
    if facts.barred:
        return Verdict("skipped", _BARRED.get(facts.barred, "on the suppression list"), hard=True)
    if fit.excluded:
        return Verdict("skipped", fit.excluded, hard=True)
    return None


def _belongs(facts: Facts, now: datetime) -> Verdict | None:
    """What is somebody's already: a deal under way, a customer, a sequence, or a wish to be asked later."""
    if facts.open_deal and facts.owner_id:
        return Verdict("handed_over", "a deal is open: this is for its owner")
    if MEANINGS[facts.kind].of_customer and facts.account_id and facts.owner_id:
        return Verdict("handed_over", "for the owner of the account, not for a mail")
    if facts.customer:
        if facts.kind in ASKED_THEMSELVES and facts.owner_id:
            return Verdict("handed_over", "a customer asks: this is for the owner of the account")
        return Verdict("skipped", "a customer: no outreach")
    if facts.in_sequence:
        return Verdict("skipped", "in a sequence already")
    if facts.nurtured_until and facts.nurtured_until > now and facts.kind not in ASKED_THEMSELVES:
        return Verdict("nurtured", "asked to be written to later", revisit_at=facts.nurtured_until)
    return None


def _not_worth(facts: Facts, icp: Icp, fit: Fit) -> Verdict | None:
    if fit.score is None or fit.score >= icp.least_fit:
        return None
    against = "; ".join(fit.reasons) or "does not fit the profile"
    if facts.kind in ASKED_THEMSELVES:
        return Verdict("review", "they came to us, but do not fit: yours to decide", fit.missing, (against,))
    return Verdict("skipped", f"does not fit: {against}", fit.missing)


def _asked(facts: Facts, icp: Icp, fit: Fit, now: datetime) -> Verdict:
    """What should stay human: no owner, nothing known, a new segment, a large account, a doubtful match, an event long past."""
    missing = list(fit.missing)
    questions: list[str] = []
    if facts.owner_id is None:
        missing.append("owner")
        questions.append("nobody owns this company yet")
    if facts.account_id is None and facts.lead_id is None and not facts.company.known:
        questions.append("nothing is known of this company yet")
    if facts.new_segment:
        questions.append(f"{facts.new_segment}: a segment we have not sold to")
    if (large := icp.asks_a_person(facts.company)) is not None:
        questions.append(large)
    if facts.doubt:
        questions.append(facts.doubt)
    if (now - facts.occurred_at).days >= STALE_DAYS:
        questions.append(f"it happened {age_in_words(now, facts.occurred_at)}")
    if questions:
        return Verdict("review", questions[0], tuple(missing), tuple(questions))
    return Verdict("judged", "worth writing about", tuple(missing))
