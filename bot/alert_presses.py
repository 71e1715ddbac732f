"""What a press on an alert does, alike on every surface: it is worked, put off, refused or called useful; or its evidence opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from agents.notices import ASKED, NewNotice, put
from bot.alert_card import DISMISS, SNOOZE, USEFUL, WHY, WORK, alert_card, dismiss_form, evidence_of_alert, snooze_form
from bot.compose import View, view_at
from bot.message import Form, Message

if TYPE_CHECKING:
    from agents.alerts.deciding import Act
    from bot.app import App

_ACTS = {WORK: "work", SNOOZE: "snooze", DISMISS: "dismiss", USEFUL: "useful"}
_GONE = "There is no such alert any more."


@dataclass(frozen=True)
class AlertShown:
    """What to show after a press: the card as it stands, a form, the evidence, or a sentence; `acted` says that something changed."""

    card: Message | None = None
    form: Form | None = None
    evidence: Message | None = None
    sentence: str | None = None
    acted: bool = False


def press_alert(
    app: App, verb: str, alert_id: str, user_id: str, surface: str, fields: Mapping[str, str] | None = None
) -> AlertShown:
    """Do what a button of an alert or its form says; without `fields` what needs a form opens it. Raises Denied, and Fatal for what can't be read."""
    from agents.alerts.deciding import allow
    from bot.deciding import reason_of, until_of

    view = _view(app)
    if verb == WHY or (verb in (SNOOZE, DISMISS) and not fields):
        allow(app.database, alert_id, user_id, surface, app.clock.now())
        alert = app.alerts.get(alert_id, user_id)
        if alert is None:
            return AlertShown(sentence=_GONE)
        if verb == WHY:
            return AlertShown(evidence=evidence_of_alert(alert, view))
        return AlertShown(form=snooze_form(alert, view) if verb == SNOOZE else dismiss_form(alert))
    told = fields or {}
    done = app.alerts.act(
        alert_id,
        cast("Act", _ACTS[verb]),
        user_id,
        surface,
        until=until_of(told, app.settings.zone) if verb == SNOOZE else None,
        reason=reason_of(told) if verb == DISMISS else "",
    )
    app.alert_watch.changed(alert_id)
    if verb == WORK and done.changed and done.alert.proposal is not None:
        _show_draft(app, done.alert.proposal, user_id)
    sentence = done.sentence or None
    if done.muted is not None:
        sentence = f"Alerts for this cause are muted from now on: {done.muted.useful} of {done.muted.judged} were called useful."
    return AlertShown(alert_card(done.alert, view), sentence=sentence, acted=done.changed and done.muted is None)


def card_of_alert(app: App, alert_id: str, user_id: str) -> Message | None:
    """Return the card of an alert as it stands, None where there is none. Raises Denied where it is somebody else's."""
    from agents.alerts.deciding import allow

    allow(app.database, alert_id, user_id, "card", app.clock.now())
    alert = app.alerts.get(alert_id, user_id)
    return alert_card(alert, _view(app)) if alert is not None else None


def _show_draft(app: App, proposal_id: str, user_id: str) -> None:
    """Have the card of the draft come at once, whatever the hour: whoever pressed is there."""
    now = app.clock.now()
    with app.database.transaction() as session:
        key = f"drafted:{proposal_id}:{user_id}"[:200]
        put(session, NewNotice(key, user_id, "card", {"proposal": proposal_id, ASKED: True}, urgent=True), now)
    app.schedule.wake()


def _view(app: App) -> View:
    return view_at(app.settings, app.clock.now())
