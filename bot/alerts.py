"""What every surface can have of alerts: those inside the asker's scope as a record and as messages, deciding on one, and muting rules. It blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agents.alerts.record import AlertOut, Alerts, RuleStanding
from agents.alerts.titles import course_of, label_of
from bot.alert_card import DISMISS, SNOOZE, USEFUL, WORK, alert_card
from bot.app import App
from bot.asker import Asker, find_asker
from bot.compose import View, view_at
from bot.figures import counted
from bot.jobs import Job
from bot.message import Fold, Grid, Message, Part, Text, plain
from bot.moments import read_moment
from infra.errors import Denied, Fatal

if TYPE_CHECKING:
    from infra.spine.scope import Scope

VERBS = {"work": WORK, "snooze": SNOOZE, "dismiss": DISMISS, "useful": USEFUL}
"""What may be said of an alert, by the word that programs and the command line use."""

_SHOWN = 10


def read_alerts(app: App, scope: Scope, as_of: str | None, *, would: bool = True) -> Alerts:
    """Return the alerts inside a scope as of a moment, now where none is named. Raises Fatal (422) for a moment that can't be read."""
    return app.alerts.read(scope, read_moment(as_of, app.settings.zone) if as_of else None, would=would)


def decide_alert(
    app: App, asker: Asker, surface: str, alert_id: str, action: str, fields: Mapping[str, str]
) -> AlertOut:
    """Do what somebody says of an alert, and return it as it stands then. Raises Denied, and Fatal: 404 where there is none, 409 where it has ended, 422."""
    from bot.alert_presses import press_alert

    if asker.user_id is None:
        raise Denied("An alert is decided on by a person.", "Name who does it.")
    if action not in VERBS:
        raise Fatal("That can't be done with an alert.", f"There are {', '.join(VERBS)}.", status=422)
    if action in ("snooze", "dismiss") and not fields:
        raise Fatal("Something is missing.", "A snooze names its day, and what is no risk says why.", status=422)
    shown = press_alert(app, VERBS[action], alert_id, asker.user_id, surface, fields or None)
    alert = app.alerts.get(alert_id, asker.user_id)
    if alert is None:
        raise Fatal("There is no such alert any more.", status=404)
    if shown.sentence and not shown.acted and alert.state in ("resolved", "dismissed") and action != "dismiss":
        raise Fatal(shown.sentence, "Look at it again.", status=409)
    return alert


def set_rule(app: App, asker: Asker, rule: str, *, muted: bool) -> None:
    """Mute a rule or have it told again. Raises Denied and Fatal as `agents.alerts.service` does."""
    app.alerts.set_muted(rule, asker.user_id, asker.scope.role if asker.user_id else "admin", muted=muted)


def message_of(found: Alerts, view: View, *, past: bool = False) -> Message:
    """Return one message that tells how alerts stand: what stands in full, the rest in a line each."""
    standing = [one for one in found.standing if one.state in ("waiting", "told", "working", "snoozed")]
    head = f"{counted(len(standing), 'alert stands', 'alerts stand')}, {len(found.held)} held"
    parts: list[Part] = [Text(f"**{head}**", "heading")]
    for one in standing[:_SHOWN]:
        parts += alert_card(one, view, may_act=False).parts
    if len(standing) > _SHOWN:
        parts.append(Fold(f"{len(standing) - _SHOWN} more", tuple(_line(one) for one in standing[_SHOWN:])))
    if found.would:
        lead = "Would have been raised then" if past else "Would be raised at the next look"
        parts.append(Text(f"**{lead}: {len(found.would)}**"))
        parts += [_line(one) for one in found.would[:_SHOWN]]
        if len(found.would) > _SHOWN:
            parts.append(Fold(f"{len(found.would) - _SHOWN} more", tuple(_line(one) for one in found.would[_SHOWN:])))
    if found.held:
        parts.append(Fold(f"Held: {len(found.held)}", tuple(_line(one) for one in found.held)))
    if found.ended:
        parts.append(Fold(f"Ended lately: {len(found.ended)}", tuple(_ended(one) for one in found.ended)))
    if found.rules:
        parts += [Text("**What was said of them**"), rules_grid(found.rules, view)]
    if found.unknown:
        told = counted(found.unknown, "open deal", "open deals")
        parts.append(Text(f"*Of {told} too little is known: no alarm is raised for what nobody can see.*", "quiet"))
    return Message(head, tuple(parts))


def rules_grid(rules: tuple[RuleStanding, ...], view: View) -> Grid:
    """Return how every rule did as a table."""
    rows = tuple(
        (
            plain(label_of(one.rule)),
            f"{one.told}",
            f"{one.useful} of {one.judged}" if one.judged else "–",
            f"{100 * one.precision:.0f} %" if one.precision is not None else "–",
            f"since {view.calendar.day(one.muted_at)}{f' by {plain(one.muted_by)}' if one.muted_by else ''}"
            if one.muted_at
            else "–",
        )
        for one in rules
    )
    return Grid(("rule", "told", "useful", "precision", "muted"), ("left", "right", "right", "right", "left"), rows)


def perform_alerts(app: App, body: dict[str, Any], _job: Job) -> dict[str, Any]:
    """Read alerts for the command line, after doing what it says with one of them or with a rule."""
    from bot.terminal.wire import to_wire

    asker = find_asker(app, body.get("as") or app.settings.user, "terminal")
    if body.get("alert"):
        done = decide_alert(app, asker, "terminal", body["alert"], body["action"], body.get("fields") or {})
        card = alert_card(done, view_at(app.settings, app.clock.now()), folded=True, may_act=False)
        return {"alert": done.public(), "message": to_wire(card), **_clock(app)}
    if body.get("rule"):
        set_rule(app, asker, body["rule"], muted=bool(body["muted"]))
    found = read_alerts(app, asker.scope, body.get("as_of"))
    told = message_of(found, view_at(app.settings, app.clock.now()), past=bool(body.get("as_of")))
    return {"alerts": found.public(), "message": to_wire(told), **_clock(app)}


def _clock(app: App) -> dict[str, str]:
    return {"zone": app.settings.time_zone, "now": app.clock.now().isoformat()}


def causes_of(one: AlertOut) -> str:
    """Return the first causes of an alert as a line names them: what is new, else what stands."""
    return plain(" · ".join(label_of(cause.kind) for cause in (one.new or one.standing)[:4]))


def moved_since(one: AlertOut) -> str:
    """Return how the deal moved since the alert was raised, to stand behind its title; "" where it did not."""
    return f" — *{course}*" if (course := course_of(one)) else ""


def _line(one: AlertOut) -> Text:
    why = f" — *{plain(one.why_held)}*" if one.why_held else ""
    return Text(f"**{plain(one.title)}** ({plain(one.name)}){moved_since(one)}: {causes_of(one)} → {plain(one.to)}{why}", "bullet")  # fmt: skip


def _ended(one: AlertOut) -> Text:
    how = plain(one.ending.sentence) if one.ending is not None else one.state
    return Text(f"{plain(one.title)}: {how}", "bullet", "good" if one.state == "resolved" else "plain")
