"""The workflow as the other parts ask for it: what is due and overdue, what is next on each deal, how long actions took, and what a change of stage asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.links import Links, NoLinks
from agents.metrics.metric import Window
from agents.notes.qualification import frameworks_in
from agents.signals.rulebook import RuleBook
from agents.workflow.acting import Acted, act
from agents.workflow.carding import RECENT, offer_cards
from agents.workflow.finding import Reader, find
from agents.workflow.found import Found
from agents.workflow.ground import Span, open_deals
from agents.workflow.latency import latencies
from agents.workflow.looking import Looks
from agents.workflow.moving import move_on
from agents.workflow.next_steps import Ask, next_steps
from agents.workflow.owing import OpenPromise, open_promises
from agents.workflow.record import Due, Latency, NextStep, Refreshed, StageAsk, Workflow
from agents.workflow.stages import stage_asks
from agents.workflow.store import detail_of, due_of, merge, reach
from agents.workflow.telling import Action, Telling
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.people import User
from infra.spine.scope import EVERYTHING, Scope
from infra.spine.watch import DueAction
from sales.clock import Clock
from sales.workflow.reading import faults_of_workflow, workflow_in_force
from sales.workflow.rules import FILE, Rules

_PART = 400
_A_MOMENT = timedelta(minutes=1)
_KEPT = (
    DueAction.id, DueAction.deal_id, DueAction.rule, DueAction.stage, DueAction.trigger_id, DueAction.triggered_at, DueAction.due_at,
    DueAction.state, DueAction.done_at, DueAction.detail, DueAction.owner_id,
)  # fmt: skip


class Workflows:
    """Reads and keeps the workflow. Thread-safe; all of it blocks.

    `as_of` None is now: what is kept is read. For another moment, and before anybody has looked, it is found anew and kept nowhere.
    """

    def __init__(self, database: Database, settings: Settings, clock: Clock, links: Links | None = None) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._links: Links = links or NoLinks()
        self._reader = Reader()
        self.book = RuleBook(database, settings.home, FILE, faults_of_workflow)

    @property
    def rules(self) -> Rules:
        """The workflow in force."""
        found = self.book.current(self._clock.now())
        return workflow_in_force(found.text if found else None)

    def due(
        self, session: Session, scope: Scope, as_of: datetime | None = None, *, owner_id: str | None = None
    ) -> list[Due]:
        """Return what is asked for and not late yet, the most urgent first; of one owner, where one is named."""
        return self._waiting(session, scope, as_of, owner_id=owner_id, late=False)

    def overdue(
        self, session: Session, scope: Scope, as_of: datetime | None = None, *, owner_id: str | None = None
    ) -> list[Due]:
        """Return what is late, the longest first; of one owner, where one is named."""
        return self._waiting(session, scope, as_of, owner_id=owner_id, late=True)

    def waiting(
        self,
        session: Session,
        scope: Scope,
        as_of: datetime | None = None,
        *,
        owner_id: str | None = None,
        deal_ids: Sequence[str] | None = None,
    ) -> list[Due]:
        """Return what is asked for and not done, by when it is due."""
        return self._waiting(session, scope, as_of, owner_id=owner_id, deal_ids=deal_ids)

    def _waiting(
        self,
        session: Session,
        scope: Scope,
        as_of: datetime | None,
        *,
        owner_id: str | None = None,
        deal_ids: Sequence[str] | None = None,
        late: bool | None = None,
    ) -> list[Due]:
        rules = self.rules
        moment = as_of or self._clock.now()
        actions = self._actions(session, rules, moment, deal_ids)
        if late is not None:
            # Telling reads names and words for each: only of what is asked for.
            actions = [one for one in actions if (one.due_at < moment) is late]
        told = Telling(session, rules, self._links, moment, self._zone).told(actions, scope)
        kept = [one for one in told if owner_id is None or one.owner_id == owner_id]
        return sorted(kept, key=lambda one: (one.due_at, one.id))

    def promises(
        self, session: Session, scope: Scope, as_of: datetime | None = None, *, by_us: bool = True, owners: Collection[str] | None = None
    ) -> list[OpenPromise]:  # fmt: skip
        """Return the open promises of one side across the deals of a scope, due or not, the longest overdue first."""
        span = self._span(self.rules, as_of or self._clock.now(), None)
        return open_promises(session, scope, self._links, span, self._zone, by_us=by_us, owners=owners)

    def get(self, session: Session, due_id: str, scope: Scope) -> Due | None:
        """Return one kept action, whatever its state; None where there is none inside the scope."""
        row = session.get(DueAction, due_id)
        if row is None:
            return None
        told = Telling(session, self.rules, self._links, self._clock.now(), self._zone).told([_kept(row)], scope)
        return told[0] if told else None

    def next_actions(
        self,
        session: Session,
        deal_ids: Sequence[str] | None = None,
        *,
        scope: Scope = EVERYTHING,
        as_of: datetime | None = None,
    ) -> dict[str, NextStep]:
        """Return the next step of each of these open deals, of all where none are named. Every open deal inside the scope has one."""
        rules = self.rules
        moment = as_of or self._clock.now()
        found: dict[str, NextStep] = {}
        for part in _parts(deal_ids):
            dues = self.waiting(session, scope, as_of, deal_ids=part)
            span = self._span(rules, moment, part)
            ask = Ask(rules, frameworks_in(session), self._links, span, self._zone)
            found |= next_steps(session, ask, scope, dues)
        return found

    def latencies(self, session: Session, scope: Scope, window: Window) -> list[Latency]:
        """Return how long it took from trigger to action, by rule, for triggers in a window; of people whose figures may be seen."""
        return latencies(session, scope, window, self.rules, self._clock.now())

    def stage_asks(
        self, session: Session, scope: Scope, window: Window, deal_ids: Sequence[str] | None = None
    ) -> list[StageAsk]:
        """Return what the changes of stage in a window ask for, the newest of each open deal: empty fields, and the stage's end that the buyer has not shown."""
        moment = min(window.end, self._clock.now())
        rules = self.rules
        span = self._span(rules, moment, deal_ids)
        ask = Ask(rules, frameworks_in(session), self._links, span, self._zone)
        return stage_asks(session, ask, scope, window)

    def read(
        self, session: Session, scope: Scope, as_of: datetime | None = None, *, owner_id: str | None = None
    ) -> Workflow:
        """Return the whole workflow of a scope: overdue, due, and the stages that the file does not name with how many open deals are in them."""
        waiting = self.waiting(session, scope, as_of, owner_id=owner_id)
        moment = as_of or self._clock.now()
        return Workflow(
            as_of=moment,
            overdue=tuple(one for one in waiting if one.overdue),
            due=tuple(one for one in waiting if not one.overdue),
            unmapped=tuple(self._unmapped(session, scope, moment)),
        )

    def act(self, due_id: str, doing: str, *, user_id: str | None, surface: str) -> Acted:
        """Do what a person says of an asked-for action: done, drop, pause or resume. Raises Fatal and Denied."""
        return act(self._database, due_id, doing, user_id=user_id, surface=surface, now=self._clock.now())

    def offer_cards(self) -> list[str]:
        """Put a card forward for each recent change of stage that lacks a field or the buyer's part; return the new proposals' ids."""
        now = self._clock.now()
        with self._database.session() as session:
            asks = self.stage_asks(session, EVERYTHING, Window(begin=now - RECENT, end=now + timedelta(seconds=1)))
        if not asks:
            return []
        with self._database.transaction() as session:
            return offer_cards(session, self._settings, self._links, asks, now)

    def refresh(self, *, whole: bool = False) -> Refreshed:
        """Look at what happened since the last look, and keep what it asks for, closes or drops. `whole` looks at every deal."""
        now, rules = self._clock.now(), self.rules
        looks = Looks(self._settings.zone)
        with self._database.session() as session:
            version = self.book.current(now)
            look = looks.next(session, now, version.version if version else 0, whole=whole)
        if look.deals is not None and not look.deals:
            with self._database.transaction() as session:
                looks.looked(session, look)
                moved = move_on(session, now)
            return Refreshed(opened=moved.again, done=moved.done, dropped=0)
        back = timedelta(days=rules.look_back_days)
        with self._database.session() as session:
            since = reach(session, now, back, look.deals)
            span = Span(since, now, now, deals=look.deals)
            found = find(session, rules, span, self._zone, self._reader)
        with self._database.transaction() as session:
            told = merge(session, self._settings, found, span, back)
            looks.looked(session, look)
            moved = move_on(session, now)
        return told.model_copy(update={"opened": told.opened + moved.again, "done": told.done + moved.done})

    def _actions(self, session: Session, rules: Rules, moment: datetime, deals: Sequence[str] | None) -> list[Action]:
        span = self._span(rules, moment, deals)
        if abs(moment - span.now) > _A_MOMENT or not Looks.any(session):
            found = find(session, rules, span, self._zone, self._reader)
            zones = dict(session.execute(select(User.id, User.time_zone)).all())
            return [_found(one, self._settings, zones) for one in found if one.started.done_at is None]
        query = select(*_KEPT).where(DueAction.state == "waiting", DueAction.triggered_at <= moment)
        if deals is not None:
            query = query.where(DueAction.deal_id.in_(deals))
        return [_kept(row) for row in session.execute(query)]

    def _unmapped(self, session: Session, scope: Scope, moment: datetime) -> list[tuple[str, int]]:
        from infra.spine.business import Deal

        rules = self.rules
        deals = open_deals(self._span(rules, moment, None))
        rows = session.execute(
            select(deals.c.stage, func.count())
            .join(Deal, Deal.id == deals.c.deal_id)
            .where(deals.c.stage.is_not(None), scope.deals())
            .group_by(deals.c.stage)
            .order_by(func.count().desc(), deals.c.stage)
        )
        return [(stage, count) for stage, count in rows if rules.stage_of(stage) is None]

    def _span(self, rules: Rules, moment: datetime, deals: Sequence[str] | None) -> Span:
        return Span(moment - timedelta(days=rules.look_back_days), moment, self._clock.now(), deals=deals)

    @property
    def _zone(self) -> ZoneInfo:
        return self._settings.zone


def _parts(deal_ids: Sequence[str] | None) -> list[Sequence[str] | None]:
    if deal_ids is None:
        return [None]
    return [list(deal_ids)[begin : begin + _PART] for begin in range(0, len(deal_ids), _PART)]


def _kept(row: Any) -> Action:
    return Action(
        row.id, row.deal_id, row.rule, row.stage, row.trigger_id, row.triggered_at, row.due_at, row.state, row.done_at, dict(row.detail), row.owner_id
    )  # fmt: skip


def _found(one: Found, settings: Settings, zones: dict[str, Any]) -> Action:
    began = one.started
    return Action(
        one.id, began.deal_id, one.rule.key, began.stage, began.trigger_id, began.at,
        due_of(one, settings, zones.get(began.owner_id or "")), "waiting", None, detail_of(one), began.owner_id,
    )  # fmt: skip
