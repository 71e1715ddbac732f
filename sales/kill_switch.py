"""When sending from a domain stops by itself: too many bounces or complaints over a rolling window."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

BOUNCE_LIMIT = Fraction(2, 100)
"""Above this share of bounces a domain is paused. The field's line: Amazon SES, for one, calls for less than 5 % and reviews senders there, and senders who watch
their reputation stop at 2 %."""

COMPLAINT_LIMIT = Fraction(8, 10_000)
"""Above this share of complaints a domain is paused: before the 0.1 % that Google's guidelines for bulk senders (2024) ask to stay below."""

FEWEST_SENDS = 50
"""Below so many sends a share says nothing (one of 20 is 5 %), so the counts below decide."""

FEW_HARD_BOUNCES = 3
FEW_COMPLAINTS = 1


@dataclass(frozen=True)
class Traffic:
    """What a domain sent in the window, and what came of it: each mail that bounced once, hard where it bounced hard; each complaint."""

    sends: int
    hard_bounces: int = 0
    soft_bounces: int = 0
    complaints: int = 0

    @property
    def bounces(self) -> int:
        """All bounces."""
        return self.hard_bounces + self.soft_bounces


def share(part: int, whole: int) -> Fraction:
    """Return the exact share; of nothing sent, nothing."""
    return Fraction(part, whole) if whole else Fraction(0)


def reason_to_pause(traffic: Traffic) -> str | None:
    """Return why a domain must be paused, in a sentence, or None where its rates are normal.

    From 50 sends in the window on: bounces above 2 % or complaints above 0.08 %. Below that: three hard bounces or one complaint.
    """
    if traffic.sends >= FEWEST_SENDS:
        if share(traffic.bounces, traffic.sends) > BOUNCE_LIMIT:
            return f"{traffic.bounces} of {traffic.sends} mails bounced ({told(traffic.bounces, traffic.sends)}); the limit is 2 %."
        if share(traffic.complaints, traffic.sends) > COMPLAINT_LIMIT:
            return (
                f"{traffic.complaints} of {traffic.sends} mails were reported as spam "
                f"({told(traffic.complaints, traffic.sends)}); the limit is 0.08 %."
            )
        return None
    if traffic.hard_bounces >= FEW_HARD_BOUNCES:
        return f"{traffic.hard_bounces} of only {traffic.sends} mails bounced for good; with fewer than 50 sent, three are the limit."
    if traffic.complaints >= FEW_COMPLAINTS:
        return f"A mail was reported as spam, of only {traffic.sends} sent; with fewer than 50 sent, one is the limit."
    return None


def told(part: int, whole: int) -> str:
    """Return a share as people read it: `2.4 %`, `0.09 %`."""
    percent = float(share(part, whole) * 100)
    return f"{percent:.2f} %" if percent < 1 else f"{percent:.1f} %"


def checklist(domain: str) -> tuple[str, ...]:
    """Return what to go through before sending is resumed."""
    return (
        "Look at the last bounces and complaints: is one list, source or template behind them?",
        "Take addresses that bounced or complained off every list; they are suppressed here already.",
        "Verify the addresses that are planned next.",
        f"Check the gate of {domain}: `dealwright gate {domain}`.",
        "See what Google Postmaster Tools and Microsoft SNDS say of the domain.",
        f'When the rates are normal: `dealwright resume {domain} --reason "…"`.',
    )
