"""A first reading at HubSpot's own rate, in real time and small: few requests, and every record there."""

from __future__ import annotations

from tests.benchmarks.syncing import first_reading


def test_a_first_reading_takes_one_request_a_hundred_records_and_brings_every_one() -> None:
    told = first_reading(2_000)
    assert told["applied"] == 1
    assert told["requests"] <= 0.012 * told["records"] + 25
