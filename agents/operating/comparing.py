"""What could argue for a change: deals that had something against deals that had not, openers and signal kinds against the others. Counted in SQL, as of a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from agents.workflow.fields import COLUMNS, missing
from infra.spine.activity import Activity, Participant
from infra.spine.business import Deal
from infra.spine.people import User
from infra.spine.scope import Scope
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import is_word
from infra.spine.touches import Reply, Touch
from infra.spine.touches import Sequence as Course
from sales.workflow.luck import Split
from sales.workflow.rules import FIELDS, Rules

LOOKED_AT = timedelta(days=365)
_DAY_S = 86_400
_FIELDS = ("contact", "product", "next_step")
"""Fields that are written while a deal runs. An amount or a competitor is often written when it has ended: it follows from the outcome and says nothing before."""


@dataclass(frozen=True)
class Compared:
    """One comparison. `split` counts what went well; `sentence` proposes, `argument` says what was counted, with {} for the two shares."""

    kind: Literal["field", "opener", "stop_rule", "segment", "rule"]
    value: str
    split: Split
    sentence: str
    argument: str
    adopts: str

    @property
    def worth_it(self) -> bool:
        """Whether the figures point to the change at all: a habit that is better, or an opener, kind or touch that is worse."""
        return self.split.better if self.kind in ("field", "rule") else not self.split.better


def comparisons(session: Session, scope: Scope, as_of: datetime, rules: Rules) -> list[Compared]:
    """Return all comparisons, whatever they show. A field that every stage from the proposal on needs already is not compared."""
    return [
        *_fields(session, scope, as_of, rules),
        *_people(session, scope, as_of, rules),
        *_answers(session, scope, as_of, rules),
        *_angles(session, scope, as_of),
    ]


def _closed(scope: Scope, as_of: datetime) -> Any:
    return and_(
        Deal.status.in_(("won", "lost")), Deal.closed_at > as_of - LOOKED_AT, Deal.closed_at <= as_of, scope.deals()
    )


def _of_closed(touch: Any, scope: Scope, as_of: datetime) -> Any:
    # Asked for by their ids, they are found by them: joined, SQLite reads every activity of every deal.
    return touch.deal_id.in_(select(Deal.id).where(_closed(scope, as_of)))


def _won(condition: Any) -> tuple[Any, Any, Any, Any]:
    won = Deal.status == "won"

    def count(*of: Any) -> Any:
        return func.count(case((and_(*of), 1)))

    return count(won, condition), count(condition), count(won, ~condition), count(~condition)


def _fields(session: Session, scope: Scope, as_of: datetime, rules: Rules) -> Iterator[Compared]:
    late = [stage for stage in rules.stages if (rules.place(stage.key) or 0) >= len(rules.stages) // 2]
    for name in _FIELDS:
        if name not in COLUMNS or all(name in stage.needs for stage in late):
            continue
        row = session.execute(select(*_won(~missing(name))).where(_closed(scope, as_of))).one()
        yield Compared(
            "field", name, Split(*row), f"Have every deal name its {FIELDS[name]} from {late[0].label} on?",
            f"Deals that named their {FIELDS[name]} were won {{}}, those that did not {{}}.", "workflow.toml",
        )  # fmt: skip


def _people(session: Session, scope: Scope, as_of: datetime, rules: Rules) -> Iterator[Compared]:
    stage = next((one for one in rules.stages if one.key == "understand"), rules.stages[len(rules.stages) // 2])
    if "two_contacts" in stage.met_by:
        return
    touch, person = aliased(Activity), aliased(Participant)
    counted = (
        select(touch.deal_id, func.count(person.contact_id.distinct()).label("people"))
        .join(person, person.activity_id == touch.id)
        .where(person.side == "buyer", person.contact_id.is_not(None), is_word(touch), _of_closed(touch, scope, as_of))
        .group_by(touch.deal_id)
        .subquery()
    )
    row = session.execute(
        select(*_won(counted.c.people >= 2)).join(counted, counted.c.deal_id == Deal.id).where(_closed(scope, as_of))
    ).one()
    yield Compared(
        "rule", f"two_contacts:{stage.key}", Split(*row), f"Have a second person of the buyer take part before {stage.label} ends?",
        "Deals in which two or more of their people took part were won {}, those with one {}.", "workflow.toml",
    )  # fmt: skip


def _answers(session: Session, scope: Scope, as_of: datetime, rules: Rules) -> Iterator[Compared]:
    rule = next((one for one in rules.rules if one.trigger == "question"), None)
    if rule is None or rule.within.unit == "same day":
        return
    touch = aliased(Activity)
    along: dict[str, Any] = {"partition_by": touch.deal_id, "order_by": (touch.at, touch.id)}
    words = (
        select(
            touch.deal_id,
            touch.direction,
            touch.at,
            func.lead(touch.at).over(**along).label("next_at"),
            func.lead(touch.direction).over(**along).label("next_direction"),
        )
        .where(is_word(touch), _of_closed(touch, scope, as_of))
        .subquery()
    )
    took = SecondsBetween(words.c.next_at, words.c.at)
    answered = (
        select(words.c.deal_id, func.avg(took).label("took"))
        .where(words.c.direction == "inbound", words.c.next_direction == "outbound")
        .group_by(words.c.deal_id)
        .subquery()
    )
    row = session.execute(
        select(*_won(answered.c.took < _DAY_S))
        .join(answered, answered.c.deal_id == Deal.id)
        .where(_closed(scope, as_of))
    ).one()
    yield Compared(
        "rule", f"same_day:{rule.key}", Split(*row), "Make answering the buyer a same-day rule?",
        "Deals whose mails we answered within a day on average were won {}, the slower ones {}.", "workflow.toml",
    )  # fmt: skip


def _angles(session: Session, scope: Scope, as_of: datetime) -> Iterator[Compared]:
    """Openers, kinds of signals and late touches against the rest, by positive replies to sent touches."""
    rows = session.execute(
        select(
            Touch.variant,
            Touch.signal_kind,
            Touch.number,
            func.count(Touch.id.distinct()).label("sent"),
            func.count(Touch.id.distinct()).filter(Reply.kind == "positive").label("positive"),
        )
        .join(Course, Course.id == Touch.sequence_id)
        .outerjoin(User, User.id == Course.owner_id)
        .outerjoin(Reply, and_(Reply.touch_id == Touch.id, Reply.at <= as_of))
        .where(Touch.sent_at > as_of - LOOKED_AT, Touch.sent_at <= as_of, scope.users())
        .group_by(Touch.variant, Touch.signal_kind, Touch.number)
    ).all()
    for name in sorted({row.variant for row in rows if row.variant}):
        told = name.replace("_", " ")
        yield Compared(
            "opener", name, _split(rows, lambda row, name=name: row.variant == name), f'Stop the opener "{told}"?',
            f'Mails with the opener "{told}" drew a positive reply {{}}, the others {{}}.', "outreach.toml",
        )  # fmt: skip
    for kind in sorted({row.signal_kind for row in rows if row.signal_kind}):
        told = kind.replace("_", " ")
        yield Compared(
            "segment", kind, _split(rows, lambda row, kind=kind: row.signal_kind == kind), f'Tighten the segment: write no more because of "{told}"?',
            f'Mails because of "{told}" drew a positive reply {{}}, the others {{}}.', "a task",
        )  # fmt: skip
    for most in (1, 2):
        yield Compared(
            "stop_rule", str(most), _split(rows, lambda row, most=most: row.number > most), f"Stop after touch {most}?",
            f"Touches after number {most} drew a positive reply {{}}, the ones up to it {{}}.", "outreach.toml",
        )  # fmt: skip


def _split(rows: Any, belongs: Any) -> Split:
    inside = [row for row in rows if belongs(row)]
    outside = [row for row in rows if not belongs(row)]
    return Split(
        sum(row.positive for row in inside), sum(row.sent for row in inside), sum(row.positive for row in outside), sum(row.sent for row in outside)
    )  # fmt: skip
