"""What an alert is called: fixed wording with the deal's own name and figures."""

from __future__ import annotations

from agents.alerts.record import OPEN, AlertOut
from agents.alerts.watched import Watched
from sales.health.reason import AT_RISK_BELOW

LABELS: dict[str, str] = {
    "silence": "silence",
    "slow_replies": "slow replies",
    "meeting_cadence": "meetings that stopped",
    "meeting_cancelled": "a cancelled meeting",
    "few_contacts": "few contacts",
    "no_senior_contact": "nobody senior",
    "champion_left": "the champion left",
    "no_champion": "no champion",
    "no_next_step": "no next step",
    "next_step_overdue": "an overdue next step",
    "stage_age": "long in its stage",
    "close_date_slips": "a close date that slips",
    "close_date_passed": "a close date that passed",
    "date_contradicted": "a date that the buyer contradicts",
    "competitor": "a competitor",
    "budget": "budget",
    "legal_silent": "legal is silent",
    "security_review": "a security review",
    "sentiment_falls": "a falling mood",
    "promise_broken_by_us": "a promise of ours that is open",
    "promise_broken_by_buyer": "a promise of theirs that is open",
    "qualification_gap": "a gap in the qualification",
    "sceptic": "a sceptic",
    "renewal_near": "a renewal without a meeting",
    "contract_end": "a contract that ends",
    "usage_drop": "falling usage",
    "usage_spike": "rising usage",
    "nps_fall": "a falling rating",
    "support": "support cases",
}
"""Causes in words, for lists and for what an alert ended with."""


def label_of(cause: str) -> str:
    """Return a cause in words."""
    return LABELS.get(cause, cause.replace("_", " "))


def title_of(one: Watched, *, new: bool) -> str:
    """Return the headline: `Acme has become risky: 72 → 48`."""
    name = one.subject.account or one.subject.name
    if one.kind == "renewal":
        return f"The renewal of {name} needs you"
    if one.kind == "expansion":
        return f"{name} may want more"
    if one.score is None:
        return f"{name} is at risk"
    if one.before is not None and one.before > one.score and new:
        how = "riskier" if one.before < AT_RISK_BELOW else "risky"
        return f"{name} has become {how}: {one.before} → {one.score}"
    return f"{name} is at risk: {one.score} of 100"


def course_of(alert: AlertOut) -> str | None:
    """Return how the deal moved since the alert was raised: `was 31 when raised, 44 now`; None where it did not move, or the alert has ended."""
    raised, now = alert.score_told if alert.score_told is not None else alert.score_after, alert.score_now
    if alert.state not in OPEN or raised is None or now is None or raised == now:
        return None
    return f"was {raised} when raised, {now} now"
