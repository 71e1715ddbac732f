"""The rules of touches after the first, each by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.sequence import HUMAN_REPLIES, Course, after_reply, next_due, next_step

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
GOING = Course(now=NOW, started_at=NOW - timedelta(days=3), sent=1)


@pytest.mark.parametrize(
    ("changed", "movement", "rule"),
    [
        ({}, "go_on", "go_on"),
        ({"news": False}, "skip", "nothing_new"),
        ({"reply": "opt_out", "choice": "continue"}, "stop", "opted_out"),
        ({"reply": "complaint"}, "stop", "complained"),
        ({"reply": "hard_bounce"}, "stop", "bounced"),
        ({"reply": "soft_bounce"}, "go_on", "go_on"),
        ({"suppressed": "legal_hold"}, "stop", "suppressed"),
        ({"meeting_booked": True}, "stop", "meeting_booked"),
        ({"deal": "open"}, "stop", "deal_open"),
        ({"deal": "lost"}, "stop", "deal_closed"),
        ({"owner_changed": True}, "stop", "owner_changed"),
        ({"left_company": True}, "stop", "left_company"),
        ({"fit": 0.0}, "stop", "no_fit"),
        ({"sent": 3}, "stop", "enough"),
        ({"started_at": NOW - timedelta(days=31)}, "stop", "too_late"),
        ({"reply": "question"}, "pause", "answered"),
        ({"reply": "question", "choice": "stop"}, "stop", "answered"),
        ({"reply": "question", "choice": "continue"}, "go_on", "go_on"),
        ({"reply": "out_of_office", "back_at": NOW + timedelta(days=4)}, "pause", "out_of_office"),
        ({"reply": "out_of_office", "back_at": NOW - timedelta(days=1)}, "go_on", "go_on"),
        ({"wait_until": NOW + timedelta(days=90)}, "pause", "asked_to_wait"),
        ({"paused": True}, "pause", "paused_by_hand"),
    ],
)
def test_what_ends_pauses_or_skips_a_touch(changed: dict[str, object], movement: str, rule: str) -> None:
    step = next_step(replace(GOING, **changed))  # type: ignore[arg-type]
    assert (step.movement, step.rule) == (movement, rule)
    assert step.reason


@given(st.sampled_from(sorted(HUMAN_REPLIES)))
def test_whatever_a_person_wrote_pauses(kind: str) -> None:
    assert after_reply(kind).movement == "pause"
    assert next_step(replace(GOING, reply=kind)).movement == "pause"


@given(
    st.builds(
        Course,
        now=st.just(NOW),
        started_at=st.just(NOW),
        sent=st.integers(0, 9),
        reply=st.sampled_from(["opt_out", "complaint", "hard_bounce"]),
        choice=st.sampled_from([None, "continue", "pause", "stop"]),
        news=st.booleans(),
        paused=st.booleans(),
    )
)
def test_an_opt_out_a_complaint_and_a_dead_address_always_stop(course: Course) -> None:
    assert next_step(course).movement == "stop"


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(1, 6),
    st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"]),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_a_touch_is_due_on_a_working_morning_after_the_last(
    sent_at: datetime, sent: int, zone: str, days: set[int]
) -> None:
    due = next_due(sent_at, sent, ZoneInfo(zone), tuple(days))
    assert due > sent_at
    assert due.weekday() in days
    assert due.hour == 9


def test_the_gaps_are_working_days() -> None:
    thursday = datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert next_due(thursday, 1, ZoneInfo("UTC"), (0, 1, 2, 3, 4)).date().isoformat() == "2026-12-01"
    assert next_due(thursday, 2, ZoneInfo("UTC"), (0, 1, 2, 3, 4)).date().isoformat() == "2026-12-03"
    assert next_due(thursday, 7, ZoneInfo("UTC"), (0, 1, 2, 3, 4)).date().isoformat() == "2026-12-03"
    with pytest.raises(ValueError, match="working day"):
        next_due(thursday, 1, ZoneInfo("UTC"), ())
