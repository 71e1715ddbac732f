"""Asking for a call's card by words, and submitting it at the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.app import App
from bot.commands import Commands
from bot.terminal.main import app as program
from infra.settings import Settings
from infra.spine.database import open_database
from infra.spine.models import Decision, User
from sales.clock import FixedClock
from tests.agents.closing.desk import Desk
from tests.conftest import NOW


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """A desk whose spine stands where the command line finds it."""
    settings = Settings(home=home)
    database = open_database(settings)
    made = Desk(database, settings, home / "outbox")
    made.fill()
    yield made
    database.close()


def _app(home: Path) -> App:
    return App(Settings(home=home), clock=FixedClock(NOW))


def _owner(app: App) -> User:
    with app.database.session() as session:
        found = session.get_one(User, "owner")
        session.expunge(found)
    return found


@pytest.mark.parametrize("words", ["Close the call with Acme", "please wrap up the last call with Acme.", "notes Acme"])
def test_the_card_of_the_newest_call_is_shown_to_whoever_asks(desk: Desk, home: Path, words: str) -> None:
    card = desk.card()
    app = _app(home)
    reply = Commands(app, "slack").answer(words, _owner(app))
    app.close()
    assert reply is not None
    assert reply.proposal is not None
    assert reply.proposal.id == card.id


def test_an_old_call_shows_its_notes_and_gets_a_card_when_it_is_to_be_closed(desk: Desk, home: Path) -> None:
    desk.call(at=NOW - timedelta(days=40))
    desk.notes.read_waiting()
    app = _app(home)
    commands = Commands(app, "slack")
    notes = commands.answer("notes for the last call with Acme", _owner(app))
    card = commands.answer("close the call with Acme", _owner(app))
    app.close()
    assert notes is not None
    assert notes.proposal is None
    assert notes.message.summary.startswith("Notes: Acme, weekly")
    assert card is not None
    assert card.proposal is not None


def test_what_names_no_account_is_a_question_like_any_other(desk: Desk, home: Path) -> None:
    app = _app(home)
    commands = Commands(app, "slack")
    assert commands.answer("notes on security", _owner(app)) is None
    reply = commands.answer("close the call with Nobody at all", _owner(app))
    app.close()
    assert reply is not None
    assert reply.message.summary.startswith("Which account do you mean?")


def test_lines_are_ticked_and_unticked_at_the_terminal(desk: Desk) -> None:
    card = desk.card()
    run = CliRunner()
    shown = run.invoke(program, ["proposals", "show", card.id])
    assert "[x] t1" in shown.output
    assert "[ ] r4" in shown.output
    strange = run.invoke(program, ["proposals", "decide", card.id, "approve", "--tick", "r77"])
    assert strange.exit_code != 0
    done = run.invoke(
        program, ["proposals", "decide", card.id, "approve", "--tick", "r4", "--untick", "mail,t2", "--json"]
    )
    assert json.loads(done.stdout)["outcome"] == "approved"
    with desk.database.session() as session:
        kept = session.scalars(select(Decision.detail)).one()
    assert kept == {"ticked": ["t1", "r1", "r2", "r3", "r4"]}
