"""The alternative text of a picture: the same figures in words, for screen readers and for where no picture can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from agents.digest.pictures import (
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
from bot.figures import counted, money, number
from bot.pictures.amounts import short_money

NAMED = 6
"""Deals that the risk map names, in the picture and in its words."""

ENOUGH = 5
"""Of fewer deals or mails than these no share is told: only how many of how many."""

STEPS = 9
"""Kinds of moves that stand by themselves; the smallest others are told as one."""

_BANDS = {"at_risk": "at risk", "watch": "to watch", "healthy": "healthy", "unknown": "not known"}
_LONGEST = 1_900


def told(picture: Picture) -> str:
    """Return the picture in words: its title, its figures, its notes. At most 1,900 characters, as Slack and Teams take them."""
    empty = nothing(picture)
    body = empty if empty is not None else _body(picture)
    text = " ".join([f"{picture.title}.", body, *(_sentence(note) for note in picture.notes)])
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def nothing(picture: Picture) -> str | None:
    """Return the sentence that stands where there is nothing to draw, or None where there is."""
    if isinstance(picture, MovementPicture):
        still = not any(step.amount or step.deals for step in picture.steps)
        if not still:
            return None
        if not picture.begin and not picture.end:
            what = "open deal with an amount" if picture.begin_deals or picture.end_deals else "open pipeline"
            return f"There was no {what} between {picture.begin_label} and {picture.end_label}."
        same = money(picture.end, picture.currency)
        return f"Nothing moved between {picture.begin_label} and {picture.end_label}: {same} stayed open."
    if isinstance(picture, RiskMapPicture):
        return None if picture.points else "No open deal has both a known value and a known health."
    if isinstance(picture, ConversionPicture):
        entered = any(row.entered for row in picture.rows)
        return None if entered else f"No deal entered a stage{_in(picture.window)}."
    sent = any(row.sent for row in picture.rows)
    return None if sent else f"No mail went out because of a signal{_in(picture.window)}."


def steps_of(picture: MovementPicture) -> list[MovementStep]:
    """Return the steps as they are shown: those that moved something, in their order, the smallest of many joined into one."""
    moved = [step for step in picture.steps if step.amount or step.deals]
    if len(moved) <= STEPS:
        return moved
    ranked = sorted(moved, key=lambda step: abs(step.amount), reverse=True)
    kept = ranked[: STEPS - 1]
    rest = [step for step in moved if step not in kept]
    joined = MovementStep(
        label=f"Others ({len(rest)})",
        amount=sum((step.amount for step in rest), Decimal(0)),
        deals=sum(step.deals for step in rest),
    )
    return [*(step for step in moved if step in kept), joined]


def mattering(points: Sequence[RiskPoint]) -> list[RiskPoint]:
    """Return the few deals with most to lose: value × risk, largest first; a healthy one is none of them, nor one without risk or value."""
    weighed = [one for one in points if one.amount > 0 and one.risk > 0 and one.band != "healthy"]
    return sorted(weighed, key=lambda one: (-one.amount * one.risk, one.deal, one.deal_id))[:NAMED]


def share(part: int, whole: int) -> str:
    """Return a share as whole percent, or "" where it is of too few to tell."""
    if whole < ENOUGH:
        return ""
    return f"{(Decimal(100) * part / whole).quantize(Decimal(1), ROUND_HALF_UP)} %"


def step_told(step: MovementStep, currency: str | None) -> str:
    """Return a step in words."""
    sign = "+" if step.amount > 0 else ""
    return f"{step.label} {sign}{money(step.amount, currency)} ({counted(step.deals, 'deal')})"


def point_told(point: RiskPoint, currency: str | None) -> str:
    """Return a deal of the risk map in words."""
    return f"{point.deal}: {money(point.amount, currency)}, risk {point.risk} of 100, {_BANDS[point.band]}"


def row_told(row: ConversionRow) -> str:
    """Return a stage in words."""
    rate = share(row.went_on, row.entered)
    days = f", {number(row.median_days)} days in the middle case" if row.median_days is not None else ""
    told = (
        f"{row.went_on} of {row.entered} went on{f' ({rate})' if rate else ''}, {row.lost} lost, {row.open} still there"
    )
    return f"{row.stage}: {told}{days}"


def reply_told(row: ReplyRow) -> str:
    """Return a kind of signal in words."""
    rate = share(row.replies, row.sent)
    return f"{row.signal}: {counted(row.replies, 'reply', 'replies')} to {counted(row.sent, 'mail')}{f' ({rate})' if rate else ''}"


def _body(picture: Picture) -> str:
    if isinstance(picture, MovementPicture):
        steps = "; ".join(step_told(step, picture.currency) for step in steps_of(picture))
        begin = f"{money(picture.begin, picture.currency)} open on {picture.begin_label}"
        return f"{begin}; {steps}; {money(picture.end, picture.currency)} on {picture.end_label}."
    if isinstance(picture, RiskMapPicture):
        total = sum((one.amount for one in picture.points), Decimal(0))
        bands = [
            f"{count} {_BANDS[band]}"
            for band in ("at_risk", "watch", "healthy", "unknown")
            if (count := sum(one.band == band for one in picture.points))
        ]
        head = (
            f"{counted(len(picture.points), 'deal')} worth {short_money(total, picture.currency)}: {', '.join(bands)}."
        )
        named = "; ".join(point_told(one, picture.currency) for one in mattering(picture.points))
        return f"{head} Most to lose: {named}." if named else head
    if isinstance(picture, ConversionPicture):
        rows = "; ".join(row_told(row) for row in picture.rows if row.entered)
        return f"{_begin(picture.window)}{rows}."
    return f"{_begin(picture.window)}{'; '.join(reply_told(row) for row in replies_of(picture))}."


def replies_of(picture: RepliesPicture) -> list[ReplyRow]:
    """Return the kinds of signals that mails were sent for, best answered first; those with too few mails come last."""
    return sorted(
        (row for row in picture.rows if row.sent),
        key=lambda row: (row.sent < ENOUGH, -Decimal(row.replies) / row.sent, -row.sent, row.signal),
    )


def _begin(window: str) -> str:
    return f"{window[:1].upper()}{window[1:]}: " if window else ""


def _in(window: str) -> str:
    return f" ({window})" if window else ""


def _sentence(note: str) -> str:
    return note if note.endswith((".", "!", "?")) else f"{note}."
