"""The suppression list: written, asked, imported, exported; and who may take somebody off."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from agents.guard.suppressing import Entry, entries, listed, suppress, suppress_all, unsuppress
from agents.guard.suppression_csv import read, written
from infra.errors import Denied, Fatal
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.people import User
from infra.spine.touches import Sequence, Touch
from sales.suppression import Kind, Reason
from tests.agents.guard import company
from tests.conftest import NOW


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction over the small company."""
    company.open_company(database)
    with database.transaction() as session:
        yield session


def _add(
    session: Session, value: str, reason: Reason = "opt_out", kind: Kind = "person", until: datetime | None = None
) -> bool:
    return suppress(session, Entry(kind, value, reason, until=until), source="test", by="dana", surface="test", now=NOW)


def test_an_opt_out_stops_what_is_planned_and_says_so_on_the_card(session: Session) -> None:
    mine = company.sequence(session, "s1", "Bob+x@Acme.example")
    other = company.sequence(session, "s2", "bobby@acme.example", state="paused")
    card, _ = company.card(session, to="bob@acme.example")
    assert _add(session, "bob@acme.example")
    assert not _add(session, "bob@acme.example")
    session.expire_all()
    assert session.get_one(Sequence, "s1").state == "stopped"
    assert session.get_one(Sequence, "s1").reason == "opt_out"
    assert session.get_one(Touch, mine).state == "dropped"
    assert session.get_one(Sequence, "s2").state == "paused"
    assert session.get_one(Touch, other).state == "planned"
    assert card.held == "This person asked not to be written to."


@pytest.mark.parametrize(("first", "then"), [("legal_hold", "legal_hold"), ("do_not_contact", "legal_hold")])
def test_nobody_is_taken_off_the_list_by_being_put_on_it_for_a_shorter_time(
    session: Session, first: Reason, then: Reason
) -> None:
    _add(session, "ray@acme.example", first)
    _add(session, "ray@acme.example", then, until=NOW + timedelta(minutes=1))
    assert listed(session, "ray@acme.example", NOW + timedelta(days=400)) is not None
    _add(session, "ann@acme.example", first, until=NOW + timedelta(days=30))
    _add(session, "ann@acme.example", then, until=NOW + timedelta(days=1))
    assert listed(session, "ann@acme.example", NOW + timedelta(days=29)) is not None
    assert listed(session, "ann@acme.example", NOW + timedelta(days=31)) is None
    _add(session, "ann@acme.example", then, until=NOW + timedelta(days=60))
    assert listed(session, "ann@acme.example", NOW + timedelta(days=59)) is not None


def test_a_domain_stops_everybody_below_it_and_nobody_beside_it(session: Session) -> None:
    for number, to in enumerate(("a@acme.example", "b@eu.acme.example", "c@notacme.example", "d@acme.example.org")):
        company.sequence(session, f"s{number}", to)
    _add(session, "acme.example", "legal_hold", "domain")
    session.expire_all()
    states = [session.get_one(Sequence, f"s{number}").state for number in range(4)]
    assert states == ["stopped", "stopped", "active", "active"]


@pytest.mark.parametrize("shared", ["github.io", "wordpress.com", "co.uk", "gmail.com"])
def test_a_domain_that_many_share_stops_none_of_the_companies_below_it(session: Session, shared: str) -> None:
    company.sequence(session, "theirs", f"ann@acme.{shared}")
    company.sequence(session, "its own", f"ann@{shared}")
    _add(session, shared, "do_not_contact", "domain")
    session.expire_all()
    assert session.get_one(Sequence, "theirs").state == "active"
    assert listed(session, f"ann@acme.{shared}", NOW) is None
    assert session.get_one(Sequence, "its own").state == "stopped"
    assert listed(session, f"ann@{shared}", NOW) is not None


def test_a_heavier_reason_stays(session: Session) -> None:
    _add(session, "bob@acme.example", "bounce")
    assert _add(session, "bob@acme.example", "opt_out")
    assert not _add(session, "bob@acme.example", "by_hand")
    assert [row.reason for row in entries(session)] == ["opt_out"]


@pytest.mark.parametrize("later", ["opt_out", "complaint", "bounce", "by_hand"])
def test_a_legal_hold_stays_whatever_comes_after_it_and_both_are_written_down(session: Session, later: Reason) -> None:
    assert _add(session, "bob@acme.example", "legal_hold", until=NOW + timedelta(days=30))
    assert not _add(session, "bob@acme.example", later)
    held = listed(session, "bob@acme.example", NOW)
    assert held is not None
    assert held.reason == "legal_hold"
    lines = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(line.action, line.detail["reason"], line.detail["stands"]) for line in lines] == [
        ("suppression.added", "legal_hold", "legal_hold"),
        ("suppression.kept", later, "legal_hold"),
    ]
    after = listed(session, "bob@acme.example", NOW + timedelta(days=31))
    assert (after is not None) is (later in ("opt_out", "complaint"))


def test_whoever_opted_out_under_a_legal_hold_stays_opted_out_when_the_hold_is_lifted(session: Session) -> None:
    _add(session, "bob@acme.example", "opt_out")
    assert _add(session, "bob@acme.example", "legal_hold")
    admin = session.get_one(User, "ines")
    ask = "Case closed, says bob@acme.example"
    stays = unsuppress(session, "person", "bob@acme.example", user=admin, reason=ask, surface="test", now=NOW)
    assert stays == "opt_out"
    held = listed(session, "bob@acme.example", NOW)
    assert held is not None
    assert held.reason == "opt_out"
    session.flush()
    line = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert line is not None
    assert (line.actor, line.detail["reason"], line.detail["stands"]) == ("ines", "legal_hold", "opt_out")
    assert line.detail["why"] == "Case closed, says (an address)"
    assert unsuppress(session, "person", "bob@acme.example", user=admin, reason="Asked", surface="t", now=NOW) is None
    session.flush()
    assert listed(session, "bob@acme.example", NOW) is None


def test_a_list_that_was_carried_over_still_holds_every_reason(session: Session) -> None:
    _add(session, "bob@acme.example", "opt_out")
    _add(session, "bob@acme.example", "legal_hold")
    text = written(entries(session))
    for row in entries(session):
        session.delete(row)
    session.flush()
    again, refused = read(text, default_reason="by_hand", zone=ZoneInfo("UTC"))
    assert refused == []
    suppress_all(session, again, source="import", by=None, surface="test", now=NOW)
    [row] = entries(session)
    assert (row.reason, list(row.also)) == ("legal_hold", ["opt_out"])


def test_putting_one_on_the_list_reads_only_what_concerns_them_however_much_waits(session: Session) -> None:
    def rows_read(value: str) -> tuple[int, int]:
        counts = [0, 0]

        def heard(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            counts[0] += 1
            if statement.lstrip().upper().startswith("SELECT"):
                again = cursor.connection.cursor()
                again.execute(statement, parameters)
                counts[1] += len(again.fetchall())
                again.close()

        event.listen(session.get_bind(), "before_cursor_execute", heard)
        _add(session, value)
        session.flush()
        event.remove(session.get_bind(), "before_cursor_execute", heard)
        return counts[0], counts[1]

    company.sequence(session, "first", "ann@acme.example")
    company.card(session, "first", to="Ann+card@acme.example")
    few = rows_read("ann@acme.example")
    for number in range(60):
        company.sequence(session, f"s{number}", f"person{number}@acme.example")
        company.card(session, f"c{number}", to=f"person{number}@acme.example")
    company.sequence(session, "second", "bob+y@acme.example")
    card, _ = company.card(session, "second", to="Bob+x@acme.example")
    many = rows_read("bob@acme.example")
    assert many == few
    session.expire_all()
    assert session.get_one(Sequence, "second").state == "stopped"
    assert card.held == "This person asked not to be written to."


def test_an_entry_that_ended_may_be_replaced_by_any(session: Session) -> None:
    _add(session, "bob@acme.example", "legal_hold", until=NOW - timedelta(days=1))
    assert listed(session, "bob@acme.example", NOW) is None
    assert _add(session, "bob@acme.example", "by_hand")
    held = listed(session, "bob@acme.example", NOW)
    assert held is not None
    assert held.reason == "by_hand"


def test_a_subaddress_is_the_same_person_by_whichever_road_it_came(session: Session) -> None:
    _add(session, "Bob+news@Acme.example")
    assert listed(session, "bob@acme.example", NOW) is not None
    assert listed(session, "bob_x@acme.example", NOW) is None


@pytest.mark.parametrize(
    "reason, who, may",
    [
        ("by_hand", "dana", False),
        ("by_hand", "mara", True),
        ("opt_out", "mara", False),
        ("opt_out", "ines", True),
        ("legal_hold", "mara", False),
        ("complaint", "ines", True),
        ("by_hand", None, False),
    ],
)
def test_who_may_take_somebody_off(session: Session, reason: Reason, who: str | None, may: bool) -> None:
    _add(session, "bob@acme.example", reason)
    user = session.get(User, who) if who else None
    if may:
        unsuppress(session, "person", "bob@acme.example", user=user, reason="asked", surface="test", now=NOW)
    else:
        with pytest.raises(Denied):
            unsuppress(session, "person", "bob@acme.example", user=user, reason="asked", surface="test", now=NOW)
    session.flush()
    assert (listed(session, "bob@acme.example", NOW) is None) is may


def test_taking_off_needs_a_reason_and_an_entry(session: Session) -> None:
    admin = session.get_one(User, "ines")
    with pytest.raises(Fatal):
        unsuppress(session, "person", "bob@acme.example", user=admin, reason="x", surface="test", now=NOW)
    _add(session, "bob@acme.example")
    with pytest.raises(Fatal):
        unsuppress(session, "person", "bob@acme.example", user=admin, reason="", surface="test", now=NOW)


def test_the_trail_holds_no_address(session: Session) -> None:
    _add(session, "bob@acme.example")
    [line] = session.scalars(select(AuditEntry)).all()
    assert (line.action, line.actor) == ("suppression.added", "dana")
    assert "bob" not in f"{line.subject}{line.detail}"


def test_the_list_goes_out_and_comes_back_the_same(session: Session) -> None:
    _add(session, "bob@acme.example", "bounce", until=NOW + timedelta(days=30))
    suppress(
        session,
        Entry("domain", "acme.example", "legal_hold", '=HYPERLINK("x"), "quoted"\nline'),
        source="t",
        by=None,
        surface="t",
        now=NOW,
    )
    _add(session, "+odd@acme.example")
    text = written(entries(session))
    assert all(not cell.startswith(("=", "+")) for row in csv.reader(io.StringIO(text)) for cell in row)
    before = {(row.kind, row.value, row.reason, row.note, row.until) for row in entries(session)}
    again, refused = read(text, default_reason="by_hand", zone=ZoneInfo("UTC"))
    assert refused == []
    assert {(one.kind, one.value, one.reason, one.note, one.until) for one in again} == before
    assert suppress_all(session, again, source="import", by=None, surface="test", now=NOW) == 0


@pytest.mark.parametrize(
    "text, found",
    [
        ("Email,Reason\nANN@Acme.example,Unsubscribed\n", [("person", "ann@acme.example", "opt_out")]),
        (
            "ann@acme.example\nacme.example\n",
            [("person", "ann@acme.example", "by_hand"), ("domain", "acme.example", "by_hand")],
        ),
        ("\ufeffName;E-Mail;Status\nAnn;ann@acme.example;hard bounce\n", [("person", "ann@acme.example", "bounce")]),
        ("domain\n@acme.example\n", [("domain", "acme.example", "by_hand")]),
        ("email,type\nann@acme.example,moved away\n", [("person", "ann@acme.example", "by_hand")]),
        ("", []),
    ],
)
def test_lists_of_other_systems(text: str, found: list[tuple[str, str, str]]) -> None:
    told, refused = read(text, default_reason="by_hand", zone=ZoneInfo("UTC"))
    assert [(one.kind, one.value, one.reason) for one in told] == found
    assert refused == []


def test_rows_that_can_not_be_read_are_told_and_the_rest_goes_in() -> None:
    told, refused = read(
        "email,until\nann@acme.example,2027-01-31\nnobody,\nbob@acme.example,soon\n\n",
        default_reason="by_hand",
        zone=ZoneInfo("America/New_York"),
    )
    assert [(one.value, one.until) for one in told] == [("ann@acme.example", datetime(2027, 1, 31, 5, tzinfo=UTC))]
    assert [one.line for one in refused] == [3, 4]
    with pytest.raises(Fatal):
        read("name,city\nAnn,Porto\n", default_reason="by_hand", zone=ZoneInfo("UTC"))
