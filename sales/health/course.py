"""Reasons in how the deal goes on: its next step, its stage, its close date, and the buyer's own words about that."""

from __future__ import annotations

from datetime import date

from sales.health.facts import Facts, Mention
from sales.health.reason import Finding
from sales.health.wording import day, days, short, times

FAMILY = "course"
LEAST_STAYS = 8
"""Fewer past stays in a stage than this tell nothing of what is usual. Ours: a ninth of ten needs about ten."""
SLIPS_WITHIN = 180
"""Slips of the last half year count. Ours."""
DATE_FRESH = 60
"""Words about the date hold for two months; then they have been overtaken."""


def no_next_step(facts: Facts) -> Finding | None:
    """No next step in the CRM and no meeting booked. 10 points; unknown where the team writes no next steps, or for a past day."""
    if not facts.fields_known or not facts.steps_kept or (facts.next_step or "").strip() or facts.next_step_date:
        return None
    if facts.meetings.next is not None:
        return None
    return Finding("no_next_step", FAMILY, 10, "bad", "No next step, and no meeting booked")


def next_step_overdue(facts: Facts) -> Finding | None:
    """The next step's day has passed, or a task of ours is late. 6 points, 10 from a week on."""
    found: list[tuple[date, str, str]] = [
        (one.due, f"Our task “{short(one.what)}”", one.id) for one in facts.tasks if one.due < facts.today
    ]
    if facts.fields_known and facts.next_step_date is not None and facts.next_step_date < facts.today:
        named = f" “{short(facts.next_step)}”" if facts.next_step else ""
        found.append((facts.next_step_date, f"The next step{named}", "field:next_step_date"))
    if not found:
        return None
    due, what, rests = min(found)
    late = facts.days_since(due)
    return Finding(
        "next_step_overdue",
        FAMILY,
        10 if late >= 7 else 6,
        "bad",
        f"{what} was due {days(late)} ago",
        due,
        tuple(dict.fromkeys((rests, *(one[2] for one in sorted(found)[1:3])))),
    )


def next_step_dated(facts: Facts) -> Finding | None:
    """The next step has a day, and it is ahead. Gives 3 points back."""
    if not facts.fields_known or facts.next_step_date is None or facts.next_step_date < facts.today:
        return None
    named = f": {short(facts.next_step)}" if facts.next_step else ""
    sentence = f"A next step is set for {day(facts.next_step_date, facts.today)}{named}"
    return Finding("next_step_dated", FAMILY, -3, "good", sentence, None, ("field:next_step_date",))


def stage_age(facts: Facts) -> Finding | None:
    """Longer in its stage than nine of ten deals of the team that went on. 8 points, 14 where it is twice that."""
    if facts.stay is None or facts.stay.count < LEAST_STAYS or facts.stage_since is None:
        return None
    age = facts.days_since(facts.stage_since)
    if age <= max(facts.stay.ninth, 7):
        return None
    sentence = f"In {facts.stage or 'its stage'} for {days(age)}; of {facts.stay.count} deals that went on, nine of ten did within {days(round(facts.stay.ninth))}"
    weight = 14 if age > 2 * facts.stay.ninth else 8
    return Finding(
        "stage_age", FAMILY, weight, "bad", sentence, facts.stage_since, (facts.stage_id,) if facts.stage_id else ()
    )


def stage_age_unknown(facts: Facts) -> str | None:
    """Return why nobody can tell whether the deal is long in its stage."""
    if facts.stage_since is None:
        return "Time in stage: since when it is there isn't recorded."
    if facts.stay is None or facts.stay.count < LEAST_STAYS:
        seen = facts.stay.count if facts.stay else 0
        return f"Time in stage: only {seen} earlier stays in it are recorded, too few to compare with."
    return None


def close_date_slips(facts: Facts) -> Finding | None:
    """The close date was moved later within half a year: 4 points once, 10 twice, 16 three times and more."""
    slips = [one for one in facts.moves or () if one.new > one.old and facts.days_since(one.at) <= SLIPS_WITHIN]
    if not slips:
        return None
    slips.sort(key=lambda one: (one.at, one.id))
    weight = {1: 4, 2: 10}.get(len(slips), 16)
    by = sum((one.new - one.old).days for one in slips)
    sentence = (
        f"The close date was moved {times(len(slips))}, by {days(by)} in all, last on {day(slips[-1].at, facts.today)}"
    )
    return Finding(
        "close_date_slips", FAMILY, weight, "bad", sentence, slips[-1].at, tuple(one.id for one in reversed(slips[-3:]))
    )


def close_date_passed(facts: Facts) -> Finding | None:
    """The close date has passed and the deal is open. 12 points, 18 from two weeks on."""
    if facts.close_date is None or facts.close_date >= facts.today:
        return None
    late = facts.days_since(facts.close_date)
    sentence = f"Its close date, {day(facts.close_date, facts.today)}, passed {days(late)} ago"
    return Finding(
        "close_date_passed",
        FAMILY,
        18 if late >= 14 else 12,
        "bad",
        sentence,
        facts.close_date,
        ("field:close_date",),
    )


def date_contradicted(facts: Facts) -> Finding | None:
    """The buyer names a later day than the CRM has. 18 points where the words are firm, 10 where they are not."""
    said = _last_of_date(facts)
    if said is None or facts.close_date is None or said.day is None or said.day <= facts.close_date:
        return None
    who = said.speaker or "The buyer"
    sentence = (
        f"The CRM says {day(facts.close_date, facts.today)}; {who} said {_words(said)} ({day(said.on, facts.today)})"
    )
    return Finding(
        "date_contradicted", FAMILY, 18 if said.sure else 10, "bad", sentence, said.on, (said.id, "field:close_date")
    )


def buyer_confirmed(facts: Facts) -> Finding | None:
    """The buyer's last words about the date fit the CRM's. Gives 6 points back."""
    said = _last_of_date(facts)
    if said is None or facts.close_date is None or said.day is None or said.day > facts.close_date:
        return None
    if said.day < facts.today or not said.sure:
        return None
    who = said.speaker or "The buyer"
    return Finding(
        "buyer_confirmed", FAMILY, -6, "good", f"{who} named a day that fits: {_words(said)}", said.on, (said.id,)
    )


def _last_of_date(facts: Facts) -> Mention | None:
    """Return the buyer's words about the date that count: firm ones before loose ones, later ones before earlier."""
    told = [
        one
        for one in facts.mentions
        if one.kind == "date" and one.side == "buyer" and facts.days_since(one.on) <= DATE_FRESH
    ]
    return max(told, key=lambda one: (one.sure, one.on, one.id), default=None)


def _words(said: Mention) -> str:
    return f"“{short(said.quote)}”"
