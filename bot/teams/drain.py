"""Teams' side of the inbox: thinks once about an activity, then posts each part of what came of it once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.app import App
from bot.copies import stand
from bot.inbox import Arrived, Steps
from bot.message import fixed
from bot.teams.clicks import Clicks
from bot.teams.connector import Connector, Refused
from bot.teams.courier import TeamsCourier
from bot.teams.directory import Directory
from bot.teams.doubles import Doubles
from bot.teams.graph import Graph
from bot.teams.intake import SURFACE
from bot.teams.posting import Draft, Posts, place_name, read_draft
from bot.teams.questions import Delivery, Questions
from bot.teams.talks import Talks
from infra.errors import Trouble
from infra.logs import logger

_LOG = logger("teams")
_ATTEMPTS = 5


class TeamsDrain:
    """Answers Teams' activities. See `bot.inbox.Drain`."""

    def __init__(self, app: App, connector: Connector) -> None:
        self._app = app
        self._connector = connector
        directory = Directory(app.database, app.clock, app.settings, connector)
        self._directory = directory
        self._talks = Talks(app.database, app.clock)
        self.doubles = Doubles(app.database, app.clock, connector, Graph(app.settings), self._talks)
        self._posts = Posts(app.database, app.clock, connector, self.doubles)
        self.courier = TeamsCourier(
            app.settings, app.database, app.clock, connector, self._posts, self._talks, directory
        )
        self._questions = Questions(app, directory, self._posts, connector)
        self.clicks = Clicks(app, directory, self._posts, self._questions, self.doubles)

    def drain(self, event: Arrived, steps: Steps) -> dict[str, Any]:
        """Answer one activity."""
        # Whoever writes to us, or adds us, may be written to from then on.
        self._talks.note(self._directory.account(event.payload), event.payload)
        deliveries = steps.step("think", lambda: self._think(event), attempts=_ATTEMPTS)
        reached = True
        for number, delivery in enumerate(deliveries):
            posted = self._in_step(f"deliver {number}", delivery, reached, steps)
            reached = reached and bool(posted)
        return {"deliveries": len(deliveries), "reached": reached}

    def apologise(self, event: Arrived, told: Trouble, steps: Steps) -> None:
        """Tell whoever asked that it failed."""
        if event.kind not in ("message", "click"):
            return
        # Under the key of the answer: it takes the place of what was said of its progress.
        sorry = self._questions.tell(event.id, event.payload, fixed(told.text()), None)
        self._in_step("deliver apology", sorry, True, steps)

    def _in_step(self, name: str, delivery: Delivery, reached: bool, steps: Steps) -> str:
        return steps.step(name, lambda: self._deliver(delivery, reached), attempts=_ATTEMPTS)

    def _think(self, event: Arrived) -> list[Delivery]:
        if event.kind == "message":
            return self._questions.from_message(event.id, event.payload)
        if event.kind == "click":
            return self.clicks.pressed(event.id, event.payload)
        if event.kind == "welcome":
            return self._questions.welcome(event.id, event.payload)
        return []

    def _deliver(self, delivery: Delivery, reached: bool) -> str:
        """Post, and return the id of what stands there; "" where the asker can't be written to in private."""
        if delivery["how"] == "private":
            return self._privately(delivery)
        told = delivery["draft"] if reached else delivery.get("otherwise") or delivery["draft"]
        return self._post(read_draft(told), delivery) or "sent"

    def _post(self, made: Draft, delivery: Delivery) -> str:
        posted = self._posts.post(made)
        if delivery.get("copy"):
            place = place_name(made.conversation, posted)
            ref = {"key": made.key, "service": made.service, "conversation": made.conversation, "id": posted}
            with self._app.database.transaction() as session:
                stand(session, SURFACE, {**ref, "place": place}, delivery["copy"], self._app.clock.now())
        return posted

    def _privately(self, delivery: Delivery) -> str:
        made = read_draft(delivery["draft"])
        try:
            alone = self._connector.open_private(made.service, delivery["tenant"], delivery["bot"], delivery["user"])
            return self._post(replace(made, conversation=alone), delivery) or "sent"
        except Refused as refused:
            if refused.code not in (403, 404):
                raise
            _LOG.info("asker not reached in private", key=made.key, status=refused.code)
            return ""
