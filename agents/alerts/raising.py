"""Looking at deals: what is new joins the alert that stands, what is gone ends it, and what nobody was told of asks for a place in a person's day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from agents.alerts.ending import Endings
from agents.alerts.people import Listener, Listeners
from agents.alerts.record import AlertOut, Play
from agents.alerts.rows import (
    Place,
    counts_before,
    insert_alerts,
    muted_rules,
    open_alerts,
    out_of,
    place_of,
    quiet_causes,
    told_lately,
)
from agents.alerts.titles import title_of
from agents.alerts.watched import Watched
from agents.intake.identity import stable_id
from agents.notices import NewNotice, hours_of, put
from infra.settings import Settings
from infra.spine.watch import Alert
from sales.alerting import FRESH_FOR, Claim, rank_of, value_in_typical_deals, within_budget
from sales.playbooks import Playbook, playbook_for

NOTICE = "alert"
"""The kind of the notices that carry alerts."""

_WEEK = timedelta(days=7)
_HELD = "Your {budget} alerts of the day were used; it stands in the weekly review and under `dealwright alerts`."
_OLD = "It has been at risk for longer than a week; it stands in the weekly review and under `dealwright alerts`."
LOST_TRACK = "Nobody could be reached with it on any surface."
"""Why an alert is held whose person no surface reaches: it is tried once more when one does."""
_MUTED = "Alerts for this cause are muted: too few of them were called useful."


@dataclass(frozen=True)
class Looked:
    """What came of a look: alerts raised and told, those held or muted, those whose card is to be drawn anew, and those that ended."""

    raised: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


@dataclass
class _Wish:
    """An alert that may be raised, or one that was held and may be told now."""

    place: Place
    out: AlertOut
    watched: Watched
    alarm: tuple[str, ...]
    can: float
    row: Alert | None = None
    muted: bool = False

    @property
    def fresh(self) -> bool:
        return bool(self.out.new)


@dataclass
class Look:
    """One look at many deals: everything is read once for all of them."""

    session: Session
    settings: Settings
    playbooks: Mapping[str, Playbook]
    now: datetime
    endings: Endings
    changed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def at(self, watched: Sequence[Watched]) -> Looked:
        """Look at deals, in a transaction: update and end what stands, raise what is new."""
        deals = list({one.subject.deal_id for one in watched})
        standing = open_alerts(self.session, deals)
        rows: dict[tuple[str, str], list[Alert]] = {}
        for row in standing.values():
            rows.setdefault((row.kind, row.deal_id), []).append(row)
        wishes = self._wishes(watched, standing, deals)
        for one in watched:
            for row in rows.get((one.kind, one.subject.deal_id), ()):
                if (again := self._follow(row, one)) is not None:
                    wishes.append(again)
        told, held = self._settle(wishes, deals)
        return Looked(tuple(told), tuple(held), tuple(self.changed), tuple(self.ended))

    def would(self, watched: Sequence[Watched], standing: Mapping[Place, Alert]) -> list[tuple[AlertOut, bool]]:
        """Return what a look would raise beside what is `standing`, writing nothing, each with whether it fits into its person's day."""
        deals = list({one.subject.deal_id for one in watched})
        wishes = [one for one in self._wishes(watched, standing, deals) if not one.muted]
        self._rank(wishes)
        chosen = self._within_budget(wishes)
        return [(one.out, _key(one.place) in chosen) for one in sorted(wishes, key=lambda one: -one.out.rank)]

    def _wishes(self, watched: Sequence[Watched], standing: Mapping[Place, Alert], deals: Sequence[str]) -> list[_Wish]:
        alarming = [one for one in watched if one.alarming]
        if not alarming:
            return []
        listeners = Listeners(self.session, self.settings, self.now)
        quiet = quiet_causes(self.session, deals, self.now, self.settings.alerts_cool_down_days)
        muted = muted_rules(self.session)
        found = []
        for one in alarming:
            for listener in listeners.of(one.subject):
                place = (one.kind, one.subject.deal_id, listener.id)
                if place in standing:
                    continue
                wish = self._wish(one, listener, listeners, place, quiet.get(place, set()), muted)
                if wish is not None:
                    found.append(wish)
        return found

    def _wish(
        self, one: Watched, listener: Listener, listeners: Listeners, place: Place, quiet: set[str], muted: frozenset[str]
    ) -> _Wish | None:  # fmt: skip
        heard = [cause for cause in one.causes if cause.kind not in quiet]
        loud = [cause for cause in heard if cause.kind not in muted]
        new = [cause for cause in loud if cause.kind in one.new]
        alarm = new or loud or heard
        if not alarm or (quiet and not new):
            # What a person was told of and has heard the end of does not come back by itself, only with something new.
            return None
        books = [playbook_for(self.playbooks, cause.kind) for cause in alarm]
        first = max(zip(alarm, books, strict=True), key=lambda pair: (pair[0].weight, pair[1].can))
        subject = one.subject
        out = AlertOut(
            id=stable_id("alert", *place),
            kind=one.kind,
            state="waiting",
            deal=subject.deal_id,
            name=subject.name,
            account=subject.account_id,
            account_name=subject.account,
            owner=listeners.email_of(subject.owner_id),
            to=listener.email,
            amount=subject.amount,
            currency=subject.currency,
            stage=subject.stage,
            close_date=subject.close_date,
            title=title_of(one, new=bool(new)),
            score_before=one.before,
            score_after=one.score,
            score_told=one.score,
            since=self.now - _WEEK,
            new=tuple(new),
            standing=tuple(cause for cause in one.causes if cause not in new),
            play=Play(cause=first[0].kind, do=first[1].do),
            rule=first[0].kind,
            rank=0.0,
            event_at=one.event_at,
            raised_at=self.now,
        )
        return _Wish(place, out, one, tuple(cause.kind for cause in alarm), max(book.can for book in books), muted=not loud)  # fmt: skip

    def _follow(self, row: Alert, one: Watched) -> _Wish | None:
        """Bring an open alert up to how its deal stands now. Returns it where it was held and may be told after all."""
        standing = {cause.kind for cause in one.causes}
        gone = [cause for cause in row.causes if cause not in standing]
        if one.known and (len(gone) == len(row.causes) or one.has_recovered(row.record.get("score_after"))):
            self._end(row, one, gone)
            return None
        if not one.known:
            return None
        joined = [kind for kind in standing - set(row.causes) if kind in one.new]
        if joined and row.state != "muted":
            muted = muted_rules(self.session)
            joined = [kind for kind in joined if kind not in muted]
        before = out_of(row)
        if joined:
            row.causes = [*row.causes, *sorted(joined)]
        told_new = {cause.kind for cause in before.new} | set(joined)
        new = tuple(cause for cause in one.causes if cause.kind in told_new)
        rest = tuple(cause for cause in one.causes if cause.kind not in told_new)
        anew = (
            bool(joined) or row.told_at is None or {cause.kind for cause in before.new} != {cause.kind for cause in new}
        )
        # What was told stays as it was told until something else is.
        headline = {"title": title_of(replace(one, before=before.score_before), new=bool(new)), "score_told": one.score}
        after = before.model_copy(
            update={
                "new": new,
                "standing": rest,
                "score_after": one.score,
                "amount": one.subject.amount,
                "close_date": one.subject.close_date,
                "stage": one.subject.stage,
                **(headline if anew else {}),
            }
        )
        if after != before:
            row.record = after.model_dump(mode="json")
            if joined or {cause.kind for cause in before.new} != {cause.kind for cause in new}:
                self.changed.append(row.id)
        if before.why_held == LOST_TRACK:
            # What to tell is brought up to date; it is told when its person can be reached.
            return None
        held_lately = row.state == "held" and before.new and self.now - row.raised_at <= FRESH_FOR
        if row.state == "held" and (joined or held_lately):
            can = max(playbook_for(self.playbooks, kind).can for kind in row.causes)
            return _Wish(place_of(row), after, one, tuple(row.causes), can, row)
        return None

    def _end(self, row: Alert, one: Watched, gone: Sequence[str]) -> None:
        ending = self.endings.of(self.session, one, row, gone, self.now)
        row.state, row.ended_at, row.ended_by = "resolved", self.now, ending.by
        out = out_of(row)
        row.record = out.model_copy(update={"ending": ending.told, "score_after": one.score}).model_dump(mode="json")
        self.ended.append(row.id)

    def _settle(self, wishes: list[_Wish], deals: Sequence[str]) -> tuple[list[str], list[str]]:
        if not wishes:
            return [], []
        self._rank(wishes)
        counts = counts_before(self.session, deals)
        for wish in wishes:
            if wish.row is None:
                number = counts.get(wish.place, 0)
                wish.out = wish.out.model_copy(update={"id": stable_id("alert", *wish.place, number)})
        chosen = self._within_budget([one for one in wishes if not one.muted])
        fresh: list[tuple[_Wish, str]] = []
        told: list[str] = []
        held: list[str] = []
        for wish in wishes:
            state = "muted" if wish.muted else "waiting" if _key(wish.place) in chosen else "held"
            if wish.row is None:
                fresh.append((wish, state))
            elif state == "waiting":
                wish.row.state, wish.row.rank = "waiting", wish.out.rank
                wish.row.record = wish.out.model_copy(update={"why_held": None}).model_dump(mode="json")
                self._put(wish)
                told.append(wish.out.id)
        added = insert_alerts(self.session, [self._row(wish, state, counts) for wish, state in fresh])
        for wish, state in fresh:
            if wish.out.id in added and state == "waiting":
                self._put(wish)
                told.append(wish.out.id)
            elif wish.out.id in added:
                held.append(wish.out.id)
        return told, held

    def _row(self, wish: _Wish, state: str, counts: Mapping[Place, int]) -> dict[str, object]:
        why = {"muted": _MUTED, "held": _HELD.format(budget=self.settings.alerts_a_day) if wish.fresh else _OLD}
        out = wish.out.model_copy(update={"state": state, "why_held": why.get(state)})
        kind, deal, user = wish.place
        return {
            "id": out.id,
            "key": f"{kind}:{deal}:{user}:{counts.get(wish.place, 0)}"[:200],
            "deal_id": deal,
            "user_id": user,
            "kind": kind,
            "rule": out.rule,
            "causes": list(wish.alarm),
            "state": state,
            "rank": out.rank,
            "record": out.model_dump(mode="json"),
            "event_at": out.event_at,
            "raised_at": self.now,
        }

    def _put(self, wish: _Wish) -> None:
        """Let it wait for the person's hours. Urgent is what is to be done today, or stands within a week of the close date: it doesn't wait for the
        day's budget of messages, but nobody is disturbed outside of their hours for it."""
        close = wish.out.close_date
        within = playbook_for(self.playbooks, wish.out.rule).within_days
        soon = close is not None and timedelta(0) <= close - self.now.date() <= _WEEK
        notice = NewNotice(
            key=notice_key(wish.out.id),
            user_id=wish.place[2],
            kind=NOTICE,
            payload={"alert": wish.out.id},
            urgent=within <= 1 or soon,
            value=Decimal(str(wish.out.rank)),
        )
        put(self.session, notice, self.now)

    def _rank(self, wishes: Iterable[_Wish]) -> None:
        listed = list(wishes)
        values = value_in_typical_deals([(one.out.currency, one.out.amount) for one in listed])
        for wish, value in zip(listed, values, strict=True):
            wish.out = wish.out.model_copy(update={"rank": rank_of(value, wish.watched.score, wish.can)})

    def _within_budget(self, wishes: Sequence[_Wish]) -> frozenset[str]:
        told = told_today(self.session, self.settings, self.now, list({one.place[2] for one in wishes}))
        claims = [Claim(_key(one.place), one.place[2], one.out.rank, one.fresh) for one in wishes]
        return within_budget(claims, told, self.settings.alerts_a_day)


def told_today(session: Session, settings: Settings, now: datetime, users: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many alerts each of these people was told of today, by their own clock, or is about to be, and how many of them were not fresh."""
    listeners = Listeners(session, settings, now)
    told: dict[str, tuple[int, int]] = {}
    for user, told_at, new in told_lately(session, users, now):
        if told_at is None or told_at >= _midnight(settings, listeners.zone_of(user), now):
            said, stale = told.get(user, (0, 0))
            told[user] = (said + 1, stale + (not new))
    return told


def _midnight(settings: Settings, zone_name: str | None, now: datetime) -> datetime:
    zone = hours_of(settings, zone_name).zone
    return datetime.combine(now.astimezone(zone).date(), time(0), zone)


def notice_key(alert_id: str, again: datetime | None = None) -> str:
    """Return the key of the notice by which a person is told of an alert: the first time, or when it came back from a snooze."""
    return f"{NOTICE}:{alert_id}" if again is None else f"{NOTICE}:{alert_id}:{again:%Y%m%d%H%M}"


def _key(place: Place) -> str:
    return "\x1f".join(place)
