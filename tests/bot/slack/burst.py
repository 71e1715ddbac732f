"""A burst of signed events against a real server, and what came of it."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.slack import FakeSlack

QUESTIONS = (
    "what's the latest on Acme?",
    "what did Acme say about security?",
    "who is involved at Acme?",
    "which deals close this month?",
    "what did we promise Acme?",
)


@dataclass
class Burst:
    """What was sent and acknowledged: seconds to the acknowledgement by event id, and those that got none."""

    took_s: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    began: float = 0.0

    def quantile(self, share: float) -> float:
        """Return a quantile of the seconds to the acknowledgement."""
        took = sorted(self.took_s.values())
        return took[min(len(took) - 1, int(share * len(took)))]

    def told(self) -> str:
        """Return the figures as one line."""
        took = list(self.took_s.values())
        return f"acknowledged {len(took)}: p50 {statistics.median(took) * 1000:.0f} ms, p99 {self.quantile(0.99) * 1000:.0f} ms, max {max(took) * 1000:.0f} ms"


def mentions(slack: FakeSlack, count: int, channels: int, name: str = "Ev") -> list[dict[str, Any]]:
    """Return mentions by Dana in `channels` channels, which she shares with nobody."""
    for number in range(channels):
        if f"C{number}" not in slack.channels:
            slack.channel(f"C{number}", "UDANA")
    return [
        slack.mention(f"{name}{number}", f"C{number % channels}", "UDANA", QUESTIONS[number % len(QUESTIONS)])
        for number in range(count)
    ]


async def send(url: str, slack: FakeSlack, events: list[dict[str, Any]], over_s: float, burst: Burst) -> None:
    """Send the events evenly over a time, each at its moment whether or not those before were answered."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        # What this client pays for its own first request is not the server's.
        async with session.get(f"{url}/healthz") as ready:
            assert ready.status == 200
        burst.began = time.monotonic()

        async def one(number: int, event: dict[str, Any]) -> None:
            await asyncio.sleep(over_s * number / len(events))
            body = json.dumps(event)
            began = time.monotonic()
            try:
                async with session.post(f"{url}/slack/events", data=body, headers=slack.signed(body)) as response:
                    await response.read()
                    answered = response.status == 200
            except aiohttp.ClientError:
                answered = False
            if answered:
                burst.took_s[event["event_id"]] = time.monotonic() - began
            else:
                burst.refused.append(event["event_id"])

        await asyncio.gather(*(one(number, event) for number, event in enumerate(events)))


def answered(slack: FakeSlack) -> Counter[str]:
    """Return how often each event was answered, by event id."""
    with slack.lock:
        messages = [message for said in slack.messages.values() for message in said if message.get("metadata")]
        keys = [message["metadata"]["event_payload"]["key"] for message in messages]
    return Counter(key.removeprefix("slack:").partition(":")[0] for key in keys)


def last_post_at(slack: FakeSlack) -> float:
    """Return when the last message was posted (monotonic)."""
    with slack.lock:
        said = [message for messages in slack.messages.values() for message in messages]
    return max(float(message["posted_at"]) for message in said if "posted_at" in message)
