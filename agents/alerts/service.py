"""Alerts as a part of the application: looking at deals, reading what stands, and what people do with it. All of it blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from agents.alerts.arrivals import Arrived, looked_at
from agents.alerts.customers import watched_customers
from agents.alerts.deciding import Act, Acted, act, allow
from agents.alerts.drafting import Redrafting
from agents.alerts.ending import Endings
from agents.alerts.handed import signals_of, take_back_cards
from agents.alerts.judging import lift, mute, standings
from agents.alerts.raising import NOTICE, Look, Looked, notice_key
from agents.alerts.reaching import lost, notice_of, try_again, unreached
from agents.alerts.record import OPEN, STANDING, AlertOut, Alerts, Ending, Play
from agents.alerts.rows import alerts_to, out_of, place_of
from agents.alerts.today import as_of_today
from agents.alerts.watched import Watched, of_health
from agents.alerts.worked import worked_before
from agents.health.next_step import NextSteps
from agents.health.record import Health
from agents.links import Links
from agents.notices import NewNotice, drop, put
from infra.errors import Denied
from infra.settings import Settings
from infra.spine.business import Deal
from infra.spine.database import Database
from infra.spine.outbound import Notice
from infra.spine.people import User
from infra.spine.scope import EVERYTHING, Scope, scope_of
from infra.spine.watch import Alert, DealHealth
from sales.clock import Clock
from sales.playbooks import Playbook, playbook_for

_SHOWN_FOR = timedelta(days=30)
_MOST_ENDED = 50
_OLD = timedelta(days=45)
_A_MOMENT = timedelta(minutes=5)


class HealthReader(Protocol):
    """How deals stand: `agents.health.service.HealthService`."""

    def of_all(
        self, session: Session, scope: Scope, as_of: datetime | None = None, deal_ids: Collection[str] | None = None
    ) -> list[Health]:
        """Return the health of the open deals inside a scope, of `deal_ids` alone where given."""
        ...


class Alerting:
    """The alerts of a company. Thread-safe."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        health: HealthReader,
        playbooks: Callable[[], Mapping[str, Playbook]],
        drafting: Redrafting,
        links: Links,
        next_steps: Callable[[], NextSteps] | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._health = health
        self._playbooks = playbooks
        self._drafting = drafting
        self._links = links
        self._next_steps = next_steps
        self._endings = Endings(settings.zone, links)

    def look(self, deals: Sequence[str] | None = None, arrived: Arrived | None = None) -> Looked:
        """Look at these deals, or at all, and write down what came of it: alerts, and the notices that carry them, in one transaction.

        `arrived` is what led to the look: its marks are taken away in the same transaction, so that a kill leaves them.
        """
        now = self._clock.now()
        with self._database.session() as session:
            # What takes long to read is read outside of the transaction; the alerts are compared inside it.
            watched = self._watched(session, EVERYTHING, now, deals)
        with self._database.transaction() as session:
            looked = Look(session, self._settings, self._playbooks(), now, self._endings).at(watched)
            closed = self._end_closed(session, now)
            if arrived is not None:
                looked_at(session, arrived)
        return Looked(looked.raised, looked.held, looked.changed, (*looked.ended, *closed))

    def tend(self) -> tuple[str, ...]:
        """Note what was told meanwhile, and bring back what was put off until now. Returns the ids of alerts whose card shows something else then."""
        now = self._clock.now()
        with self._database.session() as session:
            due = select(Alert.id).where(Alert.state == "snoozed", Alert.snoozed_until <= now).limit(1)
            if not _settled(session, now) and session.scalar(due) is None:
                return ()
        with self._database.transaction() as session:
            return (*self._note_told(session, now), *self._wake(session, now))

    def lost(self) -> dict[str, tuple[str, ...]]:
        """Return the people whom no surface reached with an alert that still stands, each with the deals that it is of."""
        with self._database.session() as session:
            return lost(session)

    def reached(self, users: Collection[str]) -> tuple[str, ...]:
        """Have what did not reach these people told to them now, each alert once and as many as a day holds; return the alerts' ids."""
        with self._database.transaction() as session:
            return try_again(session, self._settings, users, self._clock.now())

    def read(self, scope: Scope, as_of: datetime | None = None, *, would: bool = True) -> Alerts:
        """Return what stands, is held and ended lately inside a scope as of a moment. A rep reads their own alerts.

        What `would` be raised is worked out from every open deal, which takes its time where there are thousands.
        """
        at = as_of or self._clock.now()
        with self._database.session() as session:
            mine = None if scope.role in ("manager", "admin") or scope.user_id is None else scope.user_id
            rows = session.scalars(
                select(Alert)
                .join(Deal, Deal.id == Alert.deal_id)
                .where(
                    scope.deals(),
                    Alert.raised_at <= at,
                    or_(Alert.ended_at.is_(None), Alert.ended_at > at - _SHOWN_FOR),
                    *((Alert.user_id == mine,) if mine else ()),
                )
                .order_by(Alert.rank.desc(), Alert.id)
            ).all()
            outs = [(row.ended_at, out_of(row)) for row in rows]
            watched = self._watched(session, scope, at, None) if would else []
            look = Look(session, self._settings, self._playbooks(), at, self._endings)
            own = session.scalar(select(User.email).where(User.id == mine)) if mine else None
            stood = {place_of(row): row for row in rows if row.ended_at is None or row.ended_at > at}
            raised = [(one, fits) for one, fits in look.would(watched, stood) if own is None or one.to == own]
            standing = tuple(one for ended, one in outs if (ended is None or ended > at) and _stood(one, at))
            held = tuple(one for ended, one in outs if ended is None and one.state in ("held", "muted"))
            over = [one for ended, one in outs if ended is not None and ended <= at]
            return Alerts(
                as_of=at,
                standing=self._today(session, scope, self._with_plays(session, scope, standing), as_of),
                held=self._today(session, scope, held, as_of),
                would=tuple(
                    one.model_copy(update={} if fits else {"state": "held", "why_held": "Over the day's budget."})
                    for one, fits in raised
                ),
                ended=tuple(sorted(over, key=_ended_at, reverse=True)[:_MOST_ENDED]),
                rules=standings(session),
                unknown=sum(not one.known for one in watched) if would else _kept_unknown(session, scope),
            )

    def came_to(
        self, scope: Scope, begin: datetime, end: datetime, users: Sequence[str] | None = None
    ) -> list[tuple[str, str, AlertOut]]:
        """Return the alerts that came to people in a span, whatever became of them: the person's id and name, and the alert; the newest first."""
        with self._database.session() as session:
            found = alerts_to(session, scope, begin, end, users)
            today = self._today(session, scope, tuple(alert for _, _, alert in found), None)
            return [(user_id, name, alert) for (user_id, name, _), alert in zip(found, today, strict=True)]

    def get(self, alert_id: str, user_id: str | None = None) -> AlertOut | None:
        """Return an alert with its play, None where there is none. What worked before is counted in the scope of `user_id`, or of whoever is told."""
        with self._database.session() as session:
            row = session.get(Alert, alert_id)
            user = session.get(User, user_id or row.user_id) if row is not None else None
            if row is None or user is None:
                return None
            scope = scope_of(session, user, self._settings.visibility)
            told = self._with_plays(session, scope, (out_of(row),))
            return self._today(session, scope, told, None)[0] if row.state in OPEN else told[0]

    def to_tell(self, alert_id: str) -> AlertOut | None:
        """Return an alert as it is told now, with its draft made; None where it is not worth telling any more."""
        with self._database.session() as session:
            row = session.get(Alert, alert_id)
            if row is None or row.state not in STANDING:
                return None
            out, user_id, drafted = out_of(row), row.user_id, row.proposal_id is not None
            owner = session.scalar(select(Deal.owner_id).where(Deal.id == row.deal_id))
        if signals_of(out):
            with self._database.transaction() as session:
                take_back_cards(session, out, user_id)
        play = playbook_for(self._playbooks(), out.rule)
        # The mail is the owner's to send: a manager who is told besides sees no second one.
        if not drafted and play.draft and user_id == owner:
            self._draft(out, user_id)
        return self.get(alert_id)

    def act(
        self, alert_id: str, action: Act, user_id: str, surface: str, *, until: datetime | None = None, reason: str = ""
    ) -> Acted:
        """Do what a person says about an alert. Raises Denied and Fatal as `agents.alerts.deciding` tells."""
        now = self._clock.now()
        allow(self._database, alert_id, user_id, surface, now)
        with self._database.transaction() as session:
            row = session.get(Alert, alert_id)
            key = notice_of(row) if row is not None else notice_key(alert_id)
            done = act(session, alert_id, action, user_id, surface, now, until=until, reason=reason)
            drop(session, key)
        if action == "work" and done.changed and done.alert.proposal is None:
            self._draft(done.alert, user_id)
        return Acted(self.get(alert_id, user_id) or done.alert, done.changed, done.sentence, done.muted)

    def set_muted(self, rule: str, user_id: str | None, role: str, *, muted: bool) -> None:
        """Mute a rule or have it told again. Raises Denied for who leads nobody, and Fatal (404) for a rule that is not muted."""
        if role not in ("manager", "admin"):
            raise Denied("Rules are muted and told again by managers and admins.", "Ask yours.")
        now = self._clock.now()
        with self._database.transaction() as session:
            (mute if muted else lift)(session, rule, user_id, now)

    def lately(self, since: datetime) -> tuple[str, ...]:
        """Return the ids of told alerts whose card may show what is past: somebody acted on them, or they ended, since then."""
        with self._database.session() as session:
            return tuple(
                session.scalars(
                    select(Alert.id).where(
                        Alert.told_at.is_not(None), or_(Alert.ended_at >= since, Alert.verdict_at >= since)
                    )
                )
            )

    def _watched(self, session: Session, scope: Scope, at: datetime, deals: Sequence[str] | None) -> list[Watched]:
        found = self._health.of_all(session, scope, at, deals)
        customers = watched_customers(session, self._settings, self._links, scope, at, deals)
        return [*(of_health(one) for one in found), *customers]

    def _with_plays(self, session: Session, scope: Scope, outs: Sequence[AlertOut]) -> tuple[AlertOut, ...]:
        """Return alerts with what to do, and what has worked here before where enough was seen; each cause is counted once."""
        books = self._playbooks()
        plays: dict[str, Play] = {}
        for rule in {one.rule for one in outs}:
            book = playbook_for(books, rule)
            found = worked_before(session, scope, book, self._clock.now())
            plays[rule] = Play(
                cause=rule,
                do=book.do,
                tried=found.tried if found else None,
                worked=found.worked if found else None,
                otherwise=found.otherwise if found else None,
                otherwise_worked=found.otherwise_worked if found else None,
            )
        return tuple(one.model_copy(update={"play": plays[one.rule]}) for one in outs)

    def _today(
        self, session: Session, scope: Scope, outs: tuple[AlertOut, ...], as_of: datetime | None
    ) -> tuple[AlertOut, ...]:
        """Return alerts with how their deals stand at a moment, now where none is named, and what is next on them."""
        now = self._clock.now()
        steps = self._next_steps() if self._next_steps is not None else None
        past = as_of is not None and as_of < now - _A_MOMENT
        return as_of_today(session, scope, outs, as_of or now, steps, past=past)

    def _draft(self, out: AlertOut, user_id: str) -> None:
        made = self._drafting.draft(out, user_id)
        if made is None:
            return
        with self._database.transaction() as session:
            row = session.get(Alert, out.id)
            if row is not None:
                row.proposal_id = made

    def _note_told(self, session: Session, now: datetime) -> tuple[str, ...]:
        """Note what was told; returns what ended while it was being told, whose card says nothing of that yet."""
        late = []
        for alert, notice in _settled(session, now):
            if notice.state == "sent":
                alert.told_at = notice.sent_at
                if alert.state == "waiting":
                    alert.state = "told"
                else:
                    late.append(alert.id)
            elif alert.state == "waiting":
                unreached(alert)
        return tuple(late)

    def _wake(self, session: Session, now: datetime) -> tuple[str, ...]:
        rows = session.scalars(select(Alert).where(Alert.state == "snoozed", Alert.snoozed_until <= now)).all()
        for row in rows:
            row.state = "waiting"
            key = notice_key(row.id, row.snoozed_until)
            put(session, NewNotice(key=key, user_id=row.user_id, kind=NOTICE, payload={"alert": row.id}), now)
        return tuple(row.id for row in rows)

    def _end_closed(self, session: Session, now: datetime) -> tuple[str, ...]:
        """End the alerts of deals that were decided, and of customers' news that is old by now."""
        rows = session.execute(
            select(Alert, Deal)
            .join(Deal, Deal.id == Alert.deal_id)
            .where(
                Alert.state.in_(OPEN),
                or_(
                    (Alert.kind == "risk") & (Deal.status != "open"),
                    (Alert.kind != "risk") & (Alert.raised_at < now - _OLD),
                ),
            )
        ).all()
        for row, deal in rows:
            ended = self._endings.closed(deal, now)
            told = ended.told if row.kind == "risk" else Ending(sentence="That was a while ago.", at=now)
            row.state, row.ended_at, row.ended_by = "resolved", now, ended.by if row.kind == "risk" else "old"
            row.record = out_of(row).model_copy(update={"ending": told}).model_dump(mode="json")
        return tuple(row.id for row, _ in rows)


def _settled(session: Session, now: datetime) -> list[tuple[Alert, Notice]]:
    """Return the alerts whose notice was told or reached nobody, which they don't know of yet; among them those that ended meanwhile."""
    rows = session.scalars(
        select(Alert).where(
            or_(
                Alert.state == "waiting",
                and_(Alert.told_at.is_(None), Alert.ended_at > now - timedelta(days=1)),
                and_(Alert.told_at.is_(None), Alert.state.in_(("working", "snoozed"))),
            )
        )
    ).all()
    keys = {notice_of(row): row for row in rows}
    notices = session.scalars(
        select(Notice).where(Notice.key.in_(list(keys)), Notice.state.in_(("sent", "unreached")))
    ).all()
    return [(keys[one.key], one) for one in notices if one.state == "sent" or keys[one.key].state == "waiting"]


def _kept_unknown(session: Session, scope: Scope) -> int:
    counted = (
        select(func.count())
        .select_from(DealHealth)
        .join(Deal, Deal.id == DealHealth.deal_id)
        .where(scope.deals(), Deal.status == "open", DealHealth.band == "unknown")
    )
    return session.scalar(counted) or 0


def _stood(one: AlertOut, at: datetime) -> bool:
    return one.state in STANDING or (one.state in ("dismissed", "resolved") and one.told_at is not None)


def _ended_at(one: AlertOut) -> datetime:
    return one.ending.at if one.ending is not None else one.raised_at
