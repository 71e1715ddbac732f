"""What every surface can have of the workflow: what is overdue and due, what is next on a deal, and saying that it is done. All of it blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from agents.workflow.record import TASK
from bot.asker import Door, find_asker
from bot.compose import View, view_at
from bot.figures import money
from bot.jobs import Job
from bot.message import Button, Buttons, Fold, Message, Part, Quote, Text, fixed, plain
from bot.moments import read_moment
from bot.workflow_words import asked_in
from infra.errors import Fatal
from infra.spine.business import Deal
from infra.spine.scope import Scope

if TYPE_CHECKING:
    from agents.workflow.acting import Acted
    from agents.workflow.record import Due, NextStep, Workflow
    from bot.app import App
    from infra.spine.people import User

_ACT = re.compile(r"\s*(?P<doing>done|drop|pause|resume)\s*:?\s*(?P<id>due-[0-9a-f]{20})\s*", re.I)
_SHOWN, _BUTTONS = 5, 3
_MOST = 25


@dataclass(frozen=True)
class Wanted:
    """What is asked for: only what is late, only of one's own, as of a moment (as people write it)."""

    overdue: bool = False
    mine: bool = False
    as_of: str | None = None


def read_workflow(app: App, email: str | None, door: Door, wanted: Wanted) -> Workflow:
    """Return the workflow for somebody. Raises Denied, and Fatal (422) for a moment that can't be read."""
    asker = find_asker(app, email, door)
    return read_for(app, asker.scope, asker.user_id if wanted.mine else None, wanted.as_of)


def act(app: App, email: str | None, door: Door, due_id: str, doing: str) -> Acted:
    """Say that an action is done, dropped, paused or taken up again. Raises Denied and Fatal; what may not be seen is not there."""
    asker = find_asker(app, email, door)
    return _act(app, asker.scope, asker.user_id, door, due_id, doing)


def next_of(app: App, email: str | None, door: Door, deal_id: str, as_of: str | None = None) -> NextStep:
    """Return the next step of an open deal. Raises Denied, and Fatal (404) where there is no such open deal for them."""
    asker = find_asker(app, email, door)
    moment = read_moment(as_of, app.settings.zone) if as_of else None
    with app.database.session() as session:
        found = app.workflow.next_actions(session, [deal_id], scope=asker.scope, as_of=moment).get(deal_id)
    if found is None:
        raise Fatal("There is no such open deal.", "`dealwright workflow` shows what waits.", status=404)
    return found


def perform_workflow(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Read, or act, for the command line: a record and a message."""
    from bot.terminal.wire import to_wire

    email = body.get("as") or app.settings.user
    said = None
    if body.get("act"):
        said = act(app, email, "terminal", str(body["act"]["id"]), str(body["act"]["doing"])).sentence
    wanted = Wanted(bool(body.get("overdue")), bool(body.get("mine")), body.get("as_of"))
    found = read_workflow(app, email, "terminal", wanted)
    now = app.clock.now()
    return {
        "workflow": public(found, wanted),
        "message": to_wire(list_message(found, view_at(app.settings, now), overdue_only=wanted.overdue)),
        "said": said,
        "zone": app.settings.time_zone,
        "now": now.isoformat(),
    }


def public(found: Workflow, wanted: Wanted) -> dict[str, Any]:
    """Return the JSON of `dealwright workflow`."""
    told = found.public()
    return {**told, "due": []} if wanted.overdue else told


def looked(
    app: App, words: str, user: User | None, scope: Scope, view: View, as_of: str | None = None
) -> Message | None:
    """Return what a line of chat asks to see of the workflow, None where it asks nothing of it. Without `user` it is everybody's in the scope."""
    asked = asked_in(words)
    if asked is None:
        return None
    if asked.kind == "next":
        return _next_on(app, asked.who, scope, view, sure=asked.sure)
    if asked.kind == "first":
        return first_message(app, user, scope, view, as_of)
    found = read_for(app, scope, _mine(user, asked.mine), as_of)
    if asked.kind == "overdue":
        return list_message(found, view, overdue_only=True)
    return list_message(found, view, until=view.now + timedelta(days=asked.days))


def pressed(app: App, words: str, user: User, scope: Scope, view: View, surface: str) -> Message | None:
    """Return what came of a press on the workflow, None where a line of chat is none."""
    found = _ACT.fullmatch(words)
    if found is None:
        return None
    told = _act(app, scope, user.id, surface, found["id"].lower(), found["doing"].lower())
    return list_message(read_for(app, scope, user.id, None), view, said=told.sentence)


def _mine(user: User | None, only: bool) -> str | None:
    """Whoever leads people asks for the team's, a rep for their own."""
    return user.id if user is not None and (only or user.role == "rep") else None


def first_message(app: App, user: User | None, scope: Scope, view: View, as_of: str | None = None) -> Message:
    """Return what to do first: what is late, the largest deal in front, then what is due soonest. Whoever owns no deal is told of their people's."""
    found = read_for(app, scope, user.id if user is not None else None, as_of)
    lead = ""
    if user is not None and not (found.overdue or found.due) and user.role != "rep":
        found, lead = read_for(app, scope, None, as_of), "Nothing waits for you yourself; this waits in your teams."
    late = sorted(found.overdue, key=lambda one: (-(one.amount or 0), one.due_at, one.id))
    every = [*late, *sorted(found.due, key=lambda one: (one.due_at, one.id))]
    # One line a deal: what else waits on it comes up when this is done.
    firsts: dict[str, Due] = {}
    for one in every:
        firsts.setdefault(one.deal_id, one)
    ranked = list(firsts.values())
    if not ranked:
        ways = Buttons((Button("Deals at risk", "ask", "Which deals are at risk?"), Button("Feed", "ask", "Show me my feed")))  # fmt: skip
        point = "Nothing waits for you: nothing is overdue, and nothing is due."
        return Message(point, (Text(f"**{point}**", "heading"), ways), about={"kind": "workflow"})
    top, quotes = ranked[0], list[Quote]()
    point = f"First: {top.account or top.deal} — {top.label.removeprefix(TASK)}"
    lines = [
        Text(line_of(one, view, quotes), "bullet", "trouble" if one.overdue else "plain") for one in ranked[:_MOST]
    ]
    parts: list[Part] = [Text(f"**{plain(point)}**", "heading"), *([Text(plain(lead))] if lead else [])]
    for one, line in zip(ranked[:_BUTTONS], lines, strict=False):
        parts += [line, Buttons(tuple(_buttons(one, view)))]
    if lines[_BUTTONS:]:
        parts.append(Fold(f"{len(ranked) - _BUTTONS} more", tuple(lines[_BUTTONS:])))
    if quotes:
        parts.append(Fold("The words", tuple(quotes)))
    parts.append(Text("*What is late comes first, the largest deal in front; then what is due soonest.*", "quiet"))
    return Message(point, tuple(parts), about={"kind": "workflow"})


def list_message(
    found: Workflow,
    view: View,
    *,
    overdue_only: bool = False,
    said: str | None = None,
    until: datetime | None = None,
    of: str = "",
) -> Message:
    """Return what is overdue, and what is due, as a message: the longest first, the rest folded, with what can be done at once."""
    due = [] if overdue_only else [one for one in found.due if until is None or one.due_at <= until]
    point = _point(len(found.overdue), len(due), overdue_only=overdue_only)
    point = f"{of}: {point[0].lower()}{point[1:]}" if of else point
    parts: list[Part] = [Text(plain(said), "body", "good")] if said else []
    parts.append(Text(f"**{plain(point)}**", "heading"))
    quotes: list[Quote] = []
    for heading, ones, tone in (("Overdue", found.overdue, "trouble"), ("Due", due, "plain")):
        if ones:
            parts += _lines(heading, ones, tone, view, quotes)
    first = (*found.overdue, *due)[:_BUTTONS]
    parts += [Buttons(tuple(_buttons(one, view))) for one in first if one.state == "waiting"]
    if quotes:
        parts.append(Fold("The words", tuple(quotes)))
    if found.unmapped:
        names = ", ".join(f'"{plain(name)}" ({count})' for name, count in found.unmapped[:6])
        parts.append(
            Text(f"Stages that workflow.toml does not name: {names}. Nothing is asked by their stage.", "quiet")
        )
    parts.append(Text("*Counted from what happened to what was done about it, in the owner's working time; automatic mail is nobody's word.*", "quiet"))  # fmt: skip
    return Message(point, tuple(parts), about={"kind": "workflow"})


def _point(late: int, due: int, *, overdue_only: bool) -> str:
    if not late and not due:
        return "Nothing is overdue." if overdue_only else "Nothing is asked for now."
    told = f"{late} overdue" if late else "Nothing overdue"
    return told if overdue_only else f"{told}, {due} due"


def _lines(heading: str, ones: Sequence[Due], tone: Any, view: View, quotes: list[Quote]) -> list[Part]:
    lines = [Text(line_of(one, view, quotes), "bullet", tone) for one in ones[:_MOST]]
    parts: list[Part] = [Text(f"**{heading}**"), *lines[:_SHOWN]]
    if len(ones) > _SHOWN:
        more: tuple[Part, ...] = tuple(lines[_SHOWN:])
        if len(ones) > _MOST:
            more = (*more, Text(f"And {len(ones) - _MOST} more in the console.", "quiet"))
        parts.append(Fold(f"{len(ones) - _SHOWN} more", more))
    return parts


def line_of(one: Due, view: View, quotes: list[Quote]) -> str:
    """Return one thing that is asked for as a line, its words added to `quotes`."""
    sums = f" · {money(one.amount, one.currency)}" if one.amount is not None else ""
    mark = ""
    if one.evidence is not None:
        piece = one.evidence
        quotes.append(Quote(len(quotes) + 1, piece.quote, piece.speaker, piece.at, piece.label, view.link(piece.url)))
        mark = f" [{len(quotes)}]"
    when = f"{how_late(one.late)} late" if one.late is not None else f"due {view.calendar.moment(one.due_at)}"
    return f"**{plain(one.deal)}**{sums}: {plain(one.label)} — {plain(one.why)}{mark} · *{when}{_whose(one)}*"


def how_late(late: timedelta) -> str:
    """Return how long something is late, as it is said."""
    hours = int(late.total_seconds() // 3_600)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h" if hours else "just now"


def _whose(one: Due) -> str:
    return f", {plain(one.owner)}" if one.owner else ""


def _buttons(one: Due, view: View) -> list[Button]:
    name = one.deal if len(one.deal) <= 24 else f"{one.deal[:23]}…"
    told = []
    if one.verb in ("draft", "ask"):
        told.append(Button(f"Draft · {name}", "ask", one.value, style="primary"))
    elif link := view.link(one.value if one.value.startswith("/") else None):
        told.append(Button(f"Open · {name}", "open", "", url=link))
    return [*told, Button("Done", "ask", f"done {one.id}"), Button("Drop", "ask", f"drop {one.id}")]


def next_message(steps: Sequence[tuple[str, NextStep]], view: View) -> Message:
    """Return the next step of one deal or some deals, with the way to take it."""
    point = f"Next on {steps[0][0]}: {steps[0][1].label}" if len(steps) == 1 else f"Next on {len(steps)} deals"
    parts: list[Part] = [Text(f"**{plain(point)}**", "heading")]
    for name, step in steps:
        due = f" · *{'was due' if step.overdue else 'due'} {view.calendar.moment(step.due_at)}*" if step.due_at else ""
        lead = f"**{plain(name)}**: {plain(step.label)} — " if len(steps) > 1 else ""
        parts.append(Text(f"{lead}{plain(step.why)}{due}", "bullet", "trouble" if step.overdue else "plain"))
        buttons = []
        if step.verb in ("draft", "ask"):
            buttons.append(
                Button("Draft the mail" if step.verb == "draft" else "Brief me", "ask", step.value, style="primary")
            )
        elif link := view.link(step.value if step.value.startswith("/") else None):
            buttons.append(Button("Open the deal", "open", "", url=link))
        if step.due_id:
            buttons.append(Button("Done", "ask", f"done {step.due_id}"))
        if buttons and len(steps) <= _BUTTONS:
            parts.append(Buttons(tuple(buttons)))
    return Message(point, tuple(parts), about={"kind": "workflow"})


def _next_on(app: App, who: str, scope: Scope, view: View, *, sure: bool) -> Message | None:
    from agents.linking.linker import link

    app.workflow.refresh()
    with app.database.session() as session:
        mentions = link(session, scope, who)
        deals = {one.best.id for one in mentions.of("deal") if not one.ambiguous}
        accounts = {one.best.id for one in mentions.of("account") if not one.ambiguous}
        place = Deal.id.in_(deals) if deals else Deal.account_id.in_(accounts)
        names = dict(
            session.execute(
                select(Deal.id, Deal.name).where(place, Deal.status == "open", scope.deals()).limit(8)
            ).all()
        )
        if not deals and len(accounts) != 1:
            return fixed("Which deal do you mean?", "Name it, or its account, as the CRM does.") if sure else None
        steps = app.workflow.next_actions(session, sorted(names), scope=scope) if names else {}
    if not steps:
        return fixed("There is no open deal of that name that I can show you.")
    ordered = sorted(steps.items(), key=lambda one: (not one[1].overdue, one[1].due_at is None, one[1].due_at or view.now, one[0]))  # fmt: skip
    return next_message([(names[id], step) for id, step in ordered], view)


def read_for(app: App, scope: Scope, owner_id: str | None, as_of: str | None) -> Workflow:
    """Return the workflow of a scope, of one owner where one is named. Raises Fatal (422) for a moment that can't be read."""
    moment = read_moment(as_of, app.settings.zone) if as_of else None
    if moment is None:
        app.workflow.refresh()
    with app.database.session() as session:
        return app.workflow.read(session, scope, moment, owner_id=owner_id)


def _act(app: App, scope: Scope, user_id: str | None, surface: str, due_id: str, doing: str) -> Acted:
    with app.database.session() as session:
        if app.workflow.get(session, due_id, scope) is None:
            raise Fatal("That is not asked for.", "`dealwright workflow` shows what is.", status=404)
    return app.workflow.act(due_id, doing, user_id=user_id, surface=surface)
