"""Judging, ranking, tending and the feed of a rep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from agents.signals.service import Signals
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import AuditEntry, Signal, Suppression, User
from infra.spine.models import Sequence as Touches
from infra.spine.scope import EVERYTHING, scope_of
from sales.signals import Kind
from tests.agents.signals.conftest import MovingClock, fill, states, telling
from tests.conftest import NOW


def test_each_signal_comes_to_what_its_company_stands_for(signals: Signals) -> None:
    told = signals.take(
        [
            telling("1", company="Free Freight"),
            telling("2", company="Open Orchard"),
            telling("3", company="Won Works"),
            telling("4", Kind.USAGE_DROP, company="Won Works"),
            telling("5", company="Globex", domain="globex.example"),
            telling("6", Kind.HIRING, company="Left Lumber", title="Dock manager"),
        ]
    )
    assert states(signals) == {
        ("acc-free", "funding"): "judged",
        ("acc-open", "funding"): "handed_over",
        ("acc-won", "funding"): "skipped",
        ("acc-won", "usage_drop"): "handed_over",
        ("Globex", "funding"): "review",
        ("acc-left", "hiring"): "judged",
    }
    assert sum(told.states.values()) == 6
    owners = {(one.account, one.kind): one.owner for one in signals.listed(EVERYTHING)}
    assert owners["acc-open", "funding"] == "luis@seller.example", "the owner of the deal goes before the account's"
    assert owners["acc-left", "hiring"] == "mia@seller.example", "who has left is stood in for by whoever led them"


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("person", "ann@free.example", "opt_out"),
        ("domain", "free.example", "do_not_contact"),
        ("person", "ann@free.example", "legal_hold"),
    ],
)
def test_who_is_not_written_to_is_a_hard_stop(
    signals: Signals, database: Database, kind: str, value: str, reason: str
) -> None:
    with database.transaction() as session:
        session.add(Suppression(kind=kind, value=value, reason=reason, source="test", at=NOW))
    identity = signals.take(
        [telling("1", Kind.JOB_CHANGE, company="Free Freight", person="Ann Lee", person_email="Ann+x@Free.example")]
    ).ingested.signals[0]
    assert signals.listed(EVERYTHING)[0].state == "skipped"
    with pytest.raises(Fatal, match="Nobody is written to"):
        signals.decide(identity, "pursue", "dana", "terminal")


def test_a_suppression_that_has_ended_no_longer_stops_but_an_opt_out_never_ends(
    one_database: Signals, sqlite_database: Database
) -> None:
    with sqlite_database.transaction() as session:
        for value, reason in (("free.example", "do_not_contact"), ("luis.example", "opt_out")):
            session.add(
                Suppression(
                    kind="domain", value=value, reason=reason, source="test", at=NOW, until=NOW - timedelta(days=1)
                )
            )
    one_database.take([telling("1", company="Free Freight"), telling("2", company="Luis Lamps")])
    assert states(one_database) == {("acc-free", "funding"): "judged", ("acc-luis", "funding"): "skipped"}


def test_in_a_sequence_already_is_skipped(signals: Signals, database: Database) -> None:
    with database.transaction() as session:
        for number, (state, recipient) in enumerate([("active", "ann@free.example"), ("finished", "bo@luis.example")]):
            session.add(Touches(id=f"seq-{number}", recipient=recipient, state=state, started_at=NOW))
    signals.take(
        [
            telling("1", Kind.JOB_CHANGE, company="Free Freight", person="Ann Lee", person_email="ann@free.example"),
            telling("2", Kind.JOB_CHANGE, company="Luis Lamps", person="Bo Lind", person_email="bo@luis.example"),
        ]
    )
    assert states(signals) == {("acc-free", "job_change"): "skipped", ("acc-luis", "job_change"): "judged"}


def test_the_profile_decides_what_fits_and_says_why(signals: Signals) -> None:
    signals.rules.save('[company]\nindustries = ["logistics"]\n', "mia", None, NOW)
    signals.take([telling("1", company="Free Freight"), telling("2", company="Luis Lamps")])
    items = {one.account: one for one in signals.listed(EVERYTHING)}
    assert (items["acc-free"].state, items["acc-free"].fit) == ("judged", 1.0)
    assert items["acc-luis"].state == "skipped"
    assert any("Retail is none of yours" in reason for reason in items["acc-luis"].reasons)


def test_a_feed_is_the_reps_own_best_first_with_reasons(signals: Signals, database: Database) -> None:
    signals.take(
        [
            telling("1", Kind.REVIEW, company="Free Freight", hours=1),
            telling("2", Kind.DEMO_REQUEST, company="Free Freight", person="Ann Lee", hours=0.01),
            telling("3", Kind.FUNDING, company="Free Freight", hours=20),
            telling("4", Kind.FUNDING, company="Luis Lamps", hours=1),
            telling("5", Kind.FUNDING, company="Globex", domain="globex.example"),
        ]
    )
    mine = signals.feed("dana")
    assert [one.kind for one in mine] == ["demo_request", "funding", "review"]
    assert [one.rank for one in mine] == sorted((one.rank for one in mine), reverse=True)
    assert all(one.reasons and one.owner == "dana@seller.example" for one in mine)
    with database.session() as session:
        mia = session.get(User, "mia")
        assert mia is not None
        scope = scope_of(session, mia, "team")
    assert [one.company for one in signals.feed("mia", scope)] == ["Globex"], "who leads people sees what nobody owns"
    assert len(signals.feed(None, k=2)) == 2


def test_a_rep_lists_only_what_they_may_see(signals: Signals, database: Database) -> None:
    signals.take(
        [
            telling("1", company="Free Freight"),
            telling("2", company="Luis Lamps"),
            telling("3", domain="globex.example"),
        ]
    )
    with database.session() as session:
        luis = session.get(User, "luis")
        assert luis is not None
        own = scope_of(session, luis, "own")
    assert [one.account for one in signals.listed(own)] == ["acc-luis"]
    assert len(signals.listed(EVERYTHING)) == 3


def test_time_makes_a_signal_late_then_lets_it_expire_but_not_before_a_working_morning(
    signals: Signals, moving: MovingClock
) -> None:
    signals.take([telling("1", company="Free Freight", hours=1)])
    assert not signals.feed("dana")[0].late
    moving.move(hours=24)
    assert signals.feed("dana")[0].late
    moving.move(hours=46)
    assert len(signals.feed("dana")) == 1
    moving.move(hours=3)
    assert signals.feed("dana") == ()
    assert signals.tend().expired == 1
    assert signals.listed(EVERYTHING)[0].state == "expired"


def test_what_is_told_weeks_late_still_lives_over_one_morning_and_is_asked_about(
    signals: Signals, moving: MovingClock
) -> None:
    signals.take([telling("1", company="Free Freight", hours=24 * 60)])
    item = signals.feed("dana")[0]
    assert (item.state, item.late) == ("review", True)
    moving.move(hours=29)
    assert signals.feed("dana") == (), "Tuesday noon in Los Angeles has passed"


def test_ranks_follow_the_clock(signals: Signals, moving: MovingClock) -> None:
    signals.take([telling("1", company="Free Freight", hours=1)])
    before = signals.feed("dana")[0].rank
    moving.move(hours=30)
    tended = signals.tend()
    assert tended.reranked == 1
    assert signals.feed("dana")[0].rank < before
    assert signals.tend().reranked == 0


def test_a_person_settles_what_was_asked(signals: Signals, database: Database, moving: MovingClock) -> None:
    handed: list[str] = []

    class Drafting:
        def on_judged(self, signal_ids: Sequence[str]) -> None:
            handed.extend(signal_ids)

    signals.drafting = Drafting()
    first, second = signals.take(
        [telling("1", domain="globex.example"), telling("2", domain="hooli.example")]
    ).ingested.signals
    assert handed == [first, second]
    signals.decide(first, "pursue", "dana", "terminal")
    assert handed[2:] == [first]
    assert signals.listed(EVERYTHING, ids=[first])[0].owner == "dana@seller.example"
    with pytest.raises(Fatal, match="needs a day"):
        signals.decide(second, "nurture", "dana", "terminal")
    signals.decide(second, "nurture", "dana", "terminal", revisit_at=NOW + timedelta(days=40))
    assert signals.listed(EVERYTHING, ids=[second])[0].state == "nurtured"
    moving.move(days=41)
    assert signals.tend().returned == 1
    assert signals.listed(EVERYTHING, ids=[second])[0].state == "review"
    with database.session() as session:
        assert session.query(AuditEntry).filter(AuditEntry.action.startswith("signal ")).count() == 2


def test_ask_me_later_holds_back_other_reasons_to_write_until_then(signals: Signals) -> None:
    first = signals.take([telling("1", company="Free Freight")]).ingested.signals[0]
    signals.decide(first, "nurture", "dana", "terminal", revisit_at=NOW + timedelta(days=90))
    signals.take(
        [
            telling("2", Kind.HIRING, company="Free Freight", title="Dock manager"),
            telling("3", Kind.DEMO_REQUEST, company="Free Freight"),
        ]
    )
    assert states(signals) == {
        ("acc-free", "funding"): "nurtured",
        ("acc-free", "hiring"): "nurtured",
        ("acc-free", "demo_request"): "judged",
    }


def test_what_a_crash_left_unjudged_is_judged_by_the_next_round(signals: Signals, database: Database) -> None:
    signals.take([telling("1", company="Free Freight")])
    with database.transaction() as session:
        session.query(Signal).update({"state": "new"})
    assert signals.tend().judged == 1
    assert signals.listed(EVERYTHING)[0].state == "judged"


def test_curves_come_from_the_settings(sqlite_database: Database, settings: Settings, moving: MovingClock) -> None:
    fill(sqlite_database)
    changed = settings.model_copy(update={"signal_curves": {"funding": {"late_h": 1, "expire_h": 200}}})
    signals = Signals(sqlite_database, changed, moving)
    signals.take([telling("1", company="Free Freight", hours=2)])
    assert signals.feed("dana")[0].late
    moving.move(hours=150)
    assert len(signals.feed("dana")) == 1
    with pytest.raises(Fatal, match="SIGNAL_CURVES"):
        Signals(sqlite_database, settings.model_copy(update={"signal_curves": {"weather": {}}}), moving)


def test_a_contract_that_ends_rises_in_the_feed_as_its_day_nears(signals: Signals, moving: MovingClock) -> None:
    end = NOW + timedelta(days=100)
    signals.take([telling("1", Kind.CONTRACT_END, company="Won Works", ends_at=end)])
    before = signals.feed("luis")[0]
    moving.move(days=60)
    signals.tend()
    after = signals.feed("luis")[0]
    assert after.rank > before.rank
    assert "a contract ends in 40 days" in after.reasons
    moving.move(days=41)
    assert signals.feed("luis") == ()
