"""The thread that makes cards of calls and tells what comes of them, while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rounds import Rounds

if TYPE_CHECKING:
    from bot.app import App

_EVERY_S = 3.0
_A_ROUND = 25


class ClosingWatch(Rounds):
    """Looks every few seconds: notes come from other threads and processes, and writes and mails go by themselves."""

    def __init__(self, app: App) -> None:
        super().__init__("closing", self._draft, self._follow, every_s=_EVERY_S, first_after_s=2.0)
        self._app = app

    def _draft(self) -> bool:
        # A full round means that more may wait.
        return self._app.closings.draft_waiting(_A_ROUND) >= _A_ROUND

    def _follow(self) -> None:
        self._app.closings.follow()
