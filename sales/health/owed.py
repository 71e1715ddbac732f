"""Reasons in what is owed: promises that either side broke, and what a deal in its stage should have told by now."""

from __future__ import annotations

from sales.health.facts import OFFER, Facts, Owed
from sales.health.reason import Finding
from sales.health.wording import days, listed, short

FAMILY = "owed"
UNDATED_DAYS = 14
"""A promise without a day that the other side has asked for since is late after two weeks. Ours: until then it may well be under way."""
LATE_DAYS = 7
EXPECTED: dict[str, float] = {
    "identify_pain": 3.5,
    "need": 3.5,
    "metrics": OFFER,
    "economic_buyer": OFFER,
    "authority": OFFER,
    "decision_criteria": OFFER,
    "decision_process": OFFER,
    "champion": OFFER,
    "competition": 7.0,
    "budget": OFFER,
    "timeline": OFFER,
    "timing": OFFER,
    "paper_process": 6.0,
}
"""From which place of a stage on an element should be known: pain before a demo, who decides and how before an offer, the paper before the last stage.

The order is MEDDPICC's own and the labels' of BANT; elements of a team's own framework are expected from an offer on.
"""
POINTS_A_GAP, GAPS_COUNTED = 3, 3


def promise_broken_by_us(facts: Facts) -> Finding | None:
    """We promised something to the buyer, and its day has passed. 12 points, 15 from a week on; 6 where no day was named and two weeks have passed."""
    return _broken(facts, by_us=True, dated=12, long=15, undated=6)


def promise_broken_by_buyer(facts: Facts) -> Finding | None:
    """The buyer promised something, and its day has passed. 6 points, 8 from a week on; 4 without a day after two weeks."""
    return _broken(facts, by_us=False, dated=6, long=8, undated=4)


def _broken(facts: Facts, *, by_us: bool, dated: int, long: int, undated: int) -> Finding | None:
    def late(one: Owed) -> int:
        return facts.days_since(one.due) if one.due is not None else facts.days_since(one.on) - UNDATED_DAYS

    broken = [one for one in facts.owed if one.by_us is by_us and late(one) > 0]
    if not broken:
        return None
    broken.sort(key=lambda one: (one.due is None, -late(one), one.id))
    worst = broken[0]
    weight = undated if worst.due is None else long if late(worst) >= LATE_DAYS else dated
    who = "We" if by_us else (worst.who or "The buyer")
    since = f"was due {days(late(worst))} ago" if worst.due else f"is open for {days(facts.days_since(worst.on))}"
    more = f"; {len(broken) - 1} more" if len(broken) > 1 else ""
    sentence = f"{who} promised “{short(worst.act).rstrip('.')}”: it {since}{more}"
    kind = "promise_broken_by_us" if by_us else "promise_broken_by_buyer"
    return Finding(kind, FAMILY, weight, "bad", sentence, worst.due or worst.on, tuple(one.id for one in broken[:3]))


def qualification_gap(facts: Facts) -> Finding | None:
    """What should be known at this stage was said in no call: 3 points for each element, 9 at most."""
    told = facts.qualified
    if told is None or not told.calls or facts.place is None:
        return None
    place = facts.place
    open_ = [
        label for key, label in told.labels.items() if key not in told.filled and place >= EXPECTED.get(key, OFFER)
    ]
    if not open_:
        return None
    weight = POINTS_A_GAP * min(len(open_), GAPS_COUNTED)
    calls = "the one call" if told.calls == 1 else f"{told.calls} calls"
    sentence = f"Nothing was said in {calls} of {listed([one.casefold() for one in open_])}"
    return Finding("qualification_gap", FAMILY, weight, "bad", sentence)


def qualification_unknown(facts: Facts) -> str | None:
    """Return why the qualification can't be told."""
    if facts.qualified is None or not facts.qualified.calls:
        return "Qualification: no call of this deal has been read."
    return None
