"""Reading mailboxes: about every ten seconds those that are due are read, one after the other, while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rounds import Rounds
from infra.errors import DealwrightError

if TYPE_CHECKING:
    from bot.app import App

_EVERY_S = 10.0


class MailboxWatch(Rounds):
    """Reads what is due. How far each mailbox was read stands in the spine, so that a kill repeats a page at most."""

    def __init__(self, app: App) -> None:
        super().__init__("mailbox-watch", self.tick, every_s=_EVERY_S)
        self._app = app

    def tick(self) -> None:
        """Read what is due at this moment. One that can't be read says so itself and does not keep the others waiting."""
        self._app.mailboxes.warn(self._app.clock.now())
        for mailbox in self._app.mailboxes.due(self._app.clock.now()):
            if self.is_ending():
                return
            try:
                self._app.mailboxes.sync(mailbox, stop=self.is_ending)
            except DealwrightError:
                continue
