"""Whose word resets whose clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.silence import By, Silence, Touch, judge
from sales.slips import Slips, slips
from sales.winrate import loss_rate, win_loss_ratio, win_rate

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = NOW.date()


def _ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def _judge(*touches: Touch, created: date | None = date(2026, 1, 1), at_least: int = 5, by: By = "buyer") -> Silence:
    return judge(
        touches, now=NOW, today=TODAY, created=created, at_least=at_least, day_of=lambda moment: moment.date(), by=by
    )


def test_our_bumps_and_automatic_replies_do_not_reset_the_buyers_clock() -> None:
    found = _judge(
        Touch("mail", "inbound", _ago(9)), Touch("mail", "outbound", _ago(4)), Touch("mail", "outbound", _ago(1)), Touch("mail", "inbound", _ago(0.5), automatic=True)
    )  # fmt: skip
    assert (found.verdict, found.days, found.touches_since) == ("silent", 9, 2)


@pytest.mark.parametrize(
    "touch",
    [
        Touch("call", "mutual", _ago(2)),
        Touch("meeting", "mutual", _ago(2)),
        Touch("call", "inbound", _ago(2)),
        Touch("mail", "inbound", _ago(2)),
    ],
)
def test_the_buyers_word_resets_it(touch: Touch) -> None:
    assert _judge(Touch("mail", "inbound", _ago(20)), touch).verdict == "heard"


@pytest.mark.parametrize(
    "touch",
    [
        Touch("note", "internal", _ago(1)),
        Touch("task", "outbound", _ago(1)),
        Touch("meeting", "mutual", _ago(1), status="cancelled"),
    ],
)
def test_notes_tasks_and_cancelled_meetings_do_not(touch: Touch) -> None:
    assert _judge(Touch("mail", "inbound", _ago(20)), touch).verdict == "silent"


def test_without_any_talk_silence_is_unknown() -> None:
    assert _judge(Touch("note", "internal", _ago(30))).verdict == "unknown"
    assert _judge().verdict == "unknown"


def test_who_never_answered_is_silent_since_the_deal_was_made() -> None:
    found = _judge(Touch("mail", "outbound", _ago(3)), created=date(2026, 11, 1))
    assert (found.verdict, found.days, found.last_word) == ("silent", 22, None)


def test_a_booked_meeting_leaves_the_deal_out() -> None:
    found = _judge(Touch("mail", "inbound", _ago(9)), Touch("meeting", "mutual", _ago(-4), status="booked"))
    assert (found.verdict, found.next_meeting) == ("meeting", _ago(-4))


def test_a_word_on_the_account_that_could_be_about_another_deal_is_unclear() -> None:
    assert (
        _judge(Touch("mail", "inbound", _ago(20)), Touch("mail", "inbound", _ago(1), sure=False)).verdict == "unclear"
    )


def test_a_reply_is_owed_where_the_buyer_wrote_last() -> None:
    assert _judge(Touch("mail", "inbound", _ago(3)), at_least=1, by="reply").verdict == "silent"
    assert (
        _judge(Touch("mail", "inbound", _ago(3)), Touch("mail", "outbound", _ago(1)), at_least=1, by="reply").verdict
        == "heard"
    )


@given(days=st.integers(0, 60), at_least=st.integers(0, 60))
def test_the_threshold_is_whole_calendar_days(days: int, at_least: int) -> None:
    found = _judge(Touch("mail", "inbound", _ago(days)), at_least=at_least)
    assert (found.verdict == "silent") == (days >= at_least)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2027, 1, 1))),
            st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2027, 1, 1))),
        )
    )
)
def test_slips_count_moves_to_a_later_day_only(changes: list[tuple[date | None, date | None]]) -> None:
    later = [(new - old).days for old, new in changes if old and new and new > old]
    assert slips(changes) == Slips(len(later), sum(later))


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_win_and_loss_rates_add_up(won: int, lost: int) -> None:
    if won + lost == 0:
        assert win_rate(won, lost) is None
        assert loss_rate(won, lost) is None
    else:
        together = (win_rate(won, lost) or Decimal(0)) + (loss_rate(won, lost) or Decimal(0))
        assert abs(together - 100) <= Decimal("0.01")
        assert win_rate(won, lost) == win_rate(2 * won, 2 * lost)


def test_a_ratio_needs_a_loss_and_counts_can_not_be_negative() -> None:
    assert win_loss_ratio(3, 0) is None
    assert str(win_loss_ratio(2, 3)) == "0.67"
    with pytest.raises(ValueError):
        win_rate(-1, 2)
