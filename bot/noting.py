"""The thread that reads calls while the server runs: what has come in by import, sync or webhook gets its notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rounds import Rounds

if TYPE_CHECKING:
    from bot.selling import Selling

_EVERY_S = 15.0
_A_ROUND = 25


class Noting(Rounds):
    """Reads the calls that wait. Woken where one has come in; else it looks by itself, since imports may come from another process."""

    def __init__(self, app: Selling) -> None:
        super().__init__("noting", self._read, self._score, every_s=_EVERY_S, first_after_s=1.0)
        self._app = app

    def _read(self) -> bool:
        # A full round means that more may wait.
        return self._app.notes.read_waiting(_A_ROUND) == _A_ROUND

    def _score(self) -> bool:
        return self._app.coaching.score_waiting(_A_ROUND) == _A_ROUND
