"""What Dealwright itself works out of a deal, told to the CRM: health, likelihood, sentiment and the buyer's last word, wherever they differ from what was written last.

A deal is written at most once an hour, and only where the CRM has the fields and `fields.toml` lets them be written. Of what was written, the last one of each deal stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    String,
    and_,
    case,
    cast,
    delete,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from agents.crm.checking import fits
from agents.crm.writes import NewWrite, planned
from infra.spine.crm import CrmLink, CrmWrite
from infra.spine.watch import DealHealth
from integrations.connectors.writing import Property
from sales.fields import OWN
from sales.ownership import Ownership
from sales.records import RecordKind

PREFIX = "health:"
"""What the keys of these writes begin with."""

PAUSE = timedelta(hours=1)
"""So long after a write a deal is not written again."""

MOST_WAITING = 200
"""So many of these writes wait at a time: what people decided is not to stand behind thousands of them."""

_KIND = "deal"
_WHY = "How the deal stands has changed."
_UNDER_WAY = ("waiting", "planned", "sending")
_POINT = 100
"""A likelihood is kept in ten-thousandths; one that moved by less than a hundredth of the whole is the same."""

_BANDS = {"healthy": "Healthy", "watch": "Watch", "at_risk": "At risk", "unknown": "Unknown"}
_SENTIMENTS = {"positive": "Positive", "neutral": "Neutral", "negative": "Negative"}


@dataclass(frozen=True)
class _Told:
    """A field: what it is to be (`value`), and whether the last write said otherwise (`differs`)."""

    value: ColumnElement[Any]
    differs: ColumnElement[bool]


def own_names(rules: Ownership, system: str) -> dict[str, str]:
    """Return what a system calls the fields that Dealwright works out and may write there."""
    found: dict[str, str] = {}
    for field in OWN[RecordKind.DEAL]:
        rule = rules.rule(_KIND, field.key)
        if rule.writes == "auto" and system in rule.names:
            found[field.key] = rule.names[system]
    return found


def own_there(rules: Ownership, system: str, properties: Mapping[str, Property]) -> tuple[str, ...]:
    """Return those of them that the system's schema really has, to be written and of the right type."""
    found = []
    for key, name in own_names(rules, system).items():
        known = properties.get(name)
        if known is not None and not known.read_only and fits(rules.rule(_KIND, key), known):
            found.append(key)
    return tuple(found)


def differ(session: Session, system: str, keys: Collection[str], now: datetime) -> bool:
    """Return whether some deal stands otherwise, in these fields, than it was last written."""
    return bool(keys) and session.execute(_differing(system, keys, now).limit(1)).first() is not None


def plan_own(session: Session, system: str, keys: Collection[str], now: datetime) -> int:
    """Plan a write of every deal that stands otherwise than it was last written, those that were never written first; return how many. Call it in a transaction."""
    if not keys:
        return 0
    waiting = session.scalar(
        select(func.count()).select_from(CrmWrite).where(*_ours(system), CrmWrite.state.in_(_UNDER_WAY))
    )
    room = MOST_WAITING - (waiting or 0)
    rows = session.execute(_differing(system, keys, now).limit(room)).all() if room > 0 else []
    if not rows:
        return 0
    writes = {one.key: one for one in (_write(row, keys) for row in rows)}
    there = set(session.scalars(select(CrmWrite.key).where(CrmWrite.key.in_(list(writes)))))
    session.add_all(planned(one, system, now) for key, one in writes.items() if key not in there)
    # What came before them is history, which the marks of health tell better.
    superseded = [row.last_key for row in rows if row.last_key is not None]
    session.execute(
        delete(CrmWrite)
        .where(CrmWrite.key.in_(superseded), CrmWrite.state == "done")
        .execution_options(synchronize_session=False)
    )
    session.flush()
    return len(writes) - len(there)


def _write(row: Row[Any], keys: Iterable[str]) -> NewWrite:
    fields = {key: _json(key, getattr(row, key)) for key in keys}
    # The write before it is part of the key: the same values may come again after others.
    mark = sha256(repr((row.deal_id, row.last_key, sorted(fields.items()))).encode()).hexdigest()[:40]
    return NewWrite(f"{PREFIX}{mark}", "update", _KIND, row.deal_id, fields, why=_WHY)


def _json(key: str, value: Any) -> str | None:
    if value is None:
        return None
    if key == "likelihood":
        return str((int(value) + _POINT // 2) // _POINT)
    return str(value)


def _ours(system: str) -> tuple[ColumnElement[bool], ...]:
    return (
        CrmWrite.key >= PREFIX,
        CrmWrite.key < PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1),
        CrmWrite.kind == _KIND,
        CrmWrite.system == system,
    )


def _differing(system: str, keys: Collection[str], now: datetime) -> Any:
    """Select deal_id, last_key and the fields of the deals to be written."""
    place = func.row_number().over(partition_by=CrmWrite.record_id, order_by=(CrmWrite.at.desc(), CrmWrite.key))
    last = (
        select(CrmWrite.key, CrmWrite.record_id, CrmWrite.at, CrmWrite.state, CrmWrite.fields, place.label("place"))
        .where(*_ours(system))
        .subquery("last_written")
    )
    told = {key: one for key, one in _told(last.c.fields).items() if key in keys}
    linked = (
        select(CrmLink.record_id)
        .where(CrmLink.system == system, CrmLink.kind == _KIND, CrmLink.deleted.is_(False))
        .where(CrmLink.record_id == DealHealth.deal_id)
        .exists()
    )
    return (
        select(DealHealth.deal_id, last.c.key.label("last_key"), *(one.value.label(key) for key, one in told.items()))
        .outerjoin(last, and_(last.c.record_id == DealHealth.deal_id, last.c.place == 1))
        .where(
            linked,
            or_(
                last.c.key.is_(None),
                and_(
                    last.c.state.not_in(_UNDER_WAY),
                    last.c.at <= now - PAUSE,
                    or_(*(one.differs for one in told.values())),
                ),
            ),
        )
        .order_by(last.c.at.asc().nulls_first(), DealHealth.score.asc().nulls_last(), DealHealth.deal_id)
    )


def _told(written: Any) -> dict[str, _Told]:
    heard = DealHealth.record["last_from_buyer"].as_string()
    likely = type_coerce(DealHealth.likelihood, BigInteger)
    likely_then = cast(written["likelihood"].as_string(), Integer)
    values: dict[str, ColumnElement[Any]] = {
        "health_score": cast(DealHealth.score, String),
        "health_band": case(_BANDS, value=DealHealth.band),
        "sentiment": case(_SENTIMENTS, value=DealHealth.record["sentiment"].as_string()),
        # Moments stand in the record in UTC; the CRMs keep no fractions worth comparing.
        "last_buyer_contact": func.substr(heard, 1, 19) + "Z",
    }
    found = {key: _Told(value, value.is_distinct_from(written[key].as_string())) for key, value in values.items()}
    moved = or_(
        likely.is_(None) != likely_then.is_(None), func.coalesce(func.abs(likely - likely_then * _POINT), 0) >= _POINT
    )
    return found | {"likelihood": _Told(likely, moved)}
