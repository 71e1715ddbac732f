"""How reasons make a score, and what is to be done first."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sales.health.acting import next_act
from sales.health.facts import Facts, Meetings, Moved, Owed, Qualified, Quiet, Replies, Stay, Waiting
from sales.health.hearing import kinds_of
from sales.health.judging import RULES, judge
from sales.health.reason import Finding, score
from tests.sales.health.facts import TODAY, ago, facts, person, said


def _bad(weight: int, kind: str = "silence") -> Finding:
    return Finding(kind, "x", weight, "bad", "It is so")


def test_a_deal_that_nothing_speaks_against_has_every_point() -> None:
    judged = judge(facts(next_step_date=TODAY))
    assert (judged.score.points, judged.score.band) == (100, "healthy")


def test_one_grave_reason_is_watched_and_two_are_a_risk() -> None:
    assert score([_bad(10)], told=True).band == "healthy"
    assert score([_bad(18)], told=True).band == "watch"
    assert score([_bad(18), _bad(18)], told=True).band == "watch"
    assert score([_bad(18), _bad(18), _bad(10)], told=True).band == "at_risk"
    assert score([_bad(40)], told=True).band == "at_risk"


def test_what_speaks_for_a_deal_gives_back_at_most_fifteen_points() -> None:
    good = [Finding("meeting_booked", "x", -8, "good", "") for _ in range(5)]
    assert score([_bad(30), *good], told=True).points == 85
    assert score([_bad(5), *good], told=True).points == 100


@given(weights=st.lists(st.integers(1, 40), max_size=12), more=st.integers(1, 40))
def test_one_more_reason_never_raises_the_score(weights: list[int], more: int) -> None:
    before = score([_bad(one) for one in weights], told=True).points
    after = score([_bad(one) for one in (*weights, more)], told=True).points
    assert before is not None
    assert after is not None
    assert 0 <= after <= before <= 100


def test_where_nothing_passes_with_the_buyer_the_deal_is_unknown_whatever_the_crm_says() -> None:
    judged = judge(facts(told=False, close_date=ago(90), next_step=None, quiet=Quiet()))
    assert (judged.score.points, judged.score.band) == (None, "unknown")
    assert judged.findings
    assert all(one.tone == "unknown" and one.weight == 0 for one in judged.findings)


_FULL: dict[str, Any] = {
    "stage_since": ago(90),
    "stay": Stay(20, 9.0, 20.0),
    "close_date": ago(20),
    "next_step": None,
    "quiet": Quiet("silent", ago(40), 40, "activity:1", 3),
    "replies": Replies(90.0, 4, 12.0, 4),
    "meetings": Meetings(4, ago(70), ago(40), "activity:2", cancelled=ago(3)),
    "people": (person("Vera Holm", role="champion", gone=ago(9)), person("Mats Lund", title="Planner", stance="against")),
    "people_known": True,
    "roles_kept": True,
    "mentions": tuple(said(kind, 3, day=TODAY + timedelta(days=90)) for kind in ("date", "competitor", "budget", "security", "refusal", "hold")),
    "owed": (Owed("mention:1", True, ago(20), ago(9), "send it"), Owed("mention:2", False, ago(20), ago(9), "ask")),
    "moves": (Moved("change:1", ago(9), ago(30), ago(20)),),
    "legal": Waiting("activity:3", ago(9), "Marcia Bloom", 2),
    "qualified": Qualified(2, frozenset(), {"champion": "Champion"}),
}  # fmt: skip


@settings(max_examples=80)
@given(dropped=st.sets(st.sampled_from(sorted(_FULL))))
def test_missing_data_never_makes_a_deal_worse(dropped: set[str]) -> None:
    """Whatever piece is not recorded, its reasons go and no other one comes (but what it would have spoken against)."""
    empty: dict[str, Any] = {one.name: one.default for one in fields(Facts)}
    known: dict[str, Any] = {"next_step": "Send it", "quiet": Quiet()}
    less = replace(facts(**_FULL), **{name: known.get(name, empty[name]) for name in dropped})
    full, rest = judge(facts(**_FULL)).score.points, judge(less).score.points
    assert full is not None
    assert rest is not None
    assert rest >= full


def test_every_reason_carries_its_own_name_and_a_sentence() -> None:
    for kind, rule in RULES.items():
        found = rule(facts(**_FULL))
        if found is not None:
            assert found.kind == kind
            assert found.sentence
            assert (found.weight > 0) == (found.tone == "bad")
            assert rule.__doc__


def test_what_we_owe_comes_before_what_we_wish_of_the_buyer() -> None:
    ours = Finding("promise_broken_by_us", "owed", 12, "bad", "")
    act = next_act([_bad(30, "champion_left"), ours])
    assert act is not None
    assert act.kind == "promise_broken_by_us"
    assert next_act([Finding("meeting_booked", "x", -8, "good", "")]) is None


def test_what_a_sentence_tells() -> None:
    told = {
        "I can't take this to security without the report.": "security",
        "Our infosec team needs the SOC 2 report first.": "security",
        "Security signed off on it last week.": "security_done",
        "It is still sitting with legal.": "legal",
        "Legal has approved the contract.": "legal_done",
        "We've decided to go with another vendor.": "refusal",
        "The project is on hold until further notice.": "hold",
        "I'm leaving the company at the end of the month.": "departure",
        "Renata Silva is no longer with Brightwater Foods.": "departure",
    }
    for text, kind in told.items():
        assert kind in kinds_of(text, "buyer"), text
    nothing = (
        "Is security happy with it?",
        "If legal is stuck, call me.",
        "I've got a manager who left a message.",
        "I haven't gone cold on you.",
        "I'd prefer now.",
        "Renata left us a note about the gate.",
    )
    for text in nothing:
        assert not kinds_of(text, "buyer"), (text, kinds_of(text, "buyer"))
    assert kinds_of("We've decided to go with another vendor.", "seller") == ()
