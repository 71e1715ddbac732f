"""Connecting Salesforce by consent: what an admin agreed to is kept, renews itself, and is all that is needed."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from agents.crm.consent import consent_to
from agents.crm.sync import Sync
from agents.crm.systems import Systems
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock
from tests.conftest import NOW
from tests.fakes.salesforce import FakeSalesforce


def test_a_consent_connects_salesforce_and_outlives_its_first_token(
    sqlite_database: Database, settings: Settings
) -> None:
    with FakeSalesforce(now=NOW.timestamp) as org:
        org.store.put("Contact", FirstName="Ray", LastName="Okonkwo")
        ours = settings.model_copy(
            update={
                "salesforce_client_id": "client-id",
                "salesforce_client_secret": SecretStr("secret"),
                "salesforce_login_url": org.url,
            }
        )
        systems = Systems(sqlite_database, ours, FixedClock(NOW))
        assert "salesforce" not in systems.connected()
        consent = consent_to(ours, "salesforce")
        back = "https://us.example/systems/salesforce/callback"
        # What a person's browser does: the organization keeps the challenge, and wants its verifier with the code.
        assert httpx.get(consent.link(back, "sealed")).status_code == 302
        with pytest.raises(Fatal, match="consent"):
            consent.exchange(back, "consented", "another")
        systems.keep("salesforce", consent.exchange(back, "consented", "sealed"))
        for _ in range(2):
            org.tokens = set()
            connector = systems.open("salesforce")
            assert Sync(sqlite_database, ours, FixedClock(NOW)).run(connector).failed == []
            connector.close()
        assert org.tokens
    assert org.breaches == []


def test_what_is_missing_for_a_consent_is_named(settings: Settings) -> None:
    with pytest.raises(Fatal) as told:
        consent_to(settings, "salesforce")
    assert "DEALWRIGHT_SALESFORCE_CLIENT_ID" in told.value.next_step
    with pytest.raises(Fatal, match="by a setting"):
        consent_to(settings, "gong")
