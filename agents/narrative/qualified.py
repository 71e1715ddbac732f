"""How a deal is qualified: each element of the framework with the words that fill it, what stands against the CRM, and what is still to be asked."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from agents.answer import Claim, Evidence
from agents.links import Links
from agents.narrative.case import Case, DealNow
from agents.narrative.draft import Draft
from agents.narrative.latest import focus_of, main_deal, plain_amount
from agents.narrative.phrasing import flat, short_day
from agents.narrative.quoting import Citing
from agents.notes.qualification import frameworks_in
from agents.notes.qualification_history import Statement, counting, histories, unread
from infra.spine.scope import Scope
from sales.qualifying.frameworks import ElementRule, Framework

_GAPS = re.compile(r"\b(?:missing|gaps?|open|lack\w*|left|don'?t (?:we )?know|not know|unknown|incomplete)\b", re.I)


def qualified(
    session: Session, scope: Scope, case: Case, links: Links, question: str, asked_deal: str | None = None
) -> Draft:
    """Return how the account's deal stands by the framework in force, or by another that the question names.

    A question for what is missing gets the open elements first, each with what to ask.
    """
    deal = main_deal(case, asked_deal)
    frameworks = frameworks_in(session)
    named = next((one for one in frameworks.all if re.search(rf"\b{re.escape(one.name)}\b", question, re.I)), None)
    framework = named or frameworks.current
    name = deal.name if deal is not None else case.account_name or ""
    draft = Draft(
        headline=f"{name}: no open deal is known here",
        looked=f"how {name} is qualified by {framework.name}",
        focus=focus_of(case, deal),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    if deal is None:
        return draft
    draft.deals = (deal.id,)
    told = histories(session, deal.id, framework=framework, scope=scope, until=case.as_of)
    filled = [_claim(case, links, rule, told[rule.key]) for rule in framework.elements if told[rule.key]]
    missing = [rule for rule in framework.elements if not told[rule.key]]
    draft.claims = filled
    draft.checked = len({one.call for listed in told.values() for one in listed})
    draft.headline = _headline(name, framework, len(filled), missing, gaps=_GAPS.search(question) is not None)
    draft.notes += [
        f"{rule.label} is open. Ask: {rule.ask}" if rule.ask else f"{rule.label} is open." for rule in missing
    ]
    draft.rule = f"{framework.name}: an element counts where the buyer said it or clearly confirmed it; the newest call counts, unless an earlier one says it much more strongly."
    waiting = unread(session, deal.id, scope) if named is None or named.name == frameworks.current.name else 0
    if waiting:
        draft.notes.insert(0, f"Not read yet: {waiting} of its calls. Ask again in a minute.")
    if not filled:
        draft.claims = [_deal_claim(links, deal, waiting)]
    return draft


def _headline(name: str, framework: Framework, filled: int, missing: list[ElementRule], *, gaps: bool) -> str:
    open_ones = ", ".join(rule.label.lower() for rule in missing)
    if gaps and missing:
        return f"{name}: missing for {framework.name}: {open_ones}"
    rest = f"; open: {open_ones}" if missing else ""
    return f"{name}: {filled} of {len(framework.elements)} elements of {framework.name} filled{rest}"


def _claim(case: Case, links: Links, rule: ElementRule, listed: list[Statement]) -> Claim:
    newest, citing = counting(rule, listed), Citing(case, links)
    note = newest.note
    evidence = [_evidence(links, newest, place) for place in range(len(note.said))]
    day = short_day(case.day(newest.at), case.today)
    text = f"{day} · {note.said[0].speaker or 'they'}: “{flat(note.said[0].quote)}”"
    if note.against is not None and note.against.source == "crm":
        deal = next((one for one in case.deals if one.id == note.against.id), None)
        value = _field(deal, note.against.label) if deal is not None else None
        if deal is not None and value is not None:
            evidence.append(citing.field(deal, note.against.label, value))
            text += f" · the CRM: {note.against.label.lower()} {value}"
    elif note.against is not None:
        before = next((one for one in listed if one.call == note.against.id), None)
        if before is not None:
            evidence.append(_evidence(links, before, 0))
            text += f" · before, {short_day(case.day(before.at), case.today)}: “{flat(before.note.said[0].quote)}”"
    return Claim(
        text=text,
        evidence=tuple(evidence),
        tone="trouble" if note.state == "contradicted" else "plain",
        section=rule.label,
    )


def _field(deal: DealNow, label: str) -> str | None:
    """Return a deal's value that a statement stands against, as it is quoted."""
    if label == "Close date":
        return deal.close_date.isoformat() if deal.close_date else None
    if label == "Amount":
        return plain_amount(deal)
    return {"Competitor": deal.competitor, "Stage": deal.stage}.get(label)


def _evidence(links: Links, statement: Statement, place: int) -> Evidence:
    said = statement.note.said[place]
    return Evidence(
        source="call",
        id=statement.call,
        quote=said.quote,
        speaker=said.speaker,
        at=statement.at,
        url=links.evidence("call", statement.call, (said.turn,)),
        turns=(said.turn,),
        label=statement.title,
    )


def _deal_claim(links: Links, deal: DealNow, waiting: int) -> Claim:
    found = Evidence(
        source="deal", id=deal.id, quote=deal.name, at=deal.source_at, url=links.evidence("deal", deal.id), label="Deal"
    )
    said = "its calls have not been read yet" if waiting else "nothing was said in a call that fills an element"
    return Claim(text=f"{deal.name}: {said}", evidence=(found,))
