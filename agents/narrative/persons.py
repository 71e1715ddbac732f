"""The latest from one person: when they last spoke or wrote, and their weightiest words."""

from __future__ import annotations

from agents.answer import Claim
from agents.mentions import Entity
from agents.narrative.case import Case
from agents.narrative.draft import Draft
from agents.narrative.highlights import chosen, highlights
from agents.narrative.latest import focus_of, main_deal, said_claim, unanswered_claim
from agents.narrative.phrasing import days, short_day, who
from agents.narrative.promise_claims import owed_claim
from agents.narrative.promises import owed_in
from agents.narrative.quoting import Citing
from agents.narrative.signals import unanswered_in

MOST_CLAIMS = 5


def latest_of_person(case: Case, citing: Citing, name: str) -> Draft:
    """Return what one person of the buyer's side said lately, what they promised, and whether they owe us an answer."""
    person = next((one for one in case.contacts.values() if one.name == name), None)
    pieces = [
        piece
        for piece in case.pieces(notes=False)
        if piece.speaker == name or (piece.person is not None and piece.person.name == name)
    ]
    where = f" · {case.account_name}" if case.account_name else ""
    if pieces:
        newest = max(pieces, key=lambda piece: piece.at)
        gone = case.days_since(newest.at)
        state = (
            f"last heard {short_day(case.day(newest.at), case.today)}, {'today' if gone == 0 else f'{days(gone)} ago'}"
        )
    else:
        state = "no words of theirs are known here"
    draft = Draft(headline=f"{who(person, name)}{where} — {state}", looked=f"words of {name}", checked=len(pieces))
    draft.accounts = (case.account_id,) if case.account_id else ()
    newest_words = [piece for piece in pieces if piece.happening.id == newest.happening.id] if pieces else []
    first = highlights(case, newest_words, least=0.0)[:1]
    draft.claims = [said_claim(citing, one) for one in first]
    draft.claims += [unanswered_claim(case, citing, one) for one in unanswered_in(case) if one.person.name == name]
    draft.claims += [
        owed_claim(case, citing, one) for one in owed_in(case) if one.state != "kept" and one.piece.speaker == name
    ][:2]
    taken = [evidence.quote for claim in draft.claims for evidence in claim.evidence]
    found = chosen(
        highlights(case, pieces, half_life=40, least=0.8), MOST_CLAIMS - len(draft.claims), per_source=3, taken=taken
    )
    draft.claims += [said_claim(citing, one) for one in sorted(found, key=lambda one: one.piece.at, reverse=True)]
    if person is not None and not draft.claims and person.contact_id:
        draft.claims.append(Claim(text=who(person, name), evidence=(citing.contact(person.contact_id, person.name),)))
    focus = focus_of(case, main_deal(case))
    draft.focus = (
        (*focus, Entity("contact", person.contact_id, person.name, 1.0))
        if person is not None and person.contact_id
        else focus
    )
    return draft
