"""What a rep is told each working morning: their feed; and besides, what was found and only a person can judge.

Who is told what is put as notices (`agents.notices`), which keep everybody's hours; the message is made when it is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, or_, select

from agents.notices import NewNotice, hours_of, put
from agents.proposals.rights import receivers
from bot.compose import view_at
from bot.message import Button, Buttons, Message, Part, Text, fixed, plain
from bot.stepping import Step, Stepping
from infra.spine.outbound import Notice
from infra.spine.people import User
from infra.spine.scope import scope_of
from infra.spine.signals import Signal
from sales.signals import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from agents.signals.feed import FeedItem
    from bot.app import App
    from bot.selling import Selling

FEED, REVIEW = "feed", "review"
"""The kinds of notices: the morning's feed, and a signal that a person is asked about."""

CHOICES = {"pursue": "Write to them", "put_off": "In a month", "skip": "Skip it"}
"""The actions of the buttons on such a signal. The value is its id and a number, as every card's."""

_EVERY_TICKS = 30
_ASKED_AT_ONCE = 3
_RECENT = timedelta(days=3)
_PUT_OFF = timedelta(days=30)


class Morning:
    """Puts the notices. `tick` is the schedule's."""

    def __init__(self, app: Selling) -> None:
        self._app = app
        self._ticks = 0

    def tick(self) -> None:
        """Put what is due to be told, twice a minute."""
        self._ticks += 1
        if self._ticks % _EVERY_TICKS != 1:
            return
        now = self._app.clock.now()
        with self._app.database.session() as session:
            fed, asked = self._to_feed(session, now), self._to_ask(session, now)
        if fed or asked:
            with self._app.database.transaction() as session:
                for user_id, key in fed:
                    put(session, NewNotice(key=key, user_id=user_id, kind=FEED, payload={}), now)
                for user_id, signal, at_once in asked:
                    key = f"{REVIEW}:{signal}:{user_id}"[:200]
                    put(session, NewNotice(key, user_id, REVIEW, {"signal": signal}, urgent=at_once), now)

    def _to_feed(self, session: Session, now: datetime) -> list[tuple[str, str]]:
        """Return who has signals, whose hour has come on this working day, and who was not told today; with today's key."""
        from agents.signals.feed import SHOWN

        settings = self._app.settings
        live = (Signal.state.in_(SHOWN), or_(Signal.expires_at.is_(None), Signal.expires_at > now))
        owners = select(Signal.owner_id).where(Signal.owner_id.is_not(None), *live).distinct()
        due = []
        for user_id, zone in session.execute(select(User.id, User.time_zone).where(User.active, User.id.in_(owners))):
            hours = hours_of(settings, zone)
            local = now.astimezone(hours.zone)
            if local.weekday() in hours.days and settings.feed_at <= local.time() < settings.disturb_until:
                due.append((user_id, f"{FEED}:{user_id}:{local.date()}"))
        known = set(session.scalars(select(Notice.key).where(Notice.key.in_([key for _, key in due]))))
        return [one for one in due if one[1] not in known]

    def _to_ask(self, session: Session, now: datetime) -> list[tuple[str, str, bool]]:
        """Return whom to ask about which signals, and whether at once, the best first: a few at once, as the others stand in the feed.

        Who asks for a demo waits for nobody's feed, however much was asked before. Of what nobody owns one admin is asked, and the next
        where the one is reached nowhere.
        """
        lately = (Notice.kind == REVIEW, Notice.created_at >= now - _RECENT - timedelta(days=1))
        signal_of = Notice.payload["signal"].as_string()
        asked = select(signal_of).where(*lately, Notice.state != "unreached")
        in_vain = set(
            session.execute(select(signal_of, Notice.user_id).where(*lately, Notice.state == "unreached")).all()
        )
        rows = session.execute(
            select(Signal.id, Signal.owner_id, Signal.kind == Kind.DEMO_REQUEST)
            .where(
                Signal.state == "review",
                Signal.received_at >= now - _RECENT,
                or_(Signal.expires_at.is_(None), Signal.expires_at > now),
                Signal.id.not_in(asked),
            )
            .order_by(Signal.rank.desc(), Signal.id)
            .limit(200)
        ).all()
        waiting = dict(
            session.execute(
                select(Notice.user_id, func.count())
                .where(Notice.kind == REVIEW, Notice.created_at >= now - timedelta(days=1))
                .group_by(Notice.user_id)
            ).all()
        )
        told = []
        for signal, owner, at_once in rows:
            left = [one for one in receivers(session, owner, now) if (signal, one) not in in_vain]
            for user_id in left[:1]:
                waiting[user_id] = waiting.get(user_id, 0) + (not at_once)
                if at_once or waiting[user_id] <= _ASKED_AT_ONCE:
                    told.append((user_id, signal, at_once))
        return told

    def compose(self, kind: str, payload: Mapping[str, Any], user_id: str) -> Step | None:
        """Return the message of such a notice as things stand now; None where there is nothing to tell any more."""
        app = self._app
        with app.database.session() as session:
            user = session.get_one(User, user_id)
            scope = scope_of(session, user, app.settings.visibility)
        if kind == FEED:
            stepping = Stepping(app.database, app.clock, app.proposals, app.signals)
            step = stepping.feed(user, scope, view_at(app.settings, app.clock.now()))
            return step if app.signals.feed(user_id, scope, 1) else None
        found = app.signals.listed(scope, states=("review",), ids=[str(payload["signal"])])
        return Step(signal_card(found[0]), signals=(found[0].id,)) if found else None


def signal_card(item: FeedItem) -> Message:
    """Return what a person is asked about a signal: what happened, why it is asked, and what may be chosen."""
    parts: list[Part] = [Text(f"**{plain(item.headline)}**", "heading")]
    parts += [Text(plain(reason), "bullet") for reason in item.reasons]
    parts += [Text(f"**Missing:** {plain(one)}", "bullet", "trouble") for one in item.missing]
    if item.state == "review":
        parts.append(Text("Is it worth writing about?"))
        parts.append(Buttons(tuple(Button(label, action, f"{item.id}:0") for action, label in CHOICES.items())))
    else:
        parts.append(Text(f"**{plain(_NOW.get(item.state, item.state))}**", "body", "good"))
    return Message(item.headline, tuple(parts))


def settle(app: App, choice: str, signal: str, user: User, surface: str) -> Message:
    """Settle what was asked about a signal, and return what its card says then. Raises Denied, and Fatal with what stands against it."""
    from bot.signals import decide_signal

    decision = "nurture" if choice == "put_off" else choice
    revisit = app.clock.now() + _PUT_OFF if choice == "put_off" else None
    item = decide_signal(app, user.email, cast("Any", surface), signal, cast("Any", decision), revisit)
    return signal_card(item) if item.state != "review" else fixed("Noted.")


_NOW = {
    "judged": "It is being drafted; the card comes to you.",
    "drafted": "It is drafted; the card comes to you.",
    "nurtured": "It comes back in a month.",
    "skipped": "Skipped.",
    "handed_over": "The owner of the deal is told.",
}
