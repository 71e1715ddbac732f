"""Watching for alerts while the server runs: what has come in is looked at within seconds, everything once a day, and every card shows how it ended.

What came in is noted in the spine by whoever stored it (`agents.alerts.arrivals`), so a kill between the mail and the alert loses neither: the mark
is taken away in the transaction that writes the alert and the notice that carries it. The notice has a key, so it is told once.
"""

from __future__ import annotations

import contextlib
import queue
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from agents.alerts.arrivals import something_came, take_up
from agents.alerts.raising import NOTICE
from agents.metrics.marking import mark_week
from bot.alert_card import alert_card
from bot.compose import view_at
from bot.rounds import Rounds
from bot.stepping import Step
from infra.crashing import crash_points
from infra.spine.desk import Fact
from infra.spine.outbound import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.alerts.record import AlertOut
    from bot.watched import Watched

_EVERY_S = 2.0
_AT_ONCE = 200
_ASKED_EVERY = 60
"""Rounds after which it is asked again whether people can be reached whom an alert did not reach."""
_ALL_LOOKED = "alerts:all-looked"
_RECENT = timedelta(days=1)


class AlertWatch(Rounds):
    """Looks, tends what was told, and draws cards anew. `changed` may be called by anybody, in any thread."""

    def __init__(self, app: Watched) -> None:
        super().__init__(
            "alerts", self._arrived, self._daily, self._tend, self._lost, every_s=_EVERY_S, first_after_s=1.0
        )
        self._app = app
        self._changed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._crash = crash_points(app.settings)
        self._swept = False
        self._rounds = 0
        app.work.register(NOTICE, self._redraw)

    def changed(self, alert_id: str) -> None:
        """Have the alert drawn anew wherever it stands."""
        self._changed.put(alert_id)
        self.wake()

    def compose(self, payload: Mapping[str, Any], _user_id: str) -> Step | None:
        """Return the alert as it is told now, with its draft; None where it is not worth telling any more."""
        alert = self._app.alerts.to_tell(str(payload["alert"]))
        if alert is None:
            return None
        card = alert_card(alert, view_at(self._app.settings, self._app.clock.now()))
        return Step(card, about=_told_of(alert))

    def _redraw(self, key: str) -> None:
        alert_id = key.split(":")[1]
        alert = self._app.alerts.get(alert_id)
        if alert is None:
            return
        card = alert_card(alert, view_at(self._app.settings, self._app.clock.now()))
        with self._app.database.session() as session:
            names = session.scalars(
                select(Notice.key).where(Notice.kind == NOTICE, Notice.payload["alert"].as_string() == alert_id)
            ).all()
        for name in names:
            self._app.telling.redraw_told(name, card)

    def _arrived(self) -> bool:
        """Look at what something happened to. A full round means that more may wait."""
        app = self._app
        with app.database.session() as session:
            if not something_came(session):
                return False
        arrived = take_up(app.database, _AT_ONCE)
        if arrived is None:
            return False
        app.health_of_deals.refresh(list(arrived.deals) if arrived.deals is not None else None)
        self._crash("alerts: refreshed")
        if self.is_ending():
            # The marks stay: the next start looks.
            return False
        looked = app.alerts.look(arrived.deals, arrived)
        self._crash("alerts: raised")
        self._draw((*looked.changed, *looked.ended))
        if looked.raised:
            app.schedule.wake()
        return False

    def _daily(self) -> None:
        """Look at everything once a day, as time alone makes deals silent, and mark how complete records are: first thing in the company's day, or when the server starts."""
        app = self._app
        today = app.clock.now().astimezone(app.settings.zone).date().isoformat()
        with app.database.session() as session:
            done = session.get(Fact, _ALL_LOOKED)
        if done is not None and done.value.get("day") == today:
            return
        app.health_of_deals.refresh(None)
        if self.is_ending():
            return
        looked = app.alerts.look()
        with app.database.transaction() as session:
            mark_week(session, app.settings, app.clock.now())
            session.merge(Fact(key=_ALL_LOOKED, value={"day": today}))
        self._draw((*looked.changed, *looked.ended))

    def _tend(self) -> None:
        if not self._swept:
            # What an earlier process changed and had no time to draw.
            self._swept = True
            self._draw(self._app.alerts.lately(self._app.clock.now() - _RECENT))
        self._draw(self._app.alerts.tend())
        with contextlib.suppress(queue.Empty):
            while True:
                self._draw((self._changed.get_nowait(),))

    def _lost(self) -> None:
        self._rounds += 1
        if self._rounds % _ASKED_EVERY == 1:
            self.tell_the_lost()

    def tell_the_lost(self) -> tuple[str, ...]:
        """Tell what reached nobody to whoever can be reached by now, once each, where a new look finds that it still stands; return the alerts' ids."""
        app = self._app
        waiting = app.alerts.lost()
        here = {user: deals for user, deals in waiting.items() if app.telling.reaches(user, NOTICE)}
        if not here:
            return ()
        deals = sorted({deal for those in here.values() for deal in those})
        app.health_of_deals.refresh(deals)
        looked = app.alerts.look(deals)
        self._draw((*looked.changed, *looked.ended))
        told = app.alerts.reached(here)
        if told or looked.raised:
            app.schedule.wake()
        return told

    def _draw(self, alerts: tuple[str, ...]) -> None:
        for alert_id in dict.fromkeys(alerts):
            # A name of its own each time: what changed twice is drawn twice, in order.
            self._app.work.hand_over(f"{NOTICE}:{alert_id}:{secrets.token_hex(8)}", f"alert:{alert_id}")


def _told_of(alert: AlertOut) -> tuple[str, ...]:
    """Return whom an alert tells of: account and deal by their ids, and whoever is quoted by name."""
    pieces = [piece for cause in (*alert.new, *alert.standing) for piece in cause.evidence]
    quoted = [piece.speaker for piece in pieces if piece.speaker]
    return tuple(dict.fromkeys(filter(None, (alert.account, alert.deal, *quoted))))
