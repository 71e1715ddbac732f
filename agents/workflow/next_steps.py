"""The most useful next thing on every open deal: what a rule asks for, what was agreed, the next meeting, what the buyer has not done yet. Never nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from agents.links import Links
from agents.workflow.exits import Known, criteria, known_of, unmet
from agents.workflow.fields import COLUMNS
from agents.workflow.ground import Span, open_deals
from agents.workflow.record import Due, NextStep
from infra.spine.activity import Activity
from infra.spine.business import Account, Deal
from infra.spine.scope import Scope
from infra.spine.spoken import is_booked
from sales.qualifying.frameworks import Frameworks
from sales.workflow.rules import FIELDS, Rules
from sales.workflow.wording import in_a_row, spoken_day

_PLAN = "Agree with the buyer on a next step, and write down its date"


@dataclass(frozen=True)
class Ask:
    """How a next step is chosen: by which rules, with which frameworks, as of when, in which zone."""

    rules: Rules
    frameworks: Frameworks
    links: Links
    span: Span
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The day of the moment."""
        return self.span.as_of.astimezone(self.zone).date()


def next_steps(session: Session, ask: Ask, scope: Scope, dues: Sequence[Due]) -> dict[str, NextStep]:
    """Return the next step of each open deal of the span inside a scope; `dues` are what rules ask for on them now."""
    order = {rule.key: place for place, rule in enumerate(ask.rules.rules)}
    first: dict[str, Due] = {}
    for due in sorted(dues, key=lambda one: (not one.overdue, order.get(one.rule, len(order)), one.due_at, one.id)):
        first.setdefault(due.deal_id, due)
    people = any("two_contacts" in stage.met_by for stage in ask.rules.stages)
    known = known_of(session, ask.span, ask.frameworks, ask.links, people=people)
    return {
        row.id: _of_rule(first[row.id])
        if row.id in first
        else _Chooser(ask, row, known.get(row.id) or Known()).chosen()
        for row in session.execute(_rows(ask.span, scope))
    }


def _of_rule(due: Due) -> NextStep:
    return NextStep(
        deal_id=due.deal_id, label=due.label, rule=due.rule, due_at=due.due_at, overdue=due.overdue, verb=due.verb, value=due.value, why=due.why,
        due_id=due.id,
    )  # fmt: skip


def _rows(span: Span, scope: Scope) -> Any:
    deals, own, other = open_deals(span), aliased(Activity), aliased(Activity)

    def next_meeting(touch: Any, place: Any) -> Any:
        ahead = select(func.min(touch.at)).where(place, is_booked(touch), touch.at > span.as_of)
        return ahead.correlate(deals).scalar_subquery()

    shared = and_(other.deal_id.is_(None), deals.c.only, other.account_id == deals.c.account_id)
    return (
        select(
            Deal.id,
            Deal.name,
            Account.name.label("account"),
            deals.c.stage,
            *(column.label(name) for name, column in COLUMNS.items()),
            func.coalesce(next_meeting(own, own.deal_id == deals.c.deal_id), next_meeting(other, shared)).label("meeting"),
        )
        .join(Deal, Deal.id == deals.c.deal_id)
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(scope.deals())
    )  # fmt: skip


class _Chooser:
    """Chooses for one deal on which no rule asks for anything."""

    def __init__(self, ask: Ask, row: Any, known: Known) -> None:
        self._ask = ask
        self._row = row
        self._known = known
        self._stage = ask.rules.stage_of(row.stage)

    def chosen(self) -> NextStep:
        agreed, meeting = self._agreed(), self._meeting()
        if agreed is not None and meeting is not None:
            return min((agreed, meeting), key=lambda one: one.due_at or self._ask.span.as_of)
        return agreed or meeting or self._undated() or self._silent() or self._exit() or self._fields() or self._plan()

    def _agreed(self) -> NextStep | None:
        day, step = self._row.next_step_date, self._row.next_step
        if day is None or self._ask.span.past:
            return None
        end = datetime.combine(day + timedelta(days=1), time(), self._ask.zone) - timedelta(seconds=1)
        told = spoken_day(day, self._ask.today)
        if day < self._ask.today:
            label = f"Set a new date for: {step}" if step else "Set a new next step"
            return self._step(label, "next_step", f"The next step was set for {told}", due=end, overdue=True)
        return self._step(step or "Take the next step", "next_step", f"Set for {told} in the CRM", due=end)

    def _meeting(self) -> NextStep | None:
        if self._row.meeting is None:
            return None
        day = spoken_day(self._row.meeting.astimezone(self._ask.zone).date(), self._ask.today)
        about = self._row.account or self._row.name
        return NextStep(
            deal_id=self._row.id, label=f"Prepare the meeting of {day}", rule="meeting", due_at=self._row.meeting, overdue=False, verb="ask",
            value=f"Brief me on {about}", why=f"A meeting is booked for {day}",
        )  # fmt: skip

    def _undated(self) -> NextStep | None:
        if not self._row.next_step or self._ask.span.past:
            return None
        return self._step(self._row.next_step, "next_step", "The next step in the CRM; it has no date")

    def _silent(self) -> NextStep | None:
        rule = next((one for one in self._ask.rules.rules if one.trigger == "silence" and self._ask.rules.holds(one, self._row.stage)), None)  # fmt: skip
        last = self._known.last_word
        if rule is None or last is None:
            return None
        days = (self._ask.today - last.astimezone(self._ask.zone).date()).days
        if days < rule.after_days:
            return None
        return self._step(rule.action, rule.key, f"No word from the buyer for {days} days")

    def _exit(self) -> NextStep | None:
        if self._stage is None:
            return None
        found = criteria(self._stage, self._known)
        open_ones = [one.label for one in unmet(found)] or [one.label for one in found if one.met is None]
        if not open_ones:
            return None
        return self._step(
            self._stage.ask,
            "exit",
            f"{self._stage.label} ends when {in_a_row(open_ones)}: nothing recorded says so yet",
        )

    def _fields(self) -> NextStep | None:
        needs = self._stage.needs if self._stage is not None else ()
        lacking = [FIELDS[one] for one in needs if getattr(self._row, one) in (None, "")]
        if not lacking:
            return None
        return self._step(f"Fill in {in_a_row(lacking)}", "fields", f"{self._row.stage} needs it")

    def _plan(self) -> NextStep:
        if self._stage is not None:
            why = f"The buyer has done what ends {self._stage.label}, and no next step is written down"
        elif self._row.stage:
            why = f'No next step is written down, and the stage "{self._row.stage}" stands nowhere in workflow.toml'
        else:
            why = "No next step and no stage are written down"
        return self._step(_PLAN, "plan", why)

    def _step(self, label: str, rule: str, why: str, *, due: datetime | None = None, overdue: bool = False) -> NextStep:
        value = self._ask.links.evidence("deal", self._row.id) or self._row.id
        return NextStep(deal_id=self._row.id, label=label, rule=rule, due_at=due, overdue=overdue, verb="open", value=value, why=why)  # fmt: skip
