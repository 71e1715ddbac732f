"""Rows that fit go in, rows that don't are told apart, whatever they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import func, select

from agents.intake.batch import table_of
from agents.intake.writing import storable, write
from infra.spine.database import Database
from infra.spine.models import Account, User

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _account(identity: str, **values: Any) -> dict[str, Any]:
    return {"id": identity, "name": identity, "name_key": identity, "source": "t", "source_at": NOW, **values}


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"employees": 2**40}, "employees"),
        ({"annual_revenue": Decimal("1e30")}, "annual revenue"),
        ({"annual_revenue": Decimal("NaN")}, "annual revenue"),
        ({"name": None}, "name"),
        ({"id": "x" * 81}, "id"),
        ({"owner_id": "nobody"}, "database"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_and_the_others_go_in(
    database: Database, values: dict[str, Any], word: str
) -> None:
    rows = [_account(f"a{number}") for number in range(30)]
    rows[11] = _account("a11") | values
    with database.transaction() as session:
        written = write(session, table_of(Account), rows)
    assert word in written.outcomes[11]
    assert [outcome for place, outcome in enumerate(written.outcomes) if place != 11] == ["added"] * 29
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 29


def test_what_is_unique_stays_unique(database: Database) -> None:
    rows = [
        {"id": f"u{number}", "name": "U", "name_key": "u", "email": "a@x.example", "source": "t", "source_at": NOW}
        for number in range(3)
    ]
    with database.transaction() as session:
        outcomes = write(session, table_of(User), rows).outcomes
    assert outcomes.count("added") == 1
    assert sum("rules" in outcome for outcome in outcomes) == 2


def test_only_named_columns_change_and_named_fields_add_up(database: Database) -> None:
    with database.transaction() as session:
        write(session, table_of(Account), [_account("a", industry="Retail", custom={"x": 1})])
    with database.transaction() as session:
        written = write(session, table_of(Account), [{"id": "a", "city": "Kiel", "custom": {"y": 2}}])
        again = write(session, table_of(Account), [{"id": "a", "city": "Kiel", "custom": {"y": 2}}])
    assert (written.outcomes, again.outcomes) == (["changed"], ["unchanged"])
    assert (written.before["a"]["city"], written.after["a"]["city"]) == (None, "Kiel")
    with database.session() as session:
        found = session.get_one(Account, "a")
        assert (found.industry, found.city, found.custom) == ("Retail", "Kiel", {"x": 1, "y": 2})


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(), note=st.text(), revenue=st.decimals(), employees=st.integers())
def test_any_values_are_stored_or_refused(
    sqlite_database: Database, name: str, note: str, revenue: Decimal, employees: int
) -> None:
    row = _account("a", name=name, note=note, annual_revenue=revenue, employees=employees)
    with sqlite_database.transaction() as session:
        (first,) = write(session, table_of(Account), [row]).outcomes
        (second,) = write(session, table_of(Account), [row]).outcomes
    assert second == ("unchanged" if first in ("added", "changed", "unchanged") else first)


@given(st.text())
def test_storable_text_is_utf8_without_nul(text: str) -> None:
    assert "\x00" not in storable(text)
    storable(text).encode()


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert storable("a\ud83d") == "a?"
