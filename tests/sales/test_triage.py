"""What becomes of a signal: hard stops first, then whose it is, then whether it is worth it, then what a person settles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.icp import Company, Fit, Icp
from sales.signals import Kind
from sales.triage import Facts, triage

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KNOWN = Company(name="Acme", employees=500, industry="Logistics")


def _facts(**changed: Any) -> Facts:
    plain: dict[str, Any] = {
        "kind": Kind.FUNDING,
        "company": KNOWN,
        "occurred_at": NOW - timedelta(hours=3),
        "account_id": "acc-1",
        "owner_id": "u-1",
    }
    return Facts(**{**plain, **changed})


@pytest.mark.parametrize(
    ("changed", "fit", "state", "says"),
    [
        ({}, Fit(0.9), "judged", "worth"),
        ({}, Fit(None), "judged", "worth"),
        ({}, Fit(0.1, ("industry Banking is none of yours",)), "skipped", "Banking"),
        ({"barred": "opt_out", "open_deal": "d"}, Fit(0.9), "skipped", "not to be written to"),
        ({}, Fit(0.0, excluded="excluded: Tobacco"), "skipped", "excluded"),
        ({"open_deal": "deal-1", "customer": True}, Fit(0.1), "handed_over", "deal is open"),
        ({"customer": True}, Fit(0.9), "skipped", "customer"),
        ({"customer": True, "kind": Kind.USAGE_DROP}, Fit(0.9), "handed_over", "owner of the account"),
        ({"customer": True, "kind": Kind.DEMO_REQUEST}, Fit(0.9), "handed_over", "customer asks"),
        ({"in_sequence": True}, Fit(0.9), "skipped", "sequence"),
        ({"nurtured_until": NOW + timedelta(days=30)}, Fit(0.9), "nurtured", "later"),
        ({"nurtured_until": NOW - timedelta(days=1)}, Fit(0.9), "judged", "worth"),
        ({"nurtured_until": NOW + timedelta(days=30), "kind": Kind.DEMO_REQUEST}, Fit(0.9), "judged", "worth"),
        ({"kind": Kind.DEMO_REQUEST}, Fit(0.1, ("industry Banking is none of yours",)), "review", "do not fit"),
        ({"owner_id": None}, Fit(0.9), "review", "nobody owns"),
        ({"account_id": None, "company": Company(name="Acme")}, Fit(None), "review", "nothing is known"),
        ({"account_id": None, "lead_id": "lead-1", "company": Company(name="Acme")}, Fit(None), "judged", "worth"),
        ({"new_segment": "Banking"}, Fit(None), "review", "segment"),
        ({"doubt": "same person?"}, Fit(0.9), "review", "same person"),
        ({"occurred_at": NOW - timedelta(days=900)}, Fit(0.9), "review", "2 years ago"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_signal(changed: dict[str, Any], fit: Fit, state: str, says: str) -> None:
    verdict = triage(_facts(**changed), Icp(), fit, NOW)
    assert verdict.state == state
    assert says in verdict.reason


def test_who_opted_out_is_a_hard_stop() -> None:
    assert triage(_facts(barred="opt_out"), Icp(), Fit(1.0), NOW).hard
    assert not triage(_facts(customer=True), Icp(), Fit(1.0), NOW).hard


def test_a_large_company_is_asked_about() -> None:
    verdict = triage(_facts(), Icp(ask_above_employees=100), Fit(0.9), NOW)
    assert verdict.state == "review"
    assert "500 people" in verdict.reason


@given(
    kind=st.sampled_from(list(Kind)),
    barred=st.sampled_from(["opt_out", "legal_hold", "do_not_contact", "bounce", "something new"]),
    deal=st.none() | st.just("deal-1"),
    customer=st.booleans(),
    sequence=st.booleans(),
    score=st.none() | st.floats(0, 1),
)
def test_nothing_goes_before_what_bars(
    kind: Kind, barred: str, deal: str | None, customer: bool, sequence: bool, score: float | None
) -> None:
    facts = _facts(kind=kind, barred=barred, open_deal=deal, customer=customer, in_sequence=sequence)
    verdict = triage(facts, Icp(), Fit(score), NOW)
    assert verdict.state == "skipped"
    assert verdict.hard
