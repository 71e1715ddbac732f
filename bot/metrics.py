"""The metrics of selling for whoever asks: their own figures, and those of the people whose manager they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from agents.metrics.metric import Window
from agents.metrics.outreach import outreach_metrics
from bot.app import App
from bot.asker import find_asker
from bot.jobs import Job
from bot.moments import read_moment


def measure(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Return the metrics of the `days` before `as_of` that the asker may see. Raises Denied."""
    found = find_asker(app, body.get("as") or app.settings.user, "terminal")
    end = read_moment(body["as_of"], app.settings.zone) if body.get("as_of") else app.clock.now()
    window = Window(begin=end - timedelta(days=body.get("days") or 28), end=end)
    with app.database.session() as session:
        told = outreach_metrics(session, found.scope, window)
    return {
        "begin": window.begin.isoformat(),
        "end": window.end.isoformat(),
        "metrics": [one.model_dump(mode="json") for one in told],
    }
