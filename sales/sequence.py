"""The touches after the first: when the next one is due, what stops or pauses them, and that each needs something new to say. Pure rules.

At most three touches by default. A sequence that was answered, bounced, refused or overtaken by events is over or waits for a person;
a touch without anything new is skipped and says so: nobody is written to just to be reminded that we wrote.
"""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

MOST_TOUCHES = 3
GAPS: tuple[int, ...] = (3, 5)
"""Working days between one touch and the next; the last figure holds for all later ones."""

WINDOW_DAYS = 30
"""Calendar days after the first touch in which a sequence may still write."""

Movement = Literal["go_on", "skip", "pause", "stop"]
Rule = Literal[
    "opted_out", "complained", "bounced", "suppressed", "meeting_booked", "deal_open", "deal_closed", "owner_changed", "left_company", "no_fit", "answered",
    "out_of_office", "soft_bounce", "asked_to_wait", "too_late", "enough", "paused_by_hand", "nothing_new", "go_on",
]  # fmt: skip

HUMAN_REPLIES = frozenset({"positive", "question", "objection", "not_now", "unclear"})
"""Replies that a person wrote: any of them pauses, and a person chooses what follows."""


@dataclass(frozen=True)
class Course:
    """What is known of a sequence when a touch is due. `reply` is the newest reply's kind; `choice` what a person chose about it."""

    now: datetime
    started_at: datetime
    sent: int
    most: int = MOST_TOUCHES
    window_days: int = WINDOW_DAYS
    reply: str | None = None
    choice: str | None = None
    back_at: datetime | None = None
    wait_until: datetime | None = None
    suppressed: str | None = None
    meeting_booked: bool = False
    deal: Literal["none", "open", "won", "lost"] = "none"
    owner_changed: bool = False
    left_company: bool = False
    fit: float | None = None
    paused: bool = False
    news: bool = True


@dataclass(frozen=True)
class Step:
    """What is to be done with the next touch, by which rule, and why in a sentence. `until` is when a pause ends by itself."""

    movement: Movement
    rule: Rule
    reason: str
    until: datetime | None = None


def next_step(course: Course) -> Step:
    """Return what the first rule that applies says: what stops for good, what a person must settle, what waits, what is missing."""
    return _stopped(course) or _paused(course) or _spent(course) or Step("go_on", "go_on", "There is something new.")


def after_reply(kind: str, back_at: datetime | None = None) -> Step:
    """Return what a reply does to its sequence at once. An opt-out always stops; of a person's words the class is a suggestion only."""
    match kind:
        case "opt_out":
            return Step("stop", "opted_out", "They opted out.")
        case "complaint":
            return Step("stop", "complained", "They complained about our mail.")
        case "hard_bounce":
            return Step("stop", "bounced", "The address does not exist.")
        case "soft_bounce":
            return Step("go_on", "soft_bounce", "The mail could not be delivered for the moment.")
        case "out_of_office":
            return Step("pause", "out_of_office", "They are away.", back_at)
        case _:
            return Step("pause", "answered", "They answered: a person chooses whether to go on.")


def _stopped(course: Course) -> Step | None:
    if course.reply in ("opt_out", "complaint", "hard_bounce"):
        return after_reply(course.reply)
    facts: tuple[tuple[bool, Rule, str], ...] = (
        (course.suppressed is not None, "suppressed", "They are on the list of those we do not write to."),
        (course.choice == "stop", "answered", "They answered, and a person stopped it."),
        (course.meeting_booked, "meeting_booked", "A meeting is booked."),
        (course.deal == "open", "deal_open", "There is an open deal now: its owner talks to them."),
        (course.deal in ("won", "lost"), "deal_closed", "Their deal was decided."),
        (course.left_company, "left_company", "They are no longer at the company."),
        (course.owner_changed, "owner_changed", "The account has another owner now."),
        (course.fit is not None and course.fit < 0.05, "no_fit", "The company is outside of who we sell to."),
        (course.sent >= course.most, "enough", f"All {course.most} touches are sent."),
        (
            course.now > course.started_at + timedelta(days=course.window_days),
            "too_late",
            f"The window of {course.window_days} days is over.",
        ),
    )
    return next((Step("stop", rule, reason) for holds, rule, reason in facts if holds), None)


def _paused(course: Course) -> Step | None:
    if course.reply in HUMAN_REPLIES and course.choice != "continue":
        return after_reply(course.reply)
    if course.paused and course.choice != "continue" and course.reply != "out_of_office":
        return Step("pause", "paused_by_hand", "It is paused.")
    if course.wait_until is not None and course.wait_until > course.now:
        return Step("pause", "asked_to_wait", "They asked to be left alone until later.", course.wait_until)
    if course.reply == "out_of_office" and (course.back_at is None or course.back_at > course.now):
        return after_reply("out_of_office", course.back_at)
    return None


def _spent(course: Course) -> Step | None:
    if not course.news:
        return Step("skip", "nothing_new", "Nothing new to write about.")
    return None


def next_due(
    sent_at: datetime,
    sent: int,
    zone: ZoneInfo,
    working_days: Many[int],
    *,
    gaps: Many[int] = GAPS,
    at: time = time(9, 0),
) -> datetime:
    """Return when touch `sent + 1` is due: so many working days after `sent_at`, in the morning of `zone`. Raises ValueError without working days."""
    if not working_days or not gaps:
        raise ValueError("a week needs a working day, and a sequence a gap")
    day = sent_at.astimezone(zone).date()
    left = gaps[min(max(sent, 1), len(gaps)) - 1]
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() in working_days
    return datetime.combine(day, at, zone)
