"""Whom is forgotten, no review tells of any more: neither the kept one, nor where it stands in chats, nor its pictures."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from agents.intake.forget import forget_account, forget_contact
from infra.spine.database import Database
from infra.spine.models import Delivery, KeptPicture, Removal, Review
from tests.agents.northern import account, contact, settle, user
from tests.conftest import NOW


@pytest.fixture
def spine(database: Database) -> Database:
    """Two companies; a review tells of one of them and stands in Slack, a second tells of the other."""
    with database.transaction() as session:
        settle(
            session,
            NOW,
            user("ana", "Ana Ruiz", "North"),
            account("acc-z", "Zakłady Łódź", "ana"),
            account("acc-n", "Northwind", "ana"),
            contact("con-z", "acc-z", "Żaneta Wójcik", "COO"),
        )
        told: dict[str, dict[str, Any]] = {
            "w46": {"lines": [{"account_id": "acc-z", "text": "Żaneta Wójcik is silent"}]},
            "w47": {"lines": [{"account_id": "acc-n", "text": "Northwind signed"}]},
        }
        for id, record in told.items():
            session.add(Review(id=id, week="2026-W46", audience="rep", about="ana", record=record, made_at=NOW))
            session.add(KeptPicture(id=id, kind="risk_map", record=record, used_at=NOW))
        session.flush()
        ref = {"workspace": "T1", "channel": "D1", "ts": "1.1", "place": "D1:1.1"}
        for key, review, surface, stands in (("a", "w46", "slack", ref), ("b", "w46", "mail", {"marker": "<1@x>"}), ("c", "w47", "slack", ref)):  # fmt: skip
            session.add(
                Delivery(
                    key=key, review_id=review, user_id="ana", surface=surface, place={}, state="sent",
                    attempts=0, due_at=NOW, sent_at=NOW, ref=stands, trouble=None,
                )
            )  # fmt: skip
    return database


def _left(database: Database) -> tuple[list[str], list[str], list[str], list[tuple[str, str]]]:
    with database.session() as session:
        return (
            list(session.scalars(select(Review.id).order_by(Review.id))),
            list(session.scalars(select(KeptPicture.id).order_by(KeptPicture.id))),
            list(session.scalars(select(Delivery.key).order_by(Delivery.key))),
            [(one.surface, one.place) for one in session.scalars(select(Removal))],
        )


def test_a_forgotten_account_leaves_the_reviews_and_the_chats(spine: Database) -> None:
    forget_account(spine, "acc-z")
    assert _left(spine) == (["w47"], ["w47"], ["c"], [("slack", "D1:1.1")])


def test_a_forgotten_person_leaves_the_reviews_that_name_them(spine: Database) -> None:
    forget_contact(spine, "con-z")
    assert _left(spine) == (["w47"], ["w47"], ["c"], [("slack", "D1:1.1")])
