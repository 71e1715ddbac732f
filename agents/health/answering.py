"""Health as an answer, for every surface that shows answers: the point first, what is new before what is not, one thing to do."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from agents.answer import Action, Answer, Cell, Choice, Claim, Column, Evidence, Excluded, Figure, Table
from agents.health.record import Health, Reason
from agents.narrative.phrasing import calendar_day, short_money

BANDS = {"healthy": "healthy", "watch": "to be watched", "at_risk": "at risk", "unknown": "can't be told"}
"""How each band is called."""
RULE = "Each reason takes its weight from 100 and what speaks for the deal gives points back; below 67 a deal is at risk, below 85 to be watched. What isn't known costs nothing."
_MOST_LISTED = 50
_MOST_GOOD = 4


def one_answer(health: Health, others: Sequence[Health], zone: ZoneInfo) -> Answer:
    """Return the health of one deal; `others` are the account's other open deals."""
    bad, good = health.bad, health.good
    fresh = [one for one in bad if one.new]
    standing = [one for one in bad if not one.new]
    named = "New since last week" if fresh and health.before is not None else "Reasons"
    claims = [_claim(one, named) for one in (fresh if health.before is not None else bad)]
    if health.before is not None:
        claims += [_claim(one, "Not new" if fresh else "Reasons") for one in standing]
    claims += [_claim(one, "Speaks for it") for one in good[:_MOST_GOOD]]
    claims += [_claim(one, "Known") for one in health.reasons if one.tone == "unknown"]
    claims += [Claim(text=text, evidence=(), section="Can't be told") for text in health.unknown]
    return Answer(
        kind="narrative",
        headline=headline(health, zone),
        claims=tuple(claims),
        figures=(Figure(key="health", value=health.score, label="Health"),),
        rule=RULE,
        actions=actions(health),
        choices=tuple(Choice(label=one.deal, question=f"How healthy is the deal {one.deal}?") for one in others[:5]),
        notes=tuple(notes(health, others)),
        as_of=health.as_of,
    )


def headline(health: Health, zone: ZoneInfo) -> str:
    """Return how a deal stands in one line: `Acme · Expansion, $84k, closes 30 Nov — at risk: 72 → 48`."""
    today = health.as_of.astimezone(zone).date()
    lead = f"{health.account} · {health.deal}" if health.account and health.account not in health.deal else health.deal
    parts = [short_money(health.amount, health.currency)] if health.amount is not None else []
    if health.close_date is not None:
        parts.append(f"closes {calendar_day(health.close_date, today)}")
    about = ", ".join((lead, *parts))
    if health.score is None:
        return f"{about} — health can't be told"
    score = str(health.score) if health.trend in ("new", "same") or health.before is None else f"{health.before} → {health.score}"  # fmt: skip
    return f"{about} — {BANDS[health.band]}: {score}"


def notes(health: Health, others: Sequence[Health]) -> list[str]:
    """Return what else is known of a deal: its likelihood and the account's other deals."""
    found = []
    if health.likelihood is not None:
        closes = f", most likely by {health.expected_close}" if health.expected_close else ""
        found.append(f"Likelihood to be won: {health.likelihood * 100:.0f} %{closes} ({health.likelihood_of}).")
    if others:
        worse = ", ".join(f"{one.deal} {one.score if one.score is not None else 'unknown'}" for one in others[:5])
        found.append(f"Other open deals of the account: {worse}.")
    return found


def actions(health: Health) -> tuple[Action, ...]:
    """Return the one thing to do, as a button, and the way to the latest."""
    name = health.account or health.deal
    found = []
    act = health.next_action
    if act is not None and act.verb == "draft":
        found.append(Action(label=act.label, verb="ask", value=f"Draft a mail to {name}"))
    elif act is not None and act.verb in ("ask", "open"):
        found.append(Action(label=act.label, verb=act.verb, value=act.value))
    found.append(Action(label="The latest", verb="ask", value=f"What's the latest on {name}?"))
    return tuple(found)


def many_answer(healths: Sequence[Health], *, mine: bool) -> Answer:
    """Return the deals at risk as a table, worst first, with how many were looked at and how many can't be told."""
    risky = [one for one in healths if one.band == "at_risk"]
    unknown = sum(one.band == "unknown" for one in healths)
    watched = sum(one.band == "watch" for one in healths)
    whose = "of yours " if mine else ""
    are = "is" if len(risky) == 1 else "are"
    tail = f", {watched} more to be watched" if watched else ""
    told = f" ({unknown} can't be told)" if unknown else ""
    shown = risky[:_MOST_LISTED]
    cut = (f"Shown are the {_MOST_LISTED} worst.",) if len(risky) > _MOST_LISTED else ()
    excluded = (Excluded(reason="can't be told: no mail, call or calendar data", count=unknown),) if unknown else ()
    return Answer(
        kind="structured",
        headline=f"{len(risky)} of {len(healths)} open deals {whose}{are} at risk{tail}{told}",
        table=_table(shown) if shown else None,
        claims=tuple(Claim(text=f"{one.deal}: {worst.sentence}", evidence=worst.evidence, tone="trouble") for one in shown[:12] if (worst := one.bad[0]).evidence),
        figures=(Figure(key="at_risk", value=len(risky), unit="deals", label="At risk"),),
        rule=RULE,
        checked=len(healths),
        excluded=excluded,
        notes=cut,
        actions=tuple(Action(label=f"Why {one.deal}?", verb="ask", value=f"Why is the deal {one.deal} at risk?") for one in shown[:3]),
        as_of=healths[0].as_of if healths else None,
    )  # fmt: skip


def nothing_open(name: str) -> Answer:
    """Return that there is no open deal to speak of."""
    return Answer(kind="not_found", headline=f"{name} has no open deal, so there is no health to tell.")


def _claim(reason: Reason, section: str) -> Claim:
    tone = "trouble" if reason.tone == "bad" else "good" if reason.tone == "good" else "plain"
    evidence: tuple[Evidence, ...] = reason.evidence
    return Claim(text=reason.sentence, evidence=evidence, tone=tone, section=section)


def _table(rows: Sequence[Health]) -> Table:
    unit = rows[0].currency if len({one.currency for one in rows}) == 1 else None
    columns = (
        Column(key="deal", label="Deal", type="text"),
        Column(key="score", label="Health", type="integer"),
        Column(key="before", label="A week ago", type="integer"),
        Column(key="amount", label="Amount", type="money", unit=unit),
        Column(key="owner", label="Owner", type="text"),
        Column(key="why", label="Weighs most", type="text"),
    )
    made: list[dict[str, Cell]] = [
        {
            "record_id": one.deal_id, "deal": one.deal, "score": one.score, "before": one.before, "amount": one.amount, "currency": one.currency,
            "owner": one.owner, "why": one.bad[0].sentence,
        }
        for one in rows
    ]  # fmt: skip
    return Table(columns=columns, rows=tuple(made))
