"""Answers about how two sides deal with each other: what is owed, when they last spoke, what changed, what comes next."""

from __future__ import annotations

import re
from datetime import date, timedelta

from agents.answer import Claim
from agents.narrative.case import Case, Change, Happening
from agents.narrative.draft import Draft
from agents.narrative.highlights import chosen, highlights
from agents.narrative.latest import focus_of, happened_claim, is_late, live, main_deal, said_claim, unanswered_claim
from agents.narrative.phrasing import calendar_day, days, field_name, flat, joined, short_day, short_money, times
from agents.narrative.promise_claims import next_claim, owed_claim
from agents.narrative.promises import Owed, owed_in
from agents.narrative.quoting import Citing, quote_at
from agents.narrative.signals import last_word, unanswered_in
from sales.sentences import sentences
from sales.spoken_numbers import numbers_in

MOST_CLAIMS = 6


def _draft(case: Case, headline: str, looked: str) -> Draft:
    draft = Draft(headline=headline, looked=looked, focus=focus_of(case, main_deal(case)), checked=len(case.happenings))
    draft.accounts = (case.account_id,) if case.account_id else ()
    draft.deals = () if case.account_id else tuple(deal.id for deal in case.deals)
    return draft


def _name(case: Case) -> str:
    return case.account_name or (case.deals[0].name if case.deals else "this account")


def promised(case: Case, citing: Citing, by_us: bool | None, person: str | None = None) -> Draft:
    """Return what was promised and is open: ours and theirs, or one side's, or what one person promised or was promised; late ones first."""
    open_ones = [
        one
        for one in live(case, owed_in(case), main_deal(case))
        if one.state != "kept" and (by_us is None or one.by_us == by_us)
    ]
    if person is not None:
        open_ones = [one for one in open_ones if _concerns(one, person)]
    shown = sorted(
        (one for one in open_ones if _still_matters(case, one)),
        key=lambda one: (not is_late(case, one), one.reminder is None, -one.piece.at.timestamp()),
    )
    late = sum(is_late(case, one) for one in shown)
    whose = "" if by_us is None else " by us" if by_us else " by them"
    headline = f"{_name(case)}: {len(shown)} open {'promise' if len(shown) == 1 else 'promises'}{whose}" + (
        f", {late} of them overdue or asked for again" if late else ""
    )
    draft = _draft(
        case,
        headline,
        f"promises{whose} to send, answer or do something, without a later sign that they were kept, at {_name(case)}",
    )
    draft.claims = [owed_claim(case, citing, one) for one in shown[:MOST_CLAIMS]]
    waiting = unanswered_in(case) if by_us is not True else []
    draft.claims += [unanswered_claim(case, citing, one) for one in waiting[: max(0, 2 if by_us is None else 3)]]
    if len(shown) > MOST_CLAIMS:
        draft.notes.append(f"{len(shown) - MOST_CLAIMS} older ones are not shown.")
    if not any(happening.kind == "mail" for happening in case.happenings):
        draft.notes.append("No mails are known here, so a promise may have been kept by mail.")
    draft.rule = "A promise counts as open while no later mail, call, note or done task of the same side shows it kept; promises of the last 150 days."
    return draft


def _concerns(owed: Owed, person: str) -> bool:
    """Whether a person made a promise or was there when it was made to them: spoken to in the call, or written to."""
    if owed.piece.speaker == person:
        return True
    there = {one.name for one in owed.piece.happening.people}
    return person in there


def _still_matters(case: Case, owed: Owed) -> bool:
    if owed.reminder is not None or (owed.due is not None and owed.due >= case.today):
        return True
    age = case.days_since(owed.piece.at)
    return age <= 60 if owed.due is not None else age <= 45


def last_contact(case: Case, citing: Citing, person: str | None = None) -> Draft:
    """Return when the buyer last acted and when we last did, with the words; of one person where one is named."""
    name = person or _name(case)
    theirs = [
        one
        for one in case.happenings
        if not one.automatic and one.dated and one.direction in ("inbound", "mutual") and _took_part(case, one, person)
    ]
    ours = [
        one
        for one in case.happenings
        if one.direction == "outbound"
        and not one.automatic
        and (person is None or any(p.name == person for p in one.people))
    ]
    draft = _draft(case, "", f"calls, meetings and mails with {name}")
    if theirs:
        first = theirs[0]
        gone = case.days_since(first.at)
        draft.headline = (
            f"{name}: last contact {short_day(case.day(first.at), case.today)}, {_ago(gone)} ({first.kind})"
        )
        draft.claims.append(_contact_claim(case, citing, first, person))
        other = next((one for one in theirs if one.kind in ("call", "meeting")), None)
        if other is not None and other is not first:
            draft.claims.append(_contact_claim(case, citing, other, person))
    else:
        draft.headline = f"{name}: no word from them is known here"
    since = [one for one in ours if not theirs or one.at > theirs[0].at]
    if since:
        draft.claims.append(happened_claim(case, citing, since[0].id))
        draft.notes.append(
            f"Since then we have written {'once' if len(since) == 1 else f'{len(since)} times'}; our own mails and automatic replies are no contact."
        )
    if case.booked:
        draft.claims.append(_booked_claim(case, citing, case.booked[0]))
    draft.rule = "Contact is a mail from the buyer, or a call or meeting that was held."
    return draft


def _ago(gone: int) -> str:
    return "today" if gone == 0 else f"{days(gone)} ago"


def _took_part(case: Case, happening: Happening, person: str | None) -> bool:
    if person is None:
        return True
    if happening.kind == "mail":
        return happening.sender is not None and happening.sender.name == person
    if happening.id in case.turns:
        return any(
            piece.speaker == person or (piece.person and piece.person.name == person)
            for piece in case.turns[happening.id]
        )
    return any(one.name == person for one in happening.people)


def _contact_claim(case: Case, citing: Citing, happening: Happening, person: str | None) -> Claim:
    """Say a contact with its weightiest words of the buyer, or by its subject alone."""
    pieces = [
        piece
        for piece in case.pieces(notes=False)
        if piece.happening.id == happening.id
        and piece.side != "seller"
        and (person is None or piece.speaker == person or (piece.person and piece.person.name == person))
    ]
    best = highlights(case, pieces, least=0.5)[:1]
    if best:
        claim = citing.said(best[0].quote())
        title = f" in “{flat(happening.subject)}”" if happening.subject else ""
        return (
            claim.model_copy(update={"text": claim.text.replace(": “", f"{title}: “", 1)})
            if happening.kind != "mail"
            else claim
        )
    for piece in pieces:
        parts = [one for one in sentences(piece.text) if len(one.text.split()) >= 3]
        if parts:
            return citing.said(quote_at(piece, parts[0]))
    return happened_claim(case, citing, happening.id)


def _booked_claim(case: Case, citing: Citing, meeting: Happening) -> Claim:
    return Claim(
        text=f"Booked: {flat(meeting.subject or meeting.kind)}, {short_day(case.day(meeting.at), case.today)}.",
        evidence=(citing.happened(meeting),),
        tone="good",
    )


def changed(case: Case, citing: Citing, since: date | None, question: str = "") -> Draft:
    """Return what changed since a day (30 days back where none is named): fields of the deals, and what was newly said.

    A question about one field ("how often has the close date moved?") gets that field's whole history instead.
    """
    if (field := _field_asked(question)) is not None and since is None:
        return _history(case, citing, field)
    start = since or case.today - timedelta(days=30)
    moved = [change for change in case.changes if case.day(change.at) >= start]
    draft = _draft(
        case,
        "",
        f"changes of the deals, and new calls and mails, since {calendar_day(start, case.today)} at {_name(case)}",
    )
    draft.claims = [
        _change_claim(case, citing, change)
        for change in sorted(moved, key=lambda one: one.at, reverse=True)[:MOST_CLAIMS]
    ]
    pieces = [piece for piece in case.pieces() if case.day(piece.at) >= start]
    taken = [evidence.quote for claim in draft.claims for evidence in claim.evidence]
    room = max(2, MOST_CLAIMS - len(draft.claims))
    draft.claims += [said_claim(citing, one) for one in chosen(highlights(case, pieces), room, taken=taken)]
    count = sum(1 for happening in case.happenings if case.day(happening.at) >= start)
    moves = f"{len(moved)} {'change' if len(moved) == 1 else 'changes'} in the CRM"
    draft.headline = f"{_name(case)} since {calendar_day(start, case.today)}: {moves}, {count} calls, mails and notes"
    if since is None:
        draft.rule = "No day was named: the last 30 days."
    return draft


_FIELDS = (
    ("close_date", re.compile(r"\bclos(?:e|ing) dates?\b|\bslip\w*|\bpushed\b", re.I)),
    ("amount", re.compile(r"\bamounts?\b|\bdeal size\b|\bvalue\b", re.I)),
    ("stage", re.compile(r"\bstages?\b", re.I)),
    ("forecast_category", re.compile(r"\bforecast\b|\bcategory\b", re.I)),
)


def _field_asked(question: str) -> str | None:
    return next((field for field, pattern in _FIELDS if pattern.search(question)), None)


def _history(case: Case, citing: Citing, field: str) -> Draft:
    """Return every change of one field of the main deal, oldest first."""
    deal = main_deal(case)
    moved = [one for one in case.changes if one.field == field and one.old and (deal is None or one.deal_id == deal.id)]
    name = deal.name if deal else _name(case)
    count = f"changed {times(len(moved))}" if moved else "has not changed in what is recorded here"
    draft = _draft(case, f"{name}: the {field_name(field)} {count}", f"changes of the {field_name(field)} of {name}")
    draft.claims = [_change_claim(case, citing, one) for one in sorted(moved, key=lambda one: one.at)]
    return draft


def _change_claim(case: Case, citing: Citing, change: Change) -> Claim:
    deal = next(one for one in case.deals if one.id == change.deal_id)
    day = short_day(case.day(change.at), case.today)
    old, new = (_shown(case, change.field, value, deal.currency) for value in (change.old, change.new))
    text = (
        f"{day} · {deal.name}: {field_name(change.field)} from {old} to {new}"
        if change.old
        else f"{day} · {deal.name}: {field_name(change.field)} set to {new}"
    )
    later = change.field == "close_date" and change.old and change.new and change.new > change.old
    return Claim(text=text, evidence=(citing.change(change),), tone="trouble" if later else "plain")


def _shown(case: Case, field: str, value: str | None, currency: str) -> str:
    if value is None:
        return "nothing"
    if field == "close_date":
        try:
            return calendar_day(date.fromisoformat(value[:10]), case.today)
        except ValueError:
            return value
    if field == "amount":
        number = numbers_in(value)
        return short_money(number[0].value, currency) if len(number) == 1 else value
    return value


def next_steps(case: Case, citing: Citing) -> Draft:
    """Return what should happen next: promises that are due, the CRM's next step, what is booked, who owes an answer."""
    owed = live(case, owed_in(case), main_deal(case))
    draft = _draft(
        case, f"{_name(case)}: next steps", f"open promises, next steps in the CRM and booked meetings at {_name(case)}"
    )
    step = next_claim(case, citing, owed, most=3)
    if step is not None:
        draft.claims.append(step)
    for deal in case.deals:
        if deal.status == "open" and deal.next_step and (step is None or deal.next_step not in step.text):
            due = (
                f", {'was due' if deal.next_step_date < case.today else 'due'} {short_day(deal.next_step_date, case.today)}"
                if deal.next_step_date
                else ""
            )
            dated = (
                (citing.field(deal, "Next step date", deal.next_step_date.isoformat()),) if deal.next_step_date else ()
            )
            draft.claims.append(
                Claim(
                    text=f"In the CRM for {deal.name}: {deal.next_step}{due}.",
                    evidence=(citing.field(deal, "Next step", deal.next_step), *dated),
                )
            )
    draft.claims += [
        _booked_claim(case, citing, meeting)
        for meeting in case.booked[:2]
        if step is None or (meeting.subject or "") not in step.text
    ]
    theirs = [one for one in owed if not one.by_us and one.state != "kept" and _still_matters(case, one)]
    draft.claims += [owed_claim(case, citing, one) for one in theirs[:2]]
    if not draft.claims:
        last = last_word(case)
        draft.headline = f"{_name(case)}: no next step is known" + (
            f"; their last word was {_ago(case.days_since(last.at))}" if last else ""
        )
    return draft


def participants_of(happening: Happening) -> str:
    """Name who took part, the buyer's side first."""
    names = [person.name for person in (*happening.of_side("buyer"), *happening.of_side("seller"))]
    return joined(list(dict.fromkeys(names))[:5])
