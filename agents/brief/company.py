"""The company and its deals, told from their records: fields alone, nothing of it said by anybody."""

from __future__ import annotations

from datetime import date

from agents.answer import Evidence
from agents.brief.ground import Ground
from agents.brief.past import stage_since
from agents.brief.record import Line
from agents.narrative.case import DealNow
from agents.narrative.phrasing import calendar_day, days, deal_part, short_money
from agents.narrative.quoting import Citing

_MOST_DEALS = 4


def company_line(citing: Citing, ground: Ground) -> Line | None:
    """Return industry, size, place, tier, kind and owner in a line, or None where none of them is known."""
    account = ground.account
    size = f"{account.employees:,} employees" if account.employees else None
    place = ", ".join(one for one in (account.city, account.country or account.region) if one) or None
    tier = account.tier if account.tier is None or "tier" in account.tier.lower() else f"tier {account.tier}"
    fields = (
        (account.industry, account.industry),
        (size, account.employees),
        (place, account.city or account.country or account.region),
        (tier, account.tier),
        (account.type, account.type),
        (f"owner {ground.owner}" if ground.owner else None, account.name),
    )
    told = [(words, str(value)) for words, value in fields if words and value]
    if not told:
        return None
    evidence = Evidence(
        source="account",
        id=account.id,
        quote=told[0][1],
        at=account.source_at,
        url=citing.place("account", account.id),
        label=account.name,
    )
    return Line(text=" · ".join(words for words, _ in told), evidence=(evidence,))


def deal_lines(citing: Citing, ground: Ground) -> tuple[Line, ...]:
    """Return the account's deals, the open ones first by close date: amount, stage and since when, close date, owner."""
    deals = sorted(citing.case.deals, key=lambda one: (one.status != "open", one.close_date or date.max, one.name))
    return tuple(
        Line(text=_deal(citing, ground, deal), evidence=(citing.field(deal, "Stage", deal.stage or deal.status),))
        for deal in deals[:_MOST_DEALS]
    )


def _deal(citing: Citing, ground: Ground, deal: DealNow) -> str:
    case = citing.case
    parts = [deal_part(deal, case.account_name)]
    if deal.amount is not None:
        parts.append(short_money(deal.amount, deal.currency))
    since = stage_since(case, deal, ground.deals[deal.id].stage_entered_at)
    for_how_long = f" for {days(case.days_since(since))}" if since is not None and deal.status == "open" else ""
    parts.append(f"{deal.stage or deal.status}{for_how_long}")
    if deal.status == "open" and deal.close_date is not None:
        parts.append(f"closes {calendar_day(deal.close_date, case.today)}")
    if deal.status != "open" and deal.closed_at is not None:
        parts.append(calendar_day(case.day(deal.closed_at), case.today))
    return " · ".join([*parts, deal.owner] if deal.owner else parts)
