"""How often, and by whom, somebody may be written to."""

from __future__ import annotations

import pytest

from sales.contact_limits import belongs_to_another, counts_as_cold, is_customer, is_over_cap


def test_the_cap_is_the_most_that_is_sent() -> None:
    assert [is_over_cap(touches, 3) for touches in (2, 3, 4)] == [False, True, True]


@pytest.mark.parametrize(
    "account_type, won, customer",
    [
        ("Customer", 0, True),
        ("Existing customer", 0, True),
        ("Bestandskunde", 0, True),
        ("Not a customer", 0, False),
        ("Kunde", 0, True),
        ("Former customer", 2, False),
        ("Churned", 1, False),
        ("Prospect", 0, False),
        ("Prospect", 1, True),
        (None, 1, True),
        (None, 0, False),
    ],
)
def test_who_is_a_customer(account_type: str | None, won: int, customer: bool) -> None:
    assert is_customer(account_type, won) is customer


def test_what_nobody_owns_is_anybodys() -> None:
    assert belongs_to_another("a", "b")
    assert not belongs_to_another("a", "a")
    assert not belongs_to_another(None, "b")
    assert not belongs_to_another("a", None)


@pytest.mark.parametrize(
    "kind, in_sequence, cold",
    [
        ("outreach", False, True),
        ("follow_up", True, True),
        ("follow_up", False, False),
        ("reply", True, False),
        ("reactivation", True, True),
    ],
)
def test_an_answer_is_not_cold(kind: str, in_sequence: bool, cold: bool) -> None:
    assert counts_as_cold(kind, in_sequence=in_sequence) is cold
