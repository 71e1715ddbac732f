"""Silence between us and a buyer: whose word resets whose clock, since when nothing was heard, and when it can't be told.

The buyer's clock is reset by the buyer alone: a mail or a call from them, or a call or meeting that both held. What we send, notes among
ourselves, and automatic replies reset nothing. Days are calendar days. Where no mail, call or meeting of an account is known at all, its silence
is unknown, never long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

DayOf = Callable[[datetime], date]
"""Tells the calendar day of a moment in the company's time zone."""
By = Literal["buyer", "us", "either", "reply"]
Verdict = Literal["silent", "heard", "meeting", "unclear", "unknown"]

TALK = ("call", "mail", "meeting")
"""The kinds of activity in which somebody speaks to the other side."""
HELD = ("call", "meeting")
"""The kinds in which both sides do."""


@dataclass(frozen=True)
class Touch:
    """One activity as the rule sees it. `sure` is False where it belongs to the account and could be about another of its open deals."""

    kind: str
    direction: str
    at: datetime
    automatic: bool = False
    status: str = "done"
    sure: bool = True

    @property
    def from_buyer(self) -> bool:
        """Whether the buyer spoke: a mail or call from them, or a call or meeting that was held."""
        return self._spoken and (self.direction == "inbound" or (self.direction == "mutual" and self.kind in HELD))

    @property
    def from_us(self) -> bool:
        """Whether we spoke: a mail or call of ours, or a call or meeting that was held."""
        return self._spoken and (self.direction == "outbound" or (self.direction == "mutual" and self.kind in HELD))

    @property
    def _spoken(self) -> bool:
        return self.status == "done" and not self.automatic and self.kind in TALK


@dataclass(frozen=True)
class Silence:
    """What is known of a deal's silence: since when (`since`, the last word or the deal's creation), for how many days, and our touches since."""

    verdict: Verdict
    since: date | None = None
    days: int | None = None
    last_word: datetime | None = None
    touches_since: int = 0
    next_meeting: datetime | None = None


def judge(
    touches: Iterable[Touch],
    *,
    now: datetime,
    today: date,
    created: date | None,
    at_least: int,
    day_of: DayOf,
    account_is_known: bool | None = None,
    by: By = "buyer",
    with_meeting: bool = False,
) -> Silence:
    """Judge one open deal by what passed on it and, without a deal, on its account. `account_is_known` tells that the account has other recorded talk."""
    seen = list(touches)
    past = [touch for touch in seen if touch.at <= now]
    known = account_is_known or any(
        touch.kind in TALK and ((touch.status == "done" and touch.at <= now) or touch.status == "booked")
        for touch in seen
    )
    booked = [
        touch.at for touch in seen if touch.sure and touch.status == "booked" and touch.kind in HELD and touch.at > now
    ]
    meeting = min(booked, default=None)
    if by == "either" and not known:
        known = any(touch.status == "done" for touch in past)
    if not known:
        return Silence("unknown", next_meeting=meeting)
    words = [touch for touch in past if _counts(touch, by)]
    last = max((touch.at for touch in words if touch.sure), default=None)
    loose = max((touch.at for touch in words if not touch.sure), default=None)
    if by == "reply":
        return _unanswered(past, last, today, at_least, day_of, meeting)
    since = day_of(last) if last is not None else created
    if since is None:
        return Silence("unknown", next_meeting=meeting)
    days = (today - since).days
    after = [
        touch
        for touch in past
        if touch.sure and touch.from_us and touch.direction == "outbound" and (last is None or touch.at > last)
    ]
    verdict: Verdict = "heard"
    if days >= at_least:
        verdict = (
            "unclear"
            if loose is not None and (today - day_of(loose)).days < at_least
            else "meeting"
            if meeting and not with_meeting
            else "silent"
        )
    return Silence(verdict, since, days, last, len(after), meeting)


def _counts(touch: Touch, by: By) -> bool:
    if by == "us":
        return touch.from_us
    if by == "either":
        return touch.status == "done" and not touch.automatic
    return touch.from_buyer


def _unanswered(
    past: list[Touch], last: datetime | None, today: date, at_least: int, day_of: DayOf, meeting: datetime | None
) -> Silence:
    if last is None:
        return Silence("heard", next_meeting=meeting)
    answered = any(touch.sure and touch.from_us and touch.at >= last for touch in past)
    days = (today - day_of(last)).days
    return Silence("silent" if not answered and days >= at_least else "heard", day_of(last), days, last, 0, meeting)
