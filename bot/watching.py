"""Watching the guardrails: about every minute addresses are verified, domains asked about and rates judged, so that no click waits for the DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rounds import Rounds

if TYPE_CHECKING:
    from bot.app import App

_EVERY_S = 60.0


class GuardWatch(Rounds):
    """Looks, and has the cards drawn anew that look different for it."""

    def __init__(self, app: App) -> None:
        super().__init__("guard-watch", self._look, every_s=_EVERY_S)
        self._app = app

    def _look(self) -> None:
        for card in self._app.guard_tending.tick():
            self._app.announcer.changed(card)
