"""How every deal stood just before a moment, as one statement: rewound from the history of changes, the deal's creation and its closing.

A field is what it was changed from by the first change since then, or what it was set to by the last one before. Where nothing is recorded of it,
today's value stands, except for what closing a deal writes: a deal that was decided later has then no stage and no category that is known.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Subquery, and_, case, func, literal, literal_column, or_, select
from sqlalchemy.orm import aliased

from agents.pipeline.history_sql import AmountOfText, DayText
from infra.spine.base import Instant, Money
from infra.spine.business import Account, Deal, DealChange, Stage
from infra.spine.people import User
from infra.spine.scope import Scope

FIELDS = ("stage", "close_date", "amount", "forecast_category", "owner")
_TOLD: ColumnElement[bool] = literal_column("deal_changes.source != 'difference'")
"""A change that somebody made: what an import alone saw to differ tells of no history. As it stands in the index of them."""

Moment = datetime | ColumnElement[datetime]
Ids = Sequence[str] | ColumnElement[Any]


def standing(
    scope: Scope,
    before: Moment,
    now: datetime | None = None,
    name: str = "standing",
    ids: Ids | None = None,
    *,
    present: bool | None = None,
    changes: Collection[str] = FIELDS,
) -> Subquery:
    """Return a selectable of every deal inside the scope as it stood just before a moment.

    Columns: deal_id, deal, account_id, account, industry, region, product, lead_source, type, pipeline, currency, owner_id, team, owner (all of them
    the owner of then), state (absent, open, won or lost), status (today's), began_at, closed_at, stage, place (of the stage), stage_at (when it was entered, as far as
    the history tells), close_day (ISO text), amount, category, probability, close_told and amount_told (0 where a later closing may have written
    the value), and for each field of `changes` `<field>_change`, `<field>_change_at`: its last change before. At or after `now` the deal's present status holds.
    With `ids`, of those deals alone: no other history is read. Moment and ids may be parameters, for a statement that is built once; `present` then tells
    whether the moment lies after now.
    """
    after, earlier = _first_after(before, name, ids), _last_before(before, name, ids, changes)
    first = _first_stage(name, ids)
    began = func.coalesce(Deal.created_at, first.c.at, type_=Instant())
    began_at = case((and_(began.is_not(None), Deal.closed_at < began), Deal.closed_at), else_=began)
    values = {field: _at_moment(field, after, earlier) for field in FIELDS}
    then, place = aliased(Stage, name=f"{name}_then"), aliased(Stage, name=f"{name}_place")
    rewound = after.c.stage_has == 1
    if present is None:
        present = now is not None and isinstance(before, datetime) and before > now
    past = None if present else before
    state = _state(began_at, rewound, then, earlier, past, before)
    unknown = and_(Deal.status != "open", state == "open")
    stage = case((rewound, values["stage"]), (unknown, None), else_=Deal.stage)
    owner = aliased(User, name=f"{name}_owner")
    named = _people(name)
    owner_id = case((after.c.owner_has == 1, func.coalesce(named.c.id, owner.id)), else_=Deal.owner_id)
    person = aliased(User, name=f"{name}_person")
    told = {field: _told(field, after, unknown, before) for field in ("close_date", "amount", "forecast_category")}
    pipeline = func.coalesce(Deal.pipeline, "")
    return (
        select(
            Deal.id.label("deal_id"),
            Deal.name.label("deal"),
            Deal.account_id,
            Account.name.label("account"),
            Account.industry,
            Account.region,
            Deal.product,
            Deal.lead_source,
            Deal.type,
            pipeline.label("pipeline"),
            Deal.currency,
            owner_id.label("owner_id"),
            person.name.label("owner"),
            person.team.label("team"),
            state.label("state"),
            began_at.label("began_at"),
            Deal.closed_at,
            Deal.status,
            stage.label("stage"),
            place.position.label("place"),
            _entered(rewound, earlier, unknown).label("stage_at"),
            case(
                (after.c.close_date_has == 1, func.substr(values["close_date"], 1, 10)), else_=DayText(Deal.close_date)
            ).label("close_day"),
            case((after.c.amount_has == 1, AmountOfText(values["amount"])), else_=Deal.amount).label("amount"),
            case(
                (after.c.forecast_category_has == 1, values["forecast_category"]),
                (told["forecast_category"] == 0, None),
                else_=Deal.forecast_category,
            ).label("category"),
            case((unknown, None), else_=Deal.probability).label("probability"),
            told["close_date"].label("close_told"),
            told["amount"].label("amount_told"),
            *(earlier.c[f"{field}_{part}"].label(f"{field}_{part}") for field in changes for part in ("change", "change_at")),
        )
        .select_from(Deal)
        .outerjoin(Account, Account.id == Deal.account_id)
        .outerjoin(after, after.c.deal_id == Deal.id)
        .outerjoin(earlier, earlier.c.deal_id == Deal.id)
        .outerjoin(first, first.c.deal_id == Deal.id)
        .outerjoin(then, and_(rewound, then.pipeline == pipeline, then.name == values["stage"]))
        .outerjoin(place, and_(place.pipeline == pipeline, place.name == stage))
        .outerjoin(named, and_(after.c.owner_has == 1, named.c.name == values["owner"]))
        .outerjoin(owner, and_(after.c.owner_has == 1, owner.id == values["owner"]))
        .outerjoin(person, person.id == owner_id)
        .where(scope.deals(), *_named(Deal.id, ids))
        .subquery(name)
    )  # fmt: skip


def _named(column: Any, ids: Ids | None) -> list[ColumnElement[bool]]:
    return [column.in_(ids)] if ids is not None else []


def _first_after(before: Moment, name: str, ids: Ids | None) -> Subquery:
    """For each deal: whether a field was changed since then, and from what."""
    place = func.row_number().over(
        partition_by=(DealChange.deal_id, DealChange.field), order_by=(DealChange.at, DealChange.id)
    )
    changes = (
        select(DealChange.deal_id, DealChange.field, DealChange.old, place.label("place"))
        .where(DealChange.field.in_(FIELDS), DealChange.at >= before, *_named(DealChange.deal_id, ids))
        .subquery(f"{name}_later")
    )
    of = changes.c
    columns: list[ColumnElement[Any]] = []
    for field in FIELDS:
        columns.append(func.max(case((of.field == field, 1), else_=0)).label(f"{field}_has"))
        columns.append(func.max(case((of.field == field, of.old))).label(f"{field}_old"))
    return select(of.deal_id, *columns).where(of.place == 1).group_by(of.deal_id).subquery(f"{name}_after")


def _last_before(before: Moment, name: str, ids: Ids | None, wanted: Collection[str]) -> Subquery:
    """For each deal and field: what its last change before the moment set; of those wanted which change it was, and when."""
    place = func.row_number().over(
        partition_by=(DealChange.deal_id, DealChange.field), order_by=(DealChange.at.desc(), DealChange.id.desc())
    )
    changes = (
        select(DealChange.deal_id, DealChange.field, DealChange.new, DealChange.id, DealChange.at, place.label("place"))
        .where(DealChange.field.in_(FIELDS), DealChange.at < before, *_named(DealChange.deal_id, ids))
        .subquery(f"{name}_sooner")
    )
    of = changes.c
    columns: list[ColumnElement[Any]] = []
    for field in FIELDS:
        mine = of.field == field
        columns.append(func.max(case((mine, of.new))).label(f"{field}_new"))
        if field in wanted:
            columns.append(func.max(case((mine, of.id))).label(f"{field}_change"))
        if field in wanted or field == "stage":
            columns.append(func.max(case((mine, of.at)), type_=Instant()).label(f"{field}_change_at"))
    return select(of.deal_id, *columns).where(of.place == 1).group_by(of.deal_id).subquery(f"{name}_earlier")


def _first_stage(name: str, ids: Ids | None) -> Subquery:
    """When each deal was first given a stage: its beginning where no creation is told. Where neither is, it was always there."""
    return (
        select(DealChange.deal_id, func.min(DealChange.at).label("at"))
        .where(DealChange.old.is_(None), DealChange.field == "stage", *_named(DealChange.deal_id, ids))
        .group_by(DealChange.deal_id)
        .subquery(f"{name}_first")
    )


def _at_moment(field: str, after: Subquery, earlier: Subquery) -> ColumnElement[Any]:
    return func.coalesce(after.c[f"{field}_old"], earlier.c[f"{field}_new"], type_=String())


def _state(
    began_at: ColumnElement[Any],
    rewound: ColumnElement[bool],
    then: Any,
    earlier: Subquery,
    past: Moment | None,
    before: Moment,
) -> ColumnElement[Any]:
    absent = and_(began_at.is_not(None), began_at >= before)
    if past is None:
        return case((absent, "absent"), else_=Deal.status)
    ended = and_(Deal.status != "open", or_(Deal.closed_at.is_(None), Deal.closed_at < past))
    # A stage that closes a deal, entered before the day that the deal bears as its close date.
    entered = and_(Deal.status != "open", ~func.coalesce(rewound, False), earlier.c.stage_new == Deal.stage)
    return case(
        (absent, "absent"),
        (ended, Deal.status),
        (and_(rewound, then.status.in_(("won", "lost"))), then.status),
        (entered, Deal.status),
        else_="open",
    )


def _entered(rewound: ColumnElement[bool], earlier: Subquery, unknown: ColumnElement[bool]) -> ColumnElement[Any]:
    """When the stage of then was entered: as the history tells, else as the deal does where its stage has not changed since."""
    return case(
        (rewound, earlier.c.stage_change_at),
        (unknown, None),
        else_=func.coalesce(earlier.c.stage_change_at, Deal.stage_entered_at, type_=Instant()),
    )


def _told(field: str, after: Subquery, unknown: ColumnElement[bool], before: Moment) -> ColumnElement[int]:
    """1 where a field's value was known then: the deal is as open as then, or a history of this field was kept at the time."""
    kept = select(func.min(DealChange.at)).where(DealChange.field == field, _TOLD).correlate(None).scalar_subquery()
    known = or_(
        after.c[f"{field}_has"] == 1,
        ~unknown,
        kept < (literal(before, Instant()) if isinstance(before, datetime) else before),
    )
    return case((func.coalesce(known, False), 1), else_=0)


def _people(name: str) -> Subquery:
    """Users by name, where one name is one user: the history names people."""
    return (
        select(User.name, func.min(User.id).label("id"))
        .group_by(User.name)
        .having(func.count() == 1)
        .subquery(f"{name}_named")
    )


def money(value: Any) -> ColumnElement[Any]:
    """Return a sum of amounts as an amount: PostgreSQL adds whole numbers up to a wider type."""
    return func.coalesce(func.sum(value, type_=Money()), 0, type_=Money())
