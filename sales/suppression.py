"""Whom we do not write to, for which reason, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sales.addresses import ascii_domain, compared_address, parent_domains

Kind = Literal["person", "domain"]
Reason = Literal["legal_hold", "opt_out", "complaint", "do_not_contact", "bounce", "customer", "by_hand"]

REASONS: tuple[Reason, ...] = get_args(Reason)
"""The heaviest first: a heavier one replaces a lighter, never the other way round. A legal hold is no wish that its person could withdraw."""

LASTING: frozenset[Reason] = frozenset({"opt_out", "complaint"})
"""What no date ends: whoever asked us to stop, or called us spam, said so for good (CAN-SPAM, 15 USC 7704(a)(4); GDPR, article 21(3))."""

GUARDED: frozenset[Reason] = frozenset({"opt_out", "complaint", "legal_hold"})
"""What only an admin may take off the list."""

_WORDS: dict[Reason, str] = {
    "opt_out": "asked not to be written to",
    "complaint": "reported a mail of ours as spam",
    "legal_hold": "is under a legal hold",
    "do_not_contact": "is marked as do not contact",
    "bounce": "can't be reached: a mail bounced for good",
    "customer": "is a customer, who gets no outreach",
    "by_hand": "was put on the list by hand",
}


@dataclass(frozen=True)
class Listed:
    """One entry of the list. `value` is an address or a domain as it is compared."""

    kind: Kind
    value: str
    reason: Reason
    until: datetime | None = None


def in_force(entry: Listed, now: datetime) -> bool:
    """Return whether an entry holds now. What somebody asked for themselves never ends (`LASTING`)."""
    return entry.reason in LASTING or entry.until is None or entry.until > now


def lookup_values(address: str) -> tuple[str, tuple[str, ...]]:
    """Return what to look up for an address: the person, and the domains that hold it. Raises ValueError where it is no address.

    Case and what follows a plus sign make no difference, and a suppressed domain holds for all domains below it.
    """
    person = compared_address(address)
    if person is None:
        raise ValueError("not an address")
    return person, parent_domains(person.partition("@")[2])


def heaviest(entries: Iterable[Listed], now: datetime) -> Listed | None:
    """Return the entry in force that weighs most, or None where the person may be written to."""
    holding = [entry for entry in entries if in_force(entry, now)]
    return min(holding, key=lambda entry: (REASONS.index(entry.reason), entry.kind), default=None)


def replaces(new: Reason, old: Reason) -> bool:
    """Return whether a new reason takes the place of an old one: an opt-out is never forgotten for a bounce."""
    return REASONS.index(new) <= REASONS.index(old)


def end_of(new: datetime | None, old: datetime | None, reasons: Iterable[Reason]) -> datetime | None:
    """Return when an entry ends that holds for several reasons: the later of two ends, None (never) where one has none or a reason lasts."""
    if new is None or old is None or LASTING & set(reasons):
        return None
    return max(new, old)


def sentence(entry: Listed) -> str:
    """Return why the person is not written to, in one sentence."""
    who = "Everybody at this company's domain" if entry.kind == "domain" else "This person"
    return f"{who} {_WORDS[entry.reason]}."


def read_value(text: str) -> tuple[Kind, str] | None:
    """Return what somebody typed as a person's address or a domain (`@acme.example` and `acme.example` alike), or None."""
    plain = text.strip().strip("<>").strip()
    if "@" in plain[1:]:
        person = compared_address(plain)
        return ("person", person) if person else None
    domain = ascii_domain(plain.removeprefix("@").removeprefix("*."))
    return ("domain", domain) if domain else None


def read_reason(text: str) -> Reason | None:
    """Return the reason that a word names, in the words of other lists too (`unsubscribed`, `DNC`, `hard bounce`); None where none is meant."""
    word = "_".join(text.lower().replace("-", " ").replace("_", " ").split())
    if word in REASONS:
        return word
    return _READ.get(word)


_READ: dict[str, Reason] = {
    **dict.fromkeys(("unsubscribe", "unsubscribed", "optout", "opted_out", "global_unsubscribe"), "opt_out"),
    **dict.fromkeys(("spam", "spam_report", "spam_complaint", "complained", "abuse"), "complaint"),
    **dict.fromkeys(("bounced", "hard_bounce", "hard_bounced", "invalid", "undeliverable"), "bounce"),
    **dict.fromkeys(("dnc", "do_not_mail", "do_not_email", "blocked", "blocklist"), "do_not_contact"),
    **dict.fromkeys(("legal", "litigation", "litigation_hold", "hold"), "legal_hold"),
    **dict.fromkeys(("existing_customer", "client"), "customer"),
    **dict.fromkeys(("manual", "other", "hand"), "by_hand"),
}
