"""The page of alerts: what stands and may be decided on, what is held and why, how each ended, and the precision of every rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import FormData

from agents.alerts.record import AlertOut
from agents.alerts.titles import label_of
from bot.alert_card import DISMISS, SNOOZE, USEFUL, WORK, alert_card
from bot.alert_presses import press_alert
from bot.alerts import read_alerts
from bot.compose import View
from bot.deciding import read_value
from bot.web.answering import SURFACE, talks
from bot.web.doorway import Visitor
from bot.web.gate import gated_route, read_form, text_of, visitor_of, wants_data
from bot.web.pages import HEADERS, Desk
from bot.web.render import Setting, render
from infra.errors import Denied, Fatal

_LONGEST = 2_000
_SAID = {
    WORK: "It is yours; the draft stands under Approvals.",
    SNOOZE: "Snoozed.",
    DISMISS: "Noted: not a risk. It stays quiet for a while.",
    USEFUL: "Thank you.",
}
"""What is told after a press: fixed sentences, so that no link can put words into our mouth."""


def alert_routes(desk: Desk) -> APIRouter:
    """Return the routes of alerts. Include them before the chat's, which takes every other button."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/alerts")
    async def page(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/alerts/rules")
    async def rule(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_rule, desk, request, form)

    for action in _SAID:
        router.add_api_route(f"/press/{action}", _presser(desk, action), methods=["POST"])
    return router


def _presser(desk: Desk, action: str) -> Any:
    async def press(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_pressed, desk, request, action, form)

    return press


def _page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    as_of = request.query_params.get("as_of", "")[:40].strip()
    trouble: Fatal | None = None
    try:
        # The server looks by itself all the time: what it would raise now is only of interest for another day.
        found = read_alerts(desk.app, visitor.scope, as_of or None, would=bool(as_of))
    except Fatal as fatal:
        trouble, found = fatal, read_alerts(desk.app, visitor.scope, None, would=False)
    return desk.page(
        request,
        "alerts.html",
        visitor,
        status=trouble.status if trouble else 200,
        trouble=trouble,
        said=_SAID.get(request.query_params.get("said", ""), ""),
        as_of=as_of,
        found=found,
        cards=[_card(desk, visitor, group) for group in _together(visitor, found.standing)],
        label_of=label_of,
        leads=visitor.role in ("manager", "admin") and visitor.viewing_as is None,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _together(visitor: Visitor, standing: Sequence[AlertOut]) -> list[list[AlertOut]]:
    """Return alerts with those that others were told of the same thing, the visitor's own in front, so that it stands on the page once."""
    groups: dict[tuple[str, str, str], list[AlertOut]] = {}
    for one in standing:
        groups.setdefault((one.deal, one.kind, one.title), []).append(one)
    mine = (visitor.email or "").casefold()
    return [
        sorted(group, key=lambda one: (one.to.casefold() != mine, one.to != one.owner, one.id))
        for group in groups.values()
    ]


def _card(desk: Desk, visitor: Visitor, group: Sequence[AlertOut]) -> dict[str, Any]:
    one = group[0]
    view = View(desk.app.settings.zone, desk.app.clock.now())
    may = visitor.viewing_as is None and visitor.user_id is not None
    message = alert_card(one, view, folded=True, forms=True, may_act=may)
    setting = Setting(view.calendar, desk.seats.form_token(visitor.seat), answer=one.id)
    return {
        "id": one.id,
        "state": one.state,
        "body": render(message, setting),
        "to": ", ".join(each.to for each in group),
    }


def _pressed(desk: Desk, request: Request, action: str, form: FormData) -> Response:
    visitor = visitor_of(request)
    if visitor.viewing_as is not None or visitor.user_id is None:
        raise Denied("An alert is decided on by a person.", "Sign in as yourself first.")
    fields = {name.removeprefix("input-"): text_of(form, name)[:_LONGEST] for name in form if name.startswith("input-")}
    if action in (SNOOZE, DISMISS) and not fields:
        raise Fatal("Something is missing.", "Fill the form in again.", status=422)
    shown = press_alert(desk.app, action, read_value(text_of(form, "value"))[0], visitor.user_id, SURFACE, fields)
    if wants_data(request):
        outcome = {"outcome": "done" if shown.acted else "unchanged", "sentence": shown.sentence or _SAID[action]}
        return JSONResponse(outcome, headers=HEADERS)
    return RedirectResponse(f"/alerts?said={action}", 303, headers=HEADERS)


def _rule(desk: Desk, request: Request, form: FormData) -> Response:
    visitor = visitor_of(request)
    if visitor.viewing_as is not None:
        raise Denied("You see the console as somebody else, so you can't decide here.", "Go back to yourself first.")
    muted = text_of(form, "muted") == "1"
    desk.app.alerts.set_muted(text_of(form, "rule")[:40], visitor.user_id, visitor.role, muted=muted)
    return RedirectResponse("/alerts", 303, headers=HEADERS)
