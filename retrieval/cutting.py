"""From the spine's activities and deal changes to rows of `passages`: what is found follows what is stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Insert, Table, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from infra.spine.models import Account, Activity, Deal, DealChange, Passage, StemCount, Turn
from retrieval.passages import Segment, cut, paragraphs
from retrieval.words import index_text

CUT_VERSION = "1"
"""Raised when passages are cut otherwise: everything is then cut and embedded again at the next refresh."""

_STEM_LENGTH = 64


@dataclass
class Cut:
    """What one batch of cutting did: `sources` looked at, passages `added`, and the ids of passages that are gone."""

    sources: int = 0
    added: int = 0
    removed: list[int] = field(default_factory=list)


def waiting(session: Session) -> int:
    """Return how many activities and changes have to be cut."""
    activities = session.scalar(select(func.count()).select_from(Activity).where(_stale())) or 0
    changes = session.scalar(select(func.count()).select_from(DealChange).where(_uncut_change())) or 0
    return activities + changes


def cut_activities(session: Session, batch: int) -> Cut:
    """Cut up to `batch` activities whose words are new or changed. To be committed by the caller."""
    activities = session.scalars(select(Activity).where(_stale()).order_by(Activity.id).limit(batch)).all()
    result = Cut(sources=len(activities))
    if not activities:
        return result
    ids = [activity.id for activity in activities]
    old = session.execute(select(Passage.id, Passage.stems).where(Passage.activity_id.in_(ids))).all()
    turns = _turns(session, ids)
    rows = [row for activity in activities for row in _rows(activity, turns.get(activity.id, []))]
    session.execute(delete(Passage).where(Passage.activity_id.in_(ids)))
    if rows:
        session.execute(insert(Passage), rows)
    count_stems(session, [row["stems"] for row in rows], [stems for _, stems in old])
    session.execute(
        update(Activity).where(Activity.id.in_(ids)).values(indexed_as=Activity.content_hash + ":" + CUT_VERSION),
        execution_options={"synchronize_session": False},
    )
    result.added = len(rows)
    result.removed = [id_ for id_, _ in old]
    return result


def cut_changes(session: Session, batch: int) -> Cut:
    """Make a passage of each deal change that has none, up to `batch`. To be committed by the caller."""
    found = session.execute(
        select(DealChange, Deal.name, Deal.account_id, Account.name)
        .join(Deal, Deal.id == DealChange.deal_id)
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(_uncut_change())
        .order_by(DealChange.id)
        .limit(batch)
    ).all()
    rows = [_change_row(change, deal, account_id, account) for change, deal, account_id, account in found]
    if rows:
        session.execute(insert(Passage), rows)
        count_stems(session, [row["stems"] for row in rows], [])
    return Cut(sources=len(rows), added=len(rows))


def relink(session: Session) -> int:
    """Give every passage the account, deal, owner and time that its source has now; return how many were stale. To be committed by the caller."""
    changed = _follow(session, Activity, Passage.activity_id, ("account_id", "deal_id", "owner_id", "at"))
    return changed + _follow(session, Deal, Passage.deal_id, ("account_id",), Passage.change_id.is_not(None))


def _follow(
    session: Session, source: type[Activity] | type[Deal], key: Any, same: tuple[str, ...], *conditions: Any
) -> int:
    differs = or_(*(getattr(source, name).is_distinct_from(getattr(Passage, name)) for name in same))
    stale = select(source.id).where(source.id == key, differs).exists()
    result = session.execute(
        update(Passage)
        .where(key.is_not(None), stale, *conditions)
        .values({name: select(getattr(source, name)).where(source.id == key).scalar_subquery() for name in same}),
        execution_options={"synchronize_session": False},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def count_stems(session: Session, added: Iterable[str], removed: Iterable[str]) -> None:
    """Keep `stem_counts` in step with passages that came and went, given their `stems` columns."""
    change: Counter[str] = Counter()
    for text in added:
        change.update({stem[:_STEM_LENGTH] for stem in text.split()})
    for text in removed:
        change.subtract({stem[:_STEM_LENGTH] for stem in text.split()})
    rows = [{"stem": stem, "passages": number} for stem, number in sorted(change.items()) if number]
    if not rows:
        return
    statement = upsert(session, StemCount.__table__)  # type: ignore[arg-type]
    statement = statement.on_conflict_do_update(  # type: ignore[attr-defined]
        index_elements=["stem"],
        set_={"passages": StemCount.passages + statement.excluded.passages},  # type: ignore[attr-defined]
    )
    session.execute(statement, rows)


def upsert(session: Session, table: Table) -> Insert:
    """Return an INSERT of the session's database that knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _stale() -> Any:
    current = Activity.content_hash + ":" + CUT_VERSION
    return or_(Activity.indexed_as.is_(None), Activity.indexed_as != current)


def _uncut_change() -> Any:
    return ~select(Passage.id).where(Passage.change_id == DealChange.id).exists()


def _turns(session: Session, ids: Sequence[str]) -> dict[str, list[Turn]]:
    by_call: dict[str, list[Turn]] = defaultdict(list)
    statement = select(Turn).where(Turn.activity_id.in_(ids)).order_by(Turn.activity_id, Turn.position)
    for turn in session.scalars(statement):
        by_call[turn.activity_id].append(turn)
    return by_call


def _rows(activity: Activity, turns: list[Turn]) -> list[dict[str, Any]]:
    if turns:
        segments = [Segment(turn.position, turn.speaker or "", turn.text) for turn in turns]
    else:
        text = "\n\n".join(part for part in (activity.subject, activity.body) if part)
        segments = paragraphs(text)
    return [
        {
            "activity_id": activity.id,
            "change_id": None,
            "ordinal": passage.ordinal,
            "account_id": activity.account_id,
            "deal_id": activity.deal_id,
            "owner_id": activity.owner_id,
            "kind": activity.kind,
            "at": activity.at,
            "first": passage.first,
            "last": passage.last,
            "speakers": dict(passage.speakers),
            "text": passage.text,
            **_terms(passage.text),
            "words": passage.words,
            "embedded_as": None,
        }
        for passage in cut(segments)
    ]


def _change_row(change: DealChange, deal: str, account_id: str | None, account: str | None) -> dict[str, Any]:
    what = change.field.replace("_", " ")
    name = deal if account is None or account in deal else f"{account}, {deal}"
    text = f"{name}: {what} changed from {change.old or 'nothing'} to {change.new or 'nothing'}"
    return {
        "activity_id": None,
        "change_id": change.id,
        "ordinal": 0,
        "account_id": account_id,
        "deal_id": change.deal_id,
        "owner_id": None,
        "kind": "change",
        "at": change.at,
        "first": 0,
        "last": 0,
        "speakers": {},
        "text": text,
        **_terms(text),
        "words": len(text.split()),
        "embedded_as": None,
    }


def _terms(text: str) -> dict[str, Any]:
    indexed = index_text(text)
    return {"stems": indexed, "terms": len(indexed.split())}
