"""The thread that reads what comes in while the server runs: calls get their notes, and calls, mails and notes are heard for what bears on a deal's health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rounds import Rounds

if TYPE_CHECKING:
    from bot.watched import Watched

_EVERY_S = 15.0
_A_ROUND = 25
_HEARD_A_ROUND = 200


class Noting(Rounds):
    """Reads the calls that wait. Woken where one has come in; else it looks by itself, since imports may come from another process."""

    def __init__(self, app: Watched) -> None:
        super().__init__("noting", self._read, self._score, self._hear, every_s=_EVERY_S, first_after_s=1.0)
        self._app = app
        self._unheard = True

    def _read(self) -> bool:
        # A full round means that more may wait.
        made = self._app.notes.read_waiting(_A_ROUND, self.is_ending)
        self._unheard = self._unheard or made > 0
        return made == _A_ROUND

    def _score(self) -> bool:
        return self._app.coaching.score_waiting(_A_ROUND, self.is_ending) == _A_ROUND

    def _hear(self) -> bool:
        # What comes in by itself is heard where its alerts are looked for; here, what an earlier process left, and calls whose notes were made since.
        if not self._unheard:
            return False
        self._unheard = self._app.health_of_deals.hearing.read_waiting(_HEARD_A_ROUND) == _HEARD_A_ROUND
        return self._unheard
