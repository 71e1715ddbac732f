"""By whatever road something comes in, the deal that it happened to is noted when the road returns: the next look, seconds later, needs nobody to tell it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.alerts.arrivals import looked_at, take_up
from agents.crm.sync import Sync
from agents.intake.recorded import bring
from agents.intake.run import import_paths
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock
from tests.agents.crm.worlds import HubSpotWorld
from tests.conftest import NOW

MAIL = """From: Vera Holm <vera@millworks.example>
To: Ida Berg <ida@ours.example>
Subject: Dock contract
Date: Mon, 23 Nov 2026 09:00:00 +0000
Message-ID: <one@millworks.example>

We have to stop here for now, the budget is gone.
"""
CALL = {
    "id": "call-1", "title": "Mill Works: review", "started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T10:20:00Z", "account": "Mill Works",
    "participants": [{"name": "Ida Berg", "email": "ida@ours.example"}, {"name": "Vera Holm", "email": "vera@millworks.example"}],
    "turns": [{"id": "1", "speaker": "Vera Holm", "text": "The budget is gone.", "start": 0, "end": 4}],
}  # fmt: skip


def _deals(folder: Path, stage: str) -> Path:
    path = folder / f"deals-{stage}.csv"
    path.write_text(f"deal_id,deal_name,account,owner_email,stage,amount,currency,close_date,created_date\nD-1,Dock,Mill Works,ida@ours.example,{stage},84000,USD,2026-12-20,2026-09-01\n")  # fmt: skip
    return path


def _came(database: Database) -> tuple[str, ...]:
    found = take_up(database, 50)
    if found is None:
        return ()
    with database.transaction() as session:
        looked_at(session, found)
    assert found.deals is not None
    return found.deals


@pytest.fixture
def house(database: Database, settings: Settings, tmp_path: Path) -> Database:
    """Mill Works with Vera and one open deal, on both databases; all of it has been looked at."""
    people = tmp_path / "contacts.csv"
    people.write_text("contact_id,name,email,account\nC-1,Vera Holm,vera@millworks.example,Mill Works\n")
    users = tmp_path / "users.csv"
    users.write_text("user_id,name,email,role\nU-1,Ida Berg,ida@ours.example,rep\n")
    import_paths(database, settings, FixedClock(NOW), [users, people, _deals(tmp_path, "Propose")])
    assert len(_came(database)) == 1
    return database


def test_a_mail_a_call_and_a_change_of_stage_that_are_imported_are_noted_at_once(
    house: Database, settings: Settings, tmp_path: Path
) -> None:
    mail = tmp_path / "one.eml"
    mail.write_text(MAIL)
    (deal,) = _noted(house, settings, mail)
    assert _noted(house, settings, mail) == (), "the same mail again is no event"
    bring(house, settings, FixedClock(NOW), CALL, "recorder")
    assert _came(house) == (deal,)
    assert _noted(house, settings, _deals(tmp_path, "Lost-soon")) == (deal,)


def _noted(house: Database, settings: Settings, path: Path) -> tuple[str, ...]:
    import_paths(house, settings, FixedClock(NOW), [path])
    return _came(house)


def test_a_change_of_stage_in_the_crm_is_noted_when_it_has_been_read(database: Database, settings: Settings) -> None:
    world = HubSpotWorld()
    with world.portal as portal:
        identity = portal.put("deals", dealname="Dock", amount="84000", dealstage="qualifiedtobuy", pipeline="default")
        Sync(database, settings, FixedClock(NOW)).run(world.connector())
        (deal,) = _came(database)
        Sync(database, settings, FixedClock(NOW)).run(world.connector())
        assert _came(database) == (), "what was read again unchanged is no event"
        portal.change("deals", identity, dealstage="contractsent")
        Sync(database, settings, FixedClock(NOW)).run(world.connector())
        assert _came(database) == (deal,)
        world.close()
