"""`GET /api/alerts`, and deciding on one, for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from agents.alerts.record import AlertOut, Alerts
from bot import alerts
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment
from bot.app import App
from bot.asker import find_asker

_MEANINGS = {
    403: "The person in `as` is not known, may not decide on it, or nobody is named where somebody has to be.",
    404: "There is no such alert, or no such muted rule.",
    409: "The alert has ended.",
}
AlertId = Annotated[str, Path(min_length=1, max_length=60, description="Id of the alert.")]
RuleName = Annotated[str, Path(min_length=1, max_length=40, description="A cause: silence, champion_left, …")]
AsOf = Annotated[Moment | None, Query(description="The moment that it speaks for.")]


class AlertDecision(BaseModel):
    """What a person says of an alert."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["work", "snooze", "dismiss", "useful"]
    until: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="The day that a snooze lasts to.")
    reason: str | None = Field(None, max_length=500, description="Why it is no risk: words, or one of the reasons.")


class RuleSetting(BaseModel):
    """Whether a rule's alerts are told."""

    model_config = ConfigDict(extra="forbid")

    muted: bool


def routes(app: App) -> APIRouter:
    """Return the routes, behind the token."""
    router = guarded_router(app, "alerts", _MEANINGS)

    @router.get("/alerts", response_model=Alerts, summary="Deals at risk, renewals and expansion")
    async def listed(asker: As = None, as_of: AsOf = None) -> Alerts:
        """Return what stands, is held and ended lately, what would be raised as of that moment, and every rule's precision."""
        return await to_thread.run_sync(lambda: alerts.read_alerts(app, find_asker(app, asker, "api").scope, as_of))

    @router.post("/alerts/{alert}", response_model=AlertOut, summary="Decide on an alert")
    async def decide(alert: AlertId, body: AlertDecision, asker: As = None) -> AlertOut:
        """Work an alert, put it off, say why it is no risk, or that it was useful. The person in `as` decides."""
        fields = {"until": body.until or ""} if body.action == "snooze" else {}
        if body.action == "dismiss":
            fields = {"reason": body.reason or "other"}
        return await to_thread.run_sync(
            lambda: alerts.decide_alert(app, find_asker(app, asker, "api"), "api", alert, body.action, fields)
        )

    @router.post("/alerts/rules/{rule}", response_model=Alerts, summary="Mute a rule, or tell it again")
    async def rule_of(rule: RuleName, body: RuleSetting, asker: As = None) -> Alerts:
        """Mute a rule or tell its alerts again, and return how alerts stand then. Managers and admins may."""

        def change() -> Alerts:
            who = find_asker(app, asker, "api")
            alerts.set_rule(app, who, rule, muted=body.muted)
            return alerts.read_alerts(app, who.scope, None)

        return await to_thread.run_sync(change)

    return router
