"""All that references can lead to, held in memory while an import runs: names and ids only, never texts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.intake.identity import domain_and_parents, domain_of
from agents.intake.lookup import CompanyNames, DealNames, PersonNames
from infra.settings import Settings
from infra.spine.models import Account, Contact, Deal, Product, User
from sales.shared_domains import is_shared

Side = Literal["buyer", "seller", "unknown"]


@dataclass(slots=True)
class DealLife:
    """When a deal was open, and who owns it."""

    account: str | None
    owner: str | None
    status: str
    created_at: datetime | None
    closed_at: datetime | None

    def open_at(self, moment: datetime | None) -> bool:
        """Whether the deal was open at a moment; without one, whether it is open now."""
        if moment is None:
            return self.status == "open"
        if self.created_at is not None and moment < self.created_at:
            return False
        return self.status == "open" or (self.closed_at is not None and moment <= self.closed_at)


@dataclass
class Directory:
    """The lookups of one import run."""

    accounts: CompanyNames = field(default_factory=lambda: CompanyNames("account"))
    products: CompanyNames = field(default_factory=lambda: CompanyNames("product"))
    users: PersonNames = field(default_factory=lambda: PersonNames("user"))
    contacts: PersonNames = field(default_factory=lambda: PersonNames("contact"))
    deals: DealNames = field(default_factory=DealNames)
    account_owner: dict[str, str | None] = field(default_factory=dict)
    lives: dict[str, DealLife] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    _deals_of: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    _told_domain: str | None = None
    _user_domains: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, session: Session, settings: Settings) -> Directory:
        """Read what the spine knows by name."""
        directory = cls()
        directory._told_domain = domain_of(settings.company_domain) if settings.company_domain else None
        for user in session.execute(select(User.id, User.name, User.email, User.team).order_by(User.id)):
            directory.add_user(user.id, user.name, user.email, user.team)
        for account in session.execute(
            select(Account.id, Account.name, Account.domain, Account.aliases, Account.owner_id).order_by(Account.id)
        ):
            directory.add_account(
                account.id, account.name, account.domain, tuple(account.aliases or ()), account.owner_id
            )
        for product in session.execute(select(Product.id, Product.name).order_by(Product.id)):
            directory.products.add(product.id, product.name)
        for contact in session.execute(
            select(Contact.id, Contact.name, Contact.email, Contact.account_id).order_by(Contact.id)
        ):
            directory.contacts.add(contact.id, contact.name, contact.email, contact.account_id)
        columns = (Deal.id, Deal.name, Deal.account_id, Deal.owner_id, Deal.status, Deal.created_at, Deal.closed_at)
        for deal in session.execute(select(*columns).order_by(Deal.id)):
            life = DealLife(deal.account_id, deal.owner_id, deal.status, deal.created_at, deal.closed_at)
            directory.add_deal(deal.id, deal.name, life)
        return directory

    def add_account(
        self,
        identity: str,
        name: str,
        domain: str | None = None,
        aliases: tuple[str, ...] = (),
        owner: str | None = None,
    ) -> None:
        """Learn an account."""
        self.accounts.add(identity, name, domain, aliases)
        self.account_owner[identity] = owner

    def add_user(self, identity: str, name: str, email: str | None, team: str | None = None) -> None:
        """Learn a user, and by them a domain of ours."""
        self.users.add(identity, name, email)
        if email and (domain := domain_of(email)) and not is_shared(domain):
            self._user_domains.add(domain)
        if team:
            self.teams.setdefault(team_key(team), team)

    def add_deal(self, identity: str, name: str, life: DealLife) -> None:
        """Learn a deal, or what it has become."""
        self.forget_deal(identity)
        self.deals.add(identity, name, life.account)
        self.lives[identity] = life
        if life.account is not None:
            self._deals_of[life.account][identity] = None

    def forget_deal(self, identity: str) -> None:
        """Forget a deal."""
        self.deals.forget(identity)
        before = self.lives.pop(identity, None)
        if before is not None and before.account is not None:
            self._deals_of[before.account].pop(identity, None)

    def move_deal(self, identity: str, account: str | None) -> None:
        """Learn that a deal belongs to another account."""
        life = self.lives[identity]
        if life.account is not None:
            self._deals_of[life.account].pop(identity, None)
        life.account = account
        self.deals.accounts[identity] = account
        if account is not None:
            self._deals_of[account][identity] = None

    def is_ours(self, email_or_domain: str) -> bool:
        """Whether a mail address or a domain is our own company's."""
        domain = domain_of(email_or_domain)
        if domain is None:
            return False
        ours = {self._told_domain} if self._told_domain else self._user_domains
        return any(candidate in ours for candidate in domain_and_parents(domain))

    @property
    def knows_us(self) -> bool:
        """Whether there is anything to tell our own people by."""
        return bool(self._told_domain or self._user_domains or self.users.emails)

    def account_of_address(self, email: str) -> str | None:
        """Return the account that a mail address belongs to by its domain; mail providers and our own say nothing."""
        domain = domain_of(email)
        if domain is None or is_shared(domain) or self.is_ours(domain):
            return None
        return self.accounts.of_domain(domain)

    def only_open_deal(self, account: str, moment: datetime | None) -> str | None:
        """Return the one deal of the account that was open at a moment; None where there was none or more than one."""
        found = [identity for identity in self._deals_of.get(account, ()) if self.lives[identity].open_at(moment)]
        return found[0] if len(found) == 1 else None


def team_key(name: str) -> str:
    """Return the key of a team's name: `West Team` and `west` are one."""
    words = [word for word in name.casefold().split() if word not in ("team", "the")]
    return " ".join(words) or name.casefold().strip()
