"""The gate of each sending domain: what was learned of its DNS and kept, and what the spine counts, put together as checks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from agents.guard.kill_switch import is_paused, recent
from agents.guard.unsubscribing import base_url
from agents.guard.verifying import known, mails_leave
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.compared import person_of
from infra.spine.database import Database
from infra.spine.outbound import Mailbox
from infra.spine.people import User
from infra.spine.proposals import Proposal, ProposalVersion
from infra.spine.touches import SendingDomain, Suppression, Verification
from integrations.authentication import Origins, authentication
from integrations.dns import Dns
from integrations.sending.signing import dkim_key, public_half
from sales.addresses import ascii_domain, domain_of
from sales.gate import (
    AUTHENTICATION,
    Check,
    State,
    address_check,
    addresses_check,
    bounce_check,
    complaint_check,
    not_needed,
    one_click_check,
    paused_check,
    suppression_check,
    verdict,
)
from sales.kill_switch import Traffic

FRESH = timedelta(hours=6)
"""How long what the DNS said is relied on."""

SOON = timedelta(minutes=10)
"""How long until a domain is asked again whose checks are not all green: somebody may be mending it."""

_MAILBOX_SELECTORS = {"gmail": ("google",), "graph": ("selector1", "selector2")}
"""The selectors that Google Workspace and Microsoft 365 sign under by default, in their own setup guides."""


_PROVIDERS = {"gmail": "_spf.google.com", "graph": "spf.protection.outlook.com"}
"""The SPF records that Google Workspace and Microsoft 365 tell their customers to include, in their own setup guides."""


@dataclass(frozen=True)
class Gate:
    """The gate of a domain, or of one mail from it: `verdict` is go, no_go or unknown."""

    domain: str
    checks: tuple[Check, ...]
    checked_at: datetime | None

    @property
    def verdict(self) -> Literal["go", "no_go", "unknown"]:
        """What the gate says as a whole."""
        return verdict(self.checks)

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return {
            "domain": self.domain,
            "verdict": self.verdict,
            "checked_at": self.checked_at.isoformat() if self.checked_at else None,
            "checks": [{"title": check.title, **asdict(check)} for check in self.checks],
        }


class Gatekeeper:
    """Asks the DNS about sending domains and keeps what it said. Blocks: never inside a transaction."""

    def __init__(self, settings: Settings, database: Database, dns: Dns) -> None:
        self._settings = settings
        self._database = database
        self._dns = dns

    def refresh(self, domain: str, now: datetime, *, at_once: bool = False) -> None:
        """Ask again about a domain where what is known is too old, or `at_once`."""
        with self._database.session() as session:
            row = session.get(SendingDomain, domain)
            if not at_once and row is not None and not _is_due(row, now):
                return
            selectors = _selectors(session, self._settings, domain)
            leave = mails_leave(session, self._settings)
            origins = _origins(session, self._settings, domain)
        asked: tuple[Check, ...] = ()
        if leave:
            key = dkim_key(self._settings)
            ours = public_half(key) if key is not None and self._settings.dkim_selector in selectors else None
            asked = authentication(self._dns, domain, selectors, ours, origins)
        with self._database.transaction() as session:
            row = session.get(SendingDomain, domain)
            if row is None:
                row = SendingDomain(domain=domain)
                session.add(row)
            row.checks = {
                check.key: {"state": check.state, "sentence": check.sentence, "fix": check.fix} for check in asked
            }
            row.checked_at = now

    def refresh_due(self, now: datetime) -> None:
        """Ask again about every domain that cards would leave from, where what is known is too old."""
        with self._database.session() as session:
            domains = sending_domains(session, self._settings)
        for domain in domains:
            self.refresh(domain, now)


def _is_due(row: SendingDomain, now: datetime) -> bool:
    if row.checked_at is None:
        return True
    green = bool(row.checks) and all(told.get("state") == "green" for told in row.checks.values())
    return row.checked_at < now - (FRESH if green else SOON) or row.checked_at > now


def _selectors(session: Session, settings: Settings, domain: str) -> tuple[str, ...]:
    kinds = _mailbox_kinds(session, domain)
    own = (settings.dkim_selector,) if settings.dkim_selector else ()
    return (*own, *(selector for kind in kinds for selector in _MAILBOX_SELECTORS[kind]))


def _origins(session: Session, settings: Settings, domain: str) -> Origins:
    """Return where mails from a domain leave from: the providers of its connected mailboxes, and the relay for everybody else."""
    kinds = _mailbox_kinds(session, domain)
    relay = urlsplit(settings.smtp_url.get_secret_value()).hostname if settings.smtp_url is not None else None
    return Origins((relay,) if relay else (), tuple(_PROVIDERS[kind] for kind in kinds))


def _mailbox_kinds(session: Session, domain: str) -> tuple[str, ...]:
    return tuple(
        session.scalars(
            select(Mailbox.kind)
            .where(
                Mailbox.kind.in_(tuple(_MAILBOX_SELECTORS)),
                Mailbox.state == "connected",
                func.lower(Mailbox.address).endswith(f"@{domain}", autoescape=True),
            )
            .distinct()
            .order_by(Mailbox.kind)
        )
    )


def sending_domains(session: Session, settings: Settings) -> list[str]:
    """Return the domains that we send from: those of waiting cards, of connected mailboxes, and our own."""
    senders = session.scalars(
        select(ProposalVersion.effect["sender"].as_string())
        .join(Proposal, and_(Proposal.id == ProposalVersion.proposal_id, Proposal.version == ProposalVersion.version))
        .where(Proposal.state.in_(("draft", "pending", "snoozed", "approved")))
        .distinct()
    )
    mailboxes = session.scalars(select(Mailbox.address).where(Mailbox.kind.in_(tuple(_MAILBOX_SELECTORS))).distinct())
    found = {domain_of(address) for address in (*senders, *mailboxes) if address}
    found |= set(session.scalars(select(SendingDomain.domain)))
    if settings.company_domain:
        found.add(ascii_domain(settings.company_domain))
    if not found - {None}:
        found |= {domain_of(email) for email in session.scalars(select(User.email).where(User.active)) if email}
    return sorted(domain for domain in found if domain)


def gate_of(
    session: Session,
    settings: Settings,
    domain: str,
    now: datetime,
    recipient: str | None = None,
    traffic: Traffic | None = None,
) -> Gate:
    """Return the gate of a domain as the spine knows it, for one recipient or for all that wait. Asks nothing outside.

    `traffic` is what was counted of the domain just now, where it was.
    """
    known_domain = ascii_domain(domain)
    if known_domain is None:
        raise Fatal("That is not a domain.", "Name it like acme.example.", status=422)
    row = session.get(SendingDomain, known_domain)
    leave = mails_leave(session, settings)
    counted = traffic or recent(session, settings, known_domain, now)
    checks = (
        *_authentication(row, leave=leave),
        one_click_check(base_url(settings), leaves=leave, far=_is_far(session, settings)),
        _recipients(session, settings, known_domain, now)
        if recipient is None
        else _recipient(session, settings, recipient, now),
        suppression_check(session.scalar(select(func.count()).select_from(Suppression)) or 0),
        bounce_check(counted),
        complaint_check(counted),
        paused_check(row.pause_reason if row is not None and is_paused(row) else None),
    )
    return Gate(known_domain, checks, row.checked_at if row is not None else None)


def _authentication(row: SendingDomain | None, *, leave: bool) -> tuple[Check, ...]:
    if not leave:
        return tuple(not_needed(key) for key in AUTHENTICATION)
    return tuple(_stored(key, row.checks.get(key) if row is not None else None) for key in AUTHENTICATION)


def _stored(key: str, told: Any) -> Check:
    states: tuple[State, ...] = ("green", "red", "unknown")
    if not isinstance(told, dict) or told.get("state") not in states:
        return Check(
            key, "unknown", "Not asked yet.", "It is asked by itself within a minute; `dealwright gate` asks at once."
        )
    state: State = told["state"]
    return Check(key, state, str(told.get("sentence", "")), str(told.get("fix", "")))


def _is_far(session: Session, settings: Settings) -> bool:
    """Return whether mails are handed to a server on another machine."""
    if settings.smtp_url is None:
        return mails_leave(session, settings)
    host = urlsplit(settings.smtp_url.get_secret_value()).hostname or ""
    return not (host in ("localhost", "::1") or host.startswith("127."))


def _recipient(session: Session, settings: Settings, recipient: str, now: datetime) -> Check:
    held = known(session, settings, recipient, now)
    return address_check(held.status if held is not None else None)


def _recipients(session: Session, settings: Settings, domain: str, now: datetime) -> Check:
    """Count the recipients of waiting cards from this domain by what is known of them."""
    recipient = person_of(ProposalVersion.effect["to"].as_string())
    oldest = now - timedelta(days=settings.verified_days)
    status = case((Verification.at >= oldest, Verification.status), else_="unknown")
    waiting = (
        select(recipient.label("recipient"), func.max(status).label("status"))
        .join(Proposal, and_(Proposal.id == ProposalVersion.proposal_id, Proposal.version == ProposalVersion.version))
        .outerjoin(Verification, Verification.address == recipient)
        .where(
            Proposal.state.in_(("draft", "pending", "snoozed", "approved")),
            func.lower(ProposalVersion.effect["sender"].as_string()).endswith(f"@{domain}", autoescape=True),
            recipient.is_not(None),
        )
        .group_by(recipient)
        .subquery()
    )
    rows = session.execute(select(waiting.c.status, func.count()).group_by(waiting.c.status)).all()
    counts = {told: count for told, count in rows}  # noqa: C416 - dict() of rows is not typed
    unverified = counts.get("unknown", 0)
    if not mails_leave(session, settings):
        unverified = 0
    good = sum(counts.values()) - counts.get("bad", 0) - unverified
    return addresses_check(good, counts.get("bad", 0), unverified)
