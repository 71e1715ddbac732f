"""The kill switch over the spine: a domain is paused at once, its cards freeze, its people are told, and only a named one resumes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.guard.kill_switch import is_paused, judge, pause, recent, resume, traffic
from agents.guard.returns import heed, sweep
from agents.guard.suppressing import listed
from agents.guard.tending import GuardTending
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.outbound import Notice
from infra.spine.people import User
from infra.spine.touches import Reply, SendingDomain
from sales.clock import FixedClock
from sales.kill_switch import Traffic
from tests.agents.guard import company
from tests.conftest import NOW

DOMAIN = company.DOMAIN


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction over the small company."""
    company.open_company(database)
    with database.transaction() as session:
        yield session


def test_what_a_domain_sent_and_what_came_of_it(session: Session) -> None:
    company.sent(session, 60)
    company.sent(session, 5, at=NOW - timedelta(days=8))
    company.sent(session, 7, domain="other.example")
    company.came_back(session, "hard_bounce", 2)
    company.came_back(session, "soft_bounce", 3, start=1)
    company.came_back(session, "complaint", 1)
    company.came_back(session, "complaint", 1, domain="other.example", at=NOW - timedelta(minutes=9))
    told = traffic(session, DOMAIN, NOW - timedelta(days=7), NOW)
    # Recipient r1 bounced softly and for good, which is one bounce.
    assert told == Traffic(60, hard_bounces=2, soft_bounces=2, complaints=1)


@pytest.mark.parametrize("bounces, paused", [(2, False), (3, True)])
def test_the_boundary_of_two_percent(session: Session, settings: Settings, bounces: int, paused: bool) -> None:
    company.sent(session, 100)
    company.came_back(session, "hard_bounce", bounces)
    assert (judge(session, settings, DOMAIN, NOW) is not None) is paused
    assert is_paused(session.get(SendingDomain, DOMAIN)) is paused


@pytest.mark.parametrize(
    "kind, count, paused",
    [("hard_bounce", 2, False), ("hard_bounce", 3, True), ("soft_bounce", 9, False), ("complaint", 1, True)],
)
def test_with_few_mails_the_counts_decide(
    session: Session, settings: Settings, kind: str, count: int, paused: bool
) -> None:
    company.sent(session, 49)
    company.came_back(session, kind, count)
    assert (judge(session, settings, DOMAIN, NOW) is not None) is paused


def test_a_pause_freezes_the_cards_and_tells_who_answers_for_it(session: Session, settings: Settings) -> None:
    mine, _ = company.card(session, "mine", owner="luis")
    approved, _ = company.card(session, "approved", state="approved", to="x@b.example")
    foreign, _ = company.card(session, "foreign", sender="dana@other-us.example", to="y@b.example")
    done, _ = company.card(session, "done", state="done", to="z@b.example")
    company.sent(session, 10)
    company.came_back(session, "complaint", 1)
    reason = judge(session, settings, DOMAIN, NOW)
    assert reason is not None
    assert judge(session, settings, DOMAIN, NOW) is None
    for row in (mine, approved, foreign, done):
        session.refresh(row)
    assert [row.held for row in (mine, approved, foreign, done)] == [f"Sending from {DOMAIN} is paused."] * 2 + [
        None
    ] * 2
    notices = session.scalars(select(Notice).order_by(Notice.user_id)).all()
    assert [notice.user_id for notice in notices] == ["dana", "ines", "luis"]
    assert all(notice.urgent and notice.kind == "domain_paused" for notice in notices)
    assert notices[0].payload["text"] == reason
    assert len(notices[0].payload["checklist"]) >= 5
    audit = session.scalars(select(AuditEntry)).all()
    assert [(line.action, line.subject, line.actor) for line in audit] == [("domain.paused", DOMAIN, "dealwright")]


def test_only_a_named_person_with_the_right_resumes_and_only_when_rates_are_normal(
    session: Session, settings: Settings
) -> None:
    row, _ = company.card(session)
    company.sent(session, 10)
    company.came_back(session, "complaint", 1)
    judge(session, settings, DOMAIN, NOW)
    admin, rep = session.get_one(User, "ines"), session.get_one(User, "dana")
    later = NOW + timedelta(days=8)
    with pytest.raises(Fatal, match="not normal"):
        resume(session, settings, DOMAIN, reason="list cleaned", user=admin, surface="terminal", now=NOW)
    for user in (None, rep):
        with pytest.raises(Denied):
            resume(session, settings, DOMAIN, reason="list cleaned", user=user, surface="terminal", now=later)
    with pytest.raises(Fatal, match="reason"):
        resume(session, settings, DOMAIN, reason=" ", user=admin, surface="terminal", now=later)
    resume(session, settings, DOMAIN, reason="list cleaned", user=admin, surface="terminal", now=later)
    domain = session.get_one(SendingDomain, DOMAIN)
    session.refresh(row)
    assert (is_paused(domain), domain.resumed_by, domain.resume_reason, row.held) == (
        False,
        "ines",
        "list cleaned",
        None,
    )
    with pytest.raises(Fatal, match="not paused"):
        resume(session, settings, DOMAIN, reason="again", user=admin, surface="terminal", now=later)
    actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["domain.paused", "domain.resumed"]


def test_anybody_pauses_by_hand_and_a_manager_resumes(session: Session, settings: Settings) -> None:
    rep, manager = session.get_one(User, "dana"), session.get_one(User, "mara")
    pause(session, f"@{DOMAIN.upper()}", reason="new server", user=rep, by="slack", surface="slack", now=NOW)
    row = session.get_one(SendingDomain, DOMAIN)
    assert (is_paused(row), row.paused_by, row.pause_reason) == (True, "dana", "new server")
    pause(session, DOMAIN, reason="again", user=manager, by="slack", surface="slack", now=NOW)
    assert row.pause_reason == "new server"
    resume(session, settings, DOMAIN, reason="moved", user=manager, surface="slack", now=NOW + timedelta(minutes=1))
    assert not is_paused(row)
    for domain, reason in (("no domain", "x"), (DOMAIN, " ")):
        with pytest.raises(Fatal):
            pause(session, domain, reason=reason, user=rep, by="slack", surface="slack", now=NOW)


def test_a_bounce_for_good_takes_the_address_off_and_three_pause(session: Session, settings: Settings) -> None:
    company.sent(session, 20)
    paused = []
    for number in range(3):
        reply = Reply(
            id=f"b{number}", kind="hard_bounce", recipient=f"p{number}@x.example", domain=DOMAIN, at=NOW, detail={}
        )
        session.add(reply)
        paused.append(heed(session, settings, reply, reply.recipient, NOW) is not None)
    assert paused == [False, False, True]
    entry = listed(session, "p1@x.example", NOW)
    assert entry is not None
    assert entry.reason == "bounce"
    soft = Reply(id="s", kind="soft_bounce", recipient="s@x.example", domain=DOMAIN, at=NOW, detail={})
    session.add(soft)
    heed(session, settings, soft, soft.recipient, NOW)
    assert listed(session, "s@x.example", NOW) is None


def test_what_nobody_heeded_is_heeded_at_the_next_look(session: Session, settings: Settings) -> None:
    company.came_back(session, "complaint", 2)
    company.came_back(session, "soft_bounce", 2, start=5)
    assert sweep(session, settings, NOW) == 2
    assert sweep(session, settings, NOW) == 0
    assert recent(session, settings, DOMAIN, NOW).complaints == 2
    assert is_paused(session.get(SendingDomain, DOMAIN))


def test_the_watch_pauses_and_names_the_cards_that_look_different(
    sqlite_database: Database, home: Path, clock: FixedClock
) -> None:
    company.open_company(sqlite_database)
    tending = GuardTending(Settings(home=home), sqlite_database, clock)
    with sqlite_database.transaction() as session:
        row, _ = company.card(session)
        company.sent(session, 10)
    assert tending.tick() == []
    with sqlite_database.transaction() as session:
        company.came_back(session, "complaint", 1)
    assert tending.tick() == [row.id]
    assert tending.tick() == []
