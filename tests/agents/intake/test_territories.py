"""Territories come in from a table: each once, with who works it, and guard what is written from then on."""

from __future__ import annotations

from sqlalchemy import select

from infra.spine.database import Database
from infra.spine.models import KeptAside, Territory, User
from tests.agents.intake.conftest import Bring, snapshot

USERS = "name,email,role,team\nDana Whitfield,dana@ours.example,rep,West\nLuis Ferrer,luis@ours.example,rep,East\n"
TERRITORIES = "Name,Team,Owner\nOhio Valley,west,dana@ours.example\nBavaria,East,\n"
COMPANIES = "company,domain,industry,territory\nFree Mills,free.example,Retail,ohio valley\n"


def _territories(database: Database) -> dict[str, tuple[str, str | None, str | None]]:
    with database.session() as session:
        rows = session.execute(
            select(Territory.name, Territory.id, Territory.team, User.email).outerjoin(User, User.id == Territory.owner_id)
        )  # fmt: skip
        return {name: (identity, team, email) for name, identity, team, email in rows}


def test_territories_come_in_with_their_team_and_owner(bring: Bring, database: Database) -> None:
    report = bring({"users.csv": USERS, "territories.csv": TERRITORIES, "accounts.csv": COMPANIES})
    found = _territories(database)
    assert {name: row[1:] for name, row in found.items()} == {
        "Ohio Valley": ("West", "dana@ours.example"),
        "Bavaria": ("East", None),
    }
    assert report.of("territory").added == 2


def test_the_same_table_twice_changes_nothing(bring: Bring, database: Database) -> None:
    bring({"users.csv": USERS, "territories.csv": TERRITORIES})
    before = snapshot(database)
    bring({"territories.csv": TERRITORIES + "\n"})
    assert snapshot(database) == before


def test_a_later_table_changes_who_works_a_territory_and_keeps_its_id(bring: Bring, database: Database) -> None:
    bring({"users.csv": USERS, "territories.csv": TERRITORIES})
    first = _territories(database)["Ohio Valley"][0]
    bring({"territories.csv": "Territory ID,Territory Name,Team,Owner\nT-7,OHIO VALLEY,East,luis@ours.example\nT-8,Iberia,East,\n"})  # fmt: skip
    found = _territories(database)
    assert found["OHIO VALLEY"] == (first, "East", "luis@ours.example")
    assert found["Iberia"][0] == "T-8"
    assert len(found) == 3


def test_a_line_without_a_name_is_kept_aside_with_its_reason(bring: Bring, database: Database) -> None:
    bring({"territories.csv": "Name,Team,Owner\n---,West,\nBavaria,East,\n"})
    assert set(_territories(database)) == {"Bavaria"}
    with database.session() as session:
        assert session.scalars(select(KeptAside.reason)).all()
