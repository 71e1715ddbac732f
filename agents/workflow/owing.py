"""Every promise that is open across the deals of a scope, due or not: what was said in calls and mails and not kept since, and our open tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, and_, func, or_, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.links import Links
from agents.workflow.ground import Span, of_deals, open_deals
from infra.spine.activity import Activity, Turn
from infra.spine.business import Account, Deal
from infra.spine.heard import Mentioned
from infra.spine.people import User
from infra.spine.scope import Scope
from sales.commitments import same_object, topic_stems

BACK_DAYS = 120
"""A promise that was made longer ago than health looks back is not told any more."""


@dataclass(frozen=True)
class OpenPromise:
    """One promise on an open deal. `due` is its last day, None where none was named; `what` its act as it was said, or the task's title."""

    deal_id: str
    deal: str
    account: str | None
    amount: Decimal | None
    currency: str
    owner_id: str | None
    owner: str | None
    what: str
    due: date | None
    made_on: date
    by: str | None
    evidence: Evidence

    def late(self, today: date) -> int:
        """Return for how many days it has been late, 0 or less where it is not."""
        return (today - self.due).days if self.due is not None else 0


def open_promises(
    session: Session, scope: Scope, links: Links, span: Span, zone: ZoneInfo, *, by_us: bool = True, owners: Collection[str] | None = None
) -> list[OpenPromise]:  # fmt: skip
    """Return what one side promised and has not kept as of a moment, the longest overdue first, what names no day last; of some owners' deals where they are named."""
    said = [_said(row, links, zone) for row in session.execute(_mentioned(span, scope, by_us=by_us, owners=owners))]
    tasks = []
    if by_us and not span.past:
        # Which tasks were open at a past moment is not recorded.
        tasks = [_task(row, links, zone) for row in session.execute(_tasks(span, scope, owners))]
    found = [*said, *(one for one in tasks if not any(_same(one, other) for other in said))]
    return sorted(found, key=lambda one: (one.due is None, one.due or one.made_on, one.deal_id, one.what))


def _mentioned(span: Span, scope: Scope, *, by_us: bool, owners: Collection[str] | None) -> Any:
    deals = open_deals(span)
    source = (
        select(
            Activity.id, Activity.kind, Activity.deal_id, Activity.account_id, Activity.subject, Mentioned.at, Mentioned.quote, Mentioned.name,
            Mentioned.speaker, Mentioned.day, Turn.turn_id, Mentioned.id.label("mention"),
        )
        .join(Mentioned, Mentioned.activity_id == Activity.id)
        .outerjoin(Turn, and_(Turn.activity_id == Activity.id, Turn.position == Mentioned.position))
        .where(
            Mentioned.kind == ("promise_by_us" if by_us else "promise_by_buyer"),
            Mentioned.sure,
            Mentioned.at > span.as_of - timedelta(days=BACK_DAYS),
            Mentioned.at <= span.as_of,
            or_(Mentioned.done_at.is_(None), Mentioned.done_at > span.as_of),
        )
        .cte("said")
    )  # fmt: skip
    return _of_owners(source, deals, scope, owners)


def _tasks(span: Span, scope: Scope, owners: Collection[str] | None) -> Any:
    deals = open_deals(span)
    source = (
        select(Activity.id, Activity.kind, Activity.deal_id, Activity.account_id, Activity.subject, Activity.due_at, Activity.source_at, Activity.owner_id.label("doer"))
        .where(Activity.kind == "task", Activity.status == "open", Activity.subject.is_not(None))
        .cte("task")
    )  # fmt: skip
    return _of_owners(source, deals, scope, owners)


def _of_owners(source: CTE, deals: CTE, scope: Scope, owners: Collection[str] | None) -> Any:
    """Return the rows of a source with the deals that they are of and whose work each is; of some owners alone where they are named."""
    rows = of_deals((deals.c.deal_id.label("of_deal"), *source.c), source, deals).subquery()
    whose = func.coalesce(rows.c.doer, Deal.owner_id) if "doer" in rows.c else Deal.owner_id
    return (
        select(
            *rows.c, Deal.name.label("deal"), Account.name.label("account"), Deal.amount, Deal.currency, User.id.label("owner_id"),
            User.name.label("owner"),
        )
        .join(Deal, Deal.id == rows.c.of_deal)
        .outerjoin(Account, Account.id == Deal.account_id)
        .outerjoin(User, User.id == whose)
        .where(scope.deals(), *([whose.in_(list(owners))] if owners is not None else []))
    )  # fmt: skip


def _said(row: Any, links: Links, zone: ZoneInfo) -> OpenPromise:
    turns = (row.turn_id,) if row.turn_id is not None else ()
    return OpenPromise(
        row.of_deal, row.deal, row.account, row.amount, row.currency, row.owner_id, row.owner, " ".join((row.name or row.quote).split()), row.day,
        row.at.astimezone(zone).date(), row.speaker,
        Evidence(source=row.kind, id=row.id, quote=row.quote, speaker=row.speaker, turns=turns, at=row.at, url=links.evidence(row.kind, row.id, turns), label=row.subject),
    )  # fmt: skip


def _task(row: Any, links: Links, zone: ZoneInfo) -> OpenPromise:
    due = row.due_at.astimezone(zone).date() if row.due_at is not None else None
    return OpenPromise(
        row.of_deal, row.deal, row.account, row.amount, row.currency, row.owner_id, row.owner, row.subject, due, row.source_at.astimezone(zone).date(), None,
        Evidence(source="task", id=row.id, quote=row.subject, url=links.evidence("task", row.id), label="Task in the CRM"),
    )  # fmt: skip


def _same(task: OpenPromise, said: OpenPromise) -> bool:
    """Whether a task was set for what was said: the same deal, the same thing, and not for another day."""
    near = task.due is None or said.due is None or abs((task.due - said.due).days) <= 1
    words = f"{said.what} {said.evidence.quote}"
    return task.deal_id == said.deal_id and near and same_object(topic_stems(task.what), topic_stems(words))
