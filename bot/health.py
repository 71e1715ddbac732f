"""What every surface can have of how deals stand: the record inside the asker's scope, and the message that tells it. It blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from agents.health.answering import listed, many_answer, one_answer
from agents.health.next_step import with_next_steps
from agents.linking import Linker
from bot.asker import Asker, Door, find_asker
from bot.compose import compose, view_at
from bot.moments import read_moment
from infra.errors import Fatal
from infra.spine.models import Deal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.health.record import Health
    from bot.app import App
    from bot.jobs import Job

_MOST_NAMED = 8
_MOST_READ = 1_000


def read_healths(app: App, email: str | None, door: Door, deal: str, as_of: str | None = None) -> list[Health]:
    """Return how a deal stands, named by its id or name; with an account's name its open deals, the worst first.

    Raises Denied, and Fatal: 404 where no such deal may be seen, 409 where several names fit or it is not open.
    """
    asker = find_asker(app, email, door)
    moment = read_moment(as_of, app.settings.zone) if as_of else None
    ids = _called(app, asker, deal)
    app.health_of_deals.catch_up(ids)
    with app.database.session() as session:
        found = with_next_steps(
            app.workflow, session, app.health_of_deals.of_all(session, asker.scope, moment, ids), moment
        )
    if not found:
        raise Fatal(
            "That deal is not open, so there is no health to tell.",
            "`dealwright ask` tells how it ended.",
            status=409,
        )
    return found


def list_healths(
    app: App, email: str | None, door: Door, band: str | None = None, as_of: str | None = None
) -> list[Health]:
    """Return how the open deals of the asker's scope stand, the worst first; of one band where it is given. Raises Denied.

    Their next action is the one that the reasons call for, which costs nothing; the workflow's own is told with one deal.
    """
    asker = find_asker(app, email, door)
    moment = read_moment(as_of, app.settings.zone) if as_of else None
    with app.database.session() as session:
        found = app.health_of_deals.of_all(session, asker.scope, moment)
    return [one for one in found if band in (None, one.band)]


def with_steps_shown(app: App, every: Sequence[Health], as_of: str | None) -> list[Health]:
    """Return how deals stand, those that a list shows with their next action."""
    moment = read_moment(as_of, app.settings.zone) if as_of else None
    shown = listed(every)
    with app.database.session() as session:
        told = {one.deal_id: one for one in with_next_steps(app.workflow, session, shown, moment)}
    return [told.get(one.deal_id, one) for one in every]


def _called(app: App, asker: Asker, words: str) -> list[str]:
    """Return the ids of the deals that are called so: by id, by name, or by their account."""
    with app.database.session() as session:
        exact = session.scalars(
            select(Deal.id).where(or_(Deal.id == words.strip(), Deal.name == words.strip()), asker.scope.deals())
        ).all()
        if exact:
            return list(exact)
        mentions = Linker().link(session, asker.scope, f"how healthy is {words}?")
        unclear = next((one for one in mentions.found if one.ambiguous), None)
        if unclear is not None:
            names = ", ".join(one.name for one in unclear.entities[:_MOST_NAMED])
            raise Fatal("Several records fit that name.", f"Name one of them: {names}.", status=409)
        for mention in mentions.of("deal"):
            return [mention.best.id]
        for mention in mentions.of("account"):
            of_account = select(Deal.id).where(Deal.account_id == mention.best.id, asker.scope.deals())
            if ids := session.scalars(of_account.order_by(Deal.id)).all():
                return list(ids)
    raise Fatal("There is no such deal.", "Check its id or name; `dealwright ask` finds it by parts of it.", status=404)


def perform_health(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Do `dealwright health`: the record of the deal (the worst one of an account), and the message that shows it; without a deal, those at risk."""
    from bot.terminal.wire import to_wire

    email = body.get("as") or app.settings.user
    now: datetime = app.clock.now()
    if body.get("deal"):
        found = read_healths(app, email, "terminal", body["deal"], body.get("as_of"))
        answer = one_answer(found[0], found[1:], app.settings.zone)
        told: dict[str, Any] = {"health": found[0].public()}
    else:
        # Where no server runs, nobody has read what came in.
        app.health_of_deals.hearing.read_waiting(_MOST_READ)
        every = list_healths(app, email, "terminal", as_of=body.get("as_of"))
        answer = many_answer(with_steps_shown(app, every, body.get("as_of")))
        told = {"health": [one.public() for one in every]}
    message = compose(answer, view_at(app.settings, now))
    return told | {"message": to_wire(message), "zone": app.settings.time_zone, "now": now.isoformat()}
