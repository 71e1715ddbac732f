"""What the buyer says and what is owed, as reasons of a deal's health."""

from __future__ import annotations

import pytest

from sales.health.facts import Feeling, Owed, Qualified, Waiting
from sales.health.owed import (
    promise_broken_by_buyer,
    promise_broken_by_us,
    qualification_gap,
    qualification_unknown,
)
from sales.health.said import (
    budget,
    competitor,
    legal_silent,
    on_hold,
    refusal,
    security_review,
    sentiment,
    sentiment_falls,
)
from tests.sales.health.facts import ago, facts, said


def test_a_rival_weighs_by_how_sure_it_is() -> None:
    known = competitor(facts(mentions=(said("competitor", name="Logiflow"),)))
    assert known is not None
    assert known.weight == 12
    assert known.sentence.startswith("Logiflow is in the running: “These words were said.” (Vera Holm, 20 Nov)")
    single = competitor(facts(mentions=(said("competitor", name="Fresno", sure=False),)))
    assert single is not None
    assert single.weight == 5
    leaning = competitor(facts(mentions=(said("competitor", name="Logiflow"), said("rival", 9))))
    assert leaning is not None
    assert leaning.weight == 18
    assert competitor(facts(mentions=(said("competitor", 61, name="Logiflow"),))) is None
    assert competitor(facts(mentions=(said("competitor", name="Logiflow", side="seller"),))) is None


def test_money_in_doubt() -> None:
    assert (found := budget(facts(mentions=(said("budget"),)))) is not None
    assert "budget is in doubt" in found.sentence
    assert (found := budget(facts(mentions=(said("price"),)))) is not None
    assert "price" in found.sentence
    assert budget(facts(mentions=(said("price", 46),))) is None


@pytest.mark.parametrize(("days", "weight"), [(4, None), (5, 12), (7, 12), (8, 16)])
def test_their_legal_keeps_us_waiting(days: int, weight: int | None) -> None:
    found = legal_silent(facts(legal=Waiting("activity:r", ago(days), "Marcia Bloom", 2)))
    assert (found.weight if found else None) == weight


def test_a_review_counts_until_somebody_says_that_it_is_through() -> None:
    for rule, kind in ((security_review, "security"), (legal_silent, "legal")):
        assert rule(facts(mentions=(said(kind, 9),))) is not None
        assert rule(facts(mentions=(said(kind, 9), said(f"{kind}_done", 5, side="note")))) is None
        assert rule(facts(mentions=(said(f"{kind}_done", 9), said(kind, 5)))) is not None
        assert rule(facts(mentions=(said(kind, 46),))) is None


def test_a_refusal_and_being_put_off() -> None:
    assert (found := refusal(facts(mentions=(said("refusal"),)))) is not None
    assert found.weight == 40
    assert (found := on_hold(facts(mentions=(said("hold"),)))) is not None
    assert found.weight == 20
    assert (found := on_hold(facts(mentions=(said("priority"),)))) is not None
    assert found.weight == 12
    assert refusal(facts(mentions=(said("refusal", 46),))) is None
    assert on_hold(facts()) is None


def _felt(*means: float) -> tuple[Feeling, ...]:
    return tuple(Feeling(f"mention:{i}", ago(7 * (len(means) - i)), mean) for i, mean in enumerate(means))


def test_how_calls_feel() -> None:
    assert sentiment_falls(facts(feelings=_felt(0.5, 0.0))) is not None
    assert sentiment_falls(facts(feelings=_felt(0.5, 0.25))) is None
    assert sentiment_falls(facts(feelings=_felt(-1.0))) is not None
    assert sentiment_falls(facts(feelings=_felt(0.0))) is None
    assert [sentiment(facts(feelings=_felt(one))) for one in (1.0, 0.0, -1.0)] == ["positive", "neutral", "negative"]
    assert sentiment(facts()) is None


def test_promises_that_were_not_kept() -> None:
    dated = Owed("mention:p", True, ago(9), ago(2), "send the report")
    found = promise_broken_by_us(facts(owed=(dated,)))
    assert found is not None
    assert found.weight == 12
    assert found.sentence == "We promised “send the report”: it was due 2 days ago"
    assert (long := promise_broken_by_us(facts(owed=(Owed("mention:p", True, ago(19), ago(8), "x"),)))) is not None
    assert long.weight == 15
    assert promise_broken_by_us(facts(owed=(Owed("mention:p", True, ago(9), ago(0), "x"),))) is None
    assert promise_broken_by_us(facts(owed=(Owed("mention:p", True, ago(13), None, "x"),))) is None
    assert (undated := promise_broken_by_us(facts(owed=(Owed("mention:p", True, ago(15), None, "x"),)))) is not None
    assert undated.weight == 6
    theirs = promise_broken_by_buyer(facts(owed=(Owed("mention:q", False, ago(9), ago(2), "ask legal", "Vera Holm"),)))
    assert theirs is not None
    assert theirs.sentence.startswith("Vera Holm promised “ask legal”")
    assert promise_broken_by_us(facts(owed=(Owed("mention:q", False, ago(9), ago(2), "x"),))) is None


LABELS = {"identify_pain": "Pain", "economic_buyer": "Economic buyer", "paper_process": "Paper process", "own": "Own"}


def test_gaps_are_those_of_the_stage() -> None:
    told = Qualified(2, frozenset({"identify_pain"}), LABELS)
    found = qualification_gap(facts(qualified=told, place=5.0))
    assert found is not None
    assert (found.weight, found.sentence) == (
        6,
        "Nothing was said in 2 calls of economic buyer and own",
    )
    late = qualification_gap(facts(qualified=told, place=6.0))
    assert late is not None
    assert late.weight == 9
    assert "paper process" in late.sentence
    assert qualification_gap(facts(qualified=told, place=3.0)) is None
    assert qualification_gap(facts(qualified=told, place=None)) is None


def test_unread_calls_make_the_qualification_unknown_never_bad() -> None:
    assert qualification_gap(facts(qualified=None)) is None
    assert qualification_unknown(facts(qualified=None)) is not None
    assert qualification_unknown(facts(qualified=Qualified(1, frozenset(), LABELS))) is None
