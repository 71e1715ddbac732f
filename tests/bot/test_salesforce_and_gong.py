"""Salesforce and Gong from the terminal: read, their state, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests.bot.running import Home
from tests.fakes.gong import KEY, FakeGong
from tests.fakes.salesforce import FakeSalesforce


@pytest.fixture
def org() -> Iterator[FakeSalesforce]:
    """An organization with an account, a deal and a person whose record can't be read."""
    with FakeSalesforce() as made:
        account = made.store.put("Account", Name="Acme Freight")
        made.store.put(
            "Opportunity", Name="Acme dock", AccountId=account, StageName="Qualification", CloseDate="2026-12-15"
        )
        made.store.put("Contact", Email="nobody@acme.example", AccountId=account)
        yield made
    assert made.breaches == []


def test_both_are_read_told_of_and_replayed(make_home: Callable[[], Home], org: FakeSalesforce) -> None:
    home = make_home()
    with FakeGong() as gong:
        gong.add(
            datetime(2026, 11, 20, 10, tzinfo=UTC), words=["Shall we begin?", "Yes, the price is what worries us."]
        )
        home.environment |= {
            "DEALWRIGHT_SALESFORCE_BASE_URL": org.url,
            "DEALWRIGHT_SALESFORCE_TOKEN": "good",
            "DEALWRIGHT_GONG_BASE_URL": gong.url,
            "DEALWRIGHT_GONG_TOKEN": KEY,
        }
        told = {one["name"]: one for one in home.run("sync", "salesforce", "--json").json()["streams"]}
        assert (told["opportunities"]["applied"], told["contacts"]["set_aside"]) == (1, 1)
        calls = {one["name"]: one for one in home.run("sync", "gong", "--json").json()["streams"]}
        assert (calls["calls"]["state"], calls["calls"]["applied"]) == ("done", 1)
        status = {one["system"]: one for one in home.run("sync", "--status", "--json").json()["systems"]}
        assert {name: one["state"] for name, one in status.items()} == {
            "hubspot": "not_connected",
            "salesforce": "connected",
            "gong": "connected",
        }
        assert status["salesforce"]["dead_letters"] == 1
        (contact,) = org.store.rows["Contact"]
        org.store.change("Contact", contact, LastName="Okonkwo")
        assert home.run("letters", "replay", "--json").json() == {"read": 1, "planned": 0, "still_dead": 0}
    assert gong.breaches == []
