"""A team's own word for a forecast category is understood."""

from __future__ import annotations

import pytest

from sales.forecast import category_of


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Commit", "commit"), ("COMMITTED", "commit"), ("Best Case", "best"), ("Upside", "best"), ("Most Likely", "best"), ("Pipeline", "pipeline"),
        ("Closed", "closed"), ("Omitted", "omitted"), ("Not Forecasted", "omitted"), ("2 - Commit", "commit"), ("Best case (Q4)", "best"),
        ("Zusage", "commit"), ("", None), (None, None), ("Purple", None), ("Commit / Upside", None),
    ],
)  # fmt: skip
def test_words_for_categories(word: str | None, meaning: str | None) -> None:
    assert category_of(word) == meaning
