"""The hygiene pass against the same rules computed by hand from generated rows, on both databases; and its tasks, ten at a time."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents.hygiene.findings import examine, examine_deals
from agents.hygiene.proposing import propose
from agents.hygiene.record import Checked, Hygiene
from agents.links import NoLinks
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Deal, Participant, Proposal, User
from infra.spine.scope import EVERYTHING, Scope
from tests.in_turn import in_turn

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
TODAY = date(2026, 11, 21)
STAGES = ("Discover", "Propose", "Décision")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, stages=STAGES)


class Company:
    """Deals, contacts and what was said, as plain rows and in the spine."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.deals: list[dict[str, Any]] = []
        self.talks: list[dict[str, Any]] = []
        self.contacts: list[dict[str, Any]] = []

    def fill(self, database: Database, deals: int = 120) -> None:
        about = {"source": "test", "source_at": NOW}
        with database.transaction() as session:
            for name in ("dana", "luis"):
                session.add(User(id=name, name=name, name_key=name, **about))
            session.flush()
            for number in range(deals):
                session.add(
                    Account(id=f"a{number}", name=f"A{number}", name_key=f"a{number}", owner_id="dana", **about)
                )
            session.flush()
            for number in range(deals):
                self.deals.append(row := self._deal(number))
                session.add(Deal(**row, **about))
            session.flush()
            for number in range(deals):
                self._talk(session, number, about)

    def _deal(self, number: int) -> dict[str, Any]:
        chance = self.chance
        return {
            "id": f"d{number}",
            "name": f"Deal {number}",
            "account_id": f"a{number}",
            "owner_id": chance.choice(("dana", "luis", None)),
            "amount": chance.choice((None, Decimal(1_000 * (number + 1)))),
            "currency": "USD",
            "stage": chance.choice((*STAGES, "décision", "Old stage", None, "")),
            "status": chance.choice(("open", "open", "open", "won", "lost")),
            "close_date": chance.choice((None, TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=30))),
            "next_step": chance.choice((None, " ", "Send the report")),
            "next_step_date": chance.choice((None, TODAY + timedelta(days=2))),
            "created_at": NOW - timedelta(days=chance.choice((10, 200))),
        }

    def _talk(self, session: Any, number: int, about: dict[str, Any]) -> None:
        chance = self.chance
        contact = {
            "id": f"c{number}",
            "account_id": f"a{number}",
            "created_at": NOW - timedelta(days=chance.choice((10, 400))),
        }
        self.contacts.append(contact)
        session.add(Contact(**contact, name=f"C {number}", name_key=f"c {number}", **about))
        session.flush()
        for place in range(chance.choice((0, 1, 2))):
            row = {
                "id": f"t{number}.{place}",
                "kind": chance.choice(("mail", "call", "note")),
                "direction": chance.choice(("inbound", "outbound", "mutual")),
                "automatic": chance.random() < 0.2,
                "status": chance.choice(("done", "done", "booked")),
                "at": NOW - timedelta(days=chance.choice((5, 59, 61, 181, 300, -3))),
                "account_id": f"a{number}",
                "deal_id": f"d{number}",
            }
            self.talks.append({**row, "contact": chance.choice((f"c{number}", None))})
            session.add(Activity(**row, content_hash="x", **about))
            session.flush()
            if self.talks[-1]["contact"]:
                session.add(
                    Participant(activity_id=row["id"], name="C", role="from", side="buyer", contact_id=f"c{number}")
                )

    def open_deals(self) -> list[dict[str, Any]]:
        return [row for row in self.deals if row["status"] == "open"]

    def known(self, account: str) -> bool:
        return any(one["account_id"] == account and one["kind"] in ("mail", "call") for one in self.talks)

    def zombies(self) -> set[str]:
        since = NOW - timedelta(days=60)
        found = set()
        for deal in self.open_deals():
            own = [one for one in self.talks if one["deal_id"] == deal["id"] and one["kind"] in ("mail", "call")]
            words = [one["at"] for one in own if one["status"] == "done" and not one["automatic"] and one["at"] <= NOW]
            booked = [one for one in own if one["status"] == "booked" and one["kind"] == "call" and one["at"] > NOW]
            old = deal["created_at"] <= since and (not words or max(words) <= since)
            if self.known(deal["account_id"]) and old and not booked:
                found.add(deal["id"])
        return found

    def quiet(self) -> set[str]:
        since = NOW - timedelta(days=180)
        found = set()
        for contact in self.contacts:
            own = [one["at"] for one in self.talks if one["contact"] == contact["id"] and not one["automatic"]]
            if self.known(contact["account_id"]) and contact["created_at"] <= since and (not own or max(own) <= since):
                found.add(contact["id"])
        return found


def _of(found: Hygiene, rule: str) -> Checked:
    return next(one for one in found.rules if one.rule == rule)


def _ids(found: Hygiene, rule: str) -> set[str]:
    return {one.record_id for one in _of(found, rule).records}


@pytest.mark.parametrize(("database_url", "seed"), in_turn(*range(4)), indirect=["database_url"])
def test_every_record_that_is_wanting_is_found_and_no_other(database: Database, settings: Settings, seed: int) -> None:
    """Each rule equals a plain loop over the rows; what can't be told is counted, not accused."""
    company = Company(seed)
    company.fill(database)
    with database.session() as session:
        found = examine(session, settings, EVERYTHING, NOW)
    deals = company.open_deals()
    assert _ids(found, "stale_close_date") == {
        one["id"] for one in deals if one["close_date"] and one["close_date"] < TODAY
    }
    missing = {one["id"] for one in deals if not (one["next_step"] or "").strip() or one["next_step_date"] is None}
    assert _ids(found, "no_next_step") == missing
    blank = {
        one["id"]
        for one in deals
        if not (one["owner_id"] and one["amount"] and one["close_date"] and (one["stage"] or ""))
    }
    assert _ids(found, "blank_fields") == blank
    outside = {one["id"] for one in deals if one["stage"] not in (None, "", *STAGES, "décision")}
    assert _ids(found, "stage_outside") == outside
    assert _ids(found, "zombie") == company.zombies()
    assert _ids(found, "quiet_contact") == company.quiet()
    assert _of(found, "zombie").unknown == sum(
        not company.known(one["account_id"]) and one["created_at"] <= NOW - timedelta(days=60) for one in deals
    )
    wanting = {one.record_id for rule in found.rules for one in rule.records if one.kind == "deal"}
    assert (found.open_deals, found.clean) == (len(deals), len(deals) - len(wanting))


@pytest.mark.parametrize(("database_url", "seed"), in_turn(*range(4)), indirect=["database_url"])
def test_a_review_counts_as_the_whole_pass_does_and_is_shown_the_first(
    database: Database, settings: Settings, seed: int
) -> None:
    """The figures of the deals are the same; of each rule the first two records stand there."""
    Company(seed).fill(database)
    with database.session() as session:
        whole = examine(session, settings, EVERYTHING, NOW)
        short = examine_deals(session, settings, EVERYTHING, NOW, 2)
    of_deals = [one for one in whole.rules if one.rule != "quiet_contact"]
    assert (short.open_deals, short.clean) == (whole.open_deals, whole.clean)
    assert list(short.rules) == [one.model_copy(update={"records": one.records[:2]}) for one in of_deals]
    assert any(one.count > 2 for one in short.rules)


def test_nobody_is_judged_by_stages_that_were_never_defined(database: Database, tmp_path: Path) -> None:
    """Without a definition the rule says so and what to do."""
    Company(1).fill(database, 5)
    with database.session() as session:
        rule = _of(examine(session, Settings(home=tmp_path), EVERYTHING, NOW), "stage_outside")
    assert (rule.checked, rule.count) == (None, 0)
    assert "DEALWRIGHT_STAGES" in (rule.note or "")


def test_a_rep_is_shown_their_own_records_only(database: Database, settings: Settings) -> None:
    """Luis owns deals and no account."""
    company = Company(2)
    company.fill(database)
    with database.session() as session:
        found = examine(session, settings, Scope(grants=(frozenset({"luis"}),), user_id="luis"), NOW)
    owned = {one["id"] for one in company.open_deals() if one["owner_id"] == "luis"}
    assert found.open_deals == len(owned)
    assert {one.record_id for rule in found.rules for one in rule.records if one.kind == "deal"} <= owned


def test_tasks_come_ten_at_a_time(database: Database, settings: Settings) -> None:
    """The next ones come when there is room, what was decided does not come again, and every one has an owner and evidence."""
    Company(3).fill(database)
    with database.session() as session:
        found = examine(session, settings, EVERYTHING, NOW)
    with database.transaction() as session:
        first = propose(session, settings, NoLinks(), found, NOW)
        assert propose(session, settings, NoLinks(), found, NOW) == []
        for one in first[:4]:
            session.get_one(Proposal, one).state = "rejected"
        session.flush()
        second = propose(session, settings, NoLinks(), found, NOW)
        rows = [session.get_one(Proposal, one) for one in (*first, *second)]
    assert (len(first), len(second), len(set(first) | set(second))) == (10, 4, 14)
    assert all(row.owner_id and row.kind == "task" for row in rows)


def test_every_field_that_may_be_required_can_be_looked_for(database: Database, tmp_path: Path) -> None:
    """All of them at once; a word that is no field is refused with the fields that there are."""
    from sales.hygiene import FIELDS

    Company(1).fill(database, 10)
    with database.session() as session:
        found = examine(session, Settings(home=tmp_path, required_deal_fields=tuple(FIELDS)), EVERYTHING, NOW)
    assert {word for one in _of(found, "blank_fields").records for word in one.blank} <= set(FIELDS.values())
    with pytest.raises(ValueError, match="no field of a deal is called 'ammount'"):
        Settings(home=tmp_path, required_deal_fields=("ammount",))
