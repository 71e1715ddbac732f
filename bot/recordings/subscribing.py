"""Keeping the subscription to Teams' transcripts alive: made where there is none, renewed in time, made anew where Graph lost it."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.recordings.taking import transcripts_of
from bot.rounds import Rounds
from infra.errors import DealwrightError
from infra.logs import logger
from infra.sealing import Sealer
from infra.spine.crm import Connection

if TYPE_CHECKING:
    from bot.app import App

SYSTEM = "teams_calls"
PATH = "/webhooks/recordings/teams"
_EVERY_S = 600.0
_EARLY = timedelta(hours=12)
_LOG = logger("recordings")


class TranscriptWatch(Rounds):
    """Goes round every ten minutes while the server runs, and at once when Graph says that the subscription needs it."""

    def __init__(self, app: App) -> None:
        super().__init__("transcript-watch", self.look, every_s=_EVERY_S)
        self._app = app

    @property
    def wanted(self) -> bool:
        """Whether an admin switched it on."""
        return self._app.settings.teams_transcripts

    def look(self) -> None:
        """Make or renew the subscription where that is due; what goes wrong is kept with the connection."""
        app = self._app
        if not self.wanted:
            return
        now = app.clock.now()
        with app.database.session() as session:
            known = session.get(Connection, SYSTEM)
            if known is not None and known.state == "connected" and known.ends_at and known.ends_at - now > _EARLY:
                return
        try:
            self._renew()
        except DealwrightError as error:
            _LOG.error("transcripts not subscribed", exc_info=error)
            with app.database.transaction() as session:
                row = session.get(Connection, SYSTEM)
                if row is None:
                    row = Connection(system=SYSTEM, connected_at=now)
                    session.add(row)
                row.state, row.trouble = "broken", f"{error.sentence} {error.next_step}"

    def forget(self) -> None:
        """Have the subscription made anew: Graph removed it."""
        with self._app.database.transaction() as session:
            row = session.get(Connection, SYSTEM)
            if row is not None:
                row.ends_at, row.config = None, {}
        self.wake()

    def renew_soon(self) -> None:
        """Have the subscription renewed at once: Graph asks for it."""
        with self._app.database.transaction() as session:
            row = session.get(Connection, SYSTEM)
            if row is not None:
                row.ends_at = self._app.clock.now()
        self.wake()

    def _renew(self) -> None:
        app = self._app
        now = app.clock.now()
        with app.database.session() as session:
            known = session.get(Connection, SYSTEM)
            subscription = str(known.config.get("subscription") or "") if known is not None else ""
        transcripts = transcripts_of(app)
        try:
            made = transcripts.renew(subscription, now) if subscription else None
            if made is None:
                # Kept before Graph is asked: it checks our address at once, and its first notification may follow at once.
                state = self._new_state()
                made = transcripts.subscribe(f"{(app.settings.public_url or '').rstrip('/')}{PATH}", state, now)
        finally:
            transcripts.close()
        with app.database.transaction() as session:
            row = session.get_one(Connection, SYSTEM)
            row.state, row.trouble, row.ends_at = "connected", None, made.ends_at
            row.config = {"subscription": made.id}

    def _new_state(self) -> str:
        app = self._app
        state = secrets.token_urlsafe(32)
        sealed = Sealer(app.settings).seal(json.dumps({"client_state": state}))
        with app.database.transaction() as session:
            row = session.get(Connection, SYSTEM)
            if row is None:
                row = Connection(system=SYSTEM, connected_at=app.clock.now())
                session.add(row)
            row.secret = sealed
        return state


def client_state_of(app: App) -> str | None:
    """Return what Graph's notifications must carry, None where nothing is subscribed."""
    with app.database.session() as session:
        row = session.get(Connection, SYSTEM)
        sealed = row.secret if row is not None else None
    return str(json.loads(Sealer(app.settings).open(sealed))["client_state"]) if sealed else None
