"""How open deals moved: their stage, how long past deals stayed in it, the slips of the close date, and tasks that are late."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import func, literal, select

from agents.health.ground import Ground, Shape
from infra.spine.activity import Activity
from infra.spine.business import Deal, DealChange, Stage
from infra.spine.marks import marks_of
from infra.spine.seconds import SecondsBetween
from sales.health.course import SLIPS_WITHIN
from sales.health.facts import Moved, Stay, Task

_TASKS_WITHIN = 60
_STAYS_KEPT = 32


def stage_since(ground: Ground) -> dict[str, tuple[date, str]]:
    """Return since when each deal is in its stage, by its last recorded change."""
    return {row.deal_id: (ground.day(row.at), f"change:{row.id}") for row in ground.rows(_last_moves)}


def _last_moves(shape: Shape) -> Any:
    ranked = (
        select(
            DealChange.deal_id,
            DealChange.id,
            DealChange.at,
            func.row_number()
            .over(partition_by=DealChange.deal_id, order_by=(DealChange.at.desc(), DealChange.id.desc()))
            .label("place"),
        )
        .join(Deal, Deal.id == DealChange.deal_id)
        .where(shape.deals(), DealChange.field == "stage", DealChange.at <= shape.at)
        .subquery("ranked")
    )
    return select(ranked).where(ranked.c.place == 1)


@dataclass(frozen=True)
class _Known:
    """The stays as they were for every moment from `since` to just before `until`, None being without end."""

    marks: tuple[int, ...]
    lost: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    stays: dict[str, Stay]

    def holds(self, marks: tuple[int, ...] | None, lost: tuple[str, ...], at: datetime) -> bool:
        return (
            (self.marks, self.lost) == (marks, lost)
            and (self.since is None or self.since <= at)
            and (self.until is None or at < self.until)
        )


class Stays:
    """How long past deals of the whole company stayed in each stage before they went on; those that were lost from it don't count.

    Kept for as long as no change of a deal was recorded: it takes the longest of all that one deal needs. Thread-safe.
    """

    def __init__(self) -> None:
        self._kept: deque[_Known] = deque(maxlen=_STAYS_KEPT)
        self._lock = Lock()

    def of(self, ground: Ground) -> dict[str, Stay]:
        """Return the stays in each stage up to the moment."""
        marks = marks_of(ground.session, "deal_changes")
        lost = tuple(sorted(row.name for row in ground.rows(_lost_stages)))
        with self._lock:
            for known in self._kept:
                if known.holds(marks, lost, ground.as_of):
                    return known.stays
        (last,), (next_,) = ground.rows(_last_recorded)[0], ground.rows(_next_recorded)[0]
        found = {row.stage: Stay(row.many, float(row.median), float(row.ninth)) for row in ground.rows(_percentiles)}
        if marks is not None:
            with self._lock:
                self._kept.appendleft(_Known(marks, lost, last, next_, found))
        return found


def _last_recorded(shape: Shape) -> Any:
    return select(func.max(DealChange.at)).where(DealChange.field == "stage", DealChange.at <= shape.at)


def _next_recorded(shape: Shape) -> Any:
    return select(func.min(DealChange.at)).where(DealChange.field == "stage", DealChange.at > shape.at)


def _lost_stages(_shape: Shape) -> Any:
    return select(Stage.name).where(Stage.status == "lost")


def _percentiles(shape: Shape) -> Any:
    line: dict[str, Any] = {"partition_by": DealChange.deal_id, "order_by": (DealChange.at, DealChange.id)}
    entered = (
        select(
            DealChange.new.label("stage"),
            DealChange.at,
            func.lead(DealChange.at).over(**line).label("left_at"),
            func.lead(DealChange.new).over(**line).label("next"),
        )
        .where(DealChange.field == "stage", DealChange.at <= shape.at)
        .subquery("entered")
    )
    lost = select(Stage.name).where(Stage.status == "lost")
    took = (
        select(entered.c.stage, (SecondsBetween(entered.c.left_at, entered.c.at) / 86_400).label("days"))
        .where(entered.c.left_at.is_not(None), entered.c.stage.is_not(None), entered.c.next.not_in(lost))
        .subquery("took")
    )
    ranked = select(
        took.c.stage,
        took.c.days,
        func.row_number().over(partition_by=took.c.stage, order_by=took.c.days).label("place"),
        func.count().over(partition_by=took.c.stage).label("many"),
    ).subquery("ranked")
    half, ninth = ranked.c.place * 2, ranked.c.place * 10
    return select(
        ranked.c.stage,
        func.max(ranked.c.many).label("many"),
        func.avg(ranked.c.days).filter(half.between(ranked.c.many, ranked.c.many + 2)).label("median"),
        func.min(ranked.c.days).filter(ninth >= ranked.c.many * 9).label("ninth"),
    ).group_by(ranked.c.stage)


def slips(ground: Ground) -> dict[str, tuple[Moved, ...]]:
    """Return the changes of each deal's close date within half a year."""
    found: dict[str, list[Moved]] = defaultdict(list)
    for deal_id, id_, at, old, new in ground.rows(_moved_dates):
        before, after = _day(old), _day(new)
        if before is not None and after is not None:
            found[deal_id].append(Moved(f"change:{id_}", ground.day(at), before, after))
    return {deal_id: tuple(moved) for deal_id, moved in found.items()}


def _moved_dates(shape: Shape) -> Any:
    return (
        select(DealChange.deal_id, DealChange.id, DealChange.at, DealChange.old, DealChange.new)
        .join(Deal, Deal.id == DealChange.deal_id)
        .where(
            shape.deals(),
            DealChange.field == "close_date",
            DealChange.at <= shape.at,
            DealChange.at > shape.before(SLIPS_WITHIN + 1),
            DealChange.old.is_not(None),
            DealChange.new.is_not(None),
        )
    )


def late_tasks(ground: Ground) -> dict[str, tuple[Task, ...]]:
    """Return the tasks of each deal that are open beyond their day, of the last two months; none for a past day, when they may have been done."""
    if not ground.fields_known:
        return {}
    found: dict[str, list[Task]] = defaultdict(list)
    for deal_id, id_, subject, due in ground.rows(_open_tasks):
        if subject and due is not None and ground.day(due) < ground.today:
            found[str(deal_id)].append(Task(f"activity:{id_}", subject, ground.day(due)))
    return {deal_id: tuple(tasks) for deal_id, tasks in found.items()}


def _open_tasks(shape: Shape) -> Any:
    return (
        select(Activity.deal_id, Activity.id, Activity.subject, Activity.due_at)
        .join(Deal, Deal.id == Activity.deal_id)
        .where(
            shape.deals(),
            Activity.kind == literal("task"),
            Activity.status == "open",
            Activity.due_at < shape.at,
            Activity.due_at > shape.before(_TASKS_WITHIN),
        )
    )


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
