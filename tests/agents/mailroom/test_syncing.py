"""Connecting mailboxes and calendars, and what their reading leaves in the spine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agents.freshness import freshness_of
from agents.mailroom.boxes import NewBox, boxes, connect, disconnect
from agents.mailroom.mailroom import Mailroom
from agents.mailroom.syncing import EVERY, Syncing
from infra.errors import Denied, Fatal, Retriable
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Mailbox, Participant, Reply, Sequence, User
from infra.spine.scope import scope_of
from integrations.mailboxes.source import Secret
from sales.clock import FixedClock
from tests.agents.mailroom.conftest import Letter
from tests.conftest import NOW
from tests.fakes.imap import FakeImap

DAY = NOW.date()


@pytest.fixture
def sealer(settings: Settings) -> Sealer:
    return Sealer(settings)


@pytest.fixture
def syncing(filled: Database, settings: Settings, clock: FixedClock, mailroom: Mailroom, sealer: Sealer) -> Syncing:
    return Syncing(filled, settings, clock, mailroom, sealer=sealer)


def _imap(database: Database, sealer: Sealer, server: FakeImap, password: str = "right") -> str:
    config = {"host": "127.0.0.1", "port": server.port, "security": "plain"}
    with database.transaction() as session:
        new = NewBox("sam", "imap", "sam@ours.example", config, Secret(password=password))
        return connect(session, sealer, new, surface="terminal", now=NOW)


def test_a_mailbox_brings_what_concerns_a_deal_and_answers_to_touches(
    filled: Database, sealer: Sealer, syncing: Syncing, letter: Letter
) -> None:
    with FakeImap() as server:
        inbox, sent = server.folders["INBOX"], server.folders["Sent Items"]
        inbox.add(letter("What does it cost?"), DAY)
        inbox.add(letter("Lunch?", Message_ID="<l@ours.example>", From="pat@ours.example", In_Reply_To=None), DAY)
        inbox.add(letter("Your parcel", Message_ID="<x@shop.example>", From="shop@shop.example", In_Reply_To=None), DAY)
        sent.add(
            letter(
                "The offer",
                Message_ID="<o@ours.example>",
                From="sam@ours.example",
                To="tom@buyer.example",
                In_Reply_To=None,
            ),
            DAY,
        )
        identity = _imap(filled, sealer, server)
        tally = syncing.sync(identity)
        assert (tally.read, tally.activities, tally.replies, tally.left_out) == (4, 2, 1, 2)
        assert syncing.sync(identity).read == 0
        assert server.refused == []
    with filled.session() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 1
        sequence, box = session.get(Sequence, "seq"), session.get(Mailbox, identity)
        assert sequence is not None
        assert box is not None
        assert (sequence.state, box.read_at, box.trouble) == ("paused", NOW, None)
        assert "right" not in repr(box.secret)


def test_a_mailbox_is_due_every_few_minutes_and_rests_after_trouble(
    filled: Database, sealer: Sealer, syncing: Syncing
) -> None:
    with FakeImap() as server:
        identity = _imap(filled, sealer, server)
        assert syncing.due(NOW) == [identity]
        syncing.sync(identity)
        assert syncing.due(NOW) == []
        assert syncing.due(NOW + EVERY) == [identity]
    with pytest.raises(Retriable):
        syncing.sync(identity)
    assert syncing.due(NOW + EVERY) == []
    assert syncing.due(NOW + timedelta(hours=1)) == [identity]
    with filled.session() as session:
        assert boxes(session)[0].trouble is not None


def test_a_wrong_password_waits_for_a_person(filled: Database, sealer: Sealer, syncing: Syncing) -> None:
    with FakeImap() as server:
        identity = _imap(filled, sealer, server, "wrong")
        with pytest.raises(Fatal):
            syncing.sync(identity)
        assert syncing.due(NOW + timedelta(days=1)) == []
        assert _imap(filled, sealer, server) == identity
        assert syncing.due(NOW) == [identity]
        syncing.sync(identity)


def _event(uid: str, begins: str, attendee: str = "anna@buyer.example", more: str = "") -> str:
    return (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{uid}\r\nDTSTART:{begins}\r\nDURATION:PT30M\r\nORGANIZER;CN=Sam Reed:mailto:sam@ours.example\r\n"
        f"ATTENDEE;CN=Anna Berg:mailto:{attendee}\r\n{more}END:VEVENT\r\n"
    )


def _calendar(path: Path, *events: str) -> None:
    path.write_bytes(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\n{''.join(events)}END:VCALENDAR\r\n".encode())


def test_a_calendar_brings_meetings_with_buyers_and_calls_off_what_vanishes(
    filled: Database, sealer: Sealer, syncing: Syncing, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "sam.ics"
    held, booked = _event("held", "20261120T100000Z"), _event("booked", "20261127T100000Z")
    inside = _event("inside", "20261124T100000Z", "pat@ours.example")
    private = _event("private", "20261124T110000Z", more="CLASS:PRIVATE\r\n")
    _calendar(path, held, booked, inside, private)
    with filled.transaction() as session:
        new = NewBox("sam", "ics", "sam@ours.example", {"place": str(path)}, Secret())
        identity = connect(session, sealer, new, surface="terminal", now=NOW)
    assert syncing.sync(identity).activities == 2
    with filled.session() as session:
        found = {
            row.id: (row.status, row.account_id, row.deal_id, row.direction)
            for row in session.scalars(select(Activity).where(Activity.kind == "meeting"))
        }
        assert found == {"held": ("done", "buyer", "deal", "mutual"), "booked": ("booked", "buyer", "deal", "mutual")}
        assert (
            session.scalar(select(func.count()).select_from(Participant).where(Participant.activity_id == "held")) == 2
        )
    assert syncing.sync(identity).activities == 0
    _calendar(path, held)
    syncing.sync(identity)
    with filled.session() as session:
        activity = session.get(Activity, "booked")
        assert activity is not None
        assert activity.status == "cancelled"


def test_the_footer_tells_when_the_owners_mailbox_was_read(filled: Database, sealer: Sealer, syncing: Syncing) -> None:
    with filled.session() as session:
        user = session.get(User, "sam")
        assert user is not None
        scope = scope_of(session, user, "own")
        before = {one.source: one for one in freshness_of(session, scope, as_of=NOW, accounts=["buyer"])}
    assert before["mail"].at == NOW - timedelta(days=1)
    with FakeImap() as server:
        syncing.sync(_imap(filled, sealer, server))
    with filled.session() as session:
        after = {one.source: one for one in freshness_of(session, scope, as_of=NOW, accounts=["buyer"])}
    assert after["mail"].at == NOW


def test_only_the_owner_or_an_admin_disconnects(filled: Database, sealer: Sealer) -> None:
    with FakeImap() as server:
        _imap(filled, sealer, server)
    with filled.transaction() as session:
        with pytest.raises(Denied):
            disconnect(session, "sam@ours.example", user=session.get(User, "pat"), surface="slack", now=NOW)
        assert disconnect(session, "sam@ours.example", user=session.get(User, "sam"), surface="slack", now=NOW) == 1
        assert boxes(session) == []


@pytest.mark.parametrize(
    ("kind", "config", "secret"),
    [
        ("pop3", {}, Secret(password="x")),
        ("imap", {}, Secret(password="x")),
        ("imap", {"host": "mail.example", "security": "plain"}, Secret(password="x")),
        ("imap", {"host": "mail.example"}, Secret()),
        ("gmail", {}, Secret(password="x")),
        ("ics", {}, Secret()),
    ],
)
def test_what_can_not_be_connected_is_told(
    filled: Database, sealer: Sealer, kind: str, config: dict[str, str], secret: Secret
) -> None:
    with filled.transaction() as session, pytest.raises(Fatal):
        connect(session, sealer, NewBox("sam", kind, "sam@ours.example", config, secret), surface="terminal", now=NOW)
