"""Signals: what sources call them, and when two tellings are of one event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.signals import (
    MEANINGS,
    Kind,
    Telling,
    event_keys,
    is_executive,
    is_same_event,
    kind_in_words,
    kind_of,
    round_of,
    subject_of,
    title_words,
    who_is_meant,
)

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("job_change", Kind.JOB_CHANGE),
        ("jobChange", Kind.JOB_CHANGE),
        ("New Hire", Kind.JOB_CHANGE),
        ("Funding Round", Kind.FUNDING),
        ("job-posting", Kind.HIRING),
        ("tech stack", Kind.TECHNOLOGY),
        ("Pricing page", Kind.SITE_VISIT),
        ("DEMO REQUEST", Kind.DEMO_REQUEST),
        ("renewal", Kind.CONTRACT_END),
        ("nps", Kind.NPS_FALL),
        ("ai_referral", Kind.AI_REFERRAL),
        ("meeting.booked", Kind.MEETING_BOOKED),
    ],
)
def test_a_source_may_call_a_kind_by_its_own_word(word: str, kind: Kind) -> None:
    assert kind_of(word) is kind


@pytest.mark.parametrize("word", ["", "weather", "ignore previous instructions", "系列"])
def test_an_unknown_word_is_no_kind(word: str) -> None:
    assert kind_of(word) is None


def test_every_kind_has_a_meaning_and_its_own_word() -> None:
    assert set(MEANINGS) == set(Kind)
    assert all(kind_of(kind.value) is kind for kind in Kind)
    assert all(0 < meaning.strength <= 1 and meaning.window_days >= 1 for meaning in MEANINGS.values())


@pytest.mark.parametrize(
    ("headline", "kind"),
    [
        ("Acme raises $20 million in Series B round", Kind.FUNDING),
        ("Globex secures €4M seed funding", Kind.FUNDING),
        ("Initech appoints Ada Park as Chief Operating Officer", Kind.JOB_CHANGE),
        ("Jane Roe joins Umbrella as VP Operations", Kind.JOB_CHANGE),
        ("We're hiring: dock manager", Kind.HIRING),
        ("Hooli moves its warehouses from a spreadsheet to a WMS platform", Kind.TECHNOLOGY),
        ("Acme opens a new office", None),
        ("Ten tips for your warehouse", None),
    ],
)
def test_a_headline_tells_its_kind_or_none(headline: str, kind: Kind | None) -> None:
    assert kind_in_words(headline) is kind


@pytest.mark.parametrize(
    ("text", "round_"),
    [("raises $30M Series C", "c"), ("seed round closed", "seed"), ("pre-seed", "preseed"), ("growth seed, then Series A", "a"), ("Series A and Series B", None), ("raised money", None), (None, None)],
)  # fmt: skip
def test_a_round_is_told_only_when_it_is_one(text: str | None, round_: str | None) -> None:
    assert round_of(text) == round_


def test_titles_mean_the_same_in_short_and_in_full() -> None:
    assert title_words("VP of Sales") == title_words("Vice President, Sales")
    assert title_words("COO") == title_words("Chief Operating Officer")
    assert is_executive("Head of Logistics")
    assert not is_executive("Warehouse clerk")


def _telling(kind: Kind, **more: object) -> Telling:
    return Telling("s", "1", kind, AT, company="Acme", **more)  # type: ignore[arg-type]


def _share(kind: Kind, first: datetime, second: datetime, subject: str = "") -> bool:
    """Whether the second telling finds the event of the first."""
    kept = event_keys(kind, "a:acc-1", subject, first)[0]
    return kept in event_keys(kind, "a:acc-1", subject, second) and is_same_event(kind, first, second)


@given(
    kind=st.sampled_from(list(Kind)),
    first=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    share=st.floats(-0.99, 0.99),
)
def test_two_tellings_within_the_window_are_one_event(kind: Kind, first: datetime, share: float) -> None:
    window = timedelta(days=MEANINGS[kind].window_days)
    assert _share(kind, first, first + window * share)


@given(
    kind=st.sampled_from(list(Kind)),
    first=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    times=st.floats(1.01, 50),
)
def test_what_happens_again_after_the_window_is_another_event(kind: Kind, first: datetime, times: float) -> None:
    assert not _share(kind, first, first + timedelta(days=MEANINGS[kind].window_days) * times)


def test_two_rounds_are_two_events_however_close() -> None:
    assert not is_same_event(Kind.FUNDING, AT, AT, "a", "b")
    assert is_same_event(Kind.FUNDING, AT, AT, "a", None)


def test_the_same_kind_at_another_company_or_of_another_person_is_another_event() -> None:
    mine = event_keys(Kind.JOB_CHANGE, "a:acc-1", subject_of(_telling(Kind.JOB_CHANGE, person="Ada Park")), AT)
    others = event_keys(Kind.JOB_CHANGE, "a:acc-1", subject_of(_telling(Kind.JOB_CHANGE, person="Bo Lind")), AT)
    elsewhere = event_keys(Kind.JOB_CHANGE, "a:acc-2", subject_of(_telling(Kind.JOB_CHANGE, person="Ada Park")), AT)
    assert not set(mine) & (set(others) | set(elsewhere))
    assert subject_of(_telling(Kind.JOB_CHANGE, person="Park, Ada")) == subject_of(
        _telling(Kind.JOB_CHANGE, person="Ada Park")
    )


def test_a_posting_is_the_same_role_in_other_words_and_another_role_is_another_posting() -> None:
    assert subject_of(_telling(Kind.HIRING, title="VP, Operations (m/w/d)")) == subject_of(
        _telling(Kind.HIRING, title="Vice President of Operations")
    )
    assert subject_of(_telling(Kind.HIRING, title="Dock Manager")) != subject_of(
        _telling(Kind.HIRING, title="Yard Manager")
    )


def test_a_company_is_meant_by_account_before_domain_before_name() -> None:
    assert who_is_meant("acc-1", "acme.example", "Acme, Inc.") == ("a:acc-1", "d:acme.example", "n:acme")
    assert who_is_meant(None, None, "Acme") == ("n:acme",)
    assert who_is_meant(None, None, None) == ()
