"""What the coming week decides: meetings with buyers, deals that are to close, close dates that have passed, and where the buyer's words go against the CRM."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from agents.answer import Action, Evidence
from agents.digest.ground import Ground, ended, section, told, worth
from agents.digest.record import Line, Section
from agents.digest.stories import Stories
from agents.narrative.phrasing import short_money
from agents.pipeline.standing import money
from infra.spine.models import Account, Activity, Deal
from infra.spine.spoken import is_booked, is_open

DAYS = 7
MOST = 6
MOST_CHECKED = 8
"""Deals whose last words are read against the CRM: those that meet a buyer or close within the week and the worthiest of the rest."""


def ahead_section(ground: Ground, stories: Stories, told_already: Collection[str] = ()) -> Section | None:
    """Return what the next seven days decide, as of the moment of the review. Deals' dates and amounts are today's: it is told for the present only.

    Of the deals in `told_already` another section says that the buyer's words go against the CRM.
    """
    if ground.past:
        return None
    meetings, closing, passed = _meetings(ground), _closing(ground), _passed(ground)
    lines = [*_contradicted(ground, stories, [*meetings, *closing], told_already), *_meeting_lines(ground, meetings)]
    met = {row.deal_id for row in meetings}
    lines += [_closing_line(ground, row) for row in closing if row.deal_id not in met]
    if passed is not None:
        lines.append(passed)
    lines.sort(key=lambda one: -one.rank)
    return section("closing", "The week ahead", lines)


def _deal_columns() -> tuple[Any, ...]:
    return (
        Deal.id.label("deal_id"),
        Deal.name.label("deal"),
        Deal.account_id,
        Account.name.label("account"),
        Deal.amount,
        Deal.currency,
        Deal.close_date,
        Deal.next_step,
        Deal.stage,
    )


def _meetings(ground: Ground) -> Sequence[Any]:
    """Return the first meeting of each open deal that is booked within the week, the worthiest deals first."""
    until = ground.at + timedelta(days=DAYS)
    first = (
        select(Activity.deal_id, func.min(Activity.at).label("at"))
        .where(is_booked(Activity), Activity.at > ground.at, Activity.at < until, Activity.deal_id.is_not(None))
        .group_by(Activity.deal_id)
        .subquery("first_meeting")
    )
    rows = ground.session.execute(
        select(*_deal_columns(), Activity.id.label("activity_id"), Activity.subject, Activity.kind, Activity.at)
        .join(first, first.c.deal_id == Deal.id)
        .join(Activity, (Activity.deal_id == Deal.id) & (Activity.at == first.c.at) & is_booked(Activity))
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(is_open(Deal), ground.who.scope.deals())
        .order_by(ground.weight().desc(), Deal.id, Activity.id)
        .limit(4 * MOST)
    ).all()
    # Two meetings at the same minute are one line.
    kept: dict[str, Any] = {}
    for row in rows:
        kept.setdefault(row.deal_id, row)
    return sorted(kept.values(), key=lambda row: -ground.value(row.amount, row.currency))[:MOST]


def _closing(ground: Ground) -> Sequence[Any]:
    """Return the open deals that are to close within the week, the worthiest first."""
    return ground.session.execute(
        select(*_deal_columns())
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(is_open(Deal), ground.who.scope.deals(), Deal.close_date >= ground.today)
        .where(Deal.close_date < ground.today + timedelta(days=DAYS))
        .order_by(ground.weight().desc(), Deal.id)
        .limit(MOST)
    ).all()


def _passed(ground: Ground) -> Line | None:
    """Return one line on the open deals whose close date has passed: the CRM's own word that they are late."""
    late = (is_open(Deal), ground.who.scope.deals(), Deal.close_date < ground.today)
    count = ground.session.scalar(select(func.count()).select_from(Deal).where(*late)) or 0
    if not count:
        return None
    sums = ground.session.execute(
        select(Deal.currency, money(Deal.amount)).where(*late, Deal.amount.is_not(None)).group_by(Deal.currency)
    ).all()
    total = " + ".join(short_money(amount, currency) for currency, amount in sorted(sums, key=lambda one: -one[1]))
    rows = ground.session.execute(select(*_deal_columns()).outerjoin(Account, Account.id == Deal.account_id).where(*late).order_by(ground.weight().desc(), Deal.id).limit(3)).all()  # fmt: skip
    named = ", ".join(f"{row.deal} ({_since(ground, row.close_date)})" for row in rows) if ground.who.names_deals else ""  # fmt: skip
    more = f" and {count - len(rows):,} more" if named and count > len(rows) else ""
    has = "has" if count == 1 else "have"
    return Line(
        key="closing:passed",
        label="Overdue",
        text=f"{told(count, 'open deal')}{f', {total},' if total else ''} {has} a close date that has passed{f': {named}{more}' if named else ''}.",
        tone="trouble",
        evidence=tuple(_field(ground, row, "Close date", row.close_date.isoformat()) for row in rows if ground.who.names_deals),
        action=Action(label="Show them", verb="ask", value="Which open deals have a close date in the past?"),
        rank=2.5,
    )  # fmt: skip


def _since(ground: Ground, when: date) -> str:
    return f"{told((ground.today - when).days, 'day')}"


def _meeting_lines(ground: Ground, rows: Sequence[Any]) -> list[Line]:
    if not ground.who.names_deals:
        return []
    return [
        Line(
            key=f"closing:meeting:{row.activity_id}",
            label=ground.day(row.at),
            subject=row.deal,
            text=f"{worth(row.amount, row.currency)}: {row.subject or row.kind}.",
            url=ground.deal_url(row.deal_id),
            deal_id=row.deal_id,
            account_id=row.account_id,
            amount=row.amount,
            currency=row.currency,
            evidence=(Evidence(source=row.kind, id=row.activity_id, quote=row.subject or row.kind, at=row.at, url=ground.links.evidence(row.kind, row.activity_id), label=row.subject),),
            action=Action(label=f"Brief: {row.account or row.deal}", verb="ask", value=f"Brief me on {row.account or row.deal}"),
            rank=ground.value(row.amount, row.currency),
        )
        for row in rows
    ]  # fmt: skip


def _closing_line(ground: Ground, row: Any) -> Line:
    step = f"next step: {row.next_step.strip().rstrip('.')}" if row.next_step else "no next step is on file"
    name = row.deal if ground.who.names_deals else "One deal"
    return Line(
        key=f"closing:deal:{row.deal_id}",
        label=ground.day(row.close_date),
        subject=name,
        text=f"{worth(row.amount, row.currency)}, to close from {row.stage or 'no stage'}; {step}.",
        url=ground.deal_url(row.deal_id),
        deal_id=row.deal_id,
        account_id=row.account_id,
        amount=row.amount,
        currency=row.currency,
        tone="plain" if row.next_step else "trouble",
        evidence=(_field(ground, row, "Close date", row.close_date.isoformat()),),
        action=Action(label=f"Brief: {row.account or row.deal}", verb="ask", value=f"Brief me on {row.account or row.deal}"),
        rank=ground.value(row.amount, row.currency) * (1.0 if row.next_step else 1.3),
    )  # fmt: skip


def _contradicted(ground: Ground, stories: Stories, rows: Sequence[Any], told_already: Collection[str]) -> list[Line]:
    """Return the deals whose amount or date the buyer's own words contradict: of those that the week decides, and of the worthiest of the rest."""
    if not ground.who.names_deals:
        return []
    worthiest = ground.session.execute(
        select(*_deal_columns())
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(is_open(Deal), ground.who.scope.deals(), Deal.amount.is_not(None))
        .order_by(ground.weight().desc(), Deal.id)
        .limit(MOST_CHECKED)
    ).all()
    chosen: dict[str, Any] = {row.deal_id: row for row in (*rows, *worthiest)}
    ranked = sorted(chosen.values(), key=lambda row: -ground.value(row.amount, row.currency))[:MOST_CHECKED]
    lines = []
    for row in ranked:
        claims = stories.against_the_crm(row.deal_id, row.account_id)
        if not claims or row.deal_id in told_already:
            continue
        said = claims[0].text.partition(" · ")
        lines.append(
            Line(
                key=f"closing:crm:{row.deal_id}",
                label="CRM and buyer differ",
                subject=row.deal,
                text=ended(_lead(said[2] or said[0])),
                url=ground.deal_url(row.deal_id),
                deal_id=row.deal_id,
                account_id=row.account_id,
                amount=row.amount,
                currency=row.currency,
                tone="trouble",
                evidence=claims[0].evidence,
                action=Action(label=f"Compare: {deal_part_of(row)}", verb="ask", value=f"Where does the CRM disagree with what {row.account or row.deal} said?"),
                rank=1.6 * ground.value(row.amount, row.currency),
            )
        )  # fmt: skip
    return lines


def deal_part_of(row: Any) -> str:
    """Return the shortest name by which a deal is known: its account's, else its own."""
    return str(row.account or row.deal)


def _lead(text: str) -> str:
    return text[:1].upper() + text[1:]


def _field(ground: Ground, row: Any, label: str, value: str) -> Evidence:
    return Evidence(
        source="deal",
        id=row.deal_id,
        quote=value,
        url=ground.deal_url(row.deal_id),
        label=f"{row.deal}: {label.lower()}",
    )
