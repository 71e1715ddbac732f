"""Bringing what a recorder told of into the spine: as durable work, so that a kill between the acknowledgement and the last turn loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.inbox import Arrived, Steps
from infra.errors import Fatal, Retriable, Skippable, Trouble
from infra.logs import logger
from infra.sealing import Sealer
from infra.spine.crm import DeadLetter

if TYPE_CHECKING:
    from bot.app import App
    from integrations.recordings.record import Recorded
    from integrations.recordings.teams import Transcripts

SURFACE = "recording"
"""The inbox's name for what recorders tell."""
LANE = "recordings"
"""One lane: the spine takes one import at a time."""
_TRIES = 6
_LOG = logger("recordings")


class Taking:
    """The inbox's drain of recorded calls. A call that can't be taken stands among the dead letters, where a person has it tried again."""

    def __init__(self, app: App) -> None:
        self._app = app

    def drain(self, event: Arrived, steps: Steps) -> dict[str, Any]:
        """Fetch the call and bring it into the spine; returns counts only. Raises what makes it a dead letter."""
        counts = steps.step("bring", lambda: self._brought(event), attempts=_TRIES)
        self._app.indexing.wake()
        with self._app.database.transaction() as session:
            letter = session.get(DeadLetter, _letter(event.id))
            if letter is not None and letter.state == "waiting":
                letter.state, letter.last_at = "replayed", self._app.clock.now()
        return counts

    def apologise(self, event: Arrived, told: Trouble, steps: Steps) -> None:
        """Keep the event where a person sees it, with the reason in fixed words."""
        now = self._app.clock.now()
        with self._app.database.transaction() as session:
            known = session.get(DeadLetter, _letter(event.id))
            if known is None:
                session.add(
                    DeadLetter(
                        id=_letter(event.id),
                        system=event.kind,
                        direction="read",
                        kind="call",
                        key=event.id[:200],
                        record={"event": event.id, "reference": told.reference},
                        code="call_not_read",
                        reason=f"{told.sentence} {told.next_step}",
                        at=now,
                        last_at=now,
                    )
                )
            else:
                known.attempts, known.last_at, known.state = known.attempts + 1, now, "waiting"

    def _brought(self, event: Arrived) -> dict[str, Any]:
        from agents.intake.recorded import bring

        app = self._app
        call, source = self._call(event)
        with app.writing():
            report = bring(app.database, app.settings, app.clock, call, source)
        if report.stopped:
            raise Retriable("The call is not in yet.", "It is tried again in a while.")
        if report.kept_aside:
            raise Skippable(report.kept_aside[0].reason, "Mend the recording's shape, or import the call as a file.")
        _LOG.info("call taken", event_id=event.id, source=source)
        return {"added": report.total.added, "changed": report.total.changed, "unchanged": report.total.unchanged}

    def _call(self, event: Arrived) -> tuple[dict[str, Any], str]:
        """Return the call as call JSON, and what its source is called in the spine."""
        from agents.intake.files import hints_of
        from agents.intake.recorded import as_call

        if event.kind == "webhook":
            return event.payload["call"], f"webhook:{event.payload['source']}"
        fetch: Callable[[Arrived], Recorded] = {"zoom": self._from_zoom, "teams": self._from_teams}[event.kind]
        return as_call(fetch(event), hints_of(self._app.settings)), event.kind

    def _from_zoom(self, event: Arrived) -> Recorded:
        from integrations.recordings import zoom

        told = json.loads(Sealer(self._app.settings).open(event.payload["sealed"]))
        ready = zoom.read_event(told)
        if ready is None:
            raise Skippable("Zoom told of no transcript.", "Import the call as a file.")
        return zoom.fetch(ready, self._app.settings.zoom_base_url)

    def _from_teams(self, event: Arrived) -> Recorded:
        transcripts = transcripts_of(self._app)
        try:
            return transcripts.fetch(event.payload["resource"])
        finally:
            transcripts.close()


def transcripts_of(app: App) -> Transcripts:
    """Return what reads the tenant's transcripts. Raises Fatal where it is not set up."""
    from integrations.recordings.teams import Transcripts

    settings = app.settings
    if settings.microsoft_client_id is None or settings.microsoft_client_secret is None:
        raise Fatal(
            "Teams' transcripts are not set up.",
            "Set DEALWRIGHT_MICROSOFT_CLIENT_ID, DEALWRIGHT_MICROSOFT_CLIENT_SECRET and DEALWRIGHT_MICROSOFT_TENANT.",
        )
    return Transcripts(
        settings.microsoft_tenant,
        settings.microsoft_client_id,
        settings.microsoft_client_secret.get_secret_value(),
        settings.graph_base_url,
        settings.microsoft_token_url,
    )


def _letter(event_id: str) -> str:
    return f"read:{event_id}"[:80]
