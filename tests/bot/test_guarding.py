"""The gate, pausing and the suppression list, as a program and a person at the terminal have them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot import guarding
from bot.app import App
from bot.terminal.main import app as terminal
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.desk import AuditEntry
from infra.spine.proposals import Proposal
from sales.clock import FixedClock
from tests.agents.guard import company
from tests.conftest import NOW

DOMAIN = company.DOMAIN


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    """An application over the small company."""
    app = App(Settings(home=home, company_domain=DOMAIN), clock=FixedClock(NOW))
    company.open_company(app.database)
    yield app
    app.close()


class Drawn:
    """A surface that remembers which cards it was told to draw anew."""

    def __init__(self) -> None:
        self.cards: list[str] = []

    def offer(self, proposal_id: str) -> None:
        """Offer nothing."""

    def changed(self, proposal_id: str) -> None:
        """Remember the card."""
        self.cards.append(proposal_id)


def test_a_domain_is_paused_by_a_program_and_resumed_by_a_name(app: App) -> None:
    drawn = Drawn()
    app.announcer.add(drawn)
    with app.database.transaction() as session:
        card, _ = company.card(session)
    told = guarding.set_paused(app, DOMAIN, paused=True, reason="moving", user_id=None, surface="api")
    assert told == {"domain": DOMAIN, "paused": True, "reason": "moving", "cards": 1}
    with app.database.session() as session:
        assert session.get_one(Proposal, card.id).held == f"Sending from {DOMAIN} is paused."
    for who in (None, "dana"):
        with pytest.raises(Denied):
            guarding.set_paused(app, DOMAIN, paused=False, reason="done", user_id=who, surface="api")
    told = guarding.set_paused(app, DOMAIN, paused=False, reason="done", user_id="mara", surface="console")
    assert told["paused"] is False
    assert drawn.cards == [card.id, card.id]
    with app.database.session() as session:
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        assert session.get_one(Proposal, card.id).held is None
    assert actions == ["domain.paused", "denied", "denied", "domain.resumed"]


def test_the_gate_of_our_own_domain_is_shown_unasked(app: App) -> None:
    [gate] = guarding.gates(app, None)
    assert gate["domain"] == DOMAIN
    assert {check["key"]: check["state"] for check in gate["checks"]}["spf"] == "not_needed"
    with pytest.raises(Fatal):
        guarding.gates(app, "no domain")


def test_one_wrong_value_changes_nothing(app: App) -> None:
    with pytest.raises(Fatal):
        guarding.suppress(
            app, ["ann@acme.example", "nobody"], reason="dnc", note=None, until=None, user_id=None, surface="api"
        )
    with pytest.raises(Fatal):
        guarding.suppress(app, ["a@b.example"], reason="why", note=None, until=None, user_id=None, surface="api")
    assert guarding.listed(app) == []


@pytest.fixture
def shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A terminal in a home with the small company."""
    app = App(Settings(home=home))
    company.open_company(app.database)
    app.close()
    monkeypatch.setenv("DEALWRIGHT_COMPANY_DOMAIN", DOMAIN)
    return CliRunner()


def _json(shell: CliRunner, *arguments: str, status: int = 0) -> Any:
    result = shell.invoke(terminal, [*arguments, "--json"])
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def test_the_list_at_the_terminal(shell: CliRunner, tmp_path: Path) -> None:
    assert _json(shell, "suppress", "add", "Bob+x@Acme.example", "fennimore.example", "--reason", "legal_hold") == {
        "changed": 2,
        "unchanged": 0,
    }
    [entry] = _json(shell, "suppress", "list", "bob")["entries"]
    assert (entry["kind"], entry["value"], entry["reason"]) == ("person", "bob@acme.example", "legal_hold")
    other = tmp_path / "list.csv"
    other.write_text("Email,Reason\nann@acme.example,unsubscribed\nnobody,\n")
    told = _json(shell, "suppress", "import", str(other), status=1)
    assert told == {
        "changed": 1,
        "unchanged": 0,
        "refused": [{"line": 3, "why": "Neither a mail address nor a domain."}],
    }
    out = tmp_path / "out.csv"
    assert shell.invoke(terminal, ["suppress", "export", str(out)]).exit_code == 0
    assert out.read_bytes().count(b"\r\n") == 4
    refused = shell.invoke(
        terminal, ["suppress", "remove", "bob@acme.example", "--reason", "x", "--as", f"mara@{DOMAIN}"]
    )
    assert refused.exit_code == 2
    allowed = _json(shell, "suppress", "remove", "bob@acme.example", "--reason", "over", "--as", f"ines@{DOMAIN}")
    assert allowed == {"removed": "bob@acme.example", "stays": None}


def test_pausing_and_resuming_at_the_terminal(shell: CliRunner) -> None:
    assert _json(shell, "pause", DOMAIN, "--reason", "moving")["paused"] is True
    gate = _json(shell, "gate", DOMAIN, status=1)["gates"][0]
    assert gate["verdict"] == "no_go"
    shown = shell.invoke(terminal, ["gate"])
    assert "NO GO" in shown.stdout
    assert "Sending is paused: moving" in shown.stdout
    assert shell.invoke(terminal, ["resume", DOMAIN, "--reason", "done"]).exit_code == 2
    resumed = _json(shell, "resume", DOMAIN, "--reason", "done", "--as", f"mara@{DOMAIN}")
    assert resumed["paused"] is False
    assert _json(shell, "gate", DOMAIN)["gates"][0]["verdict"] == "unknown"
