"""The checks of the gate: red forbids, and what is not known is never green."""

from __future__ import annotations

import pytest

from sales.gate import (
    AddressStatus,
    Check,
    address_check,
    addresses_check,
    bounce_check,
    complaint_check,
    not_needed,
    one_click_check,
    paused_check,
    reds,
    suppression_check,
    verdict,
)
from sales.kill_switch import Traffic


@pytest.mark.parametrize(
    "traffic, state",
    [
        (Traffic(0), "unknown"),
        (Traffic(49, hard_bounces=2), "unknown"),
        (Traffic(49, hard_bounces=3), "red"),
        (Traffic(100, hard_bounces=1), "green"),
        (Traffic(1_000, hard_bounces=19), "green"),
        (Traffic(1_000, hard_bounces=20), "red"),
        (Traffic(1_000, soft_bounces=20), "red"),
    ],
)
def test_bounces_below_two_percent(traffic: Traffic, state: str) -> None:
    assert bounce_check(traffic).state == state


def test_bounces_above_the_target_are_told() -> None:
    assert "target" in bounce_check(Traffic(100, hard_bounces=1)).sentence
    assert "target" not in bounce_check(Traffic(1_000, hard_bounces=9)).sentence


@pytest.mark.parametrize(
    "traffic, state",
    [
        (Traffic(49), "unknown"),
        (Traffic(49, complaints=1), "red"),
        (Traffic(1_000, complaints=1), "red"),
        (Traffic(1_001, complaints=1), "green"),
        (Traffic(50), "green"),
    ],
)
def test_complaints_below_one_in_a_thousand(traffic: Traffic, state: str) -> None:
    assert complaint_check(traffic).state == state


@pytest.mark.parametrize(
    "url, leaves, far, state",
    [
        ("https://deals.example/unsubscribe/x", True, True, "green"),
        ("http://127.0.0.1:8321/unsubscribe/x", False, False, "green"),
        ("http://127.0.0.1:8321/unsubscribe/x", True, False, "unknown"),
        ("http://127.0.0.1:8321/unsubscribe/x", True, True, "red"),
        ("http://deals.example/unsubscribe/x", True, False, "red"),
    ],
)
def test_one_click_needs_a_link_that_receivers_can_open(url: str, leaves: bool, far: bool, state: str) -> None:
    assert one_click_check(url, leaves=leaves, far=far).state == state


@pytest.mark.parametrize(
    "status, state", [("good", "green"), ("risky", "green"), ("bad", "red"), ("unknown", "red"), (None, "red")]
)
def test_only_a_verified_address_is_written_to(status: AddressStatus | None, state: str) -> None:
    assert address_check(status).state == state


@pytest.mark.parametrize(
    "counts, state", [((0, 0, 0), "green"), ((3, 0, 0), "green"), ((3, 1, 0), "unknown"), ((3, 0, 1), "unknown")]
)
def test_addresses_that_are_skipped_forbid_nothing_to_the_others(counts: tuple[int, int, int], state: str) -> None:
    assert addresses_check(*counts).state == state


def test_the_gate_as_a_whole() -> None:
    green, unknown, red = Check("spf", "green", ""), Check("dkim", "unknown", ""), paused_check("by hand.")
    assert verdict([green, not_needed("dmarc"), suppression_check(1), paused_check(None)]) == "go"
    assert verdict([green, unknown]) == "unknown"
    assert verdict([green, unknown, red]) == "no_go"
    assert reds([green, unknown, red]) == (red,)
    assert not_needed("spf").state not in ("green", "red")
