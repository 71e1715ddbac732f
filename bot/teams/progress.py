"""Never silent: that a question has arrived, and how its answer comes along.

At once we are seen to type; where an answer takes longer, a card says what is being done, and the answer takes its place.
"""

from __future__ import annotations

import time
from typing import Any

from bot.figures import Calendar
from bot.message import Message, Text, plain
from bot.teams.connector import Connector
from bot.teams.posting import Posts
from bot.teams.render import render
from infra.errors import DealwrightError
from infra.logs import logger

_CARD_AFTER_S = 2.0
_EVERY_S = 2.0
_LOG = logger("teams")


class Progress:
    """How one question comes along. `say` may be called from any thread; nothing that fails here keeps the answer from coming."""

    def __init__(self, connector: Connector, posts: Posts, key: str, said: dict[str, Any], calendar: Calendar) -> None:
        self._connector = connector
        self._posts = posts
        self._key = key
        self._said = said
        self._calendar = calendar
        self._began = time.monotonic()
        self._last = 0.0
        self._given_up = False

    def begin(self) -> None:
        """Be seen to type."""
        try:
            self._connector.try_once(self._said["service"], self._said["conversation"], {"type": "typing"})
        except DealwrightError as error:
            _LOG.info("typing not shown", exc_info=error)

    def say(self, line: str) -> None:
        """Show what is being done, if it takes long enough for somebody to wonder, and at most every two seconds."""
        now = time.monotonic()
        if self._given_up or now - self._began < _CARD_AFTER_S or now - self._last < _EVERY_S:
            return
        self._last = now
        rendered = render(Message(line, (Text(f"*{plain(line)}*", "body"),)), self._calendar)
        try:
            self._posts.put(self._key, self._said, rendered)
        except DealwrightError as error:
            self._given_up = True
            _LOG.info("progress not shown", exc_info=error)
