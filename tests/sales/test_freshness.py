"""Freshness: when a signal is late, when it is gone, and how it ranks meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.freshness import (
    CURVES,
    FIELD_REPLY_RATES,
    age_in_words,
    curves_with,
    expires_at,
    first_morning_ends,
    freshness,
    late_at,
    rank,
    reasons_of,
)
from sales.signals import Kind
from sales.working_hours import Hours

NEW_YORK = Hours(ZoneInfo("America/New_York"))
FRIDAY_EVENING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize("kind", [Kind.JOB_CHANGE, Kind.FUNDING, Kind.HIRING])
def test_the_24_hour_kinds_are_late_after_a_day_and_gone_after_three(kind: Kind) -> None:
    tuesday = datetime(2026, 11, 17, 15, 0, tzinfo=UTC)
    assert late_at(CURVES[kind], tuesday) == tuesday + timedelta(hours=24)
    assert expires_at(CURVES[kind], tuesday, tuesday, NEW_YORK) == tuesday + timedelta(hours=72)


def test_the_others_expire_between_72_and_96_hours() -> None:
    assert all(72 <= curve.expire_h <= 96 for curve in CURVES.values())


def test_a_demo_request_is_late_after_five_minutes() -> None:
    assert late_at(CURVES[Kind.DEMO_REQUEST], FRIDAY_EVENING) == FRIDAY_EVENING + timedelta(minutes=5)


def test_what_is_told_on_friday_evening_lives_over_the_next_working_morning() -> None:
    old = FRIDAY_EVENING - timedelta(days=30)
    assert expires_at(CURVES[Kind.FUNDING], old, FRIDAY_EVENING, NEW_YORK) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@given(received=MOMENTS, zone=st.sampled_from(["Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata"]), age=st.integers(0, 400), kind=st.sampled_from(list(Kind)))  # fmt: skip
def test_nothing_expires_before_one_working_morning_has_passed(
    received: datetime, zone: str, age: int, kind: Kind
) -> None:
    hours = Hours(ZoneInfo(zone))
    end = expires_at(CURVES[kind], received - timedelta(days=age), received, hours)
    morning = first_morning_ends(received, hours)
    assert end >= morning
    local = morning.astimezone(hours.zone)
    assert local.weekday() < 5
    assert local.hour == 12
    assert local.replace(hour=9) >= received


@given(moment=MOMENTS, kind=st.sampled_from(list(Kind)), earlier=st.integers(0, 10**6), later=st.integers(0, 10**6))
def test_worth_only_falls_with_age(moment: datetime, kind: Kind, earlier: int, later: int) -> None:
    first, second = sorted((earlier, later))
    curve = CURVES[kind]
    young = freshness(curve, moment + timedelta(minutes=first), moment)
    old = freshness(curve, moment + timedelta(minutes=second), moment)
    assert 0 <= old <= young <= 1


def test_the_usual_curve_follows_the_fields_reply_rates() -> None:
    curve, at = CURVES[Kind.FUNDING], FRIDAY_EVENING
    fallen = freshness(curve, at + timedelta(days=6), at)
    assert fallen == pytest.approx(FIELD_REPLY_RATES[1] / FIELD_REPLY_RATES[0], abs=0.01)


def test_a_contracts_end_rises_as_its_date_nears() -> None:
    curve, end = CURVES[Kind.CONTRACT_END], datetime(2027, 6, 1, tzinfo=UTC)
    worth = [
        freshness(curve, end - timedelta(days=days), end - timedelta(days=200), end) for days in (179, 120, 60, 30, 1)
    ]
    assert worth == sorted(worth)
    assert worth[-1] == 1.0
    assert expires_at(curve, end - timedelta(days=200), end - timedelta(days=200), NEW_YORK, end) == end


def test_rank_is_the_product_and_an_unknown_fit_is_neither_for_nor_against() -> None:
    assert rank(0.8, 0.5, 1.0) == pytest.approx(0.4)
    assert rank(0.8, 0.5, 0.0) < rank(0.8, 0.5, None) < rank(0.8, 0.5, 1.0)


def test_curves_are_a_setting() -> None:
    curves = curves_with({"funding": {"late_h": 12, "expire_h": 48}})
    assert (curves[Kind.FUNDING].late_h, curves[Kind.FUNDING].expire_h) == (12, 48)
    assert curves[Kind.HIRING] == CURVES[Kind.HIRING]


@pytest.mark.parametrize("changed", [{"weather": {}}, {"funding": {"late": 1}}, {"funding": {"late_h": 99, "expire_h": 1}}, {"hiring": {"half_life_h": 0}}])  # fmt: skip
def test_a_curve_that_can_not_be_is_refused(changed: dict[str, dict[str, float]]) -> None:
    with pytest.raises(ValueError, match=next(iter(changed))):
        curves_with(changed)


def test_reasons_say_what_happened_and_how_long_ago() -> None:
    told = reasons_of(Kind.FUNDING, FRIDAY_EVENING, FRIDAY_EVENING - timedelta(hours=6), None, late=False)
    assert told == ["raised money 6 h ago"]
    assert "late" in reasons_of(Kind.FUNDING, FRIDAY_EVENING, FRIDAY_EVENING - timedelta(days=2), None, late=True)[1]
    ends = reasons_of(
        Kind.CONTRACT_END, FRIDAY_EVENING, FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=40), late=False
    )
    assert ends == ["a contract ends in 40 days"]


@given(age=st.integers(-(10**6), 10**8))
def test_any_age_can_be_said(age: int) -> None:
    assert age_in_words(FRIDAY_EVENING, FRIDAY_EVENING - timedelta(minutes=min(age, 10**9)))
