"""Forgetting somebody takes along what was to be sent to them, what was sent and what came back; but not that they want no mail."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from agents.intake.forget import forget_account, forget_contact
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import (
    Base,
    Contact,
    Copy,
    CrmEntry,
    Effect,
    Enrichment,
    Notice,
    Proposal,
    Removal,
    Reply,
    Sequence,
    Signal,
    Suppression,
    Touch,
    Verification,
)
from tests.agents.proposals.office import Office
from tests.conftest import NOW

ADDRESS = "ray@acme.example"


@pytest.fixture
def office(database: Database, home: Any, tmp_path: Any) -> Office:
    """A mail was sent to Ray, another waits, and he answered."""
    made = Office(database, Settings(home=home), tmp_path / "outbox")
    made.fill()
    with database.transaction() as session:
        session.add(
            Contact(
                id="ray",
                account_id="acc",
                name="Ray Okonkwo",
                name_key="ray okonkwo",
                email="Ray@acme.example",
                source="test",
                source_at=NOW,
            )
        )
        session.add(Sequence(id="s", recipient=ADDRESS, state="active", started_at=NOW))
        session.flush()
        session.add(Touch(id="t", sequence_id="s", number=1, state="proposed"))
        session.add(Reply(id="r1", kind="positive", sender=ADDRESS, at=NOW, detail={"words": "gladly"}))
        session.add(Verification(address=ADDRESS, status="good", method="mx", at=NOW))
        session.add(Suppression(kind="person", value=ADDRESS, reason="opt_out", source="test", at=NOW))
        session.add(
            Signal(
                id="sig", key="sig", kind="hiring", person="Ray Okonkwo", person_email=ADDRESS, occurred_at=NOW, received_at=NOW
            )
        )  # fmt: skip
        session.add(
            Enrichment(subject_kind="contact", subject_id="ray", field="title", value="COO", provider="x", at=NOW)
        )
    sent = made.forward("sent", touch_id="t", contact_id="ray")
    made.decide(sent, "approve")
    made.work()
    waiting = made.forward("waiting", account_id=None)
    with database.transaction() as session:
        session.add(
            Notice(key="n", user_id="owner", kind="card", payload={"proposal": waiting}, due_at=NOW, created_at=NOW)
        )
    return made


@pytest.mark.parametrize("kind", ["person", "account"])
def test_where_their_words_stand_in_chats_is_kept_until_they_are_taken_out(office: Office, kind: str) -> None:
    ref = {"place": "D1:1"}
    with office.database.transaction() as session:
        waiting = session.scalars(select(Proposal.id).where(Proposal.state == "pending")).one()
        session.add(Copy(proposal_id=waiting, surface="slack", place="D1:1", ref=ref, shown="1:pending", at=NOW))
        for key, told in (
            ("reply:r1", {"headline": "Ray Okonkwo is interested"}),
            ("review:sig", {"signal": "sig"}),
            ("feed:owner:1", {"signals": ["sig"]}),
            ("paused", {"headline": "Sending is paused"}),
        ):
            payload = {**told, "stands": {"teams": {"place": key, "key": key}}}
            kind_of = key.partition(":")[0]
            session.add(
                Notice(
                    key=key, user_id="owner", kind=kind_of, payload=payload, state="sent", due_at=NOW, created_at=NOW
                )
            )
    (forget_contact if kind == "person" else forget_account)(office.database, "ray" if kind == "person" else "acc")
    with office.database.session() as session:
        rows = session.execute(select(Removal.surface, Removal.place).order_by(Removal.place)).all()
        assert [tuple(row) for row in rows] == [
            ("slack", "D1:1"),
            ("teams", "feed:owner:1"),
            ("teams", "reply:r1"),
            ("teams", "review:sig"),
        ]
        assert session.scalars(select(Notice.key).order_by(Notice.key)).all() == ["feed:owner:1", "paused"]


@pytest.mark.parametrize("kind", ["person", "account"])
def test_nothing_of_them_is_left_but_that_they_want_no_mail(office: Office, kind: str) -> None:
    gone = (forget_contact if kind == "person" else forget_account)(
        office.database, "ray" if kind == "person" else "acc"
    )
    assert gone.markers == office.scripted.taken
    with office.database.session() as session:
        for table in (Proposal, Effect, Sequence, Touch, Reply, Verification, Signal, Enrichment, CrmEntry, Notice):
            assert session.execute(select(table)).all() == [], table
        assert session.scalars(select(Suppression.value)).all() == [ADDRESS]
        left = [
            row
            for table in Base.metadata.sorted_tables
            if table.name != "suppressions"
            for row in session.execute(select(table))
        ]
    assert "ray" not in repr(left).lower()
