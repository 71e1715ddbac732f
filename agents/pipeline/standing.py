"""How every deal stood just before a moment, as one statement: rewound from the history of changes, the deal's creation and its closing.

A field is what it was changed from by the first change since then, or what it was set to by the last one before. Where nothing is recorded of it,
today's value stands, except for what closing a deal writes: a deal that was decided later has then no stage and no category that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, String, Subquery, and_, case, func, literal, literal_column, or_, select
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
) -> Subquery:
    """Return a selectable of every deal inside the scope as it stood just before a moment.

    Columns: deal_id, deal, account_id, account, industry, region, product, lead_source, type, pipeline, currency, owner_id, team, owner (all of them
    the owner of then), state (absent, open, won or lost), status (today's), began_at, closed_at, stage, place (of the stage), stage_at (when it was entered, as far as
    the history tells), close_day (ISO text), amount, category, probability, close_told, amount_told and category_told (0 where a later closing may have
    written the value). At or after `now` the deal's present status holds.
    With `ids`, of those deals alone: no other history is read. Moment and ids may be parameters, for a statement that is built once; `present` then tells
    whether the moment lies after now.
    """
    if present is None:
        present = now is not None and isinstance(before, datetime) and before > now
    rewound = _rewound(scope, before, name, ids)
    stood = _stood(rewound, None if present else before, before, name)
    of = stood.c
    place, person = aliased(Stage, name=f"{name}_place"), aliased(User, name=f"{name}_person")
    named, owner = _people(name), aliased(User, name=f"{name}_owner")
    owner_id = case((of.owner_has == 1, func.coalesce(named.c.id, owner.id)), else_=of.owner_now)
    stage = case((of.stage_has == 1, of.stage_then), (of.unknown == 1, None), else_=of.stage_now)
    told = {field: _told(field, of, before) for field in ("close_date", "amount", "forecast_category")}
    return (
        select(
            of.deal_id, of.deal, of.account_id, Account.name.label("account"), Account.industry, Account.region, of.product, of.lead_source, of.type,
            of.pipeline, of.currency, owner_id.label("owner_id"), person.name.label("owner"), person.team.label("team"), of.state, of.began_at,
            of.closed_at, of.status, stage.label("stage"), place.position.label("place"), _entered(of).label("stage_at"),
            case((of.close_date_has == 1, func.substr(of.close_date_then, 1, 10)), else_=DayText(of.close_date_now)).label("close_day"),
            case((of.amount_has == 1, AmountOfText(of.amount_then)), else_=of.amount_now).label("amount"),
            case(
                (of.forecast_category_has == 1, of.forecast_category_then), (told["forecast_category"] == 0, None), else_=of.forecast_category_now
            ).label("category"),
            case((of.unknown == 1, None), else_=of.probability).label("probability"),
            told["close_date"].label("close_told"),
            told["amount"].label("amount_told"),
            told["forecast_category"].label("category_told"),
        )
        .select_from(stood)
        .outerjoin(Account, Account.id == of.account_id)
        .outerjoin(place, and_(place.pipeline == of.pipeline, place.name == stage))
        .outerjoin(named, and_(of.owner_has == 1, named.c.name == of.owner_then))
        .outerjoin(owner, and_(of.owner_has == 1, owner.id == of.owner_then))
        .outerjoin(person, person.id == owner_id)
        .subquery(name)
    )  # fmt: skip


def _rewound(scope: Scope, before: Moment, name: str, ids: Ids | None) -> Subquery:
    """Every deal with what it bears now, when it began, and for each field whether it was changed since then and what it was: `<field>_now`, `<field>_has`, `<field>_then`."""
    after, entry = _first_after(before, name, ids), aliased(DealChange, name=f"{name}_entry")
    first = _first_stage(name, ids)
    began = func.coalesce(Deal.created_at, first.c.at, type_=Instant())
    pipeline = func.coalesce(Deal.pipeline, "")
    then = aliased(Stage, name=f"{name}_then")
    values = {field: _at_moment(field, after, before, entry) for field in FIELDS}
    fields: list[ColumnElement[Any]] = []
    for field, today in (
        ("stage", Deal.stage), ("close_date", Deal.close_date), ("amount", Deal.amount), ("forecast_category", Deal.forecast_category), ("owner", Deal.owner_id),
    ):  # fmt: skip
        has = after.c[f"{field}_has"]
        fields += [today.label(f"{field}_now"), has, case((has == 1, values[field])).label(f"{field}_then")]
    return (
        select(
            Deal.id.label("deal_id"), Deal.name.label("deal"), Deal.account_id, Deal.product, Deal.lead_source, Deal.type, pipeline.label("pipeline"),
            Deal.currency, Deal.status, Deal.closed_at, Deal.probability, Deal.stage_entered_at, *fields,
            case((and_(began.is_not(None), Deal.closed_at < began), Deal.closed_at), else_=began).label("began_at"),
            entry.new.label("entered"), entry.at.label("entered_at"), then.status.label("status_then"),
        )
        .select_from(Deal)
        .outerjoin(after, after.c.deal_id == Deal.id)
        .outerjoin(entry, entry.id == last_change("stage", before, Deal.id))
        .outerjoin(first, first.c.deal_id == Deal.id)
        .outerjoin(then, and_(after.c.stage_has == 1, then.pipeline == pipeline, then.name == values["stage"]))
        .where(scope.deals(), *_named(Deal.id, ids))
        .subquery(f"{name}_rewound")
    )  # fmt: skip


def _stood(rewound: Subquery, past: Moment | None, before: Moment, name: str) -> CTE:
    """Every deal with its state of then, and whether what closing it wrote is all that is known of it. Made once: what follows asks for the state many times."""
    state = _state(rewound.c, past, before)
    states = select(rewound, state.label("state")).subquery(f"{name}_states")
    of = states.c
    unknown = case((and_(of.status != "open", of.state == "open"), 1), else_=0)
    return select(states, unknown.label("unknown")).cte(f"{name}_stood").prefix_with("MATERIALIZED")


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


def last_change(field: str, before: Moment, deal_id: Any) -> ColumnElement[Any]:
    """Return the id of the last change of a field before a moment, NULL where there is none: looked up deal by deal, as sorting all changes takes four times as long."""
    return _last(DealChange.id, field, before, deal_id)


def _last(wanted: Any, field: str, before: Moment, deal_id: Any) -> ColumnElement[Any]:
    sooner = aliased(DealChange)
    return (
        select(getattr(sooner, wanted.key))
        .where(sooner.deal_id == deal_id, sooner.field == field, sooner.at < before)
        .order_by(sooner.at.desc(), sooner.id.desc())
        .limit(1)
        .correlate_except(sooner)
        .scalar_subquery()
    )


def _first_stage(name: str, ids: Ids | None) -> Subquery:
    """When each deal was first given a stage: its beginning where no creation is told. Where neither is, it was always there."""
    return (
        select(DealChange.deal_id, func.min(DealChange.at).label("at"))
        .where(DealChange.old.is_(None), DealChange.field == "stage", *_named(DealChange.deal_id, ids))
        .group_by(DealChange.deal_id)
        .subquery(f"{name}_first")
    )


def _at_moment(field: str, after: Subquery, before: Moment, entry: Any) -> ColumnElement[Any]:
    # What was last set is looked up only where the change after it doesn't tell what it changed.
    last = entry.new if field == "stage" else _last(DealChange.new, field, before, Deal.id)
    return func.coalesce(after.c[f"{field}_old"], last, type_=String())


def _state(of: Any, past: Moment | None, before: Moment) -> ColumnElement[Any]:
    absent = and_(of.began_at.is_not(None), of.began_at >= before)
    if past is None:
        return case((absent, "absent"), else_=of.status)
    ended = and_(of.status != "open", or_(of.closed_at.is_(None), of.closed_at < past))
    rewound = of.stage_has == 1
    # A stage that closes a deal, entered before the day that the deal bears as its close date.
    entered = and_(of.status != "open", ~func.coalesce(rewound, False), of.entered == of.stage_now)
    return case(
        (absent, "absent"),
        (ended, of.status),
        (and_(rewound, of.status_then.in_(("won", "lost"))), of.status_then),
        (entered, of.status),
        else_="open",
    )


def _entered(of: Any) -> ColumnElement[Any]:
    """When the stage of then was entered: as the history tells, else as the deal does where its stage has not changed since."""
    return case(
        (of.stage_has == 1, of.entered_at),
        (of.unknown == 1, None),
        else_=func.coalesce(of.entered_at, of.stage_entered_at, type_=Instant()),
    )


def _told(field: str, of: Any, before: Moment) -> ColumnElement[int]:
    """1 where a field's value was known then: the deal is as open as then, or a history of this field was kept at the time."""
    kept = select(func.min(DealChange.at)).where(DealChange.field == field, _TOLD).correlate(None).scalar_subquery()
    known = or_(
        of[f"{field}_has"] == 1,
        of.unknown == 0,
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
