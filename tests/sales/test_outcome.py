"""Open, won or lost: what people's words mean, and what they don't."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.outcome import DealStatus, closed_moment, status_of, status_of_word


@pytest.mark.parametrize(
    "word",
    [
        "Won",
        "Closed Won",
        "closedwon",
        "7 - Closed/Won",
        "CLOSED-WON (100%)",
        "Gewonnen",
        "Gagnée",
        "Ganado",
        "Vinta",
        "受注",
        "Contract signed",
        "Sold",
    ],
)
def test_words_for_a_win(word: str) -> None:
    assert status_of_word(word) == "won"


@pytest.mark.parametrize(
    "word",
    [
        "Lost",
        "Closed Lost",
        "closedlost",
        "Abandoned",
        "Disqualified",
        "Verloren",
        "Perdue",
        "Cancelled",
        "No decision",
        "06 Closed-Lost",
    ],
)
def test_words_for_a_loss(word: str) -> None:
    assert status_of_word(word) == "lost"


@pytest.mark.parametrize(
    "word",
    [
        "Prospecting",
        "Engaging",
        "Negotiation",
        "Verbally won",
        "Likely to be lost",
        "Lost contact",
        "Win plan",
        "Closing",
        "On hold",
        "Proposal",
        "Not won",
    ],
)
def test_words_that_close_nothing(word: str) -> None:
    assert status_of(stage=word) == "open"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"status": "Open", "stage": "Proposal"}, "open"),
        ({"status": "Closed", "stage": "Closed Won"}, "won"),
        ({"status": "Closed", "stage": "Proposal", "probability": Decimal(100)}, "won"),
        ({"status": "Closed", "probability": Decimal(0)}, "lost"),
        ({"status": "Closed", "loss_reason": "Price", "amount": Decimal(5)}, "lost"),
        ({"status": "Closed", "forecast_category": "Closed"}, "won"),
        ({"status": "Closed", "amount": Decimal(100)}, "won"),
        ({"status": "Closed", "amount": Decimal(0)}, "lost"),
        ({"status": "Lost", "stage": "Negotiation"}, "lost"),
        ({}, "open"),
        ({"stage": "Proposal", "probability": Decimal(100)}, "open"),
    ],
)
def test_the_columns_decide_in_their_order(told: dict[str, object], expected: DealStatus) -> None:
    assert status_of(**told) == expected  # type: ignore[arg-type]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_has_a_status(status: str, stage: str) -> None:
    assert status_of(status=status, stage=stage) in ("open", "won", "lost")


def test_a_deal_is_closed_at_the_start_of_its_close_date_where_nothing_else_tells() -> None:
    new_york = ZoneInfo("America/New_York")
    told = datetime(2026, 11, 3, 17, tzinfo=UTC)
    assert closed_moment("won", told, date(2026, 11, 5), new_york) == told
    assert closed_moment("won", None, date(2026, 11, 5), new_york) == datetime(2026, 11, 5, 5, tzinfo=UTC)
    assert closed_moment("open", told, date(2026, 11, 5), new_york) is None
    assert closed_moment("lost", None, None, new_york) is None
