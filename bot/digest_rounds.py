"""The thread that makes the weekly reviews while the server runs: each on its team's day and hour, those that a stop kept from it soon after the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.digest import catch_up
from bot.rounds import Rounds

if TYPE_CHECKING:
    from bot.watched import Watched

_EVERY_S = 30.0
_FIRST_AFTER_S = 5.0
_A_ROUND = 10


class Reviewing(Rounds):
    """Makes what is due; delivering it is `bot.delivering`'s. A kill in between loses nothing: a review and its deliveries are kept in one transaction."""

    def __init__(self, app: Watched) -> None:
        super().__init__("reviews", self._make, every_s=_EVERY_S, first_after_s=_FIRST_AFTER_S)
        self._app = app
        self._caught_up = False

    def _make(self) -> bool:
        if not self._caught_up:
            # What was missed is made up for as soon as the server starts, before anybody else has looked at what came in.
            catch_up(self._app)
            self._caught_up = True
        # A full round means that more may be due.
        return self._app.reviews.make_due(_A_ROUND) == _A_ROUND
