"""The go/no-go gate of a sending domain: what must stand before a mail may leave, each check green, red or unknown, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from sales.kill_switch import FEW_COMPLAINTS, FEW_HARD_BOUNCES, FEWEST_SENDS, Traffic, share, told

State = Literal["green", "red", "unknown", "not_needed"]
AddressStatus = Literal["good", "bad", "risky", "unknown"]

BOUNCE_CEILING = Fraction(2, 100)
BOUNCE_TARGET = Fraction(1, 100)
COMPLAINT_CEILING = Fraction(1, 1_000)
"""Google's guidelines for bulk senders (2024) ask to stay below 0.1 % of mails reported as spam, and never to reach 0.3 %; Yahoo names 0.3 %."""

AUTHENTICATION = ("spf", "dkim", "dmarc")
"""The checks that ask the DNS."""

TITLES = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "one_click": "One-click unsubscribe",
    "addresses": "Addresses verified",
    "suppression": "Suppression list",
    "bounces": "Bounces",
    "complaints": "Complaints",
    "paused": "Not paused",
}


@dataclass(frozen=True)
class Check:
    """One check: its state, a sentence that says what was found, and what to do about it where it is not green."""

    key: str
    state: State
    sentence: str
    fix: str = ""

    @property
    def title(self) -> str:
        """What people call it."""
        return TITLES.get(self.key, self.key)


def reds(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks that forbid sending."""
    return tuple(check for check in checks if check.state == "red")


def verdict(checks: Sequence[Check]) -> Literal["go", "no_go", "unknown"]:
    """Return what the gate says as a whole: a red one forbids, and what is not known is never told as green."""
    if reds(checks):
        return "no_go"
    return "unknown" if any(check.state == "unknown" for check in checks) else "go"


def not_needed(key: str) -> Check:
    """Return a DNS check where mails only go to the outbox folder: nothing leaves, so nothing is asked."""
    return Check(
        key, "not_needed", "Mails go to the outbox folder on this machine; nothing leaves, so this is not asked."
    )


def bounce_check(traffic: Traffic) -> Check:
    """Bounces below 2 %, with 1 % as the target. Below 50 sends a share says nothing: three hard bounces are red, else it is not known yet."""
    if traffic.sends < FEWEST_SENDS:
        if traffic.hard_bounces >= FEW_HARD_BOUNCES:
            return Check("bounces", "red", f"{traffic.hard_bounces} of {traffic.sends} mails bounced for good.", _CLEAN)
        return _too_few("bounces", traffic.bounces, traffic.sends, "bounced")
    rate = share(traffic.bounces, traffic.sends)
    sentence = f"{traffic.bounces} of {traffic.sends} mails bounced ({told(traffic.bounces, traffic.sends)})."
    if rate >= BOUNCE_CEILING:
        return Check("bounces", "red", sentence, _CLEAN)
    if rate >= BOUNCE_TARGET:
        return Check("bounces", "green", f"{sentence} The target is below 1 %.", _CLEAN)
    return Check("bounces", "green", sentence)


def complaint_check(traffic: Traffic) -> Check:
    """Complaints below 0.1 %. Below 50 sends one complaint is red, and none is not known yet."""
    if traffic.sends < FEWEST_SENDS:
        if traffic.complaints >= FEW_COMPLAINTS:
            return Check(
                "complaints", "red", f"{traffic.complaints} of {traffic.sends} mails were reported as spam.", _ASK
            )
        return _too_few("complaints", traffic.complaints, traffic.sends, "were reported as spam")
    sentence = f"{traffic.complaints} of {traffic.sends} mails were reported as spam ({told(traffic.complaints, traffic.sends)})."
    state: State = "red" if share(traffic.complaints, traffic.sends) >= COMPLAINT_CEILING else "green"
    return Check("complaints", state, sentence, _ASK if state == "red" else "")


def one_click_check(url: str, *, leaves: bool, far: bool) -> Check:
    """One-click unsubscribe as RFC 8058 and the bulk-sender rules of Google and Yahoo (2024) demand: a link over https that anybody can open.

    `leaves` is whether mails leave this machine at all, `far` whether they go to a server elsewhere. A link that only this machine can open is
    red where mails go to a server elsewhere; to one on this machine it is not known where mails go from there.
    """
    parts = urlsplit(url)
    if not leaves:
        return Check("one_click", "green", "Every mail carries the one-click header and a signed link.")
    if parts.scheme == "https" and parts.hostname:
        return Check(
            "one_click", "green", f"Every mail carries the one-click header and a signed link on {parts.hostname}."
        )
    fix = "Set DEALWRIGHT_PUBLIC_URL to an https address under which receivers reach this server."
    if _is_here(parts.hostname) and not far:
        return Check(
            "one_click",
            "unknown",
            "The link to unsubscribe leads to this machine; whether receivers reach it is not known.",
            fix,
        )
    return Check("one_click", "red", "The link to unsubscribe is not one over https that receivers can open.", fix)


def suppression_check(entries: int) -> Check:
    """The suppression list is always on; this tells that it could be read, and how long it is."""
    return Check("suppression", "green", f"On, with {entries:,} {'entry' if entries == 1 else 'entries'}.")


def address_check(address_status: AddressStatus | None) -> Check:
    """One recipient: only an address known to be good is written to; a catch-all domain's is let through as the best that can be known."""
    if address_status == "good":
        return Check("addresses", "green", "The address is verified.")
    if address_status == "risky":
        return Check("addresses", "green", "The domain takes mail for any address, so more can't be known of this one.")
    if address_status == "bad":
        return Check(
            "addresses", "red", "The address does not exist or takes no mail.", "Find another address of this person."
        )
    return Check(
        "addresses", "red", "The address is not verified yet.", "It is tried again by itself; see `dealwright gate`."
    )


def addresses_check(good: int, bad: int, unverified: int) -> Check:
    """All recipients that wait: those that are not verified are skipped, so they forbid nothing to the others."""
    waiting = good + bad + unverified
    if waiting == 0:
        return Check("addresses", "green", "Nobody waits to be written to.")
    if bad == unverified == 0:
        return Check(
            "addresses",
            "green",
            f"{'The one address' if waiting == 1 else f'All {waiting:,} addresses'} that wait are verified.",
        )
    parts = [f"{bad:,} take no mail" if bad else "", f"{unverified:,} are not verified yet" if unverified else ""]
    told_parts = " and ".join(part for part in parts if part)
    return Check(
        "addresses",
        "unknown",
        f"Of {waiting:,} addresses that wait, {told_parts}; these are skipped.",
        "Find other addresses, or wait for the next try.",
    )


def paused_check(reason: str | None) -> Check:
    """Whether sending was paused, by the kill switch or by hand."""
    if reason is None:
        return Check("paused", "green", "Sending is not paused.")
    return Check(
        "paused",
        "red",
        f"Sending is paused: {reason}",
        "Somebody with the right resumes it, with a reason, when the rates are normal.",
    )


_CLEAN = "Verify addresses before they are used, and drop the source that brought the bad ones."
_ASK = "Look at who complained and why; write to fewer, better chosen people."


def _too_few(key: str, part: int, sends: int, what: str) -> Check:
    return Check(key, "unknown", f"{part} of {sends} mails {what}; a share means something from {FEWEST_SENDS} on.")


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
