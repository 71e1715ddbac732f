"""A small company whose week is known to the last deal: two teams, what moved, how deals stood before, and the services that a review is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from agents.coaching.service import Coaching
from agents.coaching.track import track_in_force
from agents.digest.making import Sources
from agents.digest.service import Reviews
from agents.health.service import HealthService
from agents.likelihood.service import Likelihoods
from agents.links import NoLinks
from agents.pipeline.service import Pipeline
from agents.workflow.service import Workflows
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Deal, DealChange, Scorecard, Target, User
from sales.clock import Clock
from sales.names import account_key, person_key
from tests.conftest import NOW

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
"""When the told week, 2026-W47, begins; the company is in UTC, and `NOW` is the Monday after it."""

PEOPLE = (
    ("ines", "Ines Calder", "admin", None, None),
    ("marcus", "Marcus Oyelaran", "manager", "West", "ines"),
    ("dana", "Dana Whitfield", "rep", "West", "marcus"),
    ("tom", "Tom Beckett", "rep", "West", "marcus"),
    ("helen", "Helen Zhao", "manager", "East", "ines"),
    ("luis", "Luis Ferrer", "rep", "East", "helen"),
)


def reviews(database: Database, settings: Settings, clock: Clock) -> Reviews:
    """Return the service as the application builds it."""
    likelihoods = Likelihoods(database, settings, clock)
    pipeline = Pipeline(database, settings, clock, lambda: likelihoods)
    health = HealthService(database, settings, clock, NoLinks(), lambda: likelihoods)
    workflow = Workflows(database, settings, clock, NoLinks())
    coaching = Coaching(database, settings, clock, lambda: track_in_force(None))
    return Reviews(database, settings, clock, lambda: Sources(health, pipeline, workflow), lambda: coaching, NoLinks())


def people(session: Session) -> None:
    """Add everybody."""
    for id, name, role, team, manager in PEOPLE:
        session.add(
            User(
                id=id,
                email=f"{id}@us.example",
                name=name,
                name_key=person_key(name),
                role=role,
                team=team,
                manager_id=manager,
                source="test",
                source_at=NOW,
            )
        )
        session.flush()


def account(session: Session, id: str, owner: str | None = None) -> None:
    """Add an account."""
    session.add(
        Account(id=id, name=id.title(), name_key=account_key(id.title()), owner_id=owner, source="test", source_at=NOW)
    )


def deal(session: Session, id: str, owner: str | None, amount: int | None = 50_000, **more: Any) -> None:
    """Add a deal that was opened long ago and is to close this quarter, unless `more` says otherwise."""
    given: dict[str, Any] = {
        "status": "open",
        "stage": "Propose",
        "currency": "USD",
        "created_at": MONDAY - timedelta(days=60),
        "close_date": date(2026, 12, 20),
        "next_step": "Call them",
        "next_step_date": date(2026, 11, 26),
        **more,
    }
    session.add(
        Deal(
            id=id,
            name=given.pop("name", id.title()),
            owner_id=owner,
            amount=None if amount is None else Decimal(amount),
            source="test",
            source_at=NOW,
            **given,
        )
    )


def change(session: Session, deal_id: str, field: str, old: str | None, new: str, at: datetime) -> None:
    """Add one recorded change."""
    session.add(
        DealChange(id=f"{deal_id}:{field}:{at.isoformat()}", deal_id=deal_id, field=field, old=old, new=new, at=at, by=None, source="test")
    )  # fmt: skip


def closed(session: Session, id: str, owner: str, status: str, amount: int, at: datetime, **more: Any) -> None:
    """Add a deal that ended at a moment."""
    deal(session, id, owner, amount, status=status, stage=f"Closed {status.title()}", closed_at=at, close_date=at.date(), **more)  # fmt: skip


def usual_week(session: Session) -> None:
    """A week in which every kind of move happened once or twice, in the West and in the East."""
    people(session)
    for id, owner in (("acme", "dana"), ("birch", "dana"), ("cedar", "tom"), ("delta", "luis")):
        account(session, id, owner)
    session.flush()
    closed(session, "won-acme", "dana", "won", 40_000, MONDAY + timedelta(days=2), account_id="acme")
    closed(session, "lost-cedar", "tom", "lost", 30_000, MONDAY + timedelta(days=3), account_id="cedar", loss_reason="Price", competitor="Rival")  # fmt: skip
    closed(session, "won-delta", "luis", "won", 21_000, MONDAY + timedelta(days=1), account_id="delta")
    deal(session, "slip-birch", "dana", 60_000, account_id="birch", close_date=date(2026, 12, 18))
    change(session, "slip-birch", "close_date", "2026-12-01", "2026-12-18", MONDAY + timedelta(days=2))
    deal(session, "new-cedar", "tom", 25_000, account_id="cedar", created_at=MONDAY + timedelta(days=1))
    deal(session, "same-delta", "luis", 80_000, account_id="delta")
    deal(session, "late-acme", "dana", 15_000, account_id="acme", close_date=date(2026, 11, 19), next_step=None, next_step_date=None)  # fmt: skip
    for owner, amount in (("dana", 100_000), ("tom", 90_000)):
        session.add(Target(id=f"t-{owner}", user_id=owner, fiscal_year=2026, quarter=4, amount=Decimal(amount), currency="USD", source="test", source_at=NOW))  # fmt: skip
    session.add(Target(id="t-west", team="West", fiscal_year=2026, quarter=4, amount=Decimal(190_000), currency="USD", source="test", source_at=NOW))  # fmt: skip


def coached(session: Session, user: str, call: str = "call-1") -> None:
    """Add a call of the week that one of ours led, with its scorecard and one moment."""
    at = MONDAY + timedelta(days=2, hours=15)
    session.add(Activity(id=call, kind="call", subject="Pricing call", at=at, direction="none", status="done", automatic=False, owner_id=user, account_id="acme", content_hash="x", source="test", source_at=NOW))  # fmt: skip
    session.flush()
    said = {"quote": "It is just too expensive.", "position": 4, "turn": "4", "speaker": "Ray Okonkwo", "side": "buyer"}
    clip = {"kind": "objection", "label": "Objection left open: Price", "start_s": None, "end_s": None, "first": 4, "last": 5, "said": said, "stronger": "Ask what they compare it with."}  # fmt: skip
    name = next(one[1] for one in PEOPLE if one[0] == user)
    record = {"call": call, "title": "Pricing call", "at": at.isoformat(), "user": user, "name": name, "moments": [clip]}  # fmt: skip
    session.add(Scorecard(activity_id=call, user_id=user, record=record, made_from="x", reader="1", at=at))
