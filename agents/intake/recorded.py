"""Calls that a recorder or another program hands over: the same road into the spine as a file that is imported."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.intake.report import ImportReport
from agents.intake.run import import_paths
from infra.errors import Skippable
from infra.settings import Settings
from infra.spine.database import Database
from integrations.files import Hints, read_bytes
from integrations.recordings.record import Recorded
from sales.clock import Clock
from sales.records import Transcript

_FILE = "call.json"


def as_call(recorded: Recorded, hints: Hints) -> dict[str, Any]:
    """Return a recorded call as call JSON. Raises Skippable where nobody says anything in its captions."""
    calls = [one for one in read_bytes(recorded.captions, "call.vtt", hints=hints) if isinstance(one, Transcript)]
    if not calls or not calls[0].turns:
        raise Skippable("Nobody says anything in this transcript.", "See in the recorder whether it was recorded.")
    told: dict[str, Any] = {
        "id": recorded.id,
        "title": recorded.title,
        "started_at": recorded.started_at.isoformat() if recorded.started_at else None,
        "ended_at": recorded.ended_at.isoformat() if recorded.ended_at else None,
        "host": recorded.host,
        "participants": [
            {key: value for key, value in (("name", name), ("email", email)) if value}
            for name, email in recorded.people
        ],
        "turns": [
            {"id": turn.turn_id, "speaker": turn.speaker, "text": turn.text, "start": turn.start, "end": turn.end}
            for turn in calls[0].turns
        ],
    }
    return {key: value for key, value in told.items() if value not in (None, [])}


def bring(database: Database, settings: Settings, clock: Clock, call: Mapping[str, Any], source: str) -> ImportReport:
    """Bring one call, as call JSON, into the spine; the same one again changes nothing. Raises Retriable while another import runs."""
    with tempfile.TemporaryDirectory(prefix="dealwright-call-") as folder:
        path = Path(folder) / _FILE
        path.write_text(json.dumps(call), encoding="utf-8")
        return import_paths(database, settings, clock, [path], source=source)
