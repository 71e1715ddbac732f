"""How the deals of a small company stand: told from its records on both databases, as of now and of a past day, kept and marked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, select

from agents.health.record import Health, Reason
from agents.health.service import HealthService
from agents.notes.service import Notes
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import (
    Activity,
    Contact,
    Deal,
    DealChange,
    DealHealth,
    HealthMark,
    Heard,
    Mentioned,
    Participant,
)
from infra.spine.scope import EVERYTHING, Scope
from sales.clock import FixedClock
from tests.agents.northern import activity, settle
from tests.conftest import NOW

IDA, OMAR = Scope(grants=(frozenset({"ida"}),), user_id="ida"), Scope(grants=(frozenset({"omar"}),), user_id="omar")


class Likely:
    """Likelihoods that are the same for every deal."""

    def of(self, session: Any, which: Any, as_of: datetime) -> dict[str, Any]:
        """Return them."""
        return {"deal-norrland": SimpleNamespace(p=Decimal("0.4"), of="model, 31 decided deals", expected_close=date(2027, 1, 20))}  # fmt: skip


@pytest.fixture
def service(northern_on_both: Database, settings: Settings) -> HealthService:
    clock = FixedClock(NOW)
    notes = Notes(northern_on_both, settings, clock)
    return HealthService(northern_on_both, settings, clock, likelihoods=Likely, notes=lambda: notes)


def told(service: HealthService, database: Database, deal: str = "deal-norrland", **more: Any) -> Health:
    service.catch_up((deal,))
    with database.session() as session:
        found = service.of(session, deal, more.pop("scope", EVERYTHING), **more)
    assert found is not None
    return found


def reason(health: Health, kind: str) -> Reason:
    return next(one for one in health.reasons if one.kind == kind)


def kinds(health: Health) -> set[str]:
    return {one.kind for one in health.reasons}


def test_a_deal_that_the_crm_sees_brighter_than_the_buyer_is_at_risk(service: HealthService, northern_on_both: Database) -> None:  # fmt: skip
    health = told(service, northern_on_both)
    assert health.band == "at_risk"
    date_said = reason(health, "date_contradicted")
    assert "Realistically that's March" in date_said.sentence
    assert (
        date_said.evidence[0].quote in "I can't sign anything before the audit is through. Realistically that's March."
    )
    assert date_said.evidence[0].turns
    assert reason(health, "legal_silent").sentence == "No answer from Dag Ek (legal) for 9 days; we wrote twice"
    assert (
        reason(health, "promise_broken_by_us").evidence[0].quote
        == "I'll send you the penetration test summary by Friday."
    )
    assert "Logiflow" in reason(health, "competitor").sentence
    assert reason(health, "close_date_slips").sentence.startswith("The close date was moved twice, by 30 days in all")
    assert (health.likelihood, health.expected_close) == (Decimal("0.4"), date(2027, 1, 20))
    assert health.likelihood_of == "model, 31 decided deals"
    assert health.next_action is not None
    assert health.next_action.why == "promise_broken_by_us"
    assert health.last_from_buyer == NOW - timedelta(days=2)


def test_what_is_new_is_told_against_a_week_ago(service: HealthService, northern_on_both: Database) -> None:
    health = told(service, northern_on_both)
    assert health.before is not None
    assert health.score is not None
    assert health.before > health.score
    assert health.trend == "worse"
    assert reason(health, "date_contradicted").new
    assert not reason(health, "close_date_slips").new


def test_a_past_day_knows_nothing_of_what_came_later(service: HealthService, northern_on_both: Database) -> None:
    health = told(service, northern_on_both, as_of=NOW - timedelta(days=9))
    assert health.close_date == (NOW - timedelta(days=5)).date()
    assert kinds(health).isdisjoint({"date_contradicted", "competitor", "promise_broken_by_us", "no_next_step"})
    assert reason(health, "close_date_slips").sentence.startswith("The close date was moved once")
    assert health.last_from_buyer is None


def test_a_deal_that_was_won_later_was_open_then(service: HealthService, northern_on_both: Database) -> None:
    with northern_on_both.transaction() as session:
        deal = session.get_one(Deal, "deal-norrland")
        deal.status, deal.closed_at, deal.stage = "won", NOW - timedelta(days=1), "Closed Won"
        settle(session, NOW, DealChange(id="chg-won", deal_id=deal.id, field="stage", old="Propose", new="Closed Won", at=NOW - timedelta(days=1)))  # fmt: skip
    with northern_on_both.session() as session:
        assert service.of(session, "deal-norrland", EVERYTHING) is None
        then = service.of(session, "deal-norrland", EVERYTHING, NOW - timedelta(days=3))
    assert then is not None
    assert then.stage == "Propose"


def test_nobody_sees_the_health_of_anothers_deal(service: HealthService, northern_on_both: Database) -> None:
    with northern_on_both.session() as session:
        assert [one.deal_id for one in service.of_all(session, IDA)] == ["deal-norrland"]
        assert [one.deal_id for one in service.of_all(session, OMAR)] == ["deal-secret"]
        assert service.of(session, "deal-secret", IDA) is None


def test_without_any_mail_call_or_calendar_a_deal_is_unknown_never_bad(service: HealthService, northern_on_both: Database) -> None:  # fmt: skip
    with northern_on_both.transaction() as session:
        session.execute(delete(Activity))
        session.execute(delete(Mentioned))
    with northern_on_both.session() as session:
        for health in service.of_all(session, EVERYTHING):
            assert (health.score, health.band, health.trend) == (None, "unknown", "new")
            assert not health.bad
            assert health.next_action is None
            assert any(one.startswith("Silence: no mail") for one in health.unknown)


def test_a_champion_who_says_that_they_leave_is_gone(service: HealthService, northern_on_both: Database) -> None:
    with northern_on_both.transaction() as session:
        at = NOW - timedelta(days=3)
        mail = activity("mail-bye", "mail", "acc-norrland", "deal-norrland", "ida", at, direction="inbound", subject="A change", body="Ida,\n\nI'm leaving Norrland at the end of the month. Vera knows.\n\nMats")  # fmt: skip
        settle(session, NOW, mail, Participant(activity_id="mail-bye", name="Mats Lund", role="from", side="buyer", contact_id="con-mats"))  # fmt: skip
    health = told(service, northern_on_both)
    left = reason(health, "champion_left")
    assert left.sentence == "The champion, Mats Lund, has left"
    assert left.evidence[0].quote == "I'm leaving Norrland at the end of the month."
    assert left.new


def test_who_only_speaks_of_somebody_else_that_left_stays(service: HealthService, northern_on_both: Database) -> None:
    with northern_on_both.transaction() as session:
        at = NOW - timedelta(days=3)
        mail = activity("mail-new", "mail", "acc-norrland", "deal-norrland", "ida", at, direction="inbound", subject="Night shift", body="Our night foreman resigned this morning, so I am short of people.\n\nMats")  # fmt: skip
        settle(session, NOW, mail, Participant(activity_id="mail-new", name="Mats Lund", role="from", side="buyer", contact_id="con-mats"))  # fmt: skip
    assert "champion_left" not in kinds(told(service, northern_on_both))


def test_an_answer_in_the_thread_ends_the_wait_for_legal(service: HealthService, northern_on_both: Database) -> None:
    with northern_on_both.transaction() as session:
        nudge = session.get_one(Activity, "mail-nudge")
        redlines = session.get_one(Activity, "mail-redlines")
        mail = activity("mail-legal", "mail", "acc-norrland", "deal-norrland", "ida", NOW - timedelta(days=1), direction="inbound", subject="Re: Redlines", thread_key=nudge.thread_key or redlines.thread_key)  # fmt: skip
        settle(session, NOW, mail, Participant(activity_id="mail-legal", name="Dag Ek", role="from", side="buyer", contact_id="con-dag"))  # fmt: skip
    assert "legal_silent" not in kinds(told(service, northern_on_both))


def _kept(database: Database) -> dict[str, tuple[str, int]]:
    with database.session() as session:
        marks = dict.fromkeys(session.scalars(select(DealHealth.deal_id)), 0)
        for deal in session.scalars(select(HealthMark.deal_id)):
            marks[deal] = marks.get(deal, 0) + 1
        bands = dict(session.execute(select(DealHealth.deal_id, DealHealth.band)).all())
        return {deal: (bands.get(deal, "-"), count) for deal, count in marks.items()}


def test_health_is_kept_and_marked_only_when_it_changes(service: HealthService, northern_on_both: Database) -> None:
    stands = told(service, northern_on_both)
    assert service.refresh() == 2
    first = _kept(northern_on_both)
    assert first["deal-norrland"][1] == first["deal-secret"][1] == 1
    assert service.refresh() == 0
    assert service.refresh(["deal-norrland"]) == 0
    assert _kept(northern_on_both) == first
    with northern_on_both.session() as session:
        stored = Health.model_validate(session.get_one(DealHealth, "deal-norrland").record)
    assert (stored.score, kinds(stored)) == (stands.score, kinds(stands))


@pytest.fixture
def later(service: HealthService, northern_on_both: Database, settings: Settings) -> HealthService:
    service.refresh()
    return HealthService(northern_on_both, settings, FixedClock(NOW + timedelta(minutes=10)))


def test_only_what_something_happened_to_is_worked_out_anew(later: HealthService, northern_on_both: Database) -> None:
    with northern_on_both.transaction() as session:
        at = NOW + timedelta(minutes=5)
        mail = activity("mail-no", "mail", "acc-secret", "deal-secret", "omar", at, direction="inbound", subject="No", body="We have decided to go with another vendor, sorry.")  # fmt: skip
        settle(session, at + timedelta(minutes=5), mail, Participant(activity_id="mail-no", name="Rosa Finch", role="from", side="buyer", contact_id="con-rosa"))  # fmt: skip
    assert later.refresh() == 1
    with northern_on_both.session() as session:
        made = dict(session.execute(select(DealHealth.deal_id, DealHealth.made_at)).all())
        stands = session.get_one(DealHealth, "deal-secret")
        assert "refusal" in {one["kind"] for one in stands.record["reasons"]}
    assert made["deal-norrland"] == NOW
    assert made["deal-secret"] == NOW + timedelta(minutes=10)


def test_a_deal_that_ended_is_kept_no_longer_but_its_marks_stay(later: HealthService, northern_on_both: Database) -> None:  # fmt: skip
    with northern_on_both.transaction() as session:
        deal = session.get_one(Deal, "deal-secret")
        deal.status, deal.closed_at = "lost", NOW
    later.refresh()
    with northern_on_both.session() as session:
        assert session.get(DealHealth, "deal-secret") is None
        assert session.scalars(select(HealthMark.deal_id)).all().count("deal-secret") == 1


def test_the_week_before_is_told_as_it_was_marked(service: HealthService, northern_on_both: Database) -> None:
    with northern_on_both.transaction() as session:
        session.add(HealthMark(deal_id="deal-norrland", at=NOW - timedelta(days=8), score=91, band="healthy", likelihood=None, reasons=["competitor"]))  # fmt: skip
    health = told(service, northern_on_both)
    assert health.before == 91
    assert not reason(health, "competitor").new
    assert reason(health, "close_date_slips").new
    with northern_on_both.session() as session:
        assert service.before(session, OMAR, NOW) == {}
        assert service.before(session, IDA, NOW)["deal-norrland"].score == 91


def test_a_new_day_makes_all_stale(service: HealthService, northern_on_both: Database, settings: Settings) -> None:
    service.refresh()
    tomorrow = NOW + timedelta(days=1)
    HealthService(northern_on_both, settings, FixedClock(tomorrow)).refresh()
    with northern_on_both.session() as session:
        assert set(session.scalars(select(DealHealth.made_at))) == {tomorrow}


def test_forgotten_people_leave_no_gap_in_the_people_of_a_deal(service: HealthService, northern_on_both: Database) -> None:  # fmt: skip
    service.catch_up(("deal-norrland",))
    with northern_on_both.transaction() as session:
        session.execute(delete(Participant).where(Participant.contact_id == "con-vera"))
        session.execute(delete(Contact).where(Contact.id == "con-vera"))
    assert told(service, northern_on_both).score is not None


def test_a_backlog_is_heard_whole_and_once_however_small_the_rounds(
    northern_on_both: Database, settings: Settings
) -> None:
    """In small rounds everything is read once, and the same is known afterwards as from one."""

    def heard(limit: int) -> tuple[int, list[tuple[str, str, str]]]:
        hearing = HealthService(northern_on_both, settings, FixedClock(NOW)).hearing
        with northern_on_both.transaction() as session:
            session.execute(delete(Heard))
            session.execute(delete(Mentioned))
        read = 0
        while some := hearing.read_waiting(limit):
            assert some <= limit
            read += some
        with northern_on_both.session() as session:
            rows = session.execute(select(Mentioned.id, Mentioned.kind, Mentioned.quote).order_by(Mentioned.id))
            return read, [(row.id, row.kind, row.quote) for row in rows]

    whole = heard(1_000)
    assert whole[1]
    assert heard(2) == whole
