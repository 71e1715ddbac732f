"""A team whose deals' health a test sets as it likes, with the alerts over them on a real spine."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.alerts.drafting import Redrafting
from agents.alerts.raising import Looked
from agents.alerts.record import AlertOut
from agents.alerts.rows import out_of
from agents.alerts.service import Alerting
from agents.answer import Evidence
from agents.health.record import Health, Reason
from agents.links import NoLinks
from agents.proposals.guards import NoGuards
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Alert, Deal, Notice
from infra.spine.scope import Scope
from sales.playbooks import read_playbooks
from tests.agents.northern import contact, row, settle, user
from tests.agents.proposals.office import MovingClock
from tests.conftest import NOW


class Healths:
    """How deals stand, as the test says."""

    def __init__(self) -> None:
        self.of_deals: dict[str, Health] = {}

    def of_all(
        self, session: Session, scope: Scope, as_of: datetime | None = None, deal_ids: Collection[str] | None = None
    ) -> list[Health]:
        """Return the open deals of the scope."""
        open_ = set(session.scalars(select(Deal.id).where(Deal.status == "open", scope.deals())))
        return [one for id, one in self.of_deals.items() if id in open_ and (deal_ids is None or id in deal_ids)]


def reason(kind: str, weight: int = 15, *, new: bool = False, quote: str = "checking with legal") -> Reason:
    """Make a reason that speaks against a deal."""
    evidence = Evidence(source="mail", id=f"m-{kind}", quote=quote, speaker="Vera Holm", at=NOW - timedelta(days=1))
    words = f"{kind.replace('_', ' ').capitalize()} stands"
    return Reason(kind=kind, family="f", weight=weight, tone="bad", sentence=words, evidence=(evidence,), new=new)


class Desk:
    """Ana and Ben of the North under Mia, Ines the admin, and deals of Ana's."""

    def __init__(self, database: Database, settings: Settings, **more: Any) -> None:
        self.database, self.clock, self.health = database, MovingClock(), Healths()
        hours = {"working_days": tuple(range(7)), "disturb_from": "00:00", "disturb_until": "23:59:59.999999"}
        self.settings = Settings.model_validate({**settings.model_dump(), **hours, **more})
        books = read_playbooks("")
        drafting = Redrafting(database, self.settings, self.clock, NoGuards())
        self.alerts = Alerting(database, self.settings, self.clock, self.health, lambda: books, drafting, NoLinks())
        with database.transaction() as session:
            mia = user("mia", "Mia Sol", "North", "manager")
            ana, ben = user("ana", "Ana Ruiz", "North"), user("ben", "Ben Okoro", "North")
            settle(session, NOW, mia, ana, ben, user("ines", "Ines Calder", "Home", "admin"))
            ana.manager_id = ben.manager_id = "mia"

    def deal(self, id: str, owner: str | None = "ana", amount: int | None = 40_000, **more: Any) -> None:
        """Put an open deal into the spine, with its account and a buyer."""
        with self.database.transaction() as session:
            account = Account(id=f"acc-{id}", name=f"{id.capitalize()} AG", name_key=id, owner_id=owner)
            vera = contact(f"vera-{id}", f"acc-{id}", "Vera Holm", "CFO", "economic buyer")
            known = {"account_id": f"acc-{id}", "owner_id": owner, "status": "open", "currency": "USD"}
            money = Decimal(amount) if amount is not None else None
            settle(session, NOW, account, vera, Deal(id=id, name=f"{id} deal", amount=money, **(known | more)))

    def add(self, *rows: Any) -> None:
        """Put records into the spine as they arrive now."""
        with self.database.transaction() as session:
            for one in rows:
                if hasattr(one, "source_at"):
                    one.source_at = self.clock.now()
                session.add(row(one, self.clock.now()))
                session.flush()

    def stands(self, id: str, score: int | None, *reasons: Reason, before: int | None = 80, band: str = "") -> None:
        """Say how a deal stands."""
        with self.database.session() as session:
            deal = session.get_one(Deal, id)
            told = band or (
                "unknown" if score is None else "at_risk" if score < 60 else "watch" if score < 80 else "healthy"
            )
            self.health.of_deals[id] = Health.model_validate(
                {
                    "deal_id": id, "deal": deal.name, "account_id": deal.account_id, "account": f"{id.capitalize()} AG", "owner_id": deal.owner_id,
                    "owner": None, "amount": deal.amount, "currency": deal.currency, "stage": deal.stage, "close_date": deal.close_date,
                    "as_of": self.clock.now(), "score": score, "band": told, "before": before, "reasons": reasons,
                }
            )  # fmt: skip

    def look(self, *deals: str) -> Looked:
        """Look at deals, or at all."""
        return self.alerts.look(deals or None)

    def rows(self, **more: Any) -> list[AlertOut]:
        """Return the alerts as they stand, in the order in which they were raised."""
        with self.database.session() as session:
            found = select(Alert).filter_by(**more).order_by(Alert.raised_at, Alert.deal_id, Alert.user_id)
            return [out_of(one) for one in session.scalars(found)]

    def one(self) -> AlertOut:
        """Return the only alert."""
        (found,) = self.rows()
        return found

    def tell(self) -> list[str]:
        """Have every waiting notice told, and return to whom of which alert."""
        with self.database.transaction() as session:
            waiting = session.scalars(select(Notice).where(Notice.state == "waiting", Notice.kind == "alert")).all()
            for one in waiting:
                one.state, one.sent_at = "sent", self.clock.now()
            told = [f"{one.user_id}:{one.payload['alert']}" for one in waiting]
        self.alerts.tend()
        return told

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(**span)
