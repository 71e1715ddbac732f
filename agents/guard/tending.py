"""What the guardrails have done ahead of time, outside of any transaction: addresses verified, domains asked about, rates judged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from agents.guard.gatekeeper import Gatekeeper, sending_domains
from agents.guard.kill_switch import cards_of, is_paused, judge
from agents.guard.returns import sweep
from agents.guard.verifying import Addresses
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.touches import SendingDomain
from integrations.dns import Dns
from integrations.verifier import HttpVerifier
from sales.addresses import domain_of
from sales.clock import Clock

_MOST_AT_ONCE = 20


class GuardTending:
    """Asks outside what the guardrails will want to know. Everything here blocks: call it in a thread."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._paused: set[str] | None = None
        dns = Dns(settings.dns_server)
        token = settings.verifier_token.get_secret_value() if settings.verifier_token else None
        verifier = HttpVerifier(settings.verifier_base_url, token) if settings.verifier_base_url else None
        self.gatekeeper = Gatekeeper(settings, database, dns)
        self.addresses = Addresses(settings, database, dns, verifier)

    def prepare(self, sender: str, recipient: str) -> None:
        """Have known what `HouseGuards.check` asks of one mail: the recipient's address, and the DNS of the sender's domain. Quick where it is known."""
        now = self._clock.now()
        self.addresses.verify(recipient, now)
        domain = domain_of(sender)
        if domain is not None:
            self.gatekeeper.refresh(domain, now)

    def tick(self) -> list[str]:
        """Do what is due for all cards that wait; meant for about every minute. Returns the proposals whose cards look different now."""
        now = self._clock.now()
        for address in self.addresses.waiting(now, _MOST_AT_ONCE):
            self.addresses.verify(address, now)
        self.gatekeeper.refresh_due(now)
        with self._database.transaction() as session:
            sweep(session, self._settings, now)
        self.judge_all(now)
        return self._changed()

    def _changed(self) -> list[str]:
        """Return the cards of domains that were paused or resumed since the last look; at the first look, of none."""
        with self._database.session() as session:
            paused = {row.domain for row in session.scalars(select(SendingDomain)) if is_paused(row)}
            known, self._paused = self._paused, paused
            changed = sorted(paused ^ known) if known is not None else []
            return [card for domain in changed for card in cards_of(session, domain)]

    def judge_all(self, now: datetime) -> list[str]:
        """Pause every domain whose rates are too bad; return those that were paused."""
        with self._database.session() as session:
            domains = sending_domains(session, self._settings)
        paused = []
        for domain in domains:
            with self._database.transaction() as session:
                if judge(session, self._settings, domain, now) is not None:
                    paused.append(domain)
        return paused
