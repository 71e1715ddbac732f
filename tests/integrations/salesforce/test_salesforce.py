"""Signing in to Salesforce by key and by consent, queries that no value can break, and results of jobs as they were written."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import Fatal
from integrations.connectors.errors import SignedOut
from integrations.connectors.tokens import FixedToken, Grant, RenewedToken
from integrations.salesforce import soql
from integrations.salesforce.bulk import rows_of
from integrations.salesforce.connector import Salesforce
from integrations.salesforce.oauth import consent_url, endpoint, signer
from tests.agents.crm.passing import Time
from tests.fakes.salesforce import FakeSalesforce
from tests.fakes.soql import parsed

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def _signed_in(org: FakeSalesforce, time: Time, key: Path) -> Salesforce:
    now = lambda: datetime.fromtimestamp(time.epoch(), UTC)  # noqa: E731
    sign = signer("client-id", "crm@seller.example", key, now, login_url=org.url)
    return Salesforce(RenewedToken(Grant(""), sign), {}, timer=time, now=now)


def _key(folder: Path, org: FakeSalesforce) -> Path:
    key = rsa.generate_private_key(65_537, 2_048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    org.public_key = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "key.pem").write_bytes(pem)
    return folder / "key.pem"


def test_a_key_signs_in_and_again_once_the_session_has_ended(tmp_path: Path) -> None:
    time = Time()
    with FakeSalesforce(now=time.epoch) as org:
        connector = _signed_in(org, time, _key(tmp_path, org))
        assert "Amount" in connector.properties("deal")
        org.tokens = set()
        assert "Email" in connector.properties("contact")
        connector.close()
    assert org.breaches == []


def test_a_key_that_is_not_trusted_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    time = Time()
    with FakeSalesforce(now=time.epoch) as org:
        key = _key(tmp_path, org)
        org.public_key = None
        with pytest.raises(SignedOut):
            _signed_in(org, time, key).properties("deal")
        key.write_text("no key")
        with pytest.raises(Fatal, match="can't be read") as told:
            _signed_in(org, time, key).properties("deal")
        assert "KEY_FILE" in told.value.next_step


def test_a_consent_gives_tokens_that_renew_themselves_and_tell_where_the_organization_is() -> None:
    time = Time()
    with FakeSalesforce(now=time.epoch) as org:
        asked = consent_url("client-id", "https://us/back", "s", verifier="v" * 43, login_url=org.url)
        assert asked.startswith(f"{org.url}/services/")
        grant = endpoint(org.url).of_consent("client-id", "secret", "https://us/back", "consented")
        assert grant.base_url == org.url
        with pytest.raises(Fatal, match="consent"):
            endpoint(org.url).of_consent("client-id", "secret", "https://us/back", "stolen")
        org.tokens = set()
        kept: list[Grant] = []
        tokens = RenewedToken(grant, endpoint(org.url).refresher("client-id", "secret"), kept.append)
        connector = Salesforce(tokens, {}, timer=time)
        assert connector.remote_of("deal") == "Opportunity"
        assert "Amount" in connector.properties("deal")
        assert [one.refresh_token for one in kept] == [org.refresh_token]
        connector.close()


def test_a_token_without_the_organizations_address_says_what_to_set() -> None:
    with pytest.raises(Fatal, match="not known") as told:
        Salesforce(FixedToken("t"), {}).properties("deal")
    assert "DEALWRIGHT_SALESFORCE_BASE_URL" in told.value.next_step


@given(TEXT)
def test_no_value_can_break_out_of_a_query(value: str) -> None:
    query = parsed(soql.select(["Id"], "Contact", [f"Email = {soql.quoted(value)}"], limit=1))
    assert query.named == {"Id", "Email"}
    assert query.fits({"Email": value})
    assert not query.fits({"Email": value + "x"})


@pytest.mark.parametrize("name", ["Name FROM User", "Name,Id", "", "1a", "Name--", "A.B."])
def test_what_is_no_field_is_never_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        soql.select([name], "Contact")


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=5))
def test_rows_of_a_job_are_read_as_they_were_written(rows: list[tuple[str, str]]) -> None:
    sheet = io.StringIO()
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("Id", "Description"), *rows])
    assert rows_of(sheet.getvalue()) == [{"Id": one, "Description": text or None} for one, text in rows]
