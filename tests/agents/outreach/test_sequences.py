"""The touches after the first: planned as the one before goes, sent only with something new, ended by what ends them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from agents.outreach.records import FollowUp
from agents.outreach.replies import follow_up_of
from agents.outreach.sequences import Sequences
from agents.proposals.aftermath import Aftermath
from agents.proposals.book import content_of
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Effect, Proposal, ProposalVersion, Reply, Sequence, Suppression, Touch
from sales.clock import FixedClock
from tests.agents.northern import settle
from tests.agents.outreach.conftest import _deal, mail_of, outreach, proposals, sent_mail, signal, tell
from tests.conftest import NOW


def send(database: Database, settings: Settings, proposal_id: str, at: datetime) -> str:
    """Let a proposal's mail go, as its effect would, and return its Message-ID."""
    marker = f"<{proposal_id}@ours.example>"
    with database.transaction() as session:
        row = session.get_one(Proposal, proposal_id)
        row.state = "done"
        effect = Effect(
            id=f"e-{proposal_id}", key=f"mail:{proposal_id}:1", proposal_id=row.id, version=row.version, kind="mail", state="done", marker=marker, due_at=at, done_at=at
        )  # fmt: skip
        session.add(effect)
        session.flush()
        version = session.get_one(ProposalVersion, (row.id, row.version))
        Aftermath(settings).sent(session, row, content_of(version), effect, at)
    return marker


def begun(database: Database, settings: Settings) -> str:
    """Send a first mail because of a hiring at Northwind; return its Message-ID."""
    ids = tell(database, signal("s1", "hiring", account_id="acc-northwind", title="VP Sales"))
    (outcome,) = outreach(database, settings).work(ids)
    assert outcome.proposal_id is not None
    return send(database, settings, outcome.proposal_id, NOW)


def due_at(database: Database, number: int = 2) -> datetime:
    """Return when a touch is due."""
    with database.session() as session:
        found = session.scalar(select(Touch.due_at).where(Touch.number == number))
    assert found is not None
    return found


def sequences(database: Database, settings: Settings, at: datetime) -> Sequences:
    """Return what keeps sequences going at a moment."""
    return Sequences(database, settings, FixedClock(at))


def the_sequence(database: Database) -> Sequence:
    """Return the only sequence."""
    with database.session() as session:
        return session.scalars(select(Sequence)).one()


def touches(database: Database) -> list[tuple[int, str]]:
    """Return numbers and states of all touches."""
    with database.session() as session:
        return [(row.number, row.state) for row in session.scalars(select(Touch).order_by(Touch.number))]


def test_the_next_touch_is_set_as_the_first_one_goes(spine: Database, settings: Settings) -> None:
    begun(spine, settings)
    assert touches(spine) == [(1, "sent"), (2, "planned")]
    sequence = the_sequence(spine)
    assert (sequence.state, sequence.recipient, sequence.owner_id) == ("active", "con-lee@buyer.example", "ana")
    assert due_at(spine).date().isoformat() == "2026-11-26"
    assert sequences(spine, settings, NOW).due() == []
    assert len(sequences(spine, settings, due_at(spine)).due()) == 1


def test_a_follow_up_opens_with_what_is_new_and_stands_in_the_thread(spine: Database, settings: Settings) -> None:
    marker = begun(spine, settings)
    news = signal("s2", "funding", account_id="acc-northwind", title="Northwind raises $20M Series B", state="skipped")
    news.received_at, news.expires_at = NOW + timedelta(days=2), NOW + timedelta(days=9)
    tell(spine, news)
    later = sequences(spine, settings, due_at(spine))
    taken = later.take_up(later.due()[0])
    assert taken is not None
    assert taken.state == "proposed"
    card = next(one for one in proposals(spine) if one.kind == "follow_up")
    mail = mail_of(card)
    first = mail_of(next(one for one in proposals(spine) if one.kind == "outreach"))
    assert mail.subject == f"Re: {first.subject}"
    assert (mail.in_reply_to, mail.references) == (marker, (marker,))
    assert "Series B" in mail.body
    assert card.why == ("something new happened (funding)", "touch 2 of 3", "no answer so far")
    send(spine, settings, card.id, NOW + timedelta(days=3))
    assert touches(spine) == [(1, "sent"), (2, "sent"), (3, "planned")]


def test_nothing_new_is_not_sent(spine: Database, settings: Settings) -> None:
    begun(spine, settings)
    later = sequences(spine, settings, due_at(spine))
    taken = later.take_up(later.due()[0])
    assert taken is not None
    assert (taken.state, taken.rule) == ("skipped", "nothing_new")
    assert touches(spine) == [(1, "sent"), (2, "skipped"), (3, "planned")]
    assert [one.kind for one in proposals(spine)] == ["outreach"]


def test_an_example_that_was_not_named_before_is_something_new(spine: Database, settings: Settings) -> None:
    begun(spine, settings)
    with spine.transaction() as session:
        settle(session, NOW, _deal("deal-fabrikam", "Fabrikam – Yard", "acc-fabrikam", "ana", "won"))
    later = sequences(spine, settings, due_at(spine))
    later.take_up(later.due()[0])
    card = next(one for one in proposals(spine) if one.kind == "follow_up")
    example = "An example that may be of use: Fabrikam, a company of about your size, went with our Yard."
    assert example in mail_of(card).body
    assert "Contoso" not in mail_of(card).body


def test_their_open_question_comes_first(spine: Database, settings: Settings) -> None:
    begun(spine, settings)
    rows = sent_mail(
        "m-in", "ana", "con-lee@buyer.example", "Hi Ana,\n\nDoes it work with two docks?\n\nLee", 1, inbound=True
    )
    with spine.transaction() as session:
        settle(session, NOW, *rows)
    later = sequences(spine, settings, due_at(spine))
    later.take_up(later.due()[0])
    card = next(one for one in proposals(spine) if one.kind == "follow_up")
    assert "You asked: “Does it work with two docks?” I still owe you an answer." in mail_of(card).body
    assert card.evidence[0].quote == "Does it work with two docks?"


def _opted_out(session: Any) -> None:
    session.add(Suppression(kind="domain", value="buyer.example", reason="opt_out", source="mail", at=NOW))


def _meeting(session: Any) -> None:
    at = NOW + timedelta(days=20)
    settle(session, NOW, Activity(id="meet", kind="meeting", direction="mutual", status="booked", account_id="acc-northwind", at=at, content_hash="m", automatic=False))  # fmt: skip


def _open_deal(session: Any) -> None:
    settle(session, NOW, _deal("deal-new", "Northwind – Dock", "acc-northwind", "ana", "open"))


def _new_owner(session: Any) -> None:
    session.get_one(Account, "acc-northwind").owner_id = "ben"


def _bounced(session: Any) -> None:
    touch = session.scalars(select(Touch).where(Touch.number == 1)).one()
    session.add(Reply(id="r", kind="hard_bounce", touch_id=touch.id, at=NOW, detail={}))


@pytest.mark.parametrize(
    ("change", "rule"),
    [(_opted_out, "suppressed"), (_meeting, "meeting_booked"), (_open_deal, "deal_open"), (_new_owner, "owner_changed"), (_bounced, "opted_out")],
)  # fmt: skip
def test_what_ends_a_sequence_ends_it(spine: Database, settings: Settings, change: Any, rule: str) -> None:
    begun(spine, settings)
    with spine.transaction() as session:
        change(session)
    later = sequences(spine, settings, due_at(spine))
    taken = later.take_up(later.due()[0])
    assert taken is not None
    assert taken.rule == ("bounced" if change is _bounced else rule)
    assert taken.state == "dropped"
    assert the_sequence(spine).state == "stopped"
    assert later.due() == []
    assert [one.kind for one in proposals(spine)] == ["outreach"]


def test_a_reply_that_nobody_has_chosen_about_pauses(spine: Database, settings: Settings) -> None:
    begun(spine, settings)
    with spine.transaction() as session:
        touch = session.scalars(select(Touch).where(Touch.number == 1)).one()
        session.add(Reply(id="r", kind="question", touch_id=touch.id, at=NOW, detail={"words": "What does it cost?"}))
    later = sequences(spine, settings, due_at(spine))
    taken = later.take_up(later.due()[0])
    assert taken is not None
    assert taken.rule == "answered"
    assert the_sequence(spine).state == "paused"
    with spine.session() as session:
        assert follow_up_of(session, "r", FixedClock(NOW)) == FollowUp(
            reply_status="question",
            objection_or_question="What does it cost?",
            next_action="answer their question",
            owner_id="ana",
            rule="answered",
            movement="pause",
        )


def test_a_sequence_with_nothing_left_is_finished_after_its_window(spine: Database, settings: Settings) -> None:
    begun(spine, settings)
    with spine.transaction() as session:
        session.delete(session.scalars(select(Touch).where(Touch.number == 2)).one())
    assert sequences(spine, settings, NOW + timedelta(days=29)).tidy() == 0
    assert sequences(spine, settings, NOW + timedelta(days=31)).tidy() == 1
    assert the_sequence(spine).state == "finished"
