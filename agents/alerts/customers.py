"""Renewals and expansion on the same road: what customers do that speaks for or against staying, and renewals that come near without a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from agents.alerts.handed import decided_by_card
from agents.alerts.record import AlertKind, Cause
from agents.alerts.watched import Subject, Watched
from agents.answer import Evidence
from agents.links import Links
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.business import Account, Deal
from infra.spine.scope import Scope
from infra.spine.signals import Signal
from infra.spine.spoken import from_buyer, is_booked
from sales.signals import MEANINGS, Kind

_RISKS = (Kind.CONTRACT_END, Kind.USAGE_DROP, Kind.NPS_FALL, Kind.SUPPORT)
_CHANCES = (Kind.USAGE_SPIKE,)
_WEEK = timedelta(days=7)
_RECENT = timedelta(days=30)
_UNDER_WAY = timedelta(days=14)
"""A renewal with a word of the buyer's within so many days is under way."""


def watched_customers(
    session: Session,
    settings: Settings,
    links: Links,
    scope: Scope,
    as_of: datetime,
    deals: Sequence[str] | None = None,
) -> list[Watched]:
    """Return how customers stand as of a moment: one entry a deal and kind. With `deals`, only these and the ones of their accounts."""
    found: dict[tuple[str, str], Watched] = {}
    for one in (
        *_near(session, settings, links, scope, as_of, deals),
        *_signalled(session, links, scope, as_of, deals, "renewal"),
        *_signalled(session, links, scope, as_of, deals, "expansion"),
    ):
        place = (one.kind, one.subject.deal_id)
        found[place] = _both(found[place], one) if place in found else one
    return list(found.values())


def _both(one: Watched, other: Watched) -> Watched:
    return replace(
        one,
        causes=tuple(sorted((*one.causes, *other.causes), key=lambda cause: -cause.weight)),
        new=one.new | other.new,
        alarming=one.alarming or other.alarming,
        event_at=max(one.event_at, other.event_at),
    )


def _signalled(
    session: Session, links: Links, scope: Scope, as_of: datetime, deals: Sequence[str] | None, kind: AlertKind
) -> list[Watched]:
    """Return what signals of the last month say about each customer, at the deal that it concerns: an open one before the newest that was won."""
    kinds = _CHANCES if kind == "expansion" else _RISKS
    place = (
        select(
            Deal.account_id,
            Deal.id.label("deal_id"),
            func.row_number()
            .over(
                partition_by=Deal.account_id,
                order_by=(
                    case((Deal.status == "open", 0), else_=1),
                    func.coalesce(Deal.closed_at, Deal.created_at).desc().nulls_last(),
                    Deal.id,
                ),
            )
            .label("place"),
        )
        .where(Deal.status.in_(("open", "won")), scope.deals())
        .subquery("place")
    )
    query = (
        select(Signal, Deal, Account)
        .join(place, and_(place.c.account_id == Signal.account_id, place.c.place == 1))
        .join(Deal, Deal.id == place.c.deal_id)
        .join(Account, Account.id == Signal.account_id)
        .where(
            Signal.kind.in_(kinds),
            Signal.state.not_in(("skipped", "expired")),
            Signal.received_at <= as_of,
            Signal.occurred_at > as_of - _RECENT,
            ~decided_by_card(),
        )
        .order_by(Deal.id, Signal.strength.desc(), Signal.occurred_at.desc(), Signal.id)
    )
    if deals is not None:
        query = query.where(Deal.id.in_(deals))
    found: dict[str, tuple[Subject, list[Signal]]] = {}
    for signal, deal, account in session.execute(query):
        found.setdefault(deal.id, (_subject(deal, account), []))[1].append(signal)
    return [_watched(kind, subject, signals, links, as_of) for subject, signals in found.values()]


def _watched(kind: AlertKind, subject: Subject, signals: list[Signal], links: Links, as_of: datetime) -> Watched:
    causes: dict[str, Cause] = {}
    for signal in signals:
        causes.setdefault(signal.kind, _cause(signal, links))
    new = frozenset(one.kind for one in signals if one.received_at > as_of - _WEEK)
    return Watched(
        kind=kind,
        subject=subject,
        causes=tuple(causes.values()),
        new=new,
        # What a customer did weeks ago was news then.
        alarming=bool(new),
        known=True,
        event_at=max(one.occurred_at for one in signals),
    )


def _cause(signal: Signal, links: Links) -> Cause:
    words = signal.text or signal.title
    said = MEANINGS[Kind(signal.kind)].words
    evidence = (
        Evidence(
            source="signal",
            id=signal.id,
            quote=(words or "")[:300],
            at=signal.occurred_at,
            url=signal.url or links.evidence("account", signal.account_id or ""),
            label=signal.title,
        ),
    )
    return Cause(
        kind=signal.kind,
        sentence=f"{(signal.company or 'The customer')}: {said}",
        weight=round(signal.strength * 40),
        since=signal.occurred_at.date(),
        evidence=evidence if words else (),
    )


def _near(
    session: Session, settings: Settings, links: Links, scope: Scope, as_of: datetime, deals: Sequence[str] | None
) -> list[Watched]:
    """Return the open renewals that close soon, with whether they are under way: a meeting booked, or a word of the buyer's lately."""
    today = as_of.astimezone(settings.zone).date()
    touch, word = aliased(Activity, name="touch"), aliased(Activity, name="word")
    met = exists().where(touch.deal_id == Deal.id, is_booked(touch), touch.at > as_of)
    spoke = exists().where(word.deal_id == Deal.id, from_buyer(word), word.at.between(as_of - _UNDER_WAY, as_of))
    query = (
        select(Deal, Account, or_(met, spoke).label("under_way"))
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(
            scope.deals(),
            Deal.status == "open",
            func.lower(Deal.type).like("%renew%"),
            Deal.close_date.between(today, today + timedelta(days=settings.renewal_days)),
        )
        .order_by(Deal.id)
    )
    if deals is not None:
        query = query.where(Deal.id.in_(deals))
    found = []
    for deal, account, under_way in session.execute(query):
        assert deal.close_date is not None
        left = (deal.close_date - today).days
        cause = Cause(
            kind="renewal_near",
            sentence=f"It renews in {left} days, without a meeting or a word of theirs in two weeks",
            weight=30,
            since=deal.close_date - timedelta(days=settings.renewal_days),
            evidence=(
                Evidence(
                    source="deal",
                    id=deal.id,
                    quote=deal.close_date.isoformat(),
                    url=links.evidence("deal", deal.id),
                    label=deal.name,
                ),
            ),
        )
        found.append(
            Watched(
                kind="renewal",
                subject=_subject(deal, account),
                causes=() if under_way else (cause,),
                new=frozenset({"renewal_near"}) if not under_way and settings.renewal_days - left <= _WEEK.days else frozenset(),
                alarming=not under_way,
                known=True,
                event_at=as_of,
            )
        )  # fmt: skip
    return found


def _subject(deal: Deal, account: Account | None) -> Subject:
    return Subject(
        deal.id,
        deal.name,
        deal.account_id,
        account.name if account else None,
        deal.owner_id,
        deal.amount,
        deal.currency,
        deal.stage,
        deal.close_date,
    )
