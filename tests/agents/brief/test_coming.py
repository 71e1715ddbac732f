"""Which meetings are briefed: with a company that we know, half an hour before, for the time at which they begin now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agents.brief.coming import coming, mark, still_on
from infra.spine.database import Database
from infra.spine.models import Participant
from tests.agents.northern import activity, fill, settle, user
from tests.conftest import NOW

VERA = {"name": "Vera Holm", "role": "attendee", "side": "buyer", "contact_id": "con-vera"}
IDA = {"name": "Ida Berg", "role": "organizer", "side": "seller", "user_id": "ida"}
WILL = {"name": "Will Hope", "role": "attendee", "side": "seller", "user_id": "will"}
STRANGER = {"name": "Sten Ek", "email": "sten@elsewhere.example", "role": "attendee", "side": "unknown"}


@pytest.fixture
def company(database: Database) -> Database:
    """The small company, on both databases."""
    fill(database, NOW)
    return database


def book(database: Database, *people: dict[str, Any], minutes: float = 20, **more: Any) -> None:
    """Book a meeting."""
    values: dict[str, Any] = {"direction": "mutual", "status": "booked", "subject": "Audit", "account": "acc-norrland", "owner": "ida", "kind": "meeting"} | more  # fmt: skip
    kind, of, owner = values.pop("kind"), values.pop("account"), values.pop("owner")
    with database.transaction() as session:
        settle(
            session, NOW, activity("meet", kind, of, None, owner, NOW + timedelta(minutes=minutes), **values),
            *(Participant(activity_id="meet", **one) for one in people),
        )  # fmt: skip


def who(database: Database) -> list[str]:
    with database.session() as session:
        return [one.user_id for one in coming(session, NOW)]


def test_a_meeting_with_somebody_we_know_is_told_to_its_owner(company: Database) -> None:
    book(company, IDA, VERA)
    assert who(company) == ["ida"]


def test_a_call_booked_without_people_is_told_by_its_account(company: Database) -> None:
    book(company, kind="call")
    assert who(company) == ["ida"]


def test_a_meeting_without_an_owner_is_told_to_the_first_of_us_who_is_invited(company: Database) -> None:
    book(company, WILL, IDA, VERA, owner=None)
    assert who(company) == ["will"]


def test_a_meeting_is_known_by_its_guest_alone(company: Database) -> None:
    book(company, IDA, VERA, account=None)
    assert who(company) == ["ida"]


@pytest.mark.parametrize(
    ("people", "more"),
    [
        ((IDA, VERA), {"minutes": 31}),
        ((IDA, VERA), {"minutes": -1}),
        ((IDA, VERA), {"status": "cancelled"}),
        ((IDA, VERA), {"status": "done"}),
        ((IDA, VERA), {"kind": "task"}),
        ((IDA, WILL), {"direction": "internal"}),
        ((IDA, WILL), {}),
        ((IDA,), {}),
        ((IDA, STRANGER), {"account": None}),
        ((STRANGER, VERA), {"owner": None}),
    ],
)
def test_what_is_too_early_past_off_or_only_among_us_is_not_briefed(
    company: Database, people: tuple[dict[str, Any], ...], more: dict[str, Any]
) -> None:
    book(company, *people, **more)
    assert who(company) == []


def test_a_colleague_who_left_is_told_nothing(company: Database) -> None:
    with company.transaction() as session:
        gone = user("gone", "Gia Orr", "North")
        gone.active = False
        settle(session, NOW, gone)
    book(company, VERA, owner="gone")
    assert who(company) == []


def test_what_is_marked_is_not_told_again_until_it_moves(company: Database) -> None:
    book(company, IDA, VERA)
    with company.transaction() as session:
        (one,) = coming(session, NOW)
        mark(session, one, NOW)
    assert who(company) == []
    with company.transaction() as session:
        from infra.spine.models import Activity

        session.get_one(Activity, "meet").at = NOW + timedelta(minutes=25)
    assert who(company) == ["ida"]
    with company.session() as session:
        assert still_on(session, "meet", NOW)
        assert not still_on(session, "meet", NOW + timedelta(minutes=25))
        assert not still_on(session, "meet", NOW - timedelta(minutes=30))
        assert not still_on(session, "nothing", NOW)
