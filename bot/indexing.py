"""Bringing the index up to date behind what Dealwright itself writes into the spine: mails that were sent, and mails that came."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.rounds import Rounds
from infra.spine.activity import Activity

if TYPE_CHECKING:
    from bot.selling import Selling

_GATHER_S = 0.5


class Indexing(Rounds):
    """Refreshes the index when it is woken; many mails that go at the same time are indexed together."""

    def __init__(self, app: Selling) -> None:
        super().__init__("indexing", self._refresh, every_s=None, gather_s=_GATHER_S)
        self._app = app
        self._asked = threading.Event()

    def wake(self) -> None:
        """Something new waits to be indexed."""
        self._asked.set()
        super().wake()

    def _refresh(self) -> None:
        # The first round comes unasked: for what an earlier process left waiting.
        if not self._asked.is_set() and not self._something_waits():
            return
        self._asked.clear()
        # An import that is under way indexes it as well; else the next mail does.
        with self._app.writing():
            self._app.index.refresh(lambda _what, _done, _total: None, self.is_ending)

    def _something_waits(self) -> bool:
        with self._app.database.session() as session:
            waiting = select(Activity.id).where(Activity.indexed_as.is_(None), Activity.source == "dealwright")
            return session.scalar(waiting.limit(1)) is not None
