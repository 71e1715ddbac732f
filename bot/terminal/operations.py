"""The operations of the command line by name, from JSON to JSON, for `bot.terminal.link` on both of its roads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bot import health, hygiene, identities, metrics, operations, tending
from bot.api.shapes import AskBody, SearchBody
from bot.app import App
from bot.asker import find_asker
from bot.compose import compose, view_at
from bot.forgetting import Kind, find_named, forget
from bot.jobs import Job
from bot.message import Text, plain
from bot.moments import read_moment
from bot.terminal import crm_operations, guard_operations, mailbox_operations, proposal_operations, signal_operations
from bot.terminal.wire import to_wire
from infra.errors import Denied, Fatal

Body = dict[str, Any]
Operation = Callable[[App, Body, Job], Body]


def _ask(app: App, body: Body, job: Job) -> Body:
    if body.pop("chat", False) and (told := _command(app, body)) is not None:
        return told
    answer, message = operations.answered(app, _checked(AskBody, body), "terminal", job)
    now = app.clock.now()
    message = message or compose(answer, view_at(app.settings, now))
    return {
        "answer": answer.public(),
        "message": to_wire(message),
        "zone": app.settings.time_zone,
        "now": now.isoformat(),
    }


def _command(app: App, body: Body) -> Body | None:
    """Return what came of a line of the chat that is no question; None for a question."""
    from bot.commands import Commands
    from infra.spine.people import User

    try:
        user_id = find_asker(app, body.get("as"), "terminal").user_id
    except Denied:
        # Asking says so, in its own way.
        return None
    with app.database.session() as session:
        user = session.get(User, user_id) if user_id else None
    reply = Commands(app, "terminal").answer(str(body["question"]), user) if user is not None else None
    if reply is None:
        return None
    message = reply.message
    if reply.proposal is not None:
        line = f"`dealwright proposals decide {reply.proposal.id} approve` decides; `proposals list` shows all."
        message = replace(message, parts=(*message.parts, Text(f"*{plain(line)}*", "quiet")))
    return {
        "answer": {"kind": "command"},
        "message": to_wire(message),
        "zone": app.settings.time_zone,
        "now": app.clock.now().isoformat(),
    }


def _search(app: App, body: Body, job: Job) -> Body:
    return operations.search(app, _checked(SearchBody, body), "terminal").model_dump(mode="json")


def _preview(app: App, body: Body, job: Job) -> Body:
    return {"files": tending.preview_files(app, [Path(path) for path in body["paths"]], body.get("map"))}


def _import(app: App, body: Body, job: Job) -> Body:
    return tending.import_files(app, [Path(path) for path in body["paths"]], body.get("map"), job).model_dump(
        mode="json"
    )


def _sample(app: App, body: Body, job: Job) -> Body:
    if body.get("if_empty") and not tending.is_empty(app):
        return {"loaded": False}
    moment = read_moment(body["as_of"], app.settings.zone) if body.get("as_of") else app.clock.now()
    day = moment.astimezone(app.settings.zone).date()
    return {"loaded": True, **tending.load_sample(app, day, job).model_dump(mode="json")}


def _index(app: App, body: Body, job: Job) -> Body:
    return tending.refresh_index(app, job)


def _find(app: App, body: Body, job: Job) -> Body:
    return asdict(find_named(app, _kind_of(body), body["name"]))


def _forget(app: App, body: Body, job: Job) -> Body:
    return forget(app, _kind_of(body), body["name"], by="terminal")


def _kind_of(body: Body) -> Kind:
    return "account" if body["kind"] == "account" else "person"


def _joins(app: App, body: Body, job: Job) -> Body:
    return {"offers": [asdict(offer) for offer in tending.join_offers(app)]}


def _join(app: App, body: Body, job: Job) -> Body:
    return tending.decide_join(
        app, body["kind"], body["left"], body["right"], join=bool(body["join"]), by=body.get("as")
    )


def _users(app: App, body: Body, job: Job) -> Body:
    return {"users": tending.users(app)}


def _people(app: App, body: Body, job: Job) -> Body:
    strangers = [{**asdict(one), "last_at": one.last_at.isoformat()} for one in identities.strangers(app)]
    known = [
        {**asdict(one), "learned_at": one.learned_at.isoformat() if one.learned_at else None}
        for one in identities.known_accounts(app)
    ]
    return {"known": known, "strangers": strangers}


def _pin(app: App, body: Body, job: Job) -> Body:
    user = identities.pin(app, body["surface"], body["account"], body["email"], by="terminal")
    return {"id": user.id, "name": user.name}


def _unpin(app: App, body: Body, job: Job) -> Body:
    identities.unpin(app, body["surface"], body["account"], by="terminal")
    return {}


def _brief(app: App, body: Body, job: Job) -> Body:
    from bot.briefs import perform_brief

    return perform_brief(app, body, job)


def _doctor(app: App, body: Body, job: Job) -> Body:
    from bot.components import all_components
    from bot.teams.consented import doubles

    return {"components": [component.public() for component in (*all_components(app), *doubles(app))]}


def _notes(app: App, body: Body, job: Job) -> Body:
    from bot.notes import read_notes

    found = read_notes(app, body.get("as") or app.settings.user, "terminal", body["call"], body.get("as_of"))
    return {"notes": found.public(), "zone": app.settings.time_zone, "now": app.clock.now().isoformat()}


def _scorecard(app: App, body: Body, job: Job) -> Body:
    from bot.coaching import message_of, scorecards_of

    found = scorecards_of(app, body.get("as") or app.settings.user, "terminal", body["call"])
    now = app.clock.now()
    view = view_at(app.settings, now)
    return {
        "scorecards": [one.public() for one in found],
        "messages": [to_wire(message_of(one, view)) for one in found],
        "zone": app.settings.time_zone,
        "now": now.isoformat(),
    }


def _alerts(app: App, body: Body, job: Job) -> Body:
    from bot.alerts import perform_alerts

    return perform_alerts(app, body, job)


def _objections(app: App, body: Body, job: Job) -> Body:
    from bot.objections import perform_objections

    return perform_objections(app, body, job)


def _digest(app: App, body: Body, job: Job) -> Body:
    from bot.digest import perform_digest

    return perform_digest(app, body, job)


def _pipeline(app: App, body: Body, job: Job) -> Body:
    from bot.pipeline import perform_pipeline

    return perform_pipeline(app, body, job)


def _likelihood(app: App, body: Body, job: Job) -> Body:
    from bot.pipeline import perform_likelihoods

    return perform_likelihoods(app, body, job)


def _operating(app: App, body: Body, job: Job) -> Body:
    from bot.operating import perform_operating

    return perform_operating(app, body, job)


def _workflow(app: App, body: Body, job: Job) -> Body:
    from bot.workflow import perform_workflow

    return perform_workflow(app, body, job)


_OPERATIONS: dict[str, Operation] = {
    "ask": _ask,
    "search": _search,
    "preview": _preview,
    "import": _import,
    "sample": _sample,
    "index": _index,
    "find": _find,
    "forget": _forget,
    "joins": _joins,
    "join": _join,
    "users": _users,
    "people": _people,
    "pin": _pin,
    "unpin": _unpin,
    "doctor": _doctor,
    "metrics": metrics.measure,
    "notes": _notes,
    "brief": _brief,
    "digest": _digest,
    "scorecard": _scorecard,
    "objections": _objections,
    "workflow": _workflow,
    "operating": _operating,
    "alerts": _alerts,
    "pipeline": _pipeline,
    "likelihood": _likelihood,
    "hygiene": hygiene.hygiene,
    "health": health.perform_health,
    **proposal_operations.OPERATIONS,
    **guard_operations.OPERATIONS,
    **crm_operations.OPERATIONS,
    **mailbox_operations.OPERATIONS,
    **signal_operations.OPERATIONS,
}


def perform(app: App, operation: str, body: Body, job: Job) -> Body:
    """Do one operation. Raises DealwrightError."""
    chosen = _OPERATIONS.get(operation)
    if chosen is None:
        raise Fatal(
            "This server does not know that command.",
            "Start the server again, so that both are of one version.",
            status=404,
        )
    return chosen(app, body, job)


def _checked(shape: Any, body: Body) -> Any:
    from pydantic import ValidationError

    try:
        return shape.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + ".".join(str(part) for part in first["loc"]).replace("_", "-")
        said = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise Fatal(f"{option} can't be used: {said}.", "`--help` tells what it takes.", status=422) from error
