"""A small company whose deals have one thing happen at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from agents.workflow.record import Due
from agents.workflow.service import Workflows
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Base, Deal, DealChange, Participant
from infra.spine.scope import EVERYTHING, Scope
from sales.clock import FixedClock
from tests.agents.northern import account, activity, contact, row, user
from tests.conftest import NOW


class Company:
    """Its spine, and short ways to let something happen and to look at what is asked for."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.clock = FixedClock(NOW)
        self.workflows = Workflows(database, settings, self.clock)
        self._count = 0
        self.store(
            user("ida", "Ida Berg", "North"),
            user("omar", "Omar Reza", "South"),
            account("acc-mill", "Mill Works", "ida"),
            account("acc-yard", "Yard Company", "omar"),
            contact("con-vera", "acc-mill", "Vera Holm", "CFO"),
            contact("con-mats", "acc-mill", "Mats Lund", "Mill Manager"),
            contact("con-rosa", "acc-yard", "Rosa Finch", "COO"),
            self.deal("deal-mill", "acc-mill", "ida"),
            self.deal("deal-yard", "acc-yard", "omar"),
        )

    def store(self, *rows: Base) -> None:
        """Store records one after the other."""
        with self.database.transaction() as session:
            for one in rows:
                session.add(row(one, self.clock.now()))
                session.flush()

    def deal(self, id: str, account_id: str | None, owner: str | None, **more: Any) -> Deal:
        """Make an open deal with nothing missing."""
        told: dict[str, Any] = {
            "amount": Decimal(1_000),
            "currency": "USD",
            "stage": "Discovery",
            "status": "open",
            "created_at": NOW - timedelta(days=100),
            "close_date": (NOW + timedelta(days=30)).date(),
        }
        return Deal(id=id, name=id, account_id=account_id, owner_id=owner, **(told | more))

    def happens(
        self,
        kind: str,
        direction: str,
        ago: timedelta,
        *,
        deal: str | None = "deal-mill",
        account_id: str = "acc-mill",
        who: str | None = "con-vera",
        **more: Any,
    ) -> str:
        """Let something happen so long before now, and return its id."""
        self._count += 1
        id = f"{kind}-{self._count}"
        made: Activity = activity(id, kind, account_id, deal, "ida", NOW - ago, direction=direction, **more)
        people = [] if who is None else [Participant(activity_id=id, name=who, role="to", side="buyer", contact_id=who)]
        self.store(made, *people)
        return id

    def moved(self, stage: str, ago: timedelta, *, old: str = "Contact", deal: str = "deal-mill") -> None:
        """Let a deal's stage change."""
        self._count += 1
        change = DealChange(
            id=f"chg-{self._count}", deal_id=deal, field="stage", old=old, new=stage, at=NOW - ago, source="test"
        )
        self.store(change)

    def edit(self, deal: str = "deal-mill", **fields: Any) -> None:
        """Change a deal's fields, as an import does."""
        with self.database.transaction() as session:
            found = session.get_one(Deal, deal)
            for name, value in {**fields, "source_at": self.clock.now()}.items():
                setattr(found, name, value)

    def look(self, *, whole: bool = True) -> None:
        """Look at what happened."""
        self.workflows.refresh(whole=whole)

    def waiting(self, scope: Scope = EVERYTHING, as_of: datetime | None = None) -> list[Due]:
        """Return what is asked for, once it was looked."""
        self.look()
        with self.database.session() as session:
            return self.workflows.waiting(session, scope, as_of)

    def rules_waiting(self, as_of: datetime | None = None) -> list[str]:
        """Return the rules of what is asked for."""
        return sorted(one.rule for one in self.waiting(as_of=as_of))
