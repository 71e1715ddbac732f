"""Who sees which records: own, team, all; manager, admin; and what a whole channel may see."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from infra.errors import Denied
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Base, Contact, Deal, Lead, Passage, User
from infra.spine.scope import EVERYTHING, NOTHING, Scope, scope_for_email, scope_of, scope_of_all
from retrieval.cutting import cut_activities
from tests.conftest import NOW

PEOPLE = {
    # id: role, team, manager
    "root": ("admin", None, None),
    "wmgr": ("manager", "West", "root"),
    "ann": ("rep", "West", "wmgr"),
    "bob": ("rep", "West", "wmgr"),
    "emgr": ("manager", "East", "root"),
    "eve": ("rep", "East", "emgr"),
    "sub": ("rep", "East-South", "lead"),
    "lead": ("manager", "East-South", "emgr"),
    "alone": ("rep", None, None),
}


def _row(model: Any, identity: str, **values: Any) -> Any:
    row = model(id=identity, source="t", source_at=NOW, **values)
    if model in (User, Account, Contact, Lead):
        row.name_key = row.name
    return row


@pytest.fixture
def peopled(database: Database) -> Database:
    """A deal, an account, a contact, a lead, a note and a passage for each person, called after them."""
    with database.transaction() as session:
        for name, (role, team, _) in PEOPLE.items():
            session.add(_row(User, name, name=name, role=role, team=team, email=f"{name.title()}@us.example".lower()))
        session.flush()
        for name, (_, _, manager) in PEOPLE.items():
            session.get_one(User, name).manager_id = manager
        for name in PEOPLE:
            session.add(_row(Account, f"A-{name}", name=name, owner_id=name))
        session.flush()
        for name in PEOPLE:
            session.add(_row(Contact, f"C-{name}", name=name, account_id=f"A-{name}"))
            session.add(_row(Lead, f"L-{name}", name=name, owner_id=name))
            deal = {"name": name, "currency": "USD", "status": "open", "account_id": f"A-{name}", "owner_id": name}
            session.add(_row(Deal, f"D-{name}", **deal))
        session.flush()
        for name in PEOPLE:
            touch = {"kind": "note", "direction": "internal", "content_hash": name, "subject": name}
            session.add(_row(Activity, f"N-{name}", account_id=f"A-{name}", **touch))
        session.flush()
        cut_activities(session, 100)
    return database


def _seen(database: Database, scope: Scope, model: type[Base], condition: str) -> set[str]:
    with database.session() as session:
        column = Passage.text if model is Passage else model.id  # type: ignore[attr-defined]
        found = session.scalars(select(column).where(getattr(scope, condition)()))
        return {str(value).split("-")[-1] for value in found}


@pytest.mark.parametrize(
    ("asker", "visibility", "sees"),
    [
        ("root", "own", set(PEOPLE)),
        ("ann", "own", {"ann"}),
        ("ann", "team", {"ann", "bob", "wmgr"}),
        ("ann", "all", set(PEOPLE)),
        ("alone", "team", {"alone"}),
        ("wmgr", "own", {"wmgr", "ann", "bob"}),
        ("wmgr", "all", {"wmgr", "ann", "bob"}),
        ("emgr", "team", {"emgr", "eve", "lead", "sub"}),
        ("lead", "team", {"lead", "sub"}),
    ],
)
def test_what_each_role_sees(peopled: Database, asker: str, visibility: Any, sees: set[str]) -> None:
    with peopled.session() as session:
        scope = scope_of(session, session.get_one(User, asker), visibility)
    for model, condition in (
        (Deal, "deals"),
        (Account, "accounts"),
        (Contact, "contacts"),
        (Lead, "leads"),
        (Activity, "activities"),
        (Passage, "passages"),
        (User, "users"),
    ):
        assert _seen(peopled, scope, model, condition) == sees, condition


def test_a_channel_sees_what_every_member_sees(peopled: Database) -> None:
    with peopled.session() as session:
        scopes = {
            name: scope_of(session, session.get_one(User, name), "team")
            for name in ("ann", "bob", "wmgr", "eve", "root")
        }
    assert _seen(peopled, scope_of_all([scopes["ann"], scopes["root"]]), Deal, "deals") == {"ann", "bob", "wmgr"}
    assert _seen(peopled, scope_of_all([scopes["ann"], scopes["wmgr"]]), Deal, "deals") == {"ann", "bob", "wmgr"}
    assert _seen(peopled, scope_of_all([scopes["ann"], scopes["eve"]]), Deal, "deals") == set()
    assert _seen(peopled, scope_of_all([scopes["root"]]), Deal, "deals") == set(PEOPLE)
    assert _seen(peopled, NOTHING, Deal, "deals") == set()


def test_a_deal_is_seen_by_its_account_s_owner_and_an_account_by_its_deal_s(peopled: Database) -> None:
    with peopled.transaction() as session:
        session.get_one(Deal, "D-eve").account_id = "A-ann"
    with peopled.session() as session:
        ann = scope_of(session, session.get_one(User, "ann"), "own")
        eve = scope_of(session, session.get_one(User, "eve"), "own")
    assert _seen(peopled, ann, Deal, "deals") == {"ann", "eve"}
    assert _seen(peopled, eve, Account, "accounts") == {"eve", "ann"}


def test_a_touch_is_seen_with_its_deal_rather_than_with_its_account(peopled: Database) -> None:
    with peopled.transaction() as session:
        session.add(
            _row(
                Activity,
                "N-shared",
                kind="mail",
                direction="inbound",
                content_hash="x",
                account_id="A-bob",
                deal_id="D-eve",
            )
        )
    with peopled.session() as session:
        bob = scope_of(session, session.get_one(User, "bob"), "own")
        eve = scope_of(session, session.get_one(User, "eve"), "own")
    assert "shared" in _seen(peopled, eve, Activity, "activities")
    assert "shared" not in _seen(peopled, bob, Activity, "activities")


def test_an_unknown_or_inactive_asker_is_refused_in_fixed_words(peopled: Database) -> None:
    with peopled.transaction() as session:
        session.get_one(User, "bob").active = False
    with peopled.session() as session:
        assert scope_for_email(session, "ANN@us.example ", "own").user_id == "ann"
        for email in ("nobody@us.example", "bob@us.example", ""):
            with pytest.raises(Denied) as refused:
                scope_for_email(session, email, "all")
            assert "nobody" not in refused.value.sentence


GRANTS = st.lists(st.frozensets(st.sampled_from(sorted(PEOPLE))), max_size=3).map(lambda grants: Scope(tuple(grants)))


def _allows(scope: Scope, owner: str) -> bool:
    return all(owner in grant for grant in scope.grants)


@given(st.lists(GRANTS, min_size=1, max_size=4))
def test_the_scope_of_all_allows_exactly_what_each_allows(scopes: list[Scope]) -> None:
    together = scope_of_all(scopes)
    for owner in PEOPLE:
        assert _allows(together, owner) == all(_allows(scope, owner) for scope in scopes)
    assert scope_of_all(reversed(scopes)).key() == together.key() or len(together.grants) > 1
    assert scope_of_all([together, EVERYTHING]).key() == together.key()
