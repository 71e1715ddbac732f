"""Whose mail leaves by which carrier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.guard.carriers import Carriers
from infra.errors import Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.outbound import Mailbox
from tests.agents.guard import company
from tests.conftest import NOW
from tests.fakes.sending_apis import SendingState, sending_apis

MAIL = b"From: dana@tallyport.example\r\nTo: bob@acme.example\r\nMessage-ID: <e1@tallyport.example>\r\n\r\nx\r\n"


def _connect(database: Database, sealer: Sealer, kind: str, config: dict[str, str], **secret: str) -> None:
    with database.transaction() as session:
        box = session.get(Mailbox, "box") or Mailbox(
            id="box", user_id="dana", kind=kind, address=f"Dana@{company.DOMAIN}", cursor={}, connected_at=NOW
        )
        box.kind, box.config, box.secret = kind, config, sealer.seal(json.dumps(secret))
        session.add(box)


@pytest.mark.parametrize("kind", ["gmail", "graph"])
def test_a_connected_mailbox_sends_its_owners_mails_and_nobody_elses(
    sqlite_database: Database, home: Path, kind: str
) -> None:
    company.open_company(sqlite_database)
    state = SendingState()
    with sending_apis(state) as url:
        settings = Settings(home=home, gmail_base_url=url, graph_base_url=url)
        sealer = Sealer(settings)
        _connect(sqlite_database, sealer, kind, {"token_url": f"{url}/token"}, access_token="fresh")
        carriers = Carriers(settings, sqlite_database, sealer)
        dana, luis = carriers.of(f"dana@{company.DOMAIN}"), carriers.of(f"luis@{company.DOMAIN}")
        assert (dana.name, luis.name) == (kind, "outbox")
        assert carriers.of(f"DANA@{company.DOMAIN}") is dana
        ways = {"sender": f"dana@{company.DOMAIN}", "recipient": "bob@acme.example", "marker": "<e1@tallyport.example>"}
        dana.send(MAIL, **ways)
        assert state.mails == [MAIL]
        _connect(sqlite_database, sealer, kind, {"token_url": f"{url}/token"}, access_token="new")
        assert carriers.of(f"dana@{company.DOMAIN}") is not dana


def test_a_mailbox_without_a_token_is_told(sqlite_database: Database, home: Path) -> None:
    company.open_company(sqlite_database)
    settings = Settings(home=home)
    _connect(sqlite_database, Sealer(settings), "gmail", {})
    with pytest.raises(Fatal):
        Carriers(settings, sqlite_database, Sealer(settings)).of(f"dana@{company.DOMAIN}")


def test_a_disconnected_mailbox_leaves_its_owner_to_the_company(sqlite_database: Database, home: Path) -> None:
    company.open_company(sqlite_database)
    settings = Settings(home=home)
    _connect(sqlite_database, Sealer(settings), "gmail", {}, access_token="x")
    with sqlite_database.transaction() as session:
        session.get_one(Mailbox, "box").state = "disconnected"
    assert Carriers(settings, sqlite_database, Sealer(settings)).of(f"dana@{company.DOMAIN}").name == "outbox"
