"""Requests keep to a service's rate, over all threads, and are silent when it asks for silence."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from integrations.connectors.pacing import Limiter, Pace


class _Time:
    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@given(st.integers(1, 30), st.floats(0.5, 10), st.lists(st.floats(0, 3), max_size=120))
def test_no_window_ever_holds_more_requests_than_the_pace_allows(most: int, seconds: float, gaps: list[float]) -> None:
    time = _Time()
    limiter = Limiter([Pace(most, seconds)], time)
    gone = []
    for gap in gaps:
        time.at += gap
        limiter.acquire()
        gone.append(time.at)
    for place in range(len(gone) - most):
        assert gone[place + most] - gone[place] >= seconds - 1e-6


def test_a_lane_has_its_own_limit_besides_the_common_one() -> None:
    time = _Time()
    limiter = Limiter([Pace(100, 10.0), Pace(4, 1.0, "search")], time)
    for _ in range(4):
        limiter.acquire("search")
    assert time.at == 0
    limiter.acquire()
    assert time.at == 0
    limiter.acquire("search")
    assert time.at >= 1


def test_silence_holds_for_everybody() -> None:
    time = _Time()
    limiter = Limiter([Pace(100, 10.0)], time)
    limiter.pause(7)
    threads = [threading.Thread(target=limiter.acquire) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.at == 7
    assert limiter.requests == 3
