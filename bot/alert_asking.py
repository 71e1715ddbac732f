"""Alerts as they are told to whoever asks for them in a chat: what stands, what was held back and why, how they ended, how the rules do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from agents.alerts.record import STANDING
from bot.addresses import record_address
from bot.alerts import causes_of, moved_since, read_alerts, rules_grid
from bot.figures import counted, money
from bot.message import Button, Buttons, Fold, Grid, Message, Part, Text, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from agents.alerts.record import AlertOut, Alerts
    from agents.health.record import Health
    from bot.alert_words import Asked
    from bot.app import App
    from bot.compose import View
    from bot.watch_words import Asked as Wanted
    from infra.spine.scope import Scope

_SHOWN, _MOST = 5, 30


def looked(app: App, asked: Asked, scope: Scope, view: View, as_of: str | None = None) -> Message | None:
    """Return what is asked to be seen of alerts; None where it names an account that is none. Raises Fatal (422) for a moment that can't be read."""
    if asked.kind == "why":
        return _why(app, asked.who, scope, view, as_of)
    found = _read(app, scope, as_of)
    if asked.kind == "held":
        return _held(found, view)
    if asked.kind == "ended":
        return _ended(found)
    return _rules(found, view) if asked.kind == "rules" else _standing(found, view)


def _read(app: App, scope: Scope, as_of: str | None) -> Alerts:
    return read_alerts(app, scope, as_of, would=as_of is not None)


def _held(found: Alerts, view: View) -> Message:
    if not found.held:
        point = "No alert is held back."
        stands = f"{counted(len(found.standing), 'alert stands', 'alerts stand')} and {'was' if len(found.standing) == 1 else 'were'} told."
        return _told(point, [*_not_looked(found), Text(stands), _rule_of_holding()], found)
    point = f"{counted(len(found.held), 'alert is', 'alerts are')} held back"
    return _told(point, [*_lines(found.held, view), _rule_of_holding()], found)


def _rule_of_holding() -> Text:
    return Text("*One is held when its person's alerts of the day are used up, when its rule is muted, or when the deal has been at risk for longer than a week. It stands in the weekly review.*", "quiet")  # fmt: skip


def _standing(found: Alerts, view: View) -> Message:
    held = f"; {len(found.held)} held back" if found.held else ""
    if not found.standing:
        would = [Text(f"**Would be raised at the next look: {len(found.would)}**"), *_lines(found.would, view)] if found.would else []  # fmt: skip
        return _told(f"No alert stands{held}.", [*_not_looked(found), *would], found)
    point = f"{counted(len(found.standing), 'alert stands', 'alerts stand')}{held}"
    return _told(point, _lines(found.standing, view), found)


def _ended(found: Alerts) -> Message:
    lines = [
        Text(f"**{plain(one.title)}**: {plain(one.ending.sentence if one.ending else one.state)}", "bullet", "good" if one.state == "resolved" else "plain")
        for one in found.ended
    ]  # fmt: skip
    if not lines:
        return _told("No alert ended in the last 30 days.", _not_looked(found), found)
    saved = sum(one.state == "resolved" for one in found.ended)
    point = f"{counted(len(lines), 'alert')} ended in the last 30 days, {saved} of them resolved"
    return _told(point, [*lines[:_SHOWN], *_more(lines[_SHOWN:])], found)


def _rules(found: Alerts, view: View) -> Message:
    muted = [one for one in found.rules if one.muted_at is not None]
    judged, useful = sum(one.judged for one in found.rules), sum(one.useful for one in found.rules)
    point = f"{counted(len(muted), 'rule is', 'rules are')} muted" if muted else "No rule is muted"
    point += f"; {useful} of {counted(judged, 'judged alert')} {'was' if useful == 1 else 'were'} called useful" if judged else "; nobody has judged an alert yet"  # fmt: skip
    grid = [rules_grid(found.rules, view)] if found.rules else []
    note = Text("*A rule is muted when enough people call its alerts useless to be sure of it; whoever leads a team lifts it under Alerts.*", "quiet")  # fmt: skip
    return _told(point, [*grid, note], found)


def _why(app: App, who: str, scope: Scope, view: View, as_of: str | None) -> Message | None:
    """Return what there is of alerts on one account, and where there is none why not; None where the words name none that may be seen."""
    from agents.linking.linker import link

    with app.database.session() as session:
        mentions = link(session, scope, who)
    deals = {one.best.id for one in mentions.of("deal") if not one.ambiguous}
    accounts = {one.best.id: one.best.name for one in mentions.of("account") if not one.ambiguous}
    if not deals and len(accounts) != 1:
        return None
    name = next(iter(accounts.values()), None) or mentions.of("deal")[0].best.name
    return looked_on(app, deals, set(accounts), name, scope, view, as_of)


def looked_on(
    app: App, deals: Collection[str], accounts: Collection[str], name: str, scope: Scope, view: View, as_of: str | None = None
) -> Message:  # fmt: skip
    """Return what there is of alerts on some deals or accounts, and where there is none why not."""
    found = _read(app, scope, as_of)
    of = [one for one in (*found.standing, *found.held) if one.deal in deals or one.account in accounts]
    if of:
        held = sum(one.state in ("held", "muted") for one in of)
        point = f"{counted(len(of), 'alert')} on {name}{f', {held} of them held back' if held else ''}"
        return _told(point, _lines(of, view), found)
    ended = [one for one in found.ended if one.deal in deals or one.account in accounts]
    past = [Text(f"{plain(one.title)}: {plain(one.ending.sentence if one.ending else one.state)}", "bullet") for one in ended]  # fmt: skip
    with app.database.session() as session:
        healths = app.health_of_deals.of_all(session, scope, found.as_of)
    stands = [Text(_reason(one), "bullet") for one in healths if one.deal_id in deals or one.account_id in accounts]
    return _told(f"No alert stands on {name}.", [*past, *(stands or [Text("It has no open deal.")])], found, about=name)


_BEHIND = {"working": " being worked on", "held": " held back"}
"""States that are said behind the alert, not before it."""
_HOW = {"waiting": "on its way", "working": "in hand", "dismissed": "called no risk", "resolved": "resolved", "held": "held back", "muted": "held back", "snoozed": "snoozed"}  # fmt: skip


def came(app: App, asked: Wanted, users: Sequence[str] | None, scope: Scope, view: View, *, of: str) -> Message:
    """Return the alerts that came to some people (to all inside the scope: None) in the days asked for, else in the last 30, and what became of each."""
    days = asked.days
    begin, end = (days.begin, days.end) if days is not None else (view.now - timedelta(days=30), view.now)
    span = days.told if days is not None else "in the last 30 days"
    every = app.alerts.came_to(scope, begin, max(end, begin), users)
    wanted = {"held": {"held", "muted"}, "open": STANDING, None: None}.get(asked.state, {asked.state or ""})
    kept = [one for one in every if wanted is None or one[2].state in wanted]
    held = sum(one.state in ("held", "muted") for _, _, one in kept)
    behind = _BEHIND.get(asked.state or "", "")
    noun = f"{asked.state} alert" if asked.state and not behind else "alert"
    what = (counted(len(kept), noun) if kept else f"no {noun}") + behind
    told = sum(one.told_at is not None for _, _, one in kept)
    point = f"{what} {span}" + (f", {told} told, {held} held back" if asked.state is None and kept else "")
    point = f"{of}: {point}" if of else point
    point = f"{point[0].upper()}{point[1:]}"
    parts: list[Part] = []
    if asked.by or (of == "" and len({user for user, _, _ in kept}) > 1):
        tally = Counter(name for _, name, _ in kept)
        rows = tuple((plain(name), str(count), str(sum(each == name and one.state in STANDING for _, each, one in kept))) for name, count in tally.most_common(15))  # fmt: skip
        parts.append(Grid(("to", "alerts", "standing"), ("left", "right", "right"), rows))
    lines = [_came_line(name, one, view, named=of == "") for _, name, one in kept]
    parts += [*lines[:_SHOWN], *_more(lines[_SHOWN:_MOST])]
    links = [Button(_short(one), "open", "", url=url) for _, _, one in kept[:3] if (url := view.link(record_address("deal", one.deal)))]  # fmt: skip
    if links:
        parts.append(Buttons(tuple(links)))
    return Message(point, (Text(f"**{plain(point)}**", "heading"), *parts), about={"kind": "alerts"})


def _came_line(name: str, one: AlertOut, view: View, *, named: bool) -> Text:
    how = (
        f"told {view.calendar.moment(one.told_at)}" if one.told_at else f"raised {view.calendar.moment(one.raised_at)}"
    )
    how += f", {_HOW[one.state]}" if one.state in _HOW else ""
    how += f" until {view.calendar.moment(one.snoozed_until)}" if one.state == "snoozed" and one.snoozed_until else ""
    why = f": {plain(one.why_held)}" if one.why_held else ""
    to = f" → {plain(name)}" if named else ""
    return Text(f"**{plain(one.title)}**{moved_since(one)}: {causes_of(one)}{to} · *{how}{why}*", "bullet", "good" if one.state == "resolved" else "plain")  # fmt: skip


def _reason(health: Health) -> str:
    name = f"**{plain(health.deal)}**"
    if health.score is None:
        return f"{name}: too little is known of it, and no alarm is raised for what nobody can see."
    if health.band == "at_risk":
        return f"{name} is at risk ({health.score} of 100), but nothing turned lately: its reasons stood before, and old news raises no alarm."
    return f"{name} stands at {health.score} of 100: not at risk, so nobody is told."


def _lines(ones: Sequence[AlertOut], view: View) -> list[Part]:
    """Return alerts as lines, one for each deal and kind however many people were told, and the ways to the first ones."""
    told: dict[tuple[str, str], list[AlertOut]] = {}
    for one in ones:
        told.setdefault((one.deal, one.title), []).append(one)
    lines = [Text(_line(group), "bullet", "trouble") for group in told.values()]
    firsts = [group[0] for group in told.values()][:3]
    ways = [Button(f"Why {_short(one)}?", "ask", f"Why is the deal {one.name} at risk?") for one in firsts]
    return [*lines[:_SHOWN], Buttons(tuple(ways)), *_more(lines[_SHOWN:])]


def _more(lines: list[Text]) -> list[Part]:
    return [Fold(f"{len(lines)} more", tuple(lines))] if lines else []


def _line(group: Sequence[AlertOut]) -> str:
    one = group[0]
    sums = f" ({money(one.amount, one.currency)})" if one.amount is not None and one.currency else ""
    to = ", ".join(dict.fromkeys(each.to for each in group))
    why = f" — *not sent: {plain(one.why_held)}*" if one.why_held else ""
    following = f" · next: {plain(one.next.label)}" if one.next is not None else ""
    return f"**{plain(one.title)}**{sums}{moved_since(one)}: {causes_of(one)} → {plain(to)}{why}{following}"


def _short(one: AlertOut) -> str:
    name = one.account_name or one.name
    return name if len(name) <= 24 else f"{name[:23]}…"


def _not_looked(found: Alerts) -> list[Part]:
    """Say that nobody looks, where there is no trace that a server ever did."""
    if found.standing or found.held or found.ended or found.rules or found.would:
        return []
    return [Text("*Alerts are raised while the server runs (`dealwright serve`); `dealwright alerts` tells what would be raised now.*", "quiet")]  # fmt: skip


def _told(point: str, parts: Sequence[Part], found: Alerts, *, about: str | None = None) -> Message:
    ways = [Button("Deals at risk", "ask", "Which deals are at risk?")]
    if about is None and found.held and not point.startswith(f"{len(found.held)} "):
        ways.append(Button("Held back", "ask", "Which alerts were held back?"))
    return Message(point, (Text(f"**{plain(point)}**", "heading"), *parts, Buttons(tuple(ways))), about={"kind": "alerts"})  # fmt: skip
