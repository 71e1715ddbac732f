"""What is overdue, promised and alerted, of people, teams, deals and weeks: each counted, each row with its words, and what one person does only for them and whoever leads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import select

from agents.linking.linker import link
from agents.metrics.service import NOT_YOURS
from bot.addresses import record_address
from bot.figures import counted, money
from bot.message import Button, Buttons, Fold, Grid, Message, Part, Quote, Text, fixed, plain
from bot.moments import read_moment
from bot.watch_words import Asked, asked_of, may_ask
from bot.workflow import how_late, line_of, list_message, read_for
from infra.spine.people import User
from infra.spine.scope import coached_by
from sales.mail.turns import object_of, phrase_of
from sales.workflow.wording import spoken_day

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from agents.workflow.owing import OpenPromise
    from agents.workflow.record import Due, Workflow
    from bot.app import App
    from bot.compose import View
    from infra.spine.scope import Scope

_SHOWN, _FOLDED, _PEOPLE, _OF_ONE = 6, 25, 15, 6
_OF_PROMISES = "*What was said in calls and mails of the last 120 days, or stands as an open task, on open deals, with no later word that it was done; what names no day counts once it was asked for again.*"
_OF_DUTIES = "*Counted by the owner of each: what a rule of the workflow asks for and whose time has passed.*"


class _Asker:
    """Who asks: what they see, and of whom they may be told what that person does. `app` and `scope` as everywhere."""

    def __init__(self, app: App, session: Session, user: User | None, scope: Scope, view: View) -> None:
        self.app, self.session, self.user, self.scope, self.view = app, session, user, scope, view

    @property
    def leads(self) -> bool:
        """Whether they lead people."""
        return self.scope.role in ("manager", "admin")

    def may_see(self, user_id: str | None) -> bool:
        """Whether they may be told what one person does: their own, what their people do, and for an admin everybody's."""
        return self.scope.role == "admin" or user_id in self._coached

    @cached_property
    def _coached(self) -> Collection[str]:
        asker = self.session.get(User, self.scope.user_id) if self.scope.user_id is not None else None
        return coached_by(self.session, asker) if asker is not None else ()

    @property
    def today(self) -> date:
        """The day of the moment."""
        return self.view.calendar.today


def looked(app: App, words: str, user: User | None, scope: Scope, view: View, as_of: str | None, *, plain_too: bool) -> Message | None:  # fmt: skip
    """Return what is asked for of overdue work, promises and alerts; None where the words ask for none. `plain_too` takes what names nothing besides, as others read it first."""
    right = may_ask(words)
    if right is None:
        return None
    moment = read_moment(as_of, app.settings.zone) if as_of else None
    with app.database.session() as session:
        asked = asked_of(right, link(session, scope, right), moment or view.now, app.settings)
        if asked is None or (asked.plain and asked.what != "promises" and not plain_too):
            return None
        asker = _Asker(app, session, user, scope, view)
        if hidden := [name for id_, name in asked.people if not asker.may_see(id_)]:
            return _refused(asked, hidden[0])
        if asked.what == "alerts":
            return _alerts(asker, asked, as_of)
        if asked.what == "promises":
            return _promises(asker, asked, moment)
    # The workflow is looked at anew, and kept: not while somebody reads.
    found = read_for(app, scope, None, as_of)
    with app.database.session() as session:
        return _overdue(_Asker(app, session, user, scope, view), asked, found)


def _refused(asked: Asked, name: str) -> Message:
    mine = {"alerts": "What alerts do I have?", "promises": "What are my open promises?", "overdue": "What is overdue for me?"}[asked.what]  # fmt: skip
    told = fixed(NOT_YOURS, f"{name} and their manager can ask for it.")
    return Message(told.summary, (*told.parts, Buttons((Button("Mine", "ask", mine),))), about=told.about)


def _named(asked: Asked, own: str = "") -> str:
    """Return of whom an answer tells, as its heading says it."""
    told = [name for _, name in asked.people] or ([f"{asked.team} team"] if asked.team else [])
    return ", ".join([*told, *([asked.place] if asked.place else [])]) or own


def _owners(asker: _Asker, asked: Asked) -> frozenset[str] | None:
    """Return whose work is meant, None for everybody's inside the scope. A rep who names nobody means their own."""
    if asked.people:
        return frozenset(id_ for id_, _ in asked.people)
    if asked.team:
        return frozenset(asker.session.scalars(select(User.id).where(User.team == asked.team)))
    own = asker.user is not None and (asked.mine or (asker.user.role == "rep" and not asked.by and not asked.place))
    return frozenset({asker.user.id}) if own and asker.user is not None else None


def _overdue(asker: _Asker, asked: Asked, found: Workflow) -> Message:
    if asked.by:
        return _ranking(asker, asked, found)
    if asked.team and not asker.leads:
        return _own_and_sum(asker, found.overdue)
    owners = _owners(asker, asked)

    def meant(one: Due) -> bool:
        there = not asked.place or one.deal_id in asked.deals or (not asked.deals and one.account_id in asked.accounts)
        return there and (owners is None or one.owner_id in owners)

    kept = found.model_copy(update={"overdue": tuple(filter(meant, found.overdue)), "due": (), "unmapped": ()})
    return list_message(kept, asker.view, overdue_only=True, of=_named(asked))


def _ranking(asker: _Asker, asked: Asked, found: Workflow) -> Message:
    """Return who has most overdue: by name for those whose work the asker leads, else their own and the sum."""
    if asked.by == "team":
        teams = {row.id: row.team for row in asker.session.execute(select(User.id, User.team))}
        return _groups(asker, found.overdue, lambda one: teams.get(one.owner_id) or "No team", "Team")
    if not asker.leads:
        return _own_and_sum(asker, found.overdue)
    return _groups(asker, found.overdue, lambda one: (one.owner or "Nobody") if not one.owner_id or asker.may_see(one.owner_id) else "Others", "Rep")  # fmt: skip


def _own_and_sum(asker: _Asker, late: Sequence[Due]) -> Message:
    own = sum(one.owner_id == asker.scope.user_id for one in late) if asker.scope.user_id else 0
    point = f"{own} overdue for you, {len(late)} together for those whose deals you see"
    note = Text(f"*{plain(NOT_YOURS)} Yours is the first figure.*", "quiet")
    mine = Buttons((Button("Mine", "ask", "What is overdue for me?"),))
    return Message(point, (Text(f"**{point}**", "heading"), note, mine), about={"kind": "workflow"})


def _groups(asker: _Asker, late: Sequence[Due], name_of: Callable[[Due], str], heading: str) -> Message:
    groups: dict[str, list[Due]] = {}
    for one in late:
        groups.setdefault(name_of(one), []).append(one)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    if not ranked:
        return Message("Nothing is overdue.", (Text("**Nothing is overdue.**", "heading"),), about={"kind": "workflow"})
    most = [name for name, ones in ranked if len(ones) == len(ranked[0][1])]
    each = " each" if len(most) > 1 else ""
    point = f"Most overdue: {', '.join(most[:3])}, {len(ranked[0][1])}{each} of {len(late)}"
    quotes: list[Quote] = []
    rows, links, folds = [], [], list[Part]()
    for name, ones in ranked[:_PEOPLE]:
        longest = min(ones, key=lambda one: one.due_at)
        rows.append((plain(name), str(len(ones)), how_late(longest.late or timedelta(0)), plain(longest.deal)))
        links.append(asker.view.link(record_address("deal", longest.deal_id)))
        if len(folds) == _SHOWN:
            continue
        lines = [Text(line_of(one, asker.view, quotes), "bullet", "trouble") for one in ones[:_OF_ONE]]
        more = [Text(f"*and {len(ones) - _OF_ONE} more*", "quiet")] if len(ones) > _OF_ONE else []
        folds.append(Fold(f"{name}: {len(ones)}", (*lines, *more)))
    grid = Grid((heading, "overdue", "longest", "which"), ("left", "right", "right", "left"), tuple(rows), tuple(links))
    asks = [Button(name, "ask", f"What is overdue for {name}{' team' if heading == 'Team' else ''}?") for name, _ in ranked[:3] if name not in ("Others", "Nobody", "No team")]  # fmt: skip
    more = [Text(f"*and {len(ranked) - _PEOPLE} more*", "quiet")] if len(ranked) > _PEOPLE else []
    parts: list[Part] = [Text(f"**{plain(point)}**", "heading"), grid, *more, *([Buttons(tuple(asks))] if asks else []), *folds]  # fmt: skip
    if quotes:
        parts.append(Fold("The words", tuple(quotes)))
    parts.append(Text(_OF_DUTIES, "quiet"))
    return Message(point, tuple(parts), about={"kind": "workflow"})


def _promises(asker: _Asker, asked: Asked, moment: datetime | None) -> Message:
    if (asked.by or asked.team) and not asker.leads:
        # Whose they are is told to whoever leads them.
        asked = Asked("promises", mine=True, theirs=asked.theirs, late=asked.late, days=asked.days)
    owners = _owners(asker, asked)
    found = asker.app.workflow.promises(asker.session, asker.scope, moment, by_us=not asked.theirs, owners=owners)
    found = [one for one in found if asked.team or not asked.by or asker.may_see(one.owner_id)]
    today = asker.today
    if asked.late:
        found = [one for one in found if one.late(today) > 0]
    if asked.days is not None:
        zone = asker.app.settings.zone
        first, until = asked.days.begin.astimezone(zone).date(), asked.days.end.astimezone(zone).date()
        found = [one for one in found if one.due is not None and first <= one.due < until]
    late = sum(one.late(today) > 0 for one in found)
    whose = "of theirs" if asked.theirs else ""
    span = f", due {asked.days.told}" if asked.days is not None else ""
    head = _named(asked, "" if owners is None else "you")
    if asked.late:
        point = f"{counted(len(found), 'promise')} {whose}".strip() + f" not kept in time{span}"
    else:
        point = f"{counted(len(found), 'open promise')} {whose}".strip() + f"{span}, {late} overdue"
    point = f"{head[0].upper()}{head[1:]}: {point}" if head else point
    if not found:
        point = point.replace("0 open promises", "no open promise").replace("0 promises", "no promise").replace(", 0 overdue", "")  # fmt: skip
    quotes: list[Quote] = []
    lines = [_promise_line(one, asker.view, quotes, today) for one in found[:_FOLDED]]
    parts: list[Part] = [Text(f"**{plain(point)}**", "heading")]
    if asked.by:
        tally = Counter(one.owner or "Nobody" for one in found)
        parts.append(Text(" · ".join(f"{plain(name)} {count}" for name, count in tally.most_common(_PEOPLE))))
    parts += lines[:_SHOWN]
    if not asked.theirs:
        parts += _keeping(found[:3])
    if found[_SHOWN:]:
        rest = [Text(f"*and {len(found) - _FOLDED} more*", "quiet")] if len(found) > _FOLDED else []
        parts.append(Fold(f"{len(found) - _SHOWN} more", (*lines[_SHOWN:], *rest)))
    if quotes:
        parts.append(Fold("The words", tuple(quotes)))
    return Message(point, (*parts, Text(_OF_PROMISES, "quiet")), about={"kind": "promises"})


def _promise_line(one: OpenPromise, view: View, quotes: list[Quote], today: date) -> Text:
    piece = one.evidence
    quotes.append(Quote(len(quotes) + 1, piece.quote, piece.speaker, piece.at, piece.label or piece.source, view.link(piece.url)))  # fmt: skip
    sums = f" · {money(one.amount, one.currency)}" if one.amount is not None else ""
    days = one.late(today)
    when = "no day named" if one.due is None else f"due {spoken_day(one.due, today)}"
    when += f", {counted(days, 'day')} late" if days > 0 else ""
    who = f", {plain(one.owner)}" if one.owner else ""
    return Text(f"**{plain(one.deal)}**{sums}: {plain(one.what)} [{len(quotes)}] · *{when}{who}*", "bullet", "trouble" if days > 0 else "plain")  # fmt: skip


def _keeping(found: Sequence[OpenPromise]) -> list[Part]:
    made = []
    for one in found:
        name = one.account or one.deal
        about = object_of(one.what)
        value = f"Draft a mail to {name} {phrase_of('deliver')}" + (f" about {about}" if about else "")
        made.append(Button(f"Draft · {name if len(name) <= 24 else f'{name[:23]}…'}", "ask", value[:300]))
    return [Buttons(tuple({one.label: one for one in made}.values()))] if made else []


def _alerts(asker: _Asker, asked: Asked, as_of: str | None) -> Message | None:
    from bot.alert_asking import came, looked_on

    if asked.place:
        return looked_on(asker.app, asked.deals, asked.accounts, asked.place, asker.scope, asker.view, as_of)
    users: list[str] | None = sorted(owners) if (owners := _owners(asker, asked)) is not None else None
    if users is None and not asker.leads:
        users = [asker.scope.user_id] if asker.scope.user_id else []
    if users is None or asked.team:
        # Everybody's: of those whose work the asker leads.
        every = asker.session.scalars(select(User.id)).all() if users is None else users
        users = None if asker.scope.role == "admin" and users is None else [one for one in every if asker.may_see(one)]
    own = asker.user is not None and users == [asker.user.id]
    return came(asker.app, asked, users, asker.scope, asker.view, of=_named(asked, "you" if own else ""))
