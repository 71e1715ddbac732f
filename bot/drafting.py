"""The desk where mails are drafted: judged signals and due touches are taken up here, so that neither a webhook nor an import waits for a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.rounds import Rounds
from infra.logs import logger

if TYPE_CHECKING:
    from bot.selling import Selling

_LOG = logger("drafting")
_EVERY_S = 3.0
_BATCH = 10
_ALONE = 100
"""So many signals are drafted at once where no server runs; the others wait for it."""
_TIDY_ROUNDS = 600


class DraftingDesk(Rounds):
    """Takes up what waits. Where it was not started (a command with no server) signals are taken up by whoever hands them on."""

    def __init__(self, app: Selling) -> None:
        super().__init__("drafting", self.round, every_s=_EVERY_S)
        self._app = app
        self._rounds = 0

    def on_judged(self, signal_ids: Sequence[str]) -> None:
        """Take up signals that have just been judged: here and now where no server runs, else by the thread."""
        if self.running:
            self.wake()
        else:
            self._app.outreach.work(signal_ids[:_ALONE])

    def round(self) -> bool:
        """Take up a few signals and touches; return whether there may be more."""
        self._rounds += 1
        drafted = self._app.outreach.draft_waiting(_BATCH)
        due = self._app.sequences.due(_BATCH)
        taken = sum(self._take_up(touch) for touch in due)
        if self._rounds % _TIDY_ROUNDS == 1:
            self._app.sequences.tidy()
        return len(drafted) == _BATCH or taken == _BATCH

    def _take_up(self, touch: str) -> bool:
        try:
            self._app.sequences.take_up(touch)
            return True
        except Exception as error:  # noqa: BLE001 - what one touch holds must not keep the others waiting
            _LOG.error("touch not taken up", touch=touch, exc_info=error)
            return False
