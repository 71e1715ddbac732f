"""Who hears what people are told: a chat that keeps it, and a Slack workspace of one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.message import Message
from tests.fakes.slack import FakeSlack


class Chat:
    """A chat that reaches everybody, and keeps what was said."""

    surface = "chat"

    def __init__(self) -> None:
        self.said: list[tuple[str, Message]] = []

    def place_of(self, user_id: str) -> str | None:
        """Return where they are."""
        return user_id

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Say it."""
        self.said.append((place, message))
        return {"place": f"{place}:{len(self.said)}"}

    def redraw(self, ref: Mapping[str, Any], message: Message) -> None:
        """Leave it."""


@contextmanager
def workspace_of(user: str, email: str) -> Iterator[FakeSlack]:
    """Give a workspace with one person, whose conversation with Dealwright is "D" and their id; it refuses nobody for haste."""
    fake = FakeSlack(rate_limited=False)
    fake.spared_s = 60.0
    fake.person(user, email)
    fake.channel(f"D{user}", user, kind="im", is_im=True)
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()
