"""Whether an address exists, as far as can be known: syntax, MX, a provider; and people who wrote to us, who surely do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from agents.guard.trail import address_mark
from infra.errors import DealwrightError
from infra.logs import logger
from infra.settings import Settings
from infra.spine.activity import Activity, Participant
from infra.spine.compared import person_of
from infra.spine.database import Database
from infra.spine.outbound import Mailbox
from infra.spine.proposals import Proposal, ProposalVersion
from infra.spine.touches import Verification
from integrations.dns import Dns, DnsSilent
from sales.addresses import compared_address, domain_of, written_address
from sales.gate import AddressStatus

_LOG = logger("verifying")
AGAIN_AFTER = timedelta(hours=1)
"""How long what could not be told is left before it is asked again."""


class Verifier(Protocol):
    """A provider of verifications."""

    def verify(self, address: str) -> AddressStatus:
        """Return what it knows of an address. Raises DealwrightError."""
        ...


@dataclass(frozen=True)
class Known:
    """What is known of an address: `method` says how it was learned (syntax, mx, provider, reply), `at` when."""

    status: AddressStatus
    method: str
    at: datetime | None


def mails_leave(session: Session, settings: Settings) -> bool:
    """Return whether mails leave this machine at all, by SMTP or a connected mailbox, rather than go to the outbox folder."""
    if settings.smtp_url is not None:
        return True
    connected = select(Mailbox.id).where(Mailbox.kind.in_(("gmail", "graph")), Mailbox.state == "connected")
    return session.scalar(connected.limit(1)) is not None


class Addresses:
    """Verifies addresses and keeps what was learned. Asking blocks on the DNS and the provider: never inside a transaction."""

    def __init__(self, settings: Settings, database: Database, dns: Dns, verifier: Verifier | None) -> None:
        self._settings = settings
        self._database = database
        self._dns = dns
        self._verifier = verifier

    def verify(self, address: str, now: datetime) -> AddressStatus:
        """Return whether an address exists, asking outside where what is known is too old."""
        with self._database.session() as session:
            held = known(session, self._settings, address, now)
        if held is not None and not _is_due(held, now):
            return held.status
        status, method, detail = self._ask(address)
        key = compared_address(address) or address.strip().lower()[:320]
        with self._database.transaction() as session:
            row = session.get(Verification, key)
            if row is None:
                session.add(Verification(address=key, status=status, method=method, detail=detail, at=now))
            else:
                row.status, row.method, row.detail, row.at = status, method, detail, now
        if status != "good":
            _LOG.info("address not verified", address=address_mark(key), status=status, method=method)
        return status

    def _ask(self, address: str) -> tuple[AddressStatus, str, str | None]:
        written = written_address(address)
        if written is None:
            return "bad", "syntax", None
        with self._database.session() as session:
            leave = mails_leave(session, self._settings)
        if not leave:
            return "good", "syntax", "Mails go to the outbox folder; nothing is asked outside."
        try:
            hosts = self._dns.mail_hosts(domain_of(written) or "")
        except DnsSilent:
            return "unknown", "mx", "The DNS did not answer."
        if hosts != "some":
            return "bad", "mx", "The domain takes no mail."
        if self._verifier is None:
            return "good", "mx", None
        try:
            return self._verifier.verify(written), "provider", None
        except DealwrightError as error:
            _LOG.warning("verifier failed", error=type(error).__name__)
            return "unknown", "provider", error.sentence

    def waiting(self, now: datetime, limit: int = 200) -> list[str]:
        """Return recipients of cards that wait whose address nobody has verified, or not of late."""
        recipient = ProposalVersion.effect["to"].as_string()
        person = person_of(recipient)
        fresh = now - timedelta(days=self._settings.verified_days)
        chosen = (
            select(func.min(recipient))
            .join(
                Proposal, and_(Proposal.id == ProposalVersion.proposal_id, Proposal.version == ProposalVersion.version)
            )
            .outerjoin(Verification, Verification.address == person)
            .where(
                Proposal.state.in_(("draft", "pending", "snoozed", "approved")),
                recipient.is_not(None),
                or_(
                    Verification.address.is_(None),
                    Verification.at < fresh,
                    and_(Verification.status == "unknown", Verification.at < now - AGAIN_AFTER),
                ),
            )
            .group_by(person)
            .limit(limit)
        )
        with self._database.session() as session:
            return [address for address in session.scalars(chosen) if address]


def known(session: Session, settings: Settings, address: str, now: datetime) -> Known | None:
    """Return what the spine knows of an address, or None where nothing is, or it is too old.

    Whoever wrote to us from it within the time that a verification holds is there; and where mails go to the outbox folder, well-formed is good.
    """
    key = compared_address(address)
    if key is None:
        return Known("bad", "syntax", None)
    oldest = now - timedelta(days=settings.verified_days)
    row = session.get(Verification, key)
    if row is not None and row.at >= oldest and row.status != "unknown":
        return Known(_status(row.status), row.method, row.at)
    wrote = session.scalar(
        select(func.max(Activity.at))
        .join(Participant, Participant.activity_id == Activity.id)
        .where(
            Participant.email.in_({key, address.strip().lower()}),
            Participant.role == "from",
            Activity.kind == "mail",
            Activity.direction == "inbound",
            Activity.automatic.is_(False),
            Activity.at >= oldest,
        )
    )
    if wrote is not None:
        return Known("good", "reply", wrote)
    if not mails_leave(session, settings):
        return Known("good", "syntax", None)
    return Known("unknown", row.method, row.at) if row is not None and row.at >= oldest else None


def _is_due(held: Known, now: datetime) -> bool:
    return held.status == "unknown" and (held.at is None or held.at < now - AGAIN_AFTER)


def _status(text: str) -> AddressStatus:
    known_ones: tuple[AddressStatus, ...] = ("good", "bad", "risky")
    return next((status for status in known_ones if status == text), "unknown")
