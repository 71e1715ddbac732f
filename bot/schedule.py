"""The schedule: about once a second, and at once after a click, what is due by the injected clock is handed over as durable work.

It is a thread of ours and not a schedule of DBOS, for three reasons: that one goes by the machine's clock and not by the injected one; it
writes a row for every tick, 86,400 a day; and it can't be woken by a click. Nothing is lost with it: what is due stands in the spine, and
handing the same key over twice, from however many processes, is the same work.
"""

from __future__ import annotations

from collections.abc import Callable

from agents.proposals.announcer import Announcer
from agents.proposals.due import due_effects, something_is_due, turn_over
from agents.proposals.effect_rows import read_key
from agents.proposals.effects import Effects
from bot.rounds import Rounds
from bot.work import Work
from infra.spine.database import Database
from sales.clock import Clock

_TICK_S = 1.0
_SWEEP_TICKS = 15


class Schedule(Rounds):
    """Ticks between `start` and `stop`; `others` tick along."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        work: Work,
        effects: Effects,
        announcer: Announcer,
        *others: Callable[[], None],
    ) -> None:
        super().__init__("schedule", self.tick, *others, every_s=_TICK_S)
        self._database = database
        self._clock = clock
        self._work = work
        self._effects = effects
        self._announcer = announcer
        self._handed: set[str] = set()
        self._ticks = 0

    async def start(self) -> None:
        """Start ticking, and the durable work with it."""
        await self._work.start()
        await super().start()

    def tick(self) -> None:
        """Hand over and turn over what is due at this moment."""
        now = self._clock.now()
        self._ticks += 1
        with self._database.session() as session:
            due = due_effects(session, now)
            turning = something_is_due(session, now)
        keys = {job.key for job in due}
        fresh = [job for job in due if job.key not in self._handed]
        for job in fresh:
            self._work.hand_over(job.key, job.lane)
        self._handed = keys
        if turning:
            with self._database.transaction() as session:
                changes = turn_over(session, now)
            for proposal in changes.expired:
                self._announcer.changed(proposal)
            for proposal in changes.back:
                self._announcer.changed(proposal)
                self._announcer.offer(proposal)
        if self._ticks % _SWEEP_TICKS == 0 and keys:
            for key in self._work.given_up(sorted(keys - {job.key for job in fresh})):
                self._effects.give_up(*read_key(key))
