"""Whose things a request is for: the asker's own, or everybody's that they may see."""

from __future__ import annotations

import pytest

from sales.courtesies import asks_for_own


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("show me my reply rate", True),
        ("what do I owe?", True),
        ("which of these are mine", True),
        ("show me the reply rate", False),
        ("my team's reply rate", False),
        ("what is late for me and my team", False),
    ],
)
def test_only_what_is_said_to_be_ones_own_is(text: str, own: bool) -> None:
    assert asks_for_own(text) is own
