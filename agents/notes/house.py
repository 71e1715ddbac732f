"""What is known of ourselves and of whom we meet: our people, our domains and names, and the competitors that deals have named.

Read once for many calls: none of it belongs to one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.settings import Settings
from infra.spine.models import Deal, Product, User
from sales.addresses import domain_of, parent_domains
from sales.names import account_key
from sales.shared_domains import is_shared

_MOST_RIVALS = 2_000


@dataclass(frozen=True)
class Colleague:
    """One of ours."""

    id: str
    name: str
    email: str | None


@dataclass(frozen=True)
class House:
    """Our side, as the spine and the settings know it. `names` are what we and our products are called, `rivals` the competitors of deals."""

    colleagues: tuple[Colleague, ...] = ()
    domains: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    rivals: tuple[str, ...] = ()
    by_id: dict[str, Colleague] = field(default_factory=dict)

    def is_ours(self, email: str | None) -> bool:
        """Whether a mail address is one of our company's."""
        domain = domain_of(email) if email else None
        return domain is not None and any(one in self.domains for one in parent_domains(domain))


def house_of(session: Session, settings: Settings) -> House:
    """Return what is known of ourselves now."""
    colleagues = tuple(
        Colleague(row.id, row.name, row.email)
        for row in session.execute(select(User.id, User.name, User.email).order_by(User.id))
    )
    told = domain_of(f"us@{settings.company_domain}") if settings.company_domain else None
    domains = {told} if told else {domain_of(one.email) for one in colleagues if one.email}
    ours = frozenset(domain for domain in domains if domain and not is_shared(domain))
    named = {account_key(domain.split(".")[0]) for domain in ours}
    named |= {account_key(settings.company_name)} if settings.company_name else set()
    named |= {account_key(name) for name in session.scalars(select(Product.name).distinct())}
    rivals = session.scalars(
        select(Deal.competitor).where(Deal.competitor.is_not(None)).distinct().order_by(Deal.competitor)
    )
    split = (part.strip() for told_ in rivals for part in (told_ or "").replace(";", ",").split(","))
    known = dict.fromkeys(part for part in split if 1 < len(part) <= 60)
    return House(
        colleagues,
        ours,
        frozenset(name for name in named if name),
        tuple(known)[:_MOST_RIVALS],
        {one.id: one for one in colleagues},
    )
