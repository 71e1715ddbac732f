"""What is the latest on an account, a deal or a person: the state in a line, then what happened, newest first."""

from __future__ import annotations

from datetime import datetime

from agents.answer import Action, Claim
from agents.mentions import Entity
from agents.narrative.case import Case, DealNow
from agents.narrative.draft import Draft
from agents.narrative.highlights import Highlight, chosen, highlights
from agents.narrative.phrasing import calendar_day, days, deal_part, flat, joined, short_day, short_money, times, who
from agents.narrative.promise_claims import next_claim, owed_claim
from agents.narrative.promises import Owed, owed_in
from agents.narrative.quoting import Citing, quote_at
from agents.narrative.signals import (
    Disagreement,
    Unanswered,
    last_word,
    later_than_the_crm,
    other_amount,
    slips,
    unanswered_in,
)
from sales.sentences import sentences

MOST_CLAIMS = 5
_QUIET_DAYS = 10


def main_deal(case: Case, asked: str | None = None) -> DealNow | None:
    """Return the deal that an answer about an account leads with: the one asked for, else the open one where most happened lately, else the last closed one."""
    for deal in case.deals:
        if deal.id == asked:
            return deal
    last: dict[str, float] = {}
    for happening in case.happenings:
        if happening.deal_id is not None and happening.deal_id not in last:
            last[happening.deal_id] = happening.at.timestamp()
    open_deals = [deal for deal in case.deals if deal.status == "open"]
    if open_deals:
        return max(open_deals, key=lambda deal: (last.get(deal.id, 0.0), deal.amount or 0))
    closed = [deal for deal in case.deals if deal.closed_at is not None]
    return max(closed, key=lambda deal: deal.closed_at.timestamp() if deal.closed_at else 0.0, default=None)


def latest(case: Case, citing: Citing, asked_deal: str | None = None) -> Draft:
    """Return the latest on a case."""
    deal = main_deal(case, asked_deal)
    owed = live(case, owed_in(case), deal)
    waiting = unanswered_in(case)
    timing = later_than_the_crm(case, deal) if deal else None
    draft = Draft(headline=headline(case, deal, state_of(case, deal, owed, waiting, timing)))
    draft.looked = f"what happened with {case.account_name or (deal.name if deal else 'it')}"
    candidates = _shown_by_records(case, citing, deal, owed, waiting, timing)
    shown = [evidence.quote for _, _, claim in candidates for evidence in claim.evidence]
    pieces = [piece for piece in case.pieces() if asked_deal is None or piece.happening.deal_id in (asked_deal, None)]
    picked = chosen(highlights(case, pieces), MOST_CLAIMS, per_speaker=3, taken=shown)
    candidates += [(one.value, one.piece.at, said_claim(citing, one)) for one in picked]
    if case.happenings and not candidates:
        newest = case.happenings[0]
        candidates.append((1.0, newest.at, happened_claim(case, citing, newest.id)))
    best = sorted(candidates, key=lambda one: -one[0])[:MOST_CLAIMS]
    draft.claims = [claim for _, _, claim in sorted(best, key=lambda one: one[1], reverse=True)]
    if deal is not None and not draft.claims:
        draft.claims = [_crm_claim(citing, deal)]
    if (deal is None or deal.status == "open") and (step := next_claim(case, citing, owed)) is not None:
        draft.claims.append(step)
    _round_off(draft, case, deal)
    return draft


def _shown_by_records(
    case: Case,
    citing: Citing,
    deal: DealNow | None,
    owed: list[Owed],
    waiting: list[Unanswered],
    timing: Disagreement | None,
) -> list[tuple[float, datetime, Claim]]:
    """Return what no single sentence says: disagreements with the CRM, promises of ours that are late, mails without an answer."""
    found: list[tuple[float, datetime, Claim]] = []
    if timing is not None:
        found.append((6.0, timing.quote.piece.at, timing_claim(case, citing, timing)))
    amount = other_amount(case, deal) if deal else None
    if amount is not None:
        found.append((5.0, amount.quote.piece.at, amount_claim(case, citing, amount)))
    late = sorted(
        (one for one in owed if one.by_us and is_late(case, one)),
        key=lambda one: (one.reminder is None, -one.piece.at.timestamp()),
    )
    found += [(5.5 if one.reminder else 4.0, one.piece.at, owed_claim(case, citing, one)) for one in late[:2]]
    if waiting and deal is not None and deal.status == "open":
        found.append((4.5, waiting[0].last.at, unanswered_claim(case, citing, waiting[0])))
    return found


def _round_off(draft: Draft, case: Case, deal: DealNow | None) -> None:
    name = case.account_name or (deal.name if deal else "")
    draft.actions = [
        Action(label="Brief me", verb="ask", value=f"Brief me on {name}"),
        Action(label="Open promises", verb="ask", value=f"What have we promised {name} that is still open?"),
    ]
    draft.focus = focus_of(case, deal)
    draft.accounts = (case.account_id,) if case.account_id else ()
    draft.deals = (deal.id,) if deal and not case.account_id else ()
    draft.checked = len(case.happenings)
    others = [other for other in case.deals if other.status == "open" and (deal is None or other.id != deal.id)]
    if others:
        draft.notes.append(f"Also open: {joined([_short(case, other) for other in others[:4]])}.")


def live(case: Case, owed: list[Owed], deal: DealNow | None) -> list[Owed]:
    """Leave out what a closed deal has settled: of the promises made before its end only those that somebody still asks for."""
    if deal is None or deal.closed_at is None:
        return owed
    end = deal.closed_at
    return [one for one in owed if one.piece.at >= end or (one.reminder is not None and one.reminder.piece.at >= end)]


def is_late(case: Case, owed: Owed) -> bool:
    if owed.state == "overdue":
        return owed.reminder is not None or (owed.due is not None and (case.today - owed.due).days <= 30)
    return owed.state == "open" and owed.reminder is not None and case.days_since(owed.piece.at) <= 60


def said_claim(citing: Citing, highlight: Highlight) -> Claim:
    """Say a highlight: who said it, when, and in which words; with what they had called it before, where they only say "the report"."""
    claim = citing.said(highlight.quote(), highlight.remark, "trouble" if highlight.trouble else "plain")
    before = highlight.named_before(citing.case)
    if before is None:
        return claim
    lead, _, words = claim.text.partition(": “")
    text = f"{lead}: “{flat(before.sentence.text)}” … “{words}"
    return claim.model_copy(update={"text": text, "evidence": (citing.words(before), *claim.evidence)})


def focus_of(case: Case, deal: DealNow | None) -> tuple[Entity, ...]:
    """Return what the thread is about after an answer on this case."""
    made = []
    if case.account_id and case.account_name:
        made.append(Entity("account", case.account_id, case.account_name, 1.0))
    if deal is not None:
        made.append(Entity("deal", deal.id, deal.name, 1.0))
    return tuple(made)


def _short(case: Case, deal: DealNow) -> str:
    money = f", {short_money(deal.amount, deal.currency)}" if deal.amount is not None else ""
    return f"{deal_part(deal, case.account_name)}{money}"


def headline(case: Case, deal: DealNow | None, state: str) -> str:
    if deal is None:
        return (
            f"{case.account_name or 'This account'}: {state}" if state else f"{case.account_name}: no deal in the CRM"
        )
    parts = [case.account_name] if case.account_name else []
    parts.append(_short(case, deal))
    if deal.status == "open":
        parts += [deal.stage] if deal.stage else []
        if deal.close_date is not None:
            parts.append(f"closes {calendar_day(deal.close_date, case.today)}")
    else:
        parts.append(deal.stage or deal.status)
    return f"{' · '.join(parts)} — {state}" if state else " · ".join(parts)


def state_of(
    case: Case, deal: DealNow | None, owed: list[Owed], waiting: list[Unanswered], timing: Disagreement | None
) -> str:
    """Say in words how the deal is, worst first: at most two reasons; "" where there is nothing to say."""
    last = last_word(case)
    if deal is None:
        return f"last word from them {days(case.days_since(last.at))} ago" if last else ""
    if deal.status != "open":
        return _ended(case, deal)
    quiet = case.days_since(last.at) if last else None
    moved = slips(case, deal)
    passed = deal.close_date is not None and deal.close_date < case.today
    late_slip = len(moved) >= 2 and (case.days_since(moved[-1].at) <= 30 or (quiet or 0) >= 7)
    silent = next((one for one in waiting if one.days >= 5 and one.person.is_legal), None) or next(
        (one for one in waiting if one.days >= 5), None
    )
    why: list[str] = []
    if quiet is not None and quiet >= _QUIET_DAYS:
        why.append(f"no word from them for {days(quiet)}")
    if passed and deal.close_date is not None:
        why.append(f"its close date passed {days((case.today - deal.close_date).days)} ago")
    if late_slip:
        why.append(f"the close date moved {times(len(moved))}")
    if silent is not None and (silent.person.is_legal or (quiet or 0) < _QUIET_DAYS):
        why.append(
            f"{'legal' if silent.person.is_legal else silent.person.name} has not answered for {days(silent.days)}"
        )
    if timing is not None and len(why) < 2:
        why.append("the buyer speaks of a later date than the CRM")
    if timing is not None or passed or late_slip:
        return f"slipping: {', '.join(why[:2])}"
    if quiet is not None and quiet >= _QUIET_DAYS:
        return f"at risk: {', '.join(why[:2])}"
    return _otherwise(case, owed, why, quiet)


def _otherwise(case: Case, owed: list[Owed], why: list[str], quiet: int | None) -> str:
    late = [one for one in owed if one.by_us and is_late(case, one)]
    if late:
        why.append("a promise of ours is overdue" if len(late) == 1 else f"{len(late)} promises of ours are overdue")
    if case.booked:
        meeting = f"next meeting {short_day(case.day(case.booked[0].at), case.today)}"
        return f"moving: {', '.join([meeting, *why][:2])}"
    if why:
        return ", ".join(why[:2])
    return f"last word from them {days(quiet)} ago" if quiet is not None else "no call or mail with them is known here"


def _ended(case: Case, deal: DealNow) -> str:
    ended = f" {days(case.days_since(deal.closed_at))} ago" if deal.closed_at else ""
    if deal.status == "won":
        return f"won{ended}"
    to = f" to {deal.competitor}" if deal.competitor else ""
    reason = f": {deal.loss_reason[0].lower()}{deal.loss_reason[1:]}" if deal.loss_reason else ""
    return f"lost{ended}{to}{reason}"


def unanswered_claim(case: Case, citing: Citing, waiting: Unanswered) -> Claim:
    """Say that somebody has not answered our mail, with our own words as evidence."""
    evidence = []
    for mail in dict.fromkeys((waiting.first, waiting.last)):
        piece = next((piece for piece in case.pieces() if piece.happening.id == mail.id), None)
        parts = [one for one in sentences(piece.text) if len(one.text.split()) >= 4] if piece else []
        if piece is not None and parts:
            evidence.append(citing.words(quote_at(piece, parts[0], most=30)))
        else:
            evidence.append(citing.happened(mail))
    when = short_day(case.day(waiting.first.at), case.today)
    again = (
        f", and again on {short_day(case.day(waiting.last.at), case.today)}"
        if waiting.last is not waiting.first
        else ""
    )
    first_name = who(waiting.person, None)
    about = f" (“{flat(waiting.first.subject)}”)" if waiting.first.subject else ""
    return Claim(
        text=f"{when} · we wrote to {first_name}{about}{again}; no answer for {days(waiting.days)}.",
        evidence=tuple(evidence),
        tone="trouble",
    )


def timing_claim(case: Case, citing: Citing, found: Disagreement) -> Claim:
    deal = found.deal
    assert deal.close_date is not None
    said = short_day(case.day(found.quote.piece.at), case.today)
    category = f"{deal.forecast_category}, closing " if deal.forecast_category else "closing "
    evidence = [citing.words(found.quote), citing.field(deal, "Close date", deal.close_date.isoformat())]
    if deal.forecast_category:
        evidence.append(citing.field(deal, "Forecast category", deal.forecast_category))
    speaker = who(found.quote.piece.person, found.quote.piece.speaker)
    text = f"{said} · the CRM says {category}{short_day(deal.close_date, case.today)}; {speaker} said: “{flat(found.quote.sentence.text)}”"
    return Claim(text=text, evidence=tuple(evidence), tone="trouble")


def amount_claim(case: Case, citing: Citing, found: Disagreement) -> Claim:
    deal = found.deal
    assert deal.amount is not None
    said = short_day(case.day(found.quote.piece.at), case.today)
    speaker = who(found.quote.piece.person, found.quote.piece.speaker)
    text = f"{said} · the CRM has {short_money(deal.amount, deal.currency)}; {speaker}: “{flat(found.quote.sentence.text)}”"
    return Claim(
        text=text,
        evidence=(citing.words(found.quote), citing.field(deal, "Amount", plain_amount(deal))),
        tone="trouble",
    )


def plain_amount(deal: DealNow) -> str:
    """Return a deal's amount as its field holds it: a plain decimal."""
    return f"{deal.amount.normalize():f}" if deal.amount is not None else ""


def _crm_claim(citing: Citing, deal: DealNow) -> Claim:
    if deal.note:
        return Claim(text=f"Note in the CRM: “{flat(deal.note)}”", evidence=(citing.field(deal, "Note", deal.note),))
    return Claim(
        text=f"The CRM has it in stage {deal.stage or '-'}; no call, mail or note is known here.",
        evidence=(citing.field(deal, "Stage", deal.stage or ""),),
    )


def happened_claim(case: Case, citing: Citing, happening_id: str) -> Claim:
    """Say that something took place, where nothing that was said in it is known."""
    happening = next(one for one in (*case.happenings, *case.booked) if one.id == happening_id)
    people = [person.name for person in happening.of_side("buyer")][:3]
    ours = happening.kind == "mail" and happening.direction == "outbound"
    with_whom = f" {'to' if ours else 'with'} {joined(people)}" if people else ""
    words = flat(happening.subject or happening.kind)
    return Claim(
        text=f"{case.when(happening)} · {'our mail' if ours else happening.kind}{with_whom}: {words}",
        evidence=(citing.happened(happening),),
    )
