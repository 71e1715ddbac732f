"""SPF, DKIM and DMARC as a real DNS server tells them: green only what stands, unknown what was not answered."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.errors import Fatal
from integrations.authentication import Origins, authentication, organisational_domain
from integrations.dns import Dns, DnsSilent
from integrations.sending.signing import DkimKey, signed
from tests.fakes.dns_server import Zone, dns_server

KEY = rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
DKIM = "v=DKIM1; k=rsa; p=" + base64.b64encode(KEY).decode()
GOOD: Zone = {
    ("a.example", "TXT"): ["google-site-verification=x", "v=spf1 ip4:192.0.2.1 -all"],
    ("dw1._domainkey.a.example", "TXT"): [DKIM],
    ("_dmarc.a.example", "TXT"): ["v=DMARC1; p=none; rua=mailto:dmarc@elsewhere.example"],
    ("a.example", "MX"): ["10 mail.a.example."],
    ("a.example", "A"): ["192.0.2.1"],
}


def _states(zone: Zone, *, domain: str = "a.example", selectors: tuple[str, ...] = ("dw1",)) -> tuple[str, ...]:
    with dns_server(zone) as (server, _):
        return tuple(check.state for check in authentication(Dns(server), domain, selectors, KEY))


def test_a_domain_with_all_three_is_green() -> None:
    with dns_server(GOOD) as (server, asked):
        checks = authentication(Dns(server), "a.example", ("dw1",), KEY)
    assert [check.state for check in checks] == ["green"] * 3
    assert all(check.sentence and not check.fix for check in checks)
    assert {name for name, _ in asked.questions} <= {"a.example", "dw1._domainkey.a.example", "_dmarc.a.example"}


@pytest.mark.parametrize(
    "records, state",
    [
        ([], "red"),
        (["v=spf1 -all", "v=spf1 ~all"], "red"),
        (["v=spf1 ip4:999.1.1.1 -all"], "red"),
        (["v=spf1 +all"], "red"),
        (["v=spf1 include:missing.example -all"], "red"),
        (["v=spf1 include:ok.example -all"], "green"),
        (["v=spf1 ~all"], "green"),
        (["v=spf10 -all"], "red"),
    ],
)
def test_spf(records: list[str], state: str) -> None:
    zone = {**GOOD, ("a.example", "TXT"): records, ("ok.example", "TXT"): ["v=spf1 ip4:192.0.2.7 -all"]}
    assert _states(zone)[0] == state


def test_spf_with_more_lookups_than_receivers_make_is_red() -> None:
    many = {(f"s{n}.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"] for n in range(12)}
    told = "v=spf1 " + " ".join(f"include:s{n}.example" for n in range(12)) + " -all"
    assert _states({**GOOD, **many, ("a.example", "TXT"): [told]})[0] == "red"


@pytest.mark.parametrize(
    "records, state",
    [
        ([], "red"),
        (["v=DKIM1; p="], "red"),
        ([DKIM[:-20]], "red"),
        (["v=DKIM1; k=rsa; p=AAAA"], "red"),
        ([DKIM], "green"),
    ],
)
def test_dkim_needs_the_key_that_we_sign_with(records: list[str], state: str) -> None:
    assert _states({**GOOD, ("dw1._domainkey.a.example", "TXT"): records})[1] == state


def test_dkim_without_a_known_selector_is_unknown() -> None:
    assert _states(GOOD, selectors=())[1] == "unknown"


@pytest.mark.parametrize(
    "records, state",
    [
        ([], "red"),
        (["v=DMARC1; p=reject"], "green"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "red"),
        (["v=DMARC1; p=perhaps"], "red"),
        (["p=none; v=DMARC1"], "red"),
    ],
)
def test_dmarc(records: list[str], state: str) -> None:
    assert _states({**GOOD, ("_dmarc.a.example", "TXT"): records})[2] == state


def test_dmarc_of_the_organisational_domain_counts_for_those_below() -> None:
    zone: Zone = {
        ("mail.a.co.uk", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"],
        ("_dmarc.a.co.uk", "TXT"): ["v=DMARC1; p=quarantine; sp=none"],
        ("_dmarc.co.uk", "TXT"): ["v=DMARC1; p=reject"],
    }
    assert _states(zone, domain="mail.a.co.uk")[2] == "green"
    assert organisational_domain("mail.a.co.uk") == "a.co.uk"


def test_dmarc_that_neither_spf_nor_dkim_carries_is_red() -> None:
    zone = {("_dmarc.a.example", "TXT"): ["v=DMARC1; p=none"]}
    assert _states(zone) == ("red", "red", "red")


def test_what_the_dns_does_not_answer_is_unknown_never_green_nor_red() -> None:
    names = ("a.example", "dw1._domainkey.a.example", "_dmarc.a.example")
    assert _states({(name, "SILENT"): [] for name in names}) == ("unknown",) * 3
    assert _states({**GOOD, ("_dmarc.a.example", "SILENT"): []})[2] == "unknown"


def test_a_record_that_was_mended_is_seen_at_once() -> None:
    with dns_server({**GOOD, ("a.example", "TXT"): ["v=spf1 include:late.example -all"]}) as (server, asked):
        dns = Dns(server)
        assert authentication(dns, "a.example", ("dw1",), KEY)[0].state == "red"
        asked.zone["late.example", "TXT"] = ["v=spf1 ip4:192.0.2.9 -all"]
        assert authentication(dns, "a.example", ("dw1",), KEY)[0].state == "green"


def test_which_domains_take_mail() -> None:
    zone: Zone = {
        ("mx.example", "MX"): ["10 mail.mx.example."],
        ("address.example", "A"): ["192.0.2.1"],
        ("six.example", "AAAA"): ["2001:db8::1"],
        ("null.example", "MX"): ["0 ."],
        ("text.example", "TXT"): ["hello"],
        ("mute.example", "SILENT"): [],
    }
    with dns_server(zone) as (server, _):
        dns = Dns(server)
        hosts = [dns.mail_hosts(f"{name}.example") for name in ("mx", "address", "six", "null", "text", "none")]
        assert hosts == ["some", "some", "some", "refuses", "none", "none"]
        with pytest.raises(DnsSilent):
            dns.mail_hosts("mute.example")


def test_a_server_that_can_not_be_read_is_told() -> None:
    with pytest.raises(Fatal):
        Dns("not an address:x").texts("a.example")


RELAY: Zone = {
    **GOOD,
    ("relay.example", "A"): ["198.51.100.7"],
    ("mx1.example", "A"): ["198.51.100.9"],
    ("out.example", "MX"): ["10 mx1.example."],
    ("_spf.google.com", "TXT"): ["v=spf1 ip4:203.0.113.0/24 ~all"],
    ("pool.example", "TXT"): ["v=spf1 ip4:198.51.100.0/28 -all"],
    ("chain.example", "TXT"): ["v=spf1 include:_spf.google.com -all"],
}


@pytest.mark.parametrize(
    ("record", "origins", "state"),
    [
        ("v=spf1 ip4:198.51.100.7 -all", Origins(("relay.example",)), "green"),
        ("v=spf1 a:relay.example -all", Origins(("relay.example",)), "green"),
        ("v=spf1 a:relay.example/29 -all", Origins(("198.51.100.1",)), "green"),
        ("v=spf1 include:pool.example -all", Origins(("relay.example",)), "green"),
        ("v=spf1 redirect=pool.example", Origins(("relay.example",)), "green"),
        ("v=spf1 mx:out.example -all", Origins(("198.51.100.9",)), "green"),
        ("v=spf1 mx:out.example -all", Origins(("relay.example",)), "unknown"),
        ("v=spf1 ip4:192.0.2.1 -all", Origins(("relay.example",)), "unknown"),
        ("v=spf1 -ip4:198.51.100.7 ip4:198.51.100.0/24 -all", Origins(("relay.example",)), "unknown"),
        ("v=spf1 ip4:192.0.2.1 -all", Origins(("absent.example",)), "unknown"),
        ("v=spf1 include:_spf.google.com -all", Origins((), ("_spf.google.com",)), "green"),
        ("v=spf1 include:chain.example -all", Origins((), ("_spf.google.com",)), "green"),
        ("v=spf1 ip4:192.0.2.1 -all", Origins((), ("_spf.google.com",)), "unknown"),
        ("v=spf1 include:_spf.google.com -all", Origins(("relay.example",), ("_spf.google.com",)), "unknown"),
        ("v=spf1 ip4:192.0.2.1 -all", Origins(), "unknown"),
    ],
)
def test_spf_is_green_only_where_it_covers_where_mails_leave_from(record: str, origins: Origins, state: str) -> None:
    with dns_server({**RELAY, ("a.example", "TXT"): [record]}) as (server, _):
        spf = authentication(Dns(server), "a.example", ("dw1",), KEY, origins)[0]
    assert spf.state == state
    assert (state == "green") == (not spf.fix)


def test_an_ed25519_key_is_refused_with_what_to_take_instead() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Fatal, match="Ed25519") as told:
        signed(b"From: a@a.example\r\n\r\nHello", DkimKey("dw1", pem), "a@a.example")
    assert "RSA" in told.value.next_step
