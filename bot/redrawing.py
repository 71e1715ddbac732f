"""Drawing cards anew where they stand: when their proposal changed, when a crash left them behind, and when what they tell of was forgotten."""

from __future__ import annotations

import contextlib
import queue
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from agents.proposals.due import stale_copies
from bot.cards import card
from bot.compose import view_at
from bot.copies import as_it_stands, read_card
from bot.message import Message, Text
from bot.work import Work
from infra.errors import DealwrightError
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.proposals import Copy, Removal
from sales.clock import Clock

if TYPE_CHECKING:
    from agents.proposals.record import ProposalOut
    from bot.telling import Courier

REDRAW, REMOVE = "redraw", "remove"
_ATTEMPTS = 5
_MOST = 200
_LOG = logger("redrawing")

REMOVED = Message(
    "Removed",
    (Text("**Removed**", "heading"), Text("What this was about was deleted from Dealwright, and its words with it.")),
)
"""What takes the place of a message that told of somebody who was forgotten."""


class Redrawing:
    """Redraws in durable work, one card at a time in its own lane. `couriers` are the surfaces, which may still be added."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        work: Work,
        couriers: Sequence[Courier],
        wake: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._work = work
        self._couriers = couriers
        self._wake = wake
        self._changed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stale: dict[str, int] = {}
        work.register(REDRAW, self._redraw)
        work.register(REMOVE, self._remove)

    def changed(self, proposal_id: str) -> None:
        """Have every copy of the card drawn anew."""
        # Whoever says so may be in the middle of durable work, which hands nothing over itself; the next tick does, at once.
        self._changed.put(proposal_id)
        self._wake()

    def hand_over(self) -> None:
        """Hand over what was said to have changed."""
        changed: dict[str, None] = {}
        with contextlib.suppress(queue.Empty):
            while True:
                changed[self._changed.get_nowait()] = None
        if not changed:
            return
        with self._database.session() as session:
            stands = set(
                session.scalars(select(Copy.proposal_id).where(Copy.proposal_id.in_(list(changed))).distinct())
            )
        for proposal_id in changed:
            if proposal_id in stands:
                self._anew(REDRAW, proposal_id)

    def sweep(self) -> None:
        """See to cards that show what is past though nobody said so, and to messages that are to be removed."""
        surfaces = [courier.surface for courier in self._couriers]
        with self._database.session() as session:
            found = [(REDRAW, one) for one in stale_copies(session, surfaces)]
            removals = select(Removal.id).where(Removal.surface.in_(surfaces)).order_by(Removal.id).limit(_MOST)
            found += [(REMOVE, str(one)) for one in session.scalars(removals)]
        self._stale = {f"{what}:{one}": self._stale.get(f"{what}:{one}", 0) + 1 for what, one in found}
        for what, one in found:
            sweeps = self._stale[f"{what}:{one}"]
            # One that can't be drawn is tried again at twice the distance each time, not for ever every few seconds.
            if sweeps & (sweeps - 1) == 0:
                self._anew(what, one)

    def _anew(self, what: str, one: str) -> None:
        # A name of its own each time: what changed twice is drawn twice, in order.
        lane = f"card:{one}" if what == REDRAW else f"{REMOVE}:{one}"
        self._work.hand_over(f"{what}:{one}:{secrets.token_hex(8)}", lane)

    def _redraw(self, key: str) -> None:
        proposal_id = key.split(":")[1]
        now = self._clock.now()
        with self._database.session() as session:
            proposal = read_card(session, self._settings, now, proposal_id)
            copies = session.scalars(select(Copy).where(Copy.proposal_id == proposal_id)).all()
        if proposal is None:
            return
        message = card(proposal, view_at(self._settings, now), evidence="asked")
        for courier in self._couriers:
            for copy in copies:
                if copy.surface == courier.surface:
                    self._redraw_copy(courier, copy, message, proposal)

    def _redraw_copy(self, courier: Courier, copy: Copy, message: Message, proposal: ProposalOut) -> None:
        if not self._stands(copy):
            return
        step = f"redraw {copy.surface} {copy.place}"[:120]
        try:
            drawn_here = as_it_stands(self._database, message, copy.ref)
            self._work.step(step, lambda: courier.redraw(copy.ref, drawn_here), attempts=_ATTEMPTS)
        except DealwrightError as error:
            _LOG.error("copy not drawn anew", proposal_id=copy.proposal_id, surface=copy.surface, exc_info=error)
            return
        with self._database.transaction() as session:
            drawn = session.get(Copy, (copy.proposal_id, copy.surface, copy.place))
            if drawn is not None:
                drawn.shown, drawn.revision = f"{proposal.version}:{proposal.state}", proposal.revision
                return
            here = (Copy.surface == copy.surface, Copy.place == copy.place)
            turned = session.scalars(select(Copy.proposal_id).where(*here)).all()
        for proposal_id in turned:
            # Somebody turned to another card of the list at that very moment: it is put back.
            self.changed(proposal_id)

    def _stands(self, copy: Copy) -> bool:
        with self._database.session() as session:
            return session.get(Copy, (copy.proposal_id, copy.surface, copy.place)) is not None

    def _shows_another(self, row: Removal) -> bool:
        """Whether somebody turned to another card in that message meanwhile."""
        here = (Copy.surface == row.surface, Copy.place == row.place)
        with self._database.session() as session:
            return session.scalar(select(Copy.proposal_id).where(*here).limit(1)) is not None

    def _remove(self, key: str) -> None:
        number = int(key.split(":")[1])
        with self._database.session() as session:
            row = session.get(Removal, number)
        courier = next((one for one in self._couriers if row is not None and one.surface == row.surface), None)
        if row is None or courier is None:
            return
        try:
            if not self._shows_another(row):
                drawn = as_it_stands(self._database, REMOVED, row.ref)
                self._work.step("remove", lambda: courier.redraw(row.ref, drawn), attempts=_ATTEMPTS)
        except DealwrightError as error:
            _LOG.error("message not removed", removal=number, surface=row.surface, exc_info=error)
            return
        with self._database.transaction() as session:
            if (done := session.get(Removal, number)) is not None:
                session.delete(done)
