"""Cases of tests that hold on both databases: in `make test` each case once, SQLite and PostgreSQL in turn; in `make soak` each on both."""

from __future__ import annotations

from typing import Any

import pytest


def in_turn(*cases: Any) -> list[Any]:
    """Return the values of `("database_url", NAME)` for each case on each database; the second time is marked `soak`.

    The mark that takes them needs `indirect=["database_url"]`.
    """
    kinds = ("sqlite", "postgres")
    return [
        pytest.param(kind, case, marks=() if kinds[place % 2] == kind else pytest.mark.soak)
        for kind in kinds
        for place, case in enumerate(cases)
    ]
