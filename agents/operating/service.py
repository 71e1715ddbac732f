"""The operating review as the surfaces ask for it: read, decide record by record, and close with one change that is adopted or not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.links import Links
from agents.operating.areas import AREAS, SHOWN
from agents.operating.changing import asked_for, close, keep, propose
from agents.operating.effects import Decided, Decider, Effects
from agents.operating.record import Area, Change, Figure, Item, Operating
from agents.operating.sources import Heap, Sources
from agents.operating.tightening import ICP
from agents.outreach.rules import EXAMPLE as OUTREACH
from agents.signals.rulebook import RuleBook
from agents.workflow.record import Due
from agents.workflow.service import Workflows
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import Scope
from infra.spine.watch import OperatingDecision, RuleChange
from sales.clock import Clock
from sales.icp import parse_icp
from sales.workflow.editing import with_table, with_top, with_value
from sales.workflow.example import EXAMPLE as WORKFLOW
from sales.workflow.rules import Rules


class OperatingReviews:
    """Reads reviews and does what is decided in them. Thread-safe; all of it blocks."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, links: Links, workflow: Workflows, effects: Effects
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._links = links
        self._workflow = workflow
        self._effects = effects

    def read(self, scope: Scope, *, owner_id: str | None = None, as_of: datetime | None = None) -> Operating:
        """Return the review of a scope; of one person's own records where `owner_id` names them."""
        now = self._clock.now()
        moment = as_of or now
        rules = self._workflow.rules
        with self._database.session() as session:
            sources = Sources(session, scope, self._links, moment, owner_id)
            late = self._late(session, scope, owner_id, as_of)
            heaps = {
                "leads": sources.leads(),
                "qualified": sources.qualified(),
                "outreach": sources.outreach(),
                "overdue": late,
                "meetings": sources.meetings(rules),
            }
            decided = self._decided(session, scope, moment, owner_id)
            change, note = propose(session, scope, moment, rules)
            # Rules are the team's: what people ask for is shown where the whole team's review is.
            wished = asked_for(session) if owner_id is None and as_of is None else ()
        if change is not None and as_of is None:
            with self._database.transaction() as session:
                keep(session, change, now)
        areas = tuple(_area(kind.key, heaps[kind.key], decided.get(kind.key, 0)) for kind in AREAS)
        return Operating(
            as_of=moment, since=_week_begins(moment), areas=areas, change=change, change_note=note, asked_for=wished
        )

    def proposed(self, session: Session, scope: Scope, as_of: datetime) -> Change | None:
        """Return the change that a review of the scope would close with as of a moment, None where nothing argues for one. Nothing is kept."""
        return propose(session, scope, as_of, self._workflow.rules)[0]

    def decide(self, area: str, choice: str, item: str, by: Decider, to: str | None = None) -> Decided:
        """Decide on one record of an area. Raises Fatal and Denied."""
        return self._effects.decide(area, choice, item, by, to)

    def adopt(self, change_id: str, by: Decider) -> Decided:
        """Adopt the proposed change: a new version of the rule file that it belongs to, else a task for whoever adopts it. Managers and admins may."""
        change = self._open(change_id, by)
        if isinstance(change, Decided):
            return change
        made = self._put_in_force(change, by)
        with self._database.transaction() as session:
            if not close(session, change_id, "adopted", by=by.user_id, surface=by.surface, now=self._clock.now()):
                return Decided("It was decided already.", changed=False)
        return Decided(made)

    def refuse(self, change_id: str, by: Decider) -> Decided:
        """Say not now: the change is not proposed again for three months."""
        change = self._open(change_id, by)
        if isinstance(change, Decided):
            return change
        with self._database.transaction() as session:
            closed = close(session, change_id, "refused", by=by.user_id, surface=by.surface, now=self._clock.now())
        return Decided("Not now. It is not proposed again for three months." if closed else "It was decided already.", changed=closed)  # fmt: skip

    def _open(self, change_id: str, by: Decider) -> Change | Decided:
        if by.user_id is not None and by.role not in ("manager", "admin"):
            raise Denied("The rules are the team's.", "A manager or an admin can change them.")
        with self._database.session() as session:
            row = session.get(RuleChange, change_id)
        if row is None:
            raise Fatal("There is no such change.", "Ask for the operating review again.", status=404)
        if row.state != "open":
            return Decided(f"It was {row.state} already.", changed=False)
        return Change.model_validate(row.figures)

    def _put_in_force(self, change: Change, by: Decider) -> str:
        now = self._clock.now()
        note = f"operating review: {change.sentence}"
        if change.kind == "opener":
            self._effects.stop_opener(change.value, by.user_id)
            return "Adopted: outreach.toml has a new version."
        if change.kind == "stop_rule":
            book = self._effects.outreach_book
            found = book.current(now)
            self._save(book, with_top(found.text if found else OUTREACH, "most_touches", change.value), by, note, now)
            return "Adopted: outreach.toml has a new version."
        if change.kind in ("field", "rule"):
            found = self._workflow.book.current(now)
            text = _workflow_with(change, found.text if found else WORKFLOW, self._workflow.rules)
            self._save(self._workflow.book, text, by, note, now)
            return "Adopted: workflow.toml has a new version."
        if change.adopts == ICP:
            book = self._effects.icp_book
            found = book.current(now)
            self._save(book, _icp_with(change, found.text if found else ""), by, note, now)
            return "Adopted: icp.toml has a new version."
        card = self._effects.task(change, by)
        return "Adopted: a task to put it into icp.toml is put forward." if card else "Adopted."

    @staticmethod
    def _save(book: RuleBook, text: str | None, by: Decider, note: str, now: datetime) -> None:
        if text is None:
            raise Fatal(f"{book.name} can't take the change by itself.", "Change it by hand.", status=409)
        book.save(text, by.user_id, note[:200], now)

    def _late(self, session: Session, scope: Scope, owner_id: str | None, as_of: datetime | None) -> Heap:
        decided = set(session.scalars(select(OperatingDecision.item).where(OperatingDecision.area == "overdue")))
        late = self._workflow.overdue(session, scope, as_of, owner_id=owner_id)
        left = [one for one in late if one.id not in decided]
        figures = (Figure(label="overdue", count=len(late)),)
        return Heap(tuple(_late_item(one, self._links) for one in left[:SHOWN]), len(left), figures)

    def _decided(self, session: Session, scope: Scope, moment: datetime, owner_id: str | None) -> dict[str, int]:
        """Return how many were decided in this week, by area: of one's own, or by anybody whose records are in the scope."""
        query = select(OperatingDecision.area, func.count()).where(
            OperatingDecision.at >= _week_begins(moment), OperatingDecision.at <= moment
        )
        if owner_id is not None:
            query = query.where(OperatingDecision.by == owner_id)
        elif not scope.everything:
            query = query.where(OperatingDecision.by.in_(frozenset().union(*scope.grants)))
        return dict(session.execute(query.group_by(OperatingDecision.area)).all())


def _week_begins(moment: datetime) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _area(key: str, heap: Heap, decided: int) -> Area:
    kind = next(one for one in AREAS if one.key == key)
    return Area(
        key=kind.key, title=kind.title, question=kind.question, choices=kind.choices, figures=heap.figures, items=heap.items, total=heap.total,
        decided=decided, note=heap.note,
    )  # fmt: skip


def _late_item(one: Due, links: Links) -> Item:
    days = one.late.days if one.late is not None else 0
    return Item(
        id=one.id, kind="due", title=f"{one.deal}: {one.label}", facts=(one.why, f"{days} days late" if days else "late since today"), owner_id=one.owner_id,
        owner=one.owner, amount=one.amount, currency=one.currency, about=one.rule, url=links.evidence("deal", one.deal_id),
        evidence=(one.evidence,) if one.evidence is not None else (),
    )  # fmt: skip


def _workflow_with(change: Change, text: str, rules: Rules) -> str | None:
    """Return `workflow.toml` with the change: a field that late stages need, a second person before a stage ends, or a same-day answer."""
    if change.kind == "field":
        made: str | None = text
        for late in rules.stages[len(rules.stages) // 2 :]:
            if change.value not in late.needs and made is not None:
                made = with_value(made, "stage", late.key, "needs", _listed((*late.needs, change.value)))
        return made
    what, _, key = change.value.partition(":")
    if what == "same_day":
        return with_value(text, "rule", key, "within", '"same day"')
    stage = rules.stage(key)
    return with_value(text, "stage", key, "met_by", _listed((*stage.met_by, what))) if stage is not None else None


def _icp_with(change: Change, text: str) -> str | None:
    """Return `icp.toml` with one more exclusion. A team without the file gets one of that alone."""
    field, _, value = change.value.partition("=")
    known = parse_icp(text).excluded.get(field, ())
    return with_table(text, "exclude", field, _listed((*(one for one in known if one != value), value)))


def _listed(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(json.dumps(one, ensure_ascii=False) for one in words) + "]"
