"""The gate and verification over a real DNS server: what is asked outside, kept, and asked again."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from agents.guard.gatekeeper import Gate, gate_of
from agents.guard.house import HouseGuards
from agents.guard.tending import GuardTending
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.touches import Verification
from sales.clock import FixedClock
from tests.agents.guard import company
from tests.conftest import NOW
from tests.fakes.dns_server import Asked, Zone, dns_server

DOMAIN = company.DOMAIN
ZONE: Zone = {
    (DOMAIN, "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
    (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=none"],
    ("acme.example", "MX"): ["10 mail.acme.example."],
    ("mute.example", "SILENT"): [],
}


@pytest.fixture
def dns() -> Iterator[tuple[str, Asked]]:
    """A DNS server with our domain and Acme's."""
    with dns_server(ZONE) as served:
        yield served


def _settings(home: Path, server: str, **fields: Any) -> Settings:
    return Settings(
        home=home,
        smtp_url="smtp://127.0.0.1:1",
        dns_server=server,
        public_url="https://deals.tallyport.example",
        **fields,
    )


def _gate(database: Database, settings: Settings, recipient: str | None = None) -> Gate:
    with database.session() as session:
        return gate_of(session, settings, DOMAIN, NOW, recipient)


def _states(gate: Gate) -> dict[str, str]:
    return {check.key: check.state for check in gate.checks}


def test_before_anything_was_asked_nothing_is_green(
    home: Path, sqlite_database: Database, dns: tuple[str, Asked]
) -> None:
    gate = _gate(sqlite_database, _settings(home, dns[0]))
    assert {_states(gate)[key] for key in ("spf", "dkim", "dmarc")} == {"unknown"}
    assert gate.verdict == "unknown"


def test_a_domain_in_order_is_green_but_for_what_no_mail_has_shown_yet(
    home: Path, sqlite_database: Database, clock: FixedClock, dns: tuple[str, Asked], tmp_path: Path
) -> None:
    private = rsa.generate_private_key(65537, 2048)
    key = tmp_path / "dkim.pem"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    dns[1].zone[f"dw1._domainkey.{DOMAIN}", "TXT"] = ["v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()]
    settings = _settings(home, dns[0], dkim_key_file=key, dkim_selector="dw1")
    GuardTending(settings, sqlite_database, clock).prepare(f"dana@{DOMAIN}", "bob@acme.example")
    states = _states(_gate(sqlite_database, settings, "bob@acme.example"))
    assert {key for key, state in states.items() if state != "green"} == {"bounces", "complaints"}
    assert {states["bounces"], states["complaints"]} == {"unknown"}
    with sqlite_database.transaction() as session:
        company.people(session)
        company.sent(session, 50)
    assert _gate(sqlite_database, settings, "bob@acme.example").verdict == "go"


def test_mails_to_the_folder_need_no_dns(home: Path, sqlite_database: Database, clock: FixedClock) -> None:
    settings = Settings(home=home, dns_server="127.0.0.1:1")
    GuardTending(settings, sqlite_database, clock).prepare(f"dana@{DOMAIN}", "bob@acme.example")
    gate = _gate(sqlite_database, settings, "bob@acme.example")
    assert {_states(gate)[key] for key in ("spf", "dkim", "dmarc")} == {"not_needed"}
    assert _states(gate)["addresses"] == "green"
    assert gate.verdict == "unknown"


@pytest.mark.parametrize(
    "address, status, method",
    [
        ("bob@acme.example", "good", "mx"),
        ("bob@gone.example", "bad", "mx"),
        ("bob@mute.example", "unknown", "mx"),
        ("bob", "bad", "syntax"),
    ],
)
def test_an_address_is_verified_by_syntax_and_mx(
    home: Path,
    sqlite_database: Database,
    clock: FixedClock,
    dns: tuple[str, Asked],
    address: str,
    status: str,
    method: str,
) -> None:
    tending = GuardTending(_settings(home, dns[0]), sqlite_database, clock)
    assert tending.addresses.verify(address, NOW) == status
    with sqlite_database.session() as session:
        row = session.get(Verification, address)
    # What is no address at all needs no row to be known.
    told = (row.status, row.method, row.at) if row else ("bad", "syntax", NOW)
    assert told == (status, method, NOW)


def test_a_person_with_a_plus_in_their_address_is_verified_once_and_then_known(
    home: Path, sqlite_database: Database, clock: FixedClock, dns: tuple[str, Asked]
) -> None:
    tending = GuardTending(_settings(home, dns[0]), sqlite_database, clock)
    with sqlite_database.transaction() as session:
        company.people(session)
        company.card(session, "one", to="Bob+a@acme.example")
        company.card(session, "two", to="bob+b@acme.example")
    [address] = tending.addresses.waiting(NOW)
    tending.addresses.verify(address, NOW)
    assert tending.addresses.waiting(NOW) == []
    gate = _gate(sqlite_database, _settings(home, dns[0]))
    assert next(check for check in gate.checks if check.key == "addresses").state == "green"


def test_what_is_known_is_not_asked_again_until_it_is_old(
    home: Path, sqlite_database: Database, clock: FixedClock, dns: tuple[str, Asked]
) -> None:
    tending = GuardTending(_settings(home, dns[0]), sqlite_database, clock)
    for hours in (0, 1, 24 * 89):
        tending.addresses.verify("bob@acme.example", NOW + timedelta(hours=hours))
    assert len(dns[1].questions) == 1
    tending.addresses.verify("bob@acme.example", NOW + timedelta(days=91))
    assert len(dns[1].questions) == 2


def test_an_unanswered_address_is_asked_again_after_an_hour(
    home: Path, sqlite_database: Database, clock: FixedClock, dns: tuple[str, Asked]
) -> None:
    tending = GuardTending(_settings(home, dns[0]), sqlite_database, clock)
    assert tending.addresses.verify("bob@mute.example", NOW) == "unknown"
    del dns[1].zone["mute.example", "SILENT"]
    dns[1].zone["mute.example", "MX"] = ["10 mail.mute.example."]
    assert tending.addresses.verify("bob@mute.example", NOW + timedelta(minutes=30)) == "unknown"
    assert tending.addresses.verify("bob@mute.example", NOW + timedelta(minutes=61)) == "good"


def test_the_watch_verifies_whoever_waits_so_that_the_card_may_go(
    home: Path, sqlite_database: Database, clock: FixedClock, dns: tuple[str, Asked]
) -> None:
    company.open_company(sqlite_database)
    settings = _settings(home, dns[0])
    guards = HouseGuards(settings, clock)
    with sqlite_database.transaction() as session:
        good, bad = company.card(session), company.card(session, "bad", to="x@gone.example")
    with sqlite_database.session() as session:
        assert [block.rule for block in guards.check(session, *good, "draft")] == ["gate:addresses"]
    tending = GuardTending(settings, sqlite_database, clock)
    tending.tick()
    with sqlite_database.session() as session:
        assert [block.rule for block in guards.check(session, *good, "click")] == []
        [block] = guards.check(session, *bad, "click")
        assert (block.rule, block.hard) == ("gate:addresses", True)
    assert _states(_gate(sqlite_database, settings))["addresses"] == "unknown"
    assert tending.addresses.waiting(NOW) == []


def test_a_record_that_is_missing_stops_the_card_and_mending_it_lets_it_go(
    home: Path, sqlite_database: Database, clock: FixedClock, dns: tuple[str, Asked]
) -> None:
    company.open_company(sqlite_database)
    settings = _settings(home, dns[0])
    del dns[1].zone[f"_dmarc.{DOMAIN}", "TXT"]
    tending, guards = GuardTending(settings, sqlite_database, clock), HouseGuards(settings, clock)
    with sqlite_database.transaction() as session:
        made = company.card(session)
    tending.prepare(f"dana@{DOMAIN}", "bob@acme.example")
    with sqlite_database.session() as session:
        [block] = guards.check(session, *made, "click")
    assert block.rule == "gate:dmarc"
    dns[1].zone[f"_dmarc.{DOMAIN}", "TXT"] = ["v=DMARC1; p=none"]
    later = NOW + timedelta(minutes=5)
    tending.gatekeeper.refresh(DOMAIN, later)
    with sqlite_database.session() as session:
        assert guards.check(session, *made, "click")
    tending.gatekeeper.refresh(DOMAIN, NOW + timedelta(minutes=11))
    with sqlite_database.session() as session:
        assert guards.check(session, *made, "click") == ()


@pytest.mark.parametrize(
    "word, status",
    [("valid", "good"), ("undeliverable", "bad"), ("catch-all", "risky"), ("who knows", "unknown"), (None, "unknown")],
)
def test_a_provider_has_the_last_word(
    home: Path, sqlite_database: Database, clock: FixedClock, dns: tuple[str, Asked], word: str | None, status: str
) -> None:
    asked: list[tuple[str, str | None]] = []

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((parse_qs(urlsplit(self.path).query)["address"][0], self.headers["Authorization"]))
            body = f'{{"result": "{word}"}}'.encode()
            self.send_response(503 if word is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/verify"
        settings = _settings(home, dns[0], verifier_base_url=url, verifier_token="t0p")
        found = GuardTending(settings, sqlite_database, clock).addresses.verify("bob@acme.example", NOW)
        server.shutdown()
        thread.join()
    assert found == status
    assert asked == [("bob@acme.example", "Bearer t0p")]
