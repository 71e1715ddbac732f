"""Telling every surface of proposals: each adds its own announcer, and one that fails does not keep the others from hearing."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from agents.proposals.announcer import Announcer
from infra.errors import DealwrightError
from infra.logs import logger

_LOG = logger("announcing")


class Announcements:
    """The announcers of all surfaces as one. See `agents.proposals.announcer.Announcer`.

    `crash` is called with the name of each point between a change and its telling; tests let it kill the process.
    """

    def __init__(self, crash: Callable[[str], None] = lambda _point: None) -> None:
        self._surfaces: list[Announcer] = []
        self._crash = crash

    def add(self, announcer: Announcer) -> None:
        """Let a surface hear of proposals from now on."""
        self._surfaces.append(announcer)

    def offer(self, proposal_id: str) -> None:
        """Show a card to whoever decides on it."""
        self._each("offer", proposal_id, lambda surface: surface.offer(proposal_id))

    def changed(self, proposal_id: str) -> None:
        """Draw every copy anew."""
        self._each("changed", proposal_id, lambda surface: surface.changed(proposal_id))

    def _each(self, what: str, proposal_id: str, tell: Callable[[Announcer], None]) -> None:
        self._crash(f"announce: {what}")
        for surface in self._surfaces:
            try:
                tell(surface)
            except (DealwrightError, SQLAlchemyError) as error:
                _LOG.error("surface not told", what=what, proposal_id=proposal_id, exc_info=error)
