"""Health as an answer, for every surface that shows answers: the point first, what is new before what is not, one thing to do."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from agents.answer import Action, Answer, Cell, Choice, Claim, Column, Evidence, Excluded, Figure, Table
from agents.health.asked import ManyDeals
from agents.health.record import Health, Reason
from agents.narrative.phrasing import calendar_day, short_money

BANDS = {"healthy": "healthy", "watch": "to be watched", "at_risk": "at risk", "unknown": "can't be told"}
"""How each band is called."""
RULE = "Each reason takes its weight from 100 and what speaks for the deal gives points back; below 67 a deal is at risk, below 85 to be watched. What isn't known costs nothing."
EVERY = ManyDeals(mine=False)
"""The deals at risk of all that may be seen."""
_LABELS = {"at_risk": "At risk", "worse": "Worse", "better": "Better"}
_MOST_LISTED = 50
_MOST_GOOD = 4
_MOST_QUOTED = 5


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


def listed(healths: Sequence[Health], wish: ManyDeals = EVERY) -> list[Health]:
    """Return the deals that an answer of many shows, the worst first."""
    return _chosen(_meant(healths, wish), wish)[:_MOST_LISTED]


def many_answer(healths: Sequence[Health], wish: ManyDeals = EVERY, *, unread: int = 0) -> Answer:
    """Return the deals at risk, or those that got worse or better within a week, as a table, with how many were looked at and how many can't be told.

    `unread` is how many calls and mails came in that nobody has read yet.
    """
    meant = _meant(healths, wish)
    chosen = _chosen(meant, wish)
    shown = chosen[:_MOST_LISTED]
    unknown = sum(one.band == "unknown" for one in meant)
    waiting = f"{unread:,} calls, mails and notes came in that are not read yet; what they say is not in this. `dealwright serve` reads them." if unread else ""  # fmt: skip
    cut = f"Shown are the {_MOST_LISTED} first." if len(chosen) > _MOST_LISTED else ""
    excluded = (Excluded(reason="can't be told: no mail, call or calendar data", count=unknown),) if unknown else ()
    worst = [
        (one, one.bad[0]) for one in shown[:_MOST_QUOTED] if wish.kind != "better" and one.bad and one.bad[0].evidence
    ]
    why = "Why is the deal {} at risk?" if wish.kind == "at_risk" else "How healthy is the deal {}?"
    ways = tuple(Action(label=f"Why {one.deal}?", verb="ask", value=why.format(one.deal)) for one in shown[:3])
    if not ways and wish.kind != "at_risk":
        ways = (Action(label="Deals at risk", verb="ask", value="Which deals are at risk?"),)
    return Answer(
        kind="structured",
        headline=_point(meant, chosen, wish, unknown),
        table=_table(shown) if shown else None,
        claims=tuple(Claim(text=f"{one.deal}: {reason.sentence}", evidence=reason.evidence, tone="trouble") for one, reason in worst),
        figures=(Figure(key=wish.kind, value=len(chosen), unit="deals", label=_LABELS[wish.kind]),),
        rule=RULE if wish.kind == "at_risk" else f"{RULE} Told against seven days before; less than 3 points is the same.",
        checked=len(meant),
        excluded=excluded,
        notes=tuple(filter(None, (cut, waiting))),
        actions=ways,
        as_of=healths[0].as_of if healths else None,
    )  # fmt: skip


def _meant(healths: Sequence[Health], wish: ManyDeals) -> list[Health]:
    """Return the deals among which a question looks."""
    return [
        one
        for one in healths
        if (wish.owner_ids is None or one.owner_id in wish.owner_ids)
        and (wish.over is None or (one.amount is not None and one.amount > wish.over))
    ]


def _chosen(meant: Sequence[Health], wish: ManyDeals) -> list[Health]:
    if wish.kind == "at_risk":
        return [one for one in meant if one.band == "at_risk"]
    moved = [one for one in meant if one.trend == wish.kind]
    return sorted(moved, key=lambda one: (-abs((one.before or 0) - (one.score or 0)), -(one.amount or 0), one.deal_id))


def _point(meant: Sequence[Health], chosen: Sequence[Health], wish: ManyDeals, unknown: int) -> str:
    whose = f"of {wish.of} " if wish.of and not wish.mine else "of yours " if wish.mine else ""
    over = f"over {wish.over:,.0f} " if wish.over is not None else ""
    lead = f"{whose}{over}"
    if not meant:
        return f"There is no open deal {lead}that you may see"
    count = f"{len(chosen)} of {len(meant)} open deals {lead}"
    told = f" ({unknown} can't be told)" if unknown else ""
    if wish.kind != "at_risk":
        return f"{count}got {wish.kind} within a week{told}"
    watched = sum(one.band == "watch" for one in meant)
    tail = f", {watched} more to be watched" if watched else ""
    return f"{count}{'is' if len(chosen) == 1 else 'are'} at risk{tail}{told}"


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
        Column(key="next", label="Next", type="text"),
    )
    made: list[dict[str, Cell]] = [
        {
            "record_id": one.deal_id, "deal": one.deal, "score": one.score, "before": one.before, "amount": one.amount, "currency": one.currency,
            "owner": one.owner, "why": one.bad[0].sentence if one.bad else None, "next": one.next_action.label if one.next_action else None,
        }
        for one in rows
    ]  # fmt: skip
    return Table(columns=columns, rows=tuple(made))
