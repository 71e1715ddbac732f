"""Many events at once, and a kill in the middle: nothing that was acknowledged stays unanswered, nothing is answered twice."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bot.offices import until
from tests.bot.running import Home
from tests.bot.slack.burst import Burst, answered, last_post_at, mentions, send
from tests.fakes.slack import FakeSlack

ACKNOWLEDGED_S = 0.3
LAST_ANSWER_S = 90.0


@pytest.fixture
def busy() -> Iterator[FakeSlack]:
    """A workspace with Dana in it."""
    fake = FakeSlack()
    fake.person("UDANA", "dana@tallyport.example")
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def served(busy: FakeSlack, make_home: Callable[[], Home], company_files: Path) -> Home:
    """A real server with the small company, connected to the workspace."""
    home = make_home()
    home.environment = busy.environment()
    done = home.run("import", str(company_files), "--yes", "--json")
    assert done.status == 0, done.err
    home.serve()
    return home


@pytest.fixture
def record(pytestconfig: pytest.Config) -> Callable[[str, str], None]:
    """Print a figure (seen with -s), and keep it in pytest's cache under `dealwright/slack`."""

    def keep(name: str, told: str) -> None:
        assert pytestconfig.cache is not None
        pytestconfig.cache.set(f"dealwright/slack/{name.replace(' ', '-')}", told)
        print(f"\n{name}: {told}")

    return keep


def _burst(home: Home, slack: FakeSlack, count: int, over_s: float, channels: int) -> tuple[Burst, float]:
    burst = Burst()
    asyncio.run(send(home.url, slack, mentions(slack, count, channels), over_s, burst))
    until(lambda: len(answered(slack)) == count, LAST_ANSWER_S + 30)
    return burst, last_post_at(slack) - burst.began


def _killed(home: Home, slack: FakeSlack, count: int, over_s: float, channels: int, after: int) -> tuple[Burst, int]:
    """Send a burst, kill the server after some answers while posts are in flight, start it again; returns the posts that came again."""
    slack.late_posts_s = 0.3
    burst = Burst()
    events = mentions(slack, count, channels)
    sending = threading.Thread(target=lambda: asyncio.run(send(home.url, slack, events, over_s, burst)))
    sending.start()
    until(lambda: len(answered(slack)) >= after, LAST_ANSWER_S)
    home.stop(signal.SIGKILL)
    sending.join(60)
    posted = len(slack.calls("chat.postMessage"))
    assert posted > 0
    slack.late_posts_s = 0.0
    home.serve()
    acknowledged = set(burst.took_s)
    until(lambda: acknowledged <= set(answered(slack)), LAST_ANSWER_S + 30)
    return burst, sum(count - 1 for count in answered(slack).values())


def test_a_burst_is_acknowledged_at_once_and_each_event_answered_once(
    served: Home, busy: FakeSlack, record: Callable[[str, str], None]
) -> None:
    burst, last_s = _burst(served, busy, count=60, over_s=3.0, channels=15)
    record("burst of 60", f"{burst.told()}; last answer after {last_s:.1f} s")
    assert burst.refused == []
    assert set(answered(busy).values()) == {1}


def test_after_a_kill_every_acknowledged_event_is_answered_once(
    served: Home, busy: FakeSlack, record: Callable[[str, str], None]
) -> None:
    burst, doubled = _killed(served, busy, count=50, over_s=2.0, channels=10, after=12)
    record("kill", f"{burst.told()}; {len(burst.refused)} not acknowledged; {doubled} doubled")
    assert len(burst.took_s) >= 12
    assert doubled == 0


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_five_hundred_events_in_ten_seconds(served: Home, busy: FakeSlack, record: Callable[[str, str], None]) -> None:
    burst, last_s = _burst(served, busy, count=500, over_s=10.0, channels=50)
    record(
        "burst of 500",
        f"{burst.told()} (bar: {ACKNOWLEDGED_S * 1_000:.0f} ms); last answer after {last_s:.1f} s (bar: {LAST_ANSWER_S:.0f} s)",
    )
    assert burst.refused == []
    assert set(answered(busy).values()) == {1}


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_kill_in_five_hundred_events(served: Home, busy: FakeSlack, record: Callable[[str, str], None]) -> None:
    burst, doubled = _killed(served, busy, count=500, over_s=10.0, channels=50, after=100)
    record("kill in 500", f"{burst.told()}; {len(burst.refused)} not acknowledged; {doubled} doubled")
    assert doubled == 0
