"""Reasons in what passes between the two sides: silence, replies, meetings."""

from __future__ import annotations

from sales.health.facts import Facts
from sales.health.reason import Finding
from sales.health.wording import day, days, times

FAMILY = "contact"
SILENT_DAYS = 7
"""Silence from this many calendar days on is a reason. Ours: a working week with its weekend; a list of silent deals asks from five days on."""
LONG_DAYS, VERY_LONG_DAYS = 14, 30
"""From two weeks and from a month on it weighs more. Ours."""
REPLIES_SLOWER = 2.0
"""Answers that take twice as long as before are a reason. Ours: below that, single holidays make the difference."""
LEAST_ANSWERS = 3
"""Medians of fewer answers than this tell nothing. Ours."""
SLOW_HOURS, FAST_HOURS = 48.0, 24.0
"""An answer within a working day is fast, one that takes two days is slow. Ours."""
LEAST_MEETINGS = 3
"""A rhythm is told from three meetings on."""
RHYTHM_LOST = 2.5
"""A gap of two and a half times the usual one, and of two weeks at least, breaks the rhythm. Ours: one meeting that was left out is no break."""
CANCELLED_DAYS = 21
"""A cancelled meeting that nobody set anew stays a reason for three weeks; after that silence tells it. Ours."""


def silence(facts: Facts) -> Finding | None:
    """No word from the buyer for a week or longer, with no meeting booked. Calendar days; our own mails and automatic replies reset nothing.

    10 points from 7 days on, 18 from 14, 28 from 30.
    """
    quiet = facts.quiet
    if quiet.verdict != "silent" or quiet.days is None or quiet.days < SILENT_DAYS or quiet.since is None:
        return None
    weight = 28 if quiet.days >= VERY_LONG_DAYS else 18 if quiet.days >= LONG_DAYS else 10
    if quiet.last is None:
        point = f"No word from the buyer since the deal was opened {days(quiet.days)} ago"
    else:
        point = f"No word from the buyer for {days(quiet.days)}"
    tried = f"; we wrote or called {times(quiet.tries)} since" if quiet.tries else ""
    return Finding("silence", FAMILY, weight, "bad", point + tried, quiet.since, (quiet.last,) if quiet.last else ())


def silence_unknown(facts: Facts) -> str | None:
    """Return why nobody can tell how long it has been quiet, None where it can be told."""
    if facts.quiet.verdict == "unknown":
        return "Silence: no mail, call or calendar data is connected for this account."
    if facts.quiet.verdict == "unclear":
        return "Silence: somebody of the account was heard of lately, but on which of its deals isn't known."
    return None


def slow_replies(facts: Facts) -> Finding | None:
    """The buyer takes at least twice as long to answer as before, and two days or more. 8 points."""
    told = facts.replies
    if told is None or told.count < LEAST_ANSWERS or told.before_hours is None or told.before_count < LEAST_ANSWERS:
        return None
    if told.hours < SLOW_HOURS or told.hours < REPLIES_SLOWER * told.before_hours:
        return None
    sentence = f"Their answers take {_span(told.hours)} now (median of {told.count}), {_span(told.before_hours)} before (median of {told.before_count})"
    return Finding("slow_replies", FAMILY, 8, "bad", sentence)


def replies_fast(facts: Facts) -> Finding | None:
    """The buyer answers our mails within a day. Gives 4 points back."""
    told = facts.replies
    if told is None or told.count < LEAST_ANSWERS or told.hours > FAST_HOURS:
        return None
    return Finding(
        "replies_fast", FAMILY, -4, "good", f"They answer within {_span(told.hours)} (median of {told.count})"
    )


def meeting_cadence(facts: Facts) -> Finding | None:
    """There was a rhythm of meetings, and it is lost with none booked. 8 points."""
    met = facts.meetings
    if met.count < LEAST_MEETINGS or met.first is None or met.last is None or met.next is not None:
        return None
    usual = (met.last - met.first).days / (met.count - 1)
    gap = facts.days_since(met.last)
    if gap < LONG_DAYS or gap < RHYTHM_LOST * usual:
        return None
    sentence = f"No call or meeting for {days(gap)} and none booked; they were every {days(max(1, round(usual)))}"
    return Finding("meeting_cadence", FAMILY, 8, "bad", sentence, met.last, (met.last_id,) if met.last_id else ())


def meeting_cancelled(facts: Facts) -> Finding | None:
    """A meeting was cancelled, and nothing was held or booked since. 10 points."""
    met = facts.meetings
    if met.cancelled is None or met.next is not None or (met.last is not None and met.last >= met.cancelled):
        return None
    if facts.days_since(met.cancelled) > CANCELLED_DAYS:
        return None
    sentence = f"The meeting of {day(met.cancelled, facts.today)} was cancelled and no other is booked"
    return Finding(
        "meeting_cancelled", FAMILY, 10, "bad", sentence, met.cancelled, (met.cancelled_id,) if met.cancelled_id else ()
    )


def meeting_booked(facts: Facts) -> Finding | None:
    """A call or meeting is booked. Gives 8 points back."""
    met = facts.meetings
    if met.next is None:
        return None
    sentence = f"A meeting is booked for {day(met.next, facts.today)}"
    return Finding("meeting_booked", FAMILY, -8, "good", sentence, None, (met.next_id,) if met.next_id else ())


def _span(hours: float) -> str:
    if hours < 1:
        return "an hour"
    if hours < 36:
        return f"{round(hours)} hours"
    return days(round(hours / 24))
