"""Deals whose fields change while they live, in several currencies: each deal's whole life as it was, and the same in the spine."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from infra.spine.database import Database
from infra.spine.models import Account, Deal, DealChange, Stage, User

START = datetime(2026, 7, 1, 9, tzinfo=UTC)
DAYS = 140
STAGES = (
    ("Identify", "open"),
    ("Propose", "open"),
    ("Resolve", "open"),
    ("Closed Won", "won"),
    ("Closed Lost", "lost"),
)
OPEN_STAGES = [name for name, status in STAGES if status == "open"]
CATEGORIES = ("Commit", "Upside", "Pipeline", None)
PEOPLE = {"dana": "Dana Whitfield", "luis": "Luis Ortega"}


@dataclass
class Life:
    """A deal's life: at each moment one field got a value. The first entry of each field is at its creation."""

    id: str
    currency: str
    created: datetime
    told: list[tuple[datetime, str, Any]] = field(default_factory=list)
    closed: datetime | None = None

    def at(self, before: datetime) -> dict[str, Any]:
        """Return every field's value just before a moment."""
        values: dict[str, Any] = {}
        for at, name, value in self.told:
            if at < before or at == self.created:
                values[name] = value
        return values

    def state(self, before: datetime) -> str:
        """Return absent, open, won or lost, just before a moment."""
        if self.created >= before:
            return "absent"
        stage = self.at(before)["stage"]
        return dict(STAGES)[stage]


def life_of(chance: random.Random, number: int) -> Life:
    """Return a made-up life."""
    created = START + timedelta(minutes=chance.randrange(DAYS * 1440))
    life = Life(f"d{number:03d}", chance.choice(("USD", "USD", "EUR")), created)
    life.told = [
        (created, "stage", "Identify"),
        (created, "amount", chance.choice((None, Decimal(chance.randint(1, 90_000)), Decimal("1234.5")))),
        (created, "close_date", chance.choice((None, (created + timedelta(days=chance.randint(5, 90))).date()))),
        (created, "forecast_category", chance.choice(CATEGORIES)),
        (created, "owner", chance.choice(list(PEOPLE))),
    ]
    at = created
    for _ in range(chance.randint(0, 9)):
        at += timedelta(minutes=chance.randint(1, 20 * 1440))
        if at >= START + timedelta(days=DAYS):
            break
        name = chance.choice(("stage", "amount", "close_date", "forecast_category", "owner"))
        now = life.at(at)
        value: Any = {
            "stage": chance.choice(OPEN_STAGES),
            "amount": Decimal(chance.randint(1, 90_000)) / 4,
            "close_date": (now["close_date"] or at.date()) + timedelta(days=chance.randint(-20, 30)),
            "forecast_category": chance.choice(CATEGORIES),
            "owner": chance.choice(list(PEOPLE)),
        }[name]
        if value != now[name]:
            life.told.append((at, name, value))
    if chance.random() < 0.5 and at + timedelta(days=1) < START + timedelta(days=DAYS):
        life.closed = at + timedelta(hours=3)
        life.told.append((life.closed, "stage", chance.choice(("Closed Won", "Closed Lost"))))
        if chance.random() < 0.15:
            reopened = life.closed + timedelta(hours=5)
            life.closed = None
            life.told.append((reopened, "stage", "Propose"))
    return life


def text_of(name: str, value: Any) -> str | None:
    """Return a value as the history writes it."""
    if value is None:
        return None
    if name == "owner":
        return PEOPLE[value]
    return value.isoformat() if isinstance(value, date) else str(value)


def fill(database: Database, lives: list[Life]) -> None:
    """Put lives into the spine: the deals as they stand, and every change of theirs."""
    end = START + timedelta(days=10_000)
    plain = {"source": "test", "source_at": START}
    with database.transaction() as session:
        for identity, name in PEOPLE.items():
            session.add(
                User(
                    id=identity,
                    name=name,
                    name_key=name.lower(),
                    team="West" if identity == "dana" else "East",
                    **plain,
                )
            )
        for place, (name, status) in enumerate(STAGES):
            session.add(Stage(pipeline="", name=name, position=place, status=status))
        session.add(Account(id="acme", name="Acme", name_key="acme", owner_id=None, **plain))
        session.flush()
        for life in lives:
            now = life.at(end)
            session.add(
                Deal(
                    id=life.id, name=life.id, account_id="acme", owner_id=now["owner"], amount=now["amount"], currency=life.currency, stage=now["stage"],
                    status=dict(STAGES)[now["stage"]], created_at=life.created, close_date=now["close_date"], closed_at=life.closed,
                    forecast_category=now["forecast_category"], **plain,
                )
            )  # fmt: skip
        session.flush()
        for life in lives:
            before: dict[str, Any] = {}
            for number, (at, name, value) in enumerate(life.told):
                first = at == life.created
                if not (first and name != "stage"):
                    old = None if first else text_of(name, before.get(name))
                    new = text_of(name, value)
                    session.add(
                        DealChange(
                            id=f"{life.id}-{number}", deal_id=life.id, field=name, old=old, new=new, at=at, source="crm"
                        )
                    )
                before[name] = value
