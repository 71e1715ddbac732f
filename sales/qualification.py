"""Whether a mail is drafted because of a signal that was judged worth it: who it would go to, what it would rest on, and what has changed since.

`sales.triage` judges the company and the event; here the person, the address and the evidence are. What forbids comes first, then whose it
is, then what must be asked. Nothing here opens a deal: only a person does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sales.signals import MEANINGS, Kind
from sales.triage import ASKED_THEMSELVES

Decision = Literal["pursue", "nurture", "skip", "ask", "hand_over"]
Rule = Literal[
    "opted_out", "suppressed", "expired", "open_deal", "customer", "in_sequence", "mail_waits", "asked_to_wait", "no_account", "nobody_to_write_to",
    "no_address", "no_sender", "no_evidence", "pursue",
]  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known when a mail would be drafted. Moments are timezone-aware. `released`: a person was asked and said to go on."""

    kind: Kind | None
    now: datetime
    expires_at: datetime | None = None
    suppressed: str | None = None
    open_deal: bool = False
    customer: bool = False
    in_sequence: bool = False
    mail_waits: bool = False
    wait_until: datetime | None = None
    has_company: bool = True
    has_person: bool = True
    has_address: bool = True
    has_sender: bool = True
    has_evidence: bool = True
    released: bool = False


@dataclass(frozen=True)
class Verdict:
    """What is decided, by which rule, in a sentence for people. `missing` says what would have helped; `revisit_at` belongs to nurture."""

    decision: Decision
    rule: Rule
    reason: str
    missing: tuple[str, ...] = ()
    revisit_at: datetime | None = None


def qualify(facts: Facts) -> Verdict:
    """Return the verdict of the first rule that applies."""
    return (
        _forbidden(facts)
        or _taken(facts)
        or _later(facts)
        or _asked(facts)
        or Verdict("pursue", "pursue", "Nothing stands in the way.", missing(facts))
    )


def _forbidden(facts: Facts) -> Verdict | None:
    if facts.suppressed == "opt_out":
        return Verdict("skip", "opted_out", "They opted out: nobody writes to them.")
    if facts.suppressed:
        return Verdict("skip", "suppressed", f"On the list of those we do not write to ({facts.suppressed}).")
    if facts.expires_at is not None and facts.expires_at <= facts.now:
        return Verdict("skip", "expired", "Too old to open a mail with.")
    return None


def _taken(facts: Facts) -> Verdict | None:
    """Return what follows where somebody of ours already talks to them."""
    if facts.open_deal:
        return Verdict("hand_over", "open_deal", "There is an open deal: its owner is told instead.")
    if facts.kind is not None and MEANINGS[facts.kind].of_customer and not facts.released:
        return Verdict("hand_over", "customer", "For the owner of the account, not for a mail.")
    if facts.customer and facts.kind in ASKED_THEMSELVES:
        return Verdict("hand_over", "customer", "A customer asks: this is for the owner of the account.")
    if facts.customer:
        return Verdict("skip", "customer", "They are a customer: no prospecting.")
    if facts.in_sequence:
        return Verdict("skip", "in_sequence", "They are in a sequence already.")
    if facts.mail_waits:
        return Verdict("skip", "mail_waits", "A mail to them already waits for a decision.")
    return None


def _later(facts: Facts) -> Verdict | None:
    if facts.wait_until is not None and facts.wait_until > facts.now:
        until = f"{facts.wait_until.day} {facts.wait_until:%b %Y}"
        return Verdict("nurture", "asked_to_wait", f"They asked to be left until {until}.", revisit_at=facts.wait_until)
    return None


def _asked(facts: Facts) -> Verdict | None:
    """Return what a person has to find or say first. Whoever released a signal has answered for its evidence, but no mail goes to nobody."""
    questions: tuple[tuple[bool, Rule, str], ...] = (
        (facts.has_company or facts.has_person, "no_account", "Which company is this about?"),
        (facts.has_person, "nobody_to_write_to", "Nobody to write to is known there. Who should it be?"),
        (facts.has_address, "no_address", "No mail address is known. Can you find one?"),
        (facts.has_sender, "no_sender", "The owner has no mail address to send from."),
        (facts.has_evidence, "no_evidence", "Nothing shows that it happened. Is it real?"),
    )
    return next(
        (Verdict("ask", rule, question, missing(facts)) for there, rule, question in questions if not there), None
    )


def missing(facts: Facts) -> tuple[str, ...]:
    """Return what is not known, in a word each."""
    told = (
        (facts.has_company, "company"),
        (facts.has_person, "person"),
        (facts.has_address, "mail address"),
        (facts.has_evidence, "evidence"),
    )
    return tuple(name for there, name in told if not there)
