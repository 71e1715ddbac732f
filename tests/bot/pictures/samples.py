"""Pictures of a sample team, and of teams that are hard to draw."""

from __future__ import annotations

from decimal import Decimal

from agents.digest.pictures import (
    Band,
    ConversionPicture,
    ConversionRow,
    MovementPicture,
    MovementStep,
    Picture,
    RepliesPicture,
    ReplyRow,
    RiskMapPicture,
    RiskPoint,
)


def movement(begin: int, *steps: tuple[str, int, int], currency: str | None = "USD") -> MovementPicture:
    """Return a waterfall from `begin`; each step is its label, its amount and its deals."""
    made = tuple(MovementStep(label=label, amount=Decimal(amount), deals=deals) for label, amount, deals in steps)
    end = Decimal(begin) + sum((one.amount for one in made), Decimal(0))
    return MovementPicture(
        currency=currency,
        begin=Decimal(begin),
        end=end,
        begin_label="9 Nov",
        end_label="16 Nov",
        begin_deals=41,
        end_deals=39,
        steps=made,
    )


def point(number: int, deal: str, amount: int, risk: int, band: Band = "at_risk") -> RiskPoint:
    """Return a deal of the risk map."""
    return RiskPoint(
        deal_id=f"d{number}", deal=deal, amount=Decimal(amount), risk=risk, band=band, url=f"/deals/d{number}"
    )


MOVEMENT = movement(120_000, ("New", 38_000, 2), ("Won", -61_000, 1))
RISK = RiskMapPicture(
    currency="USD",
    points=(
        point(1, "Acme · Expansion", 84_000, 52),
        point(2, "Northwind", 36_000, 20, "healthy"),
        point(3, "Fabrikam", 12_000, 70),
        point(4, "Contoso", 36_000, 40, "watch"),
    ),
    notes=("2 deals without an amount are not shown",),
)
CONVERSION = ConversionPicture(
    window="last 90 days",
    rows=(
        ConversionRow(stage="Identify", entered=64, went_on=50, lost=9, open=5, median_days=Decimal(3)),
        ConversionRow(stage="Close", entered=4, went_on=3, lost=0, open=1),
    ),
)
REPLIES = RepliesPicture(
    window="last 90 days",
    rows=(
        ReplyRow(signal="New executive", sent=3, replies=1),
        ReplyRow(signal="Hiring", sent=39, replies=7),
        ReplyRow(signal="Funding round", sent=22, replies=0),
    ),
)
ALL: tuple[Picture, ...] = (MOVEMENT, RISK, CONVERSION, REPLIES)
EMPTY: tuple[Picture, ...] = (
    movement(0),
    movement(5_000),
    RiskMapPicture(),
    ConversionPicture(),
    RepliesPicture(window="last 90 days"),
)
