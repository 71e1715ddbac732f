"""Being away, and what is no question, as the terminal has it done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App
from bot.jobs import Job
from bot.markup import unmarked
from bot.message import Text
from bot.terminal.operations import perform
from bot.terminal.wire import message_from_wire
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Absence, AuditEntry
from tests.bot.offices import furnish
from tests.bot.proposing import propose

DANA, LUIS = "dana@tallyport.example", "luis@tallyport.example"


@pytest.fixture
def app(home: Path, sqlite_database: Database) -> Iterator[App]:
    """The application over a small team."""
    furnish(sqlite_database)
    app = App(Settings(home=home, database_url=sqlite_database.url))
    yield app
    app.close()


def _do(app: App, operation: str, **body: Any) -> dict[str, Any]:
    return perform(app, operation, body, Job(lambda _line: None))


def _words(told: dict[str, Any]) -> str:
    return "\n".join(unmarked(part.text) for part in message_from_wire(told["message"]).parts if isinstance(part, Text))


def test_somebody_away_names_who_decides_and_is_back_again(app: App) -> None:
    propose(app, "one")
    told = _do(app, "away", **{"as": DANA, "until": "2099-11-27", "delegate": LUIS})
    assert (told["delegate"], told["name"], told["cards"]) == (LUIS, "Luis Ferrer", 1)
    assert told["sentence"].startswith("Luis Ferrer decides for you until the end of Fri 27 Nov.")
    assert "Lumen hired one" in _words(_do(app, "ask", **{"as": LUIS, "question": "what waits for me", "chat": True}))
    assert _do(app, "away", **{"as": DANA, "back": True})["back"] is True
    assert _do(app, "away", **{"as": DANA, "back": True})["back"] is False
    assert "Nothing waits" in _words(_do(app, "ask", **{"as": LUIS, "question": "what waits for me", "chat": True}))
    with app.database.session() as session:
        assert [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
            "away",
            "back",
        ]


@pytest.mark.parametrize(
    "body",
    [
        {"as": DANA, "delegate": "zorro@tallyport.example"},
        {"as": DANA, "delegate": DANA},
        {"as": DANA, "delegate": ""},
        {"as": DANA, "delegate": LUIS, "until": "2020-01-01"},
        {"as": DANA, "delegate": LUIS, "until": "soon"},
    ],
)
def test_what_can_not_be_an_absence_is_refused(app: App, body: dict[str, Any]) -> None:
    with pytest.raises(Fatal):
        _do(app, "away", **body)
    with app.database.session() as session:
        assert session.scalars(select(Absence)).all() == []


def test_nobody_is_away_without_a_name(app: App) -> None:
    with pytest.raises(Denied):
        _do(app, "away", **{"as": None, "delegate": LUIS})


def test_the_chat_tells_how_to_decide_on_the_card_that_it_shows(app: App) -> None:
    proposal = propose(app, "one")
    told = _do(app, "ask", **{"as": DANA, "question": "my cards", "chat": True})
    assert f"dealwright proposals decide {proposal} approve" in _words(told)
