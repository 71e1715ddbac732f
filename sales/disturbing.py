"""When a person may be told something that they did not ask for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sales.working_hours import Hours, next_open


def when_to_say(
    now: datetime, hours: Hours, said_today: int, budget: int, *, urgent: bool = False, alarm: bool = False
) -> datetime:
    """Return the moment from which on it may be said: `now` itself where it may be said at once.

    Nobody is disturbed outside of their hours. Beyond `budget` unasked messages a day, what is not urgent waits for the next working
    day; what is urgent (a demo request, interest in an answer) is said in the next working hour whatever was said before. An alarm (a
    domain whose sending stopped) is said at once, at any hour: it stands there when somebody looks, and whether a phone rings at night is for
    the chat's own do-not-disturb to say.
    """
    if alarm:
        return now
    opening = next_open(now, hours)
    same_day = opening.astimezone(hours.zone).date() == now.astimezone(hours.zone).date()
    if urgent or not same_day or said_today < budget:
        return opening
    today = hours.day(now.astimezone(hours.zone).date())
    return next_open(today[1] if today is not None else now + timedelta(days=1), hours)
