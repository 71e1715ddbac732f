"""Silence, replies and meetings as reasons of a deal's health."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sales.health.facts import Meetings, Quiet, Replies
from sales.health.talk import (
    meeting_booked,
    meeting_cadence,
    meeting_cancelled,
    replies_fast,
    silence,
    silence_unknown,
    slow_replies,
)
from tests.sales.health.facts import TODAY, ago, facts


@pytest.mark.parametrize(("days", "weight"), [(6, None), (7, 10), (13, 10), (14, 18), (29, 18), (30, 28), (200, 28)])
def test_silence_weighs_more_the_longer_it_lasts(days: int, weight: int | None) -> None:
    quiet = Quiet("silent" if days >= 7 else "heard", ago(days), days, "activity:m1", tries=2)
    found = silence(facts(quiet=quiet))
    assert (found.weight if found else None) == weight
    if found:
        assert found.sentence == f"No word from the buyer for {days} days; we wrote or called twice since"
        assert found.rests_on == ("activity:m1",)
        assert found.since == ago(days)


def test_silence_since_the_deal_was_opened_says_so() -> None:
    found = silence(facts(quiet=Quiet("silent", ago(9), 9, None)))
    assert found is not None
    assert found.sentence == "No word from the buyer since the deal was opened 9 days ago"


@pytest.mark.parametrize("verdict", ["meeting", "unclear", "unknown", "heard"])
def test_no_silence_with_a_meeting_booked_or_where_it_cannot_be_told(verdict: str) -> None:
    asked = facts(quiet=Quiet(verdict, ago(40), 40))  # type: ignore[arg-type]
    assert silence(asked) is None
    assert (silence_unknown(asked) is not None) == (verdict in ("unclear", "unknown"))


def test_slow_replies_need_twice_the_time_two_days_and_enough_answers() -> None:
    assert slow_replies(facts(replies=Replies(60, 3, 20, 3))) is not None
    assert slow_replies(facts(replies=Replies(60, 3, 40, 3))) is None
    assert slow_replies(facts(replies=Replies(40, 3, 10, 3))) is None
    assert slow_replies(facts(replies=Replies(60, 2, 20, 3))) is None
    assert slow_replies(facts(replies=Replies(60, 3, None, 0))) is None
    assert slow_replies(facts(replies=None)) is None


def test_fast_replies_speak_for_the_deal() -> None:
    found = replies_fast(facts(replies=Replies(5, 4)))
    assert found is not None
    assert found.weight < 0
    assert found.sentence == "They answer within 5 hours (median of 4)"
    assert replies_fast(facts(replies=Replies(30, 4))) is None
    assert replies_fast(facts(replies=Replies(5, 2))) is None


def test_a_rhythm_of_meetings_is_lost_only_by_a_long_gap_without_a_date() -> None:
    weekly = Meetings(4, ago(51), ago(30), "activity:c4")
    found = meeting_cadence(facts(meetings=weekly))
    assert found is not None
    assert found.sentence == "No call or meeting for 30 days and none booked; they were every 7 days"
    assert meeting_cadence(facts(meetings=Meetings(4, ago(51), ago(30), next=TODAY + timedelta(days=2)))) is None
    assert meeting_cadence(facts(meetings=Meetings(4, ago(110), ago(30)))) is None
    assert meeting_cadence(facts(meetings=Meetings(4, ago(33), ago(12)))) is None
    assert meeting_cadence(facts(meetings=Meetings(2, ago(51), ago(30)))) is None


def test_a_cancelled_meeting_counts_until_another_is_held_or_booked() -> None:
    assert meeting_cancelled(facts(meetings=Meetings(cancelled=ago(5), cancelled_id="activity:x"))) is not None
    assert meeting_cancelled(facts(meetings=Meetings(1, ago(2), ago(2), cancelled=ago(5)))) is None
    assert meeting_cancelled(facts(meetings=Meetings(next=TODAY, cancelled=ago(5)))) is None
    assert meeting_cancelled(facts(meetings=Meetings(cancelled=ago(22)))) is None


def test_a_booked_meeting_speaks_for_the_deal() -> None:
    found = meeting_booked(facts(meetings=Meetings(next=TODAY + timedelta(days=3), next_id="activity:b")))
    assert found is not None
    assert found.weight < 0
    assert found.rests_on == ("activity:b",)
    assert found.sentence == "A meeting is booked for 26 Nov"
    assert meeting_booked(facts()) is None
