"""What stands against a deal: risks that the records show, objections that were raised, and what one call was about."""

from __future__ import annotations

from datetime import date

from agents.answer import Claim
from agents.narrative.case import Case, DealNow, Happening
from agents.narrative.dealings import participants_of
from agents.narrative.draft import Draft
from agents.narrative.highlights import Highlight, chosen, highlights
from agents.narrative.latest import (
    amount_claim,
    focus_of,
    is_late,
    live,
    main_deal,
    plain_amount,
    timing_claim,
    unanswered_claim,
)
from agents.narrative.phrasing import calendar_day, days, deal_part, flat, short_day, short_money, times
from agents.narrative.promise_claims import owed_claim
from agents.narrative.promises import owed_in
from agents.narrative.quoting import Citing
from agents.narrative.signals import last_word, later_than_the_crm, other_amount, slips, unanswered_in
from sales.cues import Cue

MOST_CLAIMS = 6
_OBJECTIONS: frozenset[Cue] = frozenset({"objection", "blocker", "refusal", "competitor"})


def risks(case: Case, citing: Citing, asked_deal: str | None = None) -> Draft:
    """Return what may stop the deal: silence, slips, disagreements with the CRM, late promises, and the buyer's own conditions."""
    deal = main_deal(case, asked_deal)
    name = case.account_name or (deal.name if deal else "this account")
    draft = Draft(
        headline="",
        looked=f"silence, moved dates, conditions and objections at {name}",
        focus=focus_of(case, deal),
        checked=len(case.happenings),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    claims: list[Claim] = []
    if deal is not None and deal.status == "open":
        claims += _of_the_deal(case, citing, deal)
    claims += [unanswered_claim(case, citing, one) for one in unanswered_in(case, least_days=5)[:1]]
    late = [one for one in live(case, owed_in(case), deal) if one.by_us and is_late(case, one)]
    claims += [owed_claim(case, citing, one) for one in late[:2]]
    pieces = [piece for piece in case.pieces(notes=False) if piece.side != "seller"]
    taken = [evidence.quote for claim in claims for evidence in claim.evidence]
    said = chosen(
        highlights(case, pieces, half_life=30, only=_OBJECTIONS | {"departure"}),
        max(2, MOST_CLAIMS - len(claims)),
        taken=taken,
    )
    claims += [citing.said(one.quote(), one.remark, "trouble") for one in said]
    draft.claims = claims[: MOST_CLAIMS + 1]
    count = len(draft.claims)
    part = f" · {deal_part(deal, case.account_name)}" if deal else ""
    draft.headline = (
        f"{name}{part}: {count} {'risk' if count == 1 else 'risks'}"
        if count
        else f"{name}{part}: no risk shows in what is known here"
    )
    return draft


def _of_the_deal(case: Case, citing: Citing, deal: DealNow) -> list[Claim]:
    claims: list[Claim] = []
    last = last_word(case)
    if last is not None and case.days_since(last.at) >= 7:
        text = f"No word from the buyer for {days(case.days_since(last.at))}: the last was {short_day(case.day(last.at), case.today)} ({flat(last.subject or last.kind)})"
        claims.append(Claim(text=text, evidence=(citing.happened(last),), tone="trouble"))
    if (timing := later_than_the_crm(case, deal)) is not None:
        claims.append(timing_claim(case, citing, timing))
    if (amount := other_amount(case, deal)) is not None:
        claims.append(amount_claim(case, citing, amount))
    moved = slips(case, deal)
    if moved:
        dates = " → ".join(calendar_day(_day(change.new), case.today) for change in moved[-3:])
        first = calendar_day(_day(moved[-3:][0].old), case.today)
        claims.append(
            Claim(
                text=f"The close date moved {times(len(moved))}: {first} → {dates}",
                evidence=tuple(citing.change(change) for change in moved),
                tone="trouble",
            )
        )
    if deal.close_date is not None and deal.close_date < case.today:
        late = days((case.today - deal.close_date).days)
        claims.append(
            Claim(
                text=f"Its close date, {calendar_day(deal.close_date, case.today)}, passed {late} ago",
                evidence=(citing.field(deal, "Close date", deal.close_date.isoformat()),),
                tone="trouble",
            )
        )
    if not deal.next_step and not case.booked:
        claims.append(
            Claim(
                text=f"No next step in the CRM and no meeting booked; it is in stage {deal.stage}",
                evidence=(citing.field(deal, "Stage", deal.stage or ""),),
                tone="trouble",
            )
        )
    return claims


def against_the_crm(case: Case, citing: Citing, asked_deal: str | None = None) -> Draft:
    """Set what the CRM says of a deal beside what the buyer said: its amount, close date and forecast category."""
    deal = main_deal(case, asked_deal)
    name = case.account_name or (deal.name if deal else "this account")
    draft = Draft(
        headline="",
        looked=f"words of the buyer on the amount and the date of {name}",
        focus=focus_of(case, deal),
        checked=len(case.happenings),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    if deal is None:
        draft.headline = f"{name}: no deal in the CRM"
        return draft
    found = [timing_claim(case, citing, one) for one in (later_than_the_crm(case, deal),) if one is not None]
    found += [amount_claim(case, citing, one) for one in (other_amount(case, deal),) if one is not None]
    record = [citing.field(deal, "Stage", deal.stage or "")] if deal.stage else []
    parts = [f"stage {deal.stage}"] if deal.stage else []
    if deal.amount is not None:
        parts.append(short_money(deal.amount, deal.currency))
        record.append(citing.field(deal, "Amount", plain_amount(deal)))
    if deal.close_date is not None:
        parts.append(f"closes {calendar_day(deal.close_date, case.today)}")
        record.append(citing.field(deal, "Close date", deal.close_date.isoformat()))
    if deal.forecast_category:
        parts.append(deal.forecast_category)
        record.append(citing.field(deal, "Forecast category", deal.forecast_category))
    draft.claims = [*found, Claim(text=f"The CRM: {', '.join(parts)}", evidence=tuple(record))] if record else found
    what = "disagrees with the buyer" if found else "nothing that the buyer said contradicts it"
    draft.headline = (
        f"{name} · {deal_part(deal, case.account_name)}: the CRM {what}"
        if found
        else f"{name} · {deal_part(deal, case.account_name)}: {what}"
    )
    return draft


def _day(value: str | None) -> date:
    return date.fromisoformat((value or "")[:10])


def objections(case: Case, citing: Citing) -> Draft:
    """Return the objections and conditions that the buyer raised, newest first."""
    name = case.account_name or "this account"
    pieces = [piece for piece in case.pieces(notes=False) if piece.side != "seller"]
    found = chosen(highlights(case, pieces, half_life=90, least=1.8, only=_OBJECTIONS), MOST_CLAIMS, per_source=3)
    draft = Draft(
        headline=f"{name}: {len(found)} {'objection or condition' if len(found) == 1 else 'objections and conditions'}, newest first",
        looked=f"objections, concerns and conditions of {name}",
        focus=focus_of(case, main_deal(case)),
        checked=len(case.happenings),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    draft.claims = [
        citing.said(one.quote(), one.remark, "trouble")
        for one in sorted(found, key=lambda one: one.piece.at, reverse=True)
    ]
    return draft


def recap(case: Case, citing: Citing, happening: Happening) -> Draft:
    """Return what one call was about: who was there, the weightiest words of both sides in their order, and what was promised in it."""
    pieces = case.turns.get(happening.id) or [piece for piece in case.pieces() if piece.happening.id == happening.id]
    day = case.when(happening)
    there = participants_of(happening)
    headline = f"{flat(happening.subject or happening.kind)} · {day}" + (f" · {there}" if there else "")
    draft = Draft(
        headline=headline,
        looked=f"the {happening.kind} of {day}",
        focus=focus_of(case, main_deal(case, happening.deal_id)),
        checked=len(pieces),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    owed = [one for one in owed_in(case) if one.piece.happening.id == happening.id]
    found = chosen(highlights(case, pieces, half_life=1e6, least=1.0), MOST_CLAIMS, per_source=MOST_CLAIMS)
    draft.claims = [_said_there(citing, one) for one in sorted(found, key=lambda one: one.piece.order)]
    draft.claims += [owed_claim(case, citing, one) for one in owed[:3]]
    if not draft.claims and happening.subject:
        words = f": {flat(happening.body)}" if happening.body and len(happening.body) < 300 else ""
        draft.claims = [Claim(text=f"{day} · {flat(happening.subject)}{words}", evidence=(citing.happened(happening),))]
    return draft


def _said_there(citing: Citing, highlight: Highlight) -> Claim:
    claim = citing.said(highlight.quote(), highlight.remark, "trouble" if highlight.trouble else "plain")
    return claim.model_copy(update={"text": claim.text.split(" · ", 1)[-1]})
