"""The exact figures of a picture as a table, for whoever can't see it, or wants to copy them."""

from __future__ import annotations

from agents.digest.pictures import ConversionPicture, MovementPicture, Picture, RiskMapPicture
from bot.figures import money, number
from bot.message import Grid, plain
from bot.pictures.words import replies_of, share, steps_of

_MOST = 50
"""Deals of a risk map that stand in its table: those with most to lose."""

_BANDS = {"at_risk": "at risk", "watch": "to watch", "healthy": "healthy", "unknown": "not known"}


def table_of(picture: Picture) -> Grid:
    """Return the table of a picture."""
    if isinstance(picture, MovementPicture):
        steps = [
            (plain(one.label), money(one.amount, picture.currency), number(one.deals)) for one in steps_of(picture)
        ]
        begin = (f"Open on {picture.begin_label}", money(picture.begin, picture.currency), number(picture.begin_deals))
        end = (f"Open on {picture.end_label}", money(picture.end, picture.currency), number(picture.end_deals))
        return Grid(("move", "amount", "deals"), ("left", "right", "right"), (begin, *steps, end))
    if isinstance(picture, RiskMapPicture):
        ranked = sorted(picture.points, key=lambda one: (-one.amount * one.risk, -one.amount, one.deal, one.deal_id))
        shown = ranked[:_MOST]
        rows = tuple(
            (plain(one.deal), money(one.amount, picture.currency), number(one.risk), _BANDS[one.band]) for one in shown
        )
        urls = tuple(one.url for one in shown)
        return Grid(("deal", "value", "risk of 100", "health"), ("left", "right", "right", "left"), rows, urls)
    if isinstance(picture, ConversionPicture):
        stages = tuple(
            (
                plain(one.stage),
                number(one.entered),
                number(one.went_on),
                share(one.went_on, one.entered) or "–",
                number(one.open),
                number(one.lost),
                number(one.median_days) if one.median_days is not None else "–",
            )
            for one in picture.rows
        )
        headings = ("stage", "entered", "went on", "share", "still there", "lost", "days, middle case")
        return Grid(headings, ("left", *("right",) * 6), stages)
    kinds = tuple(
        (plain(one.signal), number(one.sent), number(one.replies), share(one.replies, one.sent) or "–")
        for one in replies_of(picture)
    )
    return Grid(("signal", "mails", "replies", "share"), ("left", "right", "right", "right"), kinds)


def left_out(picture: Picture) -> str:
    """Return what the table does not hold, or ""."""
    more = len(picture.points) - _MOST if isinstance(picture, RiskMapPicture) else 0
    return f"{more:,} more deals, with less to lose, are not in the table." if more > 0 else ""
