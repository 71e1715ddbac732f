"""What every section of a review is made from: whose it is, which week, and how amounts of several currencies are weighed against each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, case, func, literal, type_coerce
from sqlalchemy.orm import Session

from agents.digest.audience import Readership
from agents.digest.record import Line, Section, SectionKey
from agents.links import Links
from agents.narrative.phrasing import short_day, short_money
from infra.settings import Settings
from infra.spine.base import MONEY_SCALE
from infra.spine.models import Deal
from sales.reviewing import Week

PRICELESS = 1.0
"""A deal without an amount weighs as much as a typical one: not knowing what it is worth makes it neither."""


@dataclass(frozen=True)
class Ground:
    """One review in the making. `begin` to `through` is the part of the week that has passed at `at`, the moment that states are told of.

    `past` is True where `at` is no longer now: then nothing that is kept of the present may be told. `typical` is the median amount of open deals by
    currency; `before` the review of the week before, for what keeps no history of its own.
    """

    session: Session
    settings: Settings
    links: Links
    who: Readership
    week: Week
    through: datetime
    at: datetime
    past: bool
    typical: Mapping[str, Decimal] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)

    @property
    def begin(self) -> datetime:
        """When the week began, in UTC."""
        return self.week.begin

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the review's days are."""
        return self.week.zone

    @property
    def today(self) -> date:
        """The day of `at`."""
        return self.at.astimezone(self.zone).date()

    def day(self, when: date | datetime) -> str:
        """Return a day as people call it."""
        return short_day(when.astimezone(self.zone).date() if isinstance(when, datetime) else when, self.today)

    def value(self, amount: Decimal | None, currency: str | None) -> float:
        """Return what a deal weighs: its amount in typical deals of its currency, as currencies are not converted."""
        usual = self.typical.get(currency or "")
        if amount is None or not usual:
            return PRICELESS
        return max(0.0, float(amount / usual))

    def weight(self) -> ColumnElement[float]:
        """Return what `value` tells of a deal, in SQL: the worthiest of several currencies can't be told by their plain amounts."""
        shares = {
            currency: literal(1 / float(usual * MONEY_SCALE), Float()) for currency, usual in self.typical.items()
        }
        weighed = [type_coerce(Deal.amount, Float()) * share for share in shares.values()]
        by = case(dict(zip(shares, weighed, strict=True)), value=Deal.currency) if shares else None
        return func.coalesce(by, literal(PRICELESS, Float()), type_=Float())

    def owner(self, name: str | None) -> str | None:
        """Return a person's name where the review may tell of persons."""
        return name if self.who.personal and self.who.audience == "manager" else None

    def deal_url(self, deal_id: str) -> str | None:
        """Return the page of a deal."""
        return self.links.evidence("deal", deal_id)


def typical_amounts(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Return the median amount by currency; amounts of nought and below tell nothing."""
    by: dict[str, list[Decimal]] = {}
    for currency, amount in amounts:
        if amount > 0:
            by.setdefault(currency, []).append(amount)
    return {currency: median(found) for currency, found in by.items()}


def worth(amount: Decimal | None, currency: str | None) -> str:
    """Return a sum shortly and exactly, "no amount" where there is none."""
    return short_money(amount, currency or "") if amount is not None else "no amount"


def ended(text: str) -> str:
    """Return a sentence with its full stop, unless a quote ends it with one of its own."""
    return text if re.search(r"[.!?…][”\"]?$", text) else f"{text}."


def told(count: int, one: str, many: str | None = None) -> str:
    """Return `1 deal` or `3 deals`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def section(key: SectionKey, title: str, lines: Iterable[Line], *, total: int | None = None, note: str | None = None) -> Section | None:  # fmt: skip
    """Return a section of all its lines, the weightiest first, or None where it has none: what fits the screen is chosen later."""
    made = tuple(lines)
    if not made:
        return None
    return Section(key=key, title=title, lines=made, total=len(made) if total is None else total, note=note)
