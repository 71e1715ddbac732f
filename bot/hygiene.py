"""The hygiene pass for whoever asks: what is in their scope, and, if they say so, the next ten tasks for those who own it."""

from __future__ import annotations

from typing import Any

from agents.hygiene.findings import examine
from agents.hygiene.proposing import propose, waiting
from bot.addresses import ConsoleLinks
from bot.app import App
from bot.asker import find_asker
from bot.jobs import Job
from bot.moments import read_moment
from infra.errors import Denied


def hygiene(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Return what the pass finds for the asker; with `propose`, put the next tasks forward as well. Raises Denied."""
    asker = find_asker(app, body.get("as") or app.settings.user, "terminal")
    wanted = bool(body.get("propose"))
    if wanted and asker.scope.role == "rep":
        raise Denied("The pass over everybody's records is for managers and admins.", "Ask yours to run it.")
    as_of = read_moment(body["as_of"], app.settings.zone) if body.get("as_of") else app.clock.now()
    with app.database.session() as session:
        found = examine(session, app.settings, asker.scope, as_of)
    proposed: list[str] = []
    if wanted:
        with app.database.transaction() as session:
            proposed = propose(session, app.settings, ConsoleLinks(), found, app.clock.now())
        for one in proposed:
            app.announcer.offer(one)
    with app.database.session() as session:
        owners = None if asker.scope.everything else frozenset().union(*asker.scope.grants)
        left = waiting(session, owners)
    return {**found.public(), "proposed": proposed, "waiting": left}
