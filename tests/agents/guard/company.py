"""A small company in the spine for the tests of the guardrails: two reps, a manager, an admin; accounts, people, deals, cards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from agents.proposals.book import put_forward, version_row
from agents.proposals.record import Content, Mail, NewProposal, ProposalKind
from infra.spine.activity import Activity, Participant
from infra.spine.business import Account, Deal
from infra.spine.database import Database
from infra.spine.people import Contact, User
from infra.spine.proposals import Effect, Proposal
from infra.spine.touches import Reply, Sequence, Touch
from tests.conftest import NOW

DOMAIN = "tallyport.example"


def people(session: Session) -> None:
    """Add Dana and Luis (reps), Mara (manager) and Ines (admin)."""
    for name, role in (("dana", "rep"), ("luis", "rep"), ("mara", "manager"), ("ines", "admin")):
        session.add(
            User(
                id=name,
                email=f"{name}@{DOMAIN}",
                name=name.title(),
                name_key=name,
                role=role,
                team="West",
                custom={},
                source="test",
                source_at=NOW,
            )
        )
    session.flush()


def account(session: Session, name: str, **fields: Any) -> str:
    """Add an account; return its id."""
    row: dict[str, Any] = {"id": name, "name": name.title(), "name_key": name, "domain": f"{name}.example"}
    row |= {"aliases": [], "custom": {}, "provenance": {}, "source": "test", "source_at": NOW, **fields}
    session.add(Account(**row))
    session.flush()
    return name


def contact(session: Session, name: str, account_id: str, email: str | None = None) -> str:
    """Add a contact; return its id."""
    session.add(
        Contact(
            id=name,
            account_id=account_id,
            name=name.title(),
            name_key=name,
            email=email or f"{name}@{account_id}.example",
            custom={},
            source="test",
            source_at=NOW,
        )
    )
    session.flush()
    return name


def deal(session: Session, name: str, account_id: str, *, status: str = "open", owner: str | None = "dana") -> None:
    """Add a deal."""
    session.add(
        Deal(
            id=name,
            name=name,
            account_id=account_id,
            owner_id=owner,
            currency="USD",
            status=status,
            custom={},
            provenance={},
            source="test",
            source_at=NOW,
        )
    )
    session.flush()


def touch(
    session: Session,
    identity: str,
    to: str,
    *,
    days_ago: float = 1,
    by: str = "luis",
    kind: str = "mail",
    direction: str = "outbound",
    account_id: str | None = None,
    contact_id: str | None = None,
) -> None:
    """Add something that we did towards somebody, or that they did."""
    at = NOW - timedelta(days=days_ago)
    session.add(
        Activity(
            id=identity,
            kind=kind,
            direction=direction,
            status="done",
            account_id=account_id,
            owner_id=by,
            at=at,
            content_hash="x",
            custom={},
            source="test",
            source_at=at,
        )
    )
    session.flush()
    role = "from" if direction == "inbound" else "to"
    session.add(Participant(activity_id=identity, name=None, email=to, role=role, side="buyer", contact_id=contact_id))
    session.flush()


def mail(to: str = "bob@acme.example", **fields: Any) -> Mail:
    """Return a mail from Dana."""
    return Mail(**{"sender": f"dana@{DOMAIN}", "to": to, "subject": "Hello", "body": "Hello Bob.", **fields})


def card(
    session: Session,
    key: str = "one",
    *,
    to: str = "bob@acme.example",
    kind: ProposalKind = "outreach",
    owner: str | None = "dana",
    account_id: str | None = None,
    contact_id: str | None = None,
    touch_id: str | None = None,
    state: str = "pending",
    at: datetime = NOW,
    sender: str = f"dana@{DOMAIN}",
) -> tuple[Proposal, Content]:
    """Put a card forward; return its row and content."""
    content = Content(effect=mail(to, sender=sender))
    new = NewProposal(
        key=key,
        kind=kind,
        headline="A card",
        content=content,
        owner_id=owner,
        account_id=account_id,
        contact_id=contact_id,
        touch_id=touch_id,
    )
    row = session.get_one(Proposal, put_forward(session, new, at))
    row.state = state
    session.flush()
    return row, content


def sequence(session: Session, identity: str, recipient: str, *, state: str = "active") -> str:
    """Add a sequence with one planned touch; return the touch's id."""
    session.add(Sequence(id=identity, recipient=recipient, state=state, most_touches=3, started_at=NOW))
    session.flush()
    session.add(Touch(id=f"{identity}-1", sequence_id=identity, number=1, state="planned"))
    session.flush()
    return f"{identity}-1"


def sent(session: Session, count: int, *, domain: str = DOMAIN, at: datetime = NOW - timedelta(hours=1)) -> None:
    """Add mails that left from a domain."""
    row, _ = card(session, f"sent from {domain} at {at}", to="someone@elsewhere.example", state="done", at=at)
    session.add_all(
        Effect(
            id=f"{domain}-{at:%H%M%S%d}-{number}",
            key=f"{domain}-{at}-{number}",
            proposal_id=row.id,
            version=1,
            kind="mail",
            state="done",
            marker=f"<{at:%d%H%M%S}-{number}@{domain}>",
            due_at=at,
            done_at=at,
            receipt={},
        )
        for number in range(count)
    )
    session.flush()


def came_back(
    session: Session,
    kind: str,
    count: int,
    *,
    domain: str = DOMAIN,
    at: datetime = NOW - timedelta(minutes=5),
    start: int = 0,
) -> None:
    """Add bounces or complaints."""
    session.add_all(
        Reply(
            id=f"{kind}-{number}-{at}",
            kind=kind,
            recipient=f"r{number}@elsewhere.example",
            domain=domain,
            at=at,
            detail={},
        )
        for number in range(start, start + count)
    )
    session.flush()


def edited(session: Session, row: Proposal, to: str) -> Content:
    """Edit a card so that it goes to somebody else."""
    content = Content(effect=mail(to))
    row.version += 1
    session.add(version_row(row.id, row.version, content, "dana", NOW))
    session.flush()
    return content


def open_company(database: Database) -> None:
    """Add the people, and Acme with Bob."""
    with database.transaction() as session:
        people(session)
        account(session, "acme", owner_id="dana")
        contact(session, "bob", "acme")
