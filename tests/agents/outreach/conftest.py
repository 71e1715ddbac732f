"""A seller's company with customers, prospects and reps, and short ways to tell it of a signal."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agents.outreach.road import Outreach
from agents.proposals import book
from agents.proposals.record import Mail, ProposalOut
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Deal, Participant, Signal
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.northern import account, contact, row, settle, user
from tests.conftest import NOW


def _fill(database: Database) -> None:
    with database.transaction() as session:
        settle(
            session,
            NOW,
            user("ana", "Ana Ruiz", "North"),
            user("ben", "Ben Okoro", "South"),
            account("acc-northwind", "NORTHWIND, INC.", "ana", domain="northwind.example", industry="Third-party logistics", employees=900),
            account("acc-contoso", "Contoso Freight", "ana", industry="Third-party logistics", employees=1_100),
            account("acc-fabrikam", "Fabrikam", "ana", industry="Retail", employees=950),
            account("acc-hidden", "Hidden Freight", "ben", industry="Third-party logistics", employees=900),
            account("acc-busy", "Busy Mills", "ana", industry="Mills", employees=400),
            account("acc-lonely", "Lonely Labs", "ana", domain="lonely.example"),
            contact("con-dana", "acc-northwind", "Dana Whitfield", "VP Operations"),
            contact("con-lee", "acc-northwind", "Lee Park", "Warehouse Lead", "champion"),
            contact("con-busy", "acc-busy", "Bo Sy", "COO"),
            contact("con-cara", "acc-contoso", "Cara Lind", "COO", "champion"),
            _deal("deal-contoso", "Contoso – Dock", "acc-contoso", "ana", "won", product="Dock", days=-200),
            _deal("deal-hidden", "Hidden – Dock", "acc-hidden", "ben", "won", product="Dock", days=-20),
            _deal("deal-busy", "Busy – Yard", "acc-busy", "ana", "open"),
        )  # fmt: skip


def _deal(id: str, name: str, account_id: str, owner: str, status: str, days: int = -10, product: str = "Yard") -> Deal:
    at = NOW + timedelta(days=days)
    return Deal(
        id=id,
        name=name,
        account_id=account_id,
        owner_id=owner,
        amount=Decimal(50_000),
        currency="USD",
        status=status,
        stage="Won" if status == "won" else "Propose",
        product=product,
        created_at=at - timedelta(days=60),
        closed_at=at if status == "won" else None,
    )


@pytest.fixture
def spine(database: Database) -> Database:
    """The company, once on each database."""
    _fill(database)
    return database


@pytest.fixture
def desk(sqlite_database: Database) -> Database:
    """The company on SQLite, for what can't differ between databases."""
    _fill(sqlite_database)
    return sqlite_database


def signal(id: str, kind: str, **more: Any) -> Signal:
    """Make a signal as it stands after it was judged worth it."""
    values: dict[str, Any] = {
        "key": f"{kind}:{id}",
        "state": "judged",
        "occurred_at": NOW - timedelta(hours=6),
        "received_at": NOW - timedelta(hours=1),
        "expires_at": NOW + timedelta(hours=60),
        "strength": 0.8,
        "rank": 0.7,
        "reasons": [],
        "research": {},
        "judgement": {},
        "custom": {},
        "owner_id": "ana",
    }
    return Signal(id=id, kind=kind, **{**values, **more})


def tell(database: Database, *signals: Signal) -> list[str]:
    """Store signals and return their ids."""
    with database.transaction() as session:
        session.add_all(signals)
    return [one.id for one in signals]


def outreach(database: Database, settings: Settings, at: datetime = NOW, **more: Any) -> Outreach:
    """Return the road."""
    return Outreach(database, settings, FixedClock(at), **more)


def proposals(database: Database) -> list[ProposalOut]:
    """Return all proposals, the oldest first."""
    with database.session() as session:
        return sorted(book.listed(session, EVERYTHING, NOW), key=lambda one: one.created_at)


def mail_of(proposal: ProposalOut) -> Mail:
    """Return the mail of a proposal that is one."""
    assert isinstance(proposal.effect, Mail)
    return proposal.effect


def kept(database: Database, identity: str) -> Signal:
    """Return a signal as it stands."""
    with database.session() as session:
        found = session.get(Signal, identity)
        assert found is not None
        return found


def sent_mail(
    id: str, owner: str, to: str, body: str, days: float = -3, *, subject: str = "Hello", account_id: str | None = None, inbound: bool = False
) -> list[Any]:  # fmt: skip
    """Make a mail that went out, or came in, with who wrote and who got it."""
    mail = Activity(
        id=id,
        kind="mail",
        direction="inbound" if inbound else "outbound",
        automatic=False,
        status="done",
        account_id=account_id,
        owner_id=owner,
        subject=subject,
        body=body,
        at=NOW + timedelta(days=days),
        content_hash=id,
        thread_key=id,
    )
    other = Participant(activity_id=id, email=to, name=None, role="from" if inbound else "to", side="buyer")
    return [row(mail, NOW), other]
