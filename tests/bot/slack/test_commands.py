"""What people have done by words in Slack: their feed and what waits, card by card; a draft; pausing; being away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from agents.proposals.request import Request
from infra.spine.models import Absence, Contact, Copy, Notice, Proposal
from tests.bot.offices import until
from tests.bot.proposing import CAME, propose
from tests.bot.slack.conftest import Workspace, buttons, texts

DANA = "DUDANA"


@pytest.fixture
def office(open_office: Callable[..., Workspace]) -> Workspace:
    """An office where people may be told things at any hour."""
    return open_office(
        working_days=tuple(range(7)),
        disturb_from="00:00",
        disturb_until="23:59:59.999999",
        company_domain="tallyport.example",
    )


def _shown(office: Workspace) -> dict[str, Any]:
    message: dict[str, Any] = office.slack.said(DANA)[-1]
    return message


def _tells(office: Workspace, *words: str) -> bool:
    told = texts(_shown(office))
    return all(one in told for one in words)


def _press(office: Workspace, label: str) -> None:
    card = _shown(office)
    button = next(one for title, one in buttons(card).items() if title.startswith(label))
    office.asks(office.slack.click("UDANA", DANA, card, button))


def _says(office: Workspace, words: str, user: str = "UDANA", channel: str = DANA) -> None:
    office.asks(office.slack.message(f"E{uuid4().hex}", channel, user, words))


@pytest.mark.parametrize("words", ["my feed", "Feed", "show me my feed, please"])
def test_the_feed_is_one_message_that_steps_through_ready_drafts(office: Workspace, words: str) -> None:
    first, second = propose(office.app, "one", signal=True), propose(office.app, "two", signal=True)
    propose(office.app, "three", owner="luis", signal=True)
    _says(office, words)
    said = len(office.slack.said(DANA))
    assert "Card 1 of 2" in texts(_shown(office))
    assert "Back" not in buttons(_shown(office))
    _press(office, "Next")
    assert "Card 2 of 2" in texts(_shown(office))
    assert "Next" not in buttons(_shown(office))
    _press(office, "Back")
    assert "Card 1 of 2" in texts(_shown(office))
    assert len(office.slack.said(DANA)) == said
    with office.app.database.session() as session:
        assert set(session.scalars(select(Copy.proposal_id))) <= {first, second}
        assert len(session.scalars(select(Copy)).all()) == 1


def test_a_card_of_a_list_tells_its_outcome_in_its_frame(office: Workspace) -> None:
    propose(office.app, "one")
    propose(office.app, "two")
    _says(office, "what waits for me?")
    _press(office, "Approve")
    assert "Approved by" in texts(_shown(office))
    _press(office, "Next")
    # The approved card is drawn anew in the background; where that meets the turn, what was turned to is put back.
    until(lambda: _tells(office, "Card 2 of 2"))
    with office.app.database.session() as session:
        shown, version = session.execute(
            select(Proposal.id, Proposal.version).join(Copy, Copy.proposal_id == Proposal.id)
        ).one()
    office.app.proposals.decide(Request(id=shown, action="reject", version=version, surface="terminal"))
    until(lambda: _tells(office, "Card 2 of 2", "Turned down"))
    _press(office, "Back")
    until(lambda: _tells(office, "Card 1 of 2", "Approved by"))


def test_somebody_elses_list_is_not_turned(office: Workspace) -> None:
    propose(office.app, "one")
    propose(office.app, "two")
    _says(office, "my cards")
    card = _shown(office)
    office.slack.channels[DANA].members.append("ULUIS")
    office.asks(office.slack.click("ULUIS", DANA, card, buttons(card)["Next"]))
    assert "not kept any more" in office.slack.ephemerals[-1]["text"]
    assert "Card 1 of 2" in texts(_shown(office))


def test_nothing_in_the_feed_is_said_so(office: Workspace) -> None:
    _says(office, "my feed")
    assert "Nothing in your feed now." in texts(_shown(office))


def test_a_command_in_a_place_of_its_own_is_answered_in_private(office: Workspace) -> None:
    propose(office.app, "one")
    office.asks(office.slack.command(DANA, "UDANA", "what's waiting"))
    assert "Lumen hired one" in texts(_shown(office))


def test_draft_a_mail_makes_a_card_and_asks_back_whom(office: Workspace) -> None:
    with office.app.database.transaction() as session:
        for name in ("Ray Stone", "Ray Miller"):
            key = name.lower().replace(" ", ".")
            known = {"name": name, "name_key": name.lower(), "email": f"{key}@acme.example"}
            session.add(Contact(id=key, account_id="acme", **known, **CAME))
    _says(office, "draft a mail to Acme Logistics")
    assert "Whom do you mean?" in texts(_shown(office))
    _press(office, "Ray Stone")
    assert "ray.stone@acme.example" in texts(_shown(office))
    with office.app.database.session() as session:
        assert session.scalars(select(Copy.proposal_id)).all() == session.scalars(select(Proposal.id)).all()
        assert session.scalars(select(Notice.state)).all() == ["dropped"]


def test_pausing_a_domain_holds_its_cards_and_only_who_may_resumes_it(office: Workspace) -> None:
    proposal = propose(office.app, "one")
    office.asks(office.slack.command(DANA, "UDANA", "pause tallyport.example"))
    assert _was_told(office, DANA, "Sending from tallyport.example is paused;")
    with office.app.database.session() as session:
        assert session.get_one(Proposal, proposal).held
    office.asks(office.slack.command(DANA, "UDANA", "resume tallyport.example because all is well"))
    assert _was_told(office, DANA, "You may not resume sending.")
    office.asks(office.slack.command("DUINES", "UINES", "resume tallyport.example because all is well"))
    assert _was_told(office, "DUINES", "Sending from tallyport.example goes on.")


def _was_told(office: Workspace, channel: str, words: str) -> bool:
    """Return whether somebody was told so; the alarm of the pause may come before or after it."""
    return any(words in texts(message) for message in office.slack.said(channel))


def test_being_away_gives_the_cards_to_a_colleague_until_one_is_back(office: Workspace) -> None:
    propose(office.app, "one")
    _says(office, "I'm away until Friday, Luis decides for me")
    assert "Luis Ferrer decides for you until the end of Fri" in texts(_shown(office))
    until(lambda: any("Lumen hired one" in texts(one) for one in office.slack.said("DULUIS")))
    with office.app.database.session() as session:
        absence = session.scalars(select(Absence)).one()
        assert absence.ends_at is not None
        assert absence.ends_at > office.app.clock.now() + timedelta(minutes=1)
    _says(office, "I'm back")
    assert "Welcome back" in texts(_shown(office))


@pytest.mark.parametrize(
    "words", ["I'm away until Friday, Zorro decides for me", "I'm away until Friday, Dana decides for me"]
)
def test_an_absence_without_a_colleague_is_refused(office: Workspace, words: str) -> None:
    _says(office, words)
    with office.app.database.session() as session:
        assert session.scalars(select(Absence)).all() == []


@pytest.mark.parametrize(
    "words", ["what is waiting on legal at Acme?", "who paused the Acme deal?", "latest on Acme", "pause at Acme?"]
)
def test_what_only_looks_like_a_command_is_a_question(office: Workspace, words: str) -> None:
    _says(office, words)
    assert [question.text for question in office.colleague.asked] == [words]
