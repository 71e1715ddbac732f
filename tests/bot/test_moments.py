"""`as_of` as people and programs write it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moments import read_moment
from infra.errors import Fatal

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-23", datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)),
        ("2026-11-23T09:00:00+01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T09:00:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23t09:00:00z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23T09:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-12-31T23:59:60Z", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01", datetime(1900, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", datetime(2200, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates_and_instants_are_read(text: str, meant: datetime) -> None:
    assert read_moment(text, BERLIN) == meant


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "23.11.2026", "2026-11-23T25:00:00Z", "２０２６-11-23x"]
)
def test_what_is_no_date_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Fatal) as refused:
        read_moment(text, BERLIN)
    assert refused.value.status == 422
    assert "2026-11-23" in refused.value.next_step


@given(st.datetimes(timezones=st.timezones()))
def test_every_instant_can_be_read(moment: datetime) -> None:
    assert read_moment(moment.replace(microsecond=0, tzinfo=UTC).isoformat(), BERLIN).tzinfo == UTC
