"""Forgetting an account or a person leaves nothing of them, and nothing else missing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from agents.intake.forget import forget_account, forget_contact
from infra.errors import Fatal
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Activity,
    Base,
    Contact,
    Conversation,
    Deal,
    Passage,
    StemCount,
    StoredAnswer,
    Turn,
)
from retrieval.cutting import cut_activities, cut_changes
from tests.agents.intake.conftest import Bring, snapshot
from tests.agents.intake.test_touches import BASE, call, mail
from tests.conftest import NOW

OTHER = mail("x@globex.example", "ben@us.example", "other@x", body="We like the yard module.\n")
FILES = BASE | {
    "call.json": call(),
    "m.eml": mail(
        "Renata Silva <renata@acme.example>", "ada@us.example", "m1@x", body="Renata here: we are checking.\n"
    ),
    "o.eml": OTHER,
    "history.csv": "deal,field,old,new,at\nD1,stage,Understand,Propose,2026-10-01\nD2,stage,Understand,Propose,2026-10-01\n",
    "leads.csv": "id,name,email,company,status\nL1,Renata Silva,renata@acme.example,Acme Logistics,New\n",
}


def _cut(database: Database) -> None:
    with database.transaction() as session:
        cut_activities(session, 1000)
        cut_changes(session, 1000)


def _everything(database: Database) -> str:
    parts = []
    with database.session() as session:
        for table in Base.metadata.sorted_tables:
            parts += [repr(row) for row in session.execute(select(table))]
    return "\n".join(parts)


def _ids(database: Database, column: Any) -> set[Any]:
    with database.session() as session:
        return set(session.scalars(select(column)))


def _stems(database: Database) -> dict[str, int]:
    with database.session() as session:
        return {row.stem: row.passages for row in session.scalars(select(StemCount)) if row.passages}


def test_an_account_goes_with_all_that_is_its_own(bring: Bring, database: Database) -> None:
    bring(FILES)
    _cut(database)
    with database.transaction() as session:
        answer = {"claims": [{"text": "Acme Logistics is slow", "evidence": []}]}
        session.add(StoredAnswer(id="a1", user_id=None, surface="web", question="Acme?", answer=answer, at=NOW))
        session.add(Conversation(id="t1", surface="web", context={"accounts": ["A1"]}, updated_at=NOW))
    before = _ids(database, Passage.id)
    gone = forget_account(database, "A1")
    assert (gone.name, gone.deals, gone.activities) == ("Acme Logistics", 2, 2)
    assert set(gone.passages) == before - _ids(database, Passage.id)
    assert gone.passages
    left = _everything(database)
    for word in ("Acme", "Renata", "acme.example", "Devin", "call-1", "m1@x", "'D1'"):
        assert word not in left, word
    assert "Globex" in left
    assert _ids(database, Activity.id) == {"other@x"}


def test_what_is_left_counts_as_if_the_account_had_never_been(bring: Bring, database: Database) -> None:
    bring(FILES)
    _cut(database)
    forget_account(database, "A1")
    counted = _stems(database)
    with database.session() as session:
        stems = [set(text.split()) for text in session.scalars(select(Passage.stems))]
    assert counted == {stem: sum(stem in each for each in stems) for stem in set().union(*stems)}


def test_a_person_goes_and_the_call_with_others_stays(bring: Bring, database: Database) -> None:
    bring(FILES)
    _cut(database)
    gone = forget_contact(database, "C1")
    assert (gone.name, gone.contacts, gone.activities) == ("Renata Silva", 1, 1)
    assert gone.passages
    assert _ids(database, Activity.id) == {"call-1", "other@x"}
    assert _ids(database, Turn.speaker) == {"Ada Quill"}
    _cut(database)
    left = _everything(database)
    assert "Renata" not in left
    assert "renata@acme.example" not in left
    assert _ids(database, Account.id) == {"A1", "A2"}
    assert "D1" in _ids(database, Deal.id)


def test_what_was_forgotten_can_be_brought_again(bring: Bring, database: Database) -> None:
    bring(FILES)
    before = snapshot(database)
    forget_account(database, "A1")
    bring(FILES)
    assert snapshot(database) == before
    forget_contact(database, "C1")
    with database.session() as session:
        assert session.scalar(select(func.count()).where(Contact.id == "C1")) == 0


def test_an_unknown_id_is_told(database: Database) -> None:
    for forget in (forget_account, forget_contact):
        with pytest.raises(Fatal) as told:
            forget(database, "nobody")
        assert told.value.status == 404
