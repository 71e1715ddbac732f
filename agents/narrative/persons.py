"""The latest from one person: when they last spoke or wrote, and their weightiest words."""

from __future__ import annotations

from collections.abc import Sequence

from agents.answer import Claim
from agents.mentions import Entity
from agents.narrative.case import Case, Piece
from agents.narrative.draft import Draft
from agents.narrative.highlights import chosen, highlights
from agents.narrative.latest import focus_of, main_deal, said_claim, unanswered_claim
from agents.narrative.phrasing import days, who
from agents.narrative.promise_claims import owed_claim
from agents.narrative.promises import owed_in
from agents.narrative.quoting import Citing, Quote
from agents.narrative.signals import unanswered_in
from sales.sentences import is_signature, joined, sentences

MOST_CLAIMS = 5
_MAIL_WORDS = 60
Namesake = tuple[str, str, str, str]
"""A contact's id, name, title, and their company's name."""


def _elsewhere(case: Case, citing: Citing, contact_id: str, name: str, title: str, company: str) -> Claim:
    return Claim(text=f"{name} is also known as {title} at {company}", evidence=(citing.contact(contact_id, title),))


def _newest(case: Case, citing: Citing, pieces: Sequence[Piece]) -> list[Claim]:
    """Return their newest words: a mail from its first sentence on, of a call what weighs most."""
    piece = pieces[0]
    if piece.turn is None:
        parts = [one for one in sentences(piece.text) if not is_signature(one.text) and len(one.text.split()) >= 3]
        if parts:
            last = parts[0]
            for one in parts[1:]:
                if len(piece.text[parts[0].start : one.end].split()) > _MAIL_WORDS:
                    break
                last = one
            return [citing.said(Quote(piece, joined(piece.text, parts[0], last)))]
    return [said_claim(citing, one) for one in highlights(case, list(pieces), least=0.0)[:1]]


def latest_of_person(case: Case, citing: Citing, name: str, namesakes: Sequence[Namesake] = ()) -> Draft:
    """Return what one person of the buyer's side said lately, what they promised, and whether they owe us an answer.

    `namesakes` are contacts of the same name at other companies: somebody who left is often one of them.
    """
    person = next((one for one in case.contacts.values() if one.name == name), None)
    pieces = [
        piece
        for piece in case.pieces(notes=False)
        if piece.speaker == name or (piece.person is not None and piece.person.name == name)
    ]
    where = f" · {case.account_name}" if case.account_name else ""
    newest = max(pieces, key=lambda piece: piece.at, default=None)
    if newest is None:
        state = "no words of theirs are known here"
    elif newest.happening.dated:
        gone = case.days_since(newest.at)
        state = f"last heard {case.when(newest.happening)}, {'today' if gone == 0 else f'{days(gone)} ago'}"
    else:
        state = "heard on a day that is not known"
    draft = Draft(headline=f"{who(person, name)}{where} — {state}", looked=f"words of {name}", checked=len(pieces))
    draft.accounts = (case.account_id,) if case.account_id else ()
    draft.claims = [_elsewhere(case, citing, *one) for one in namesakes]
    if newest is not None:
        draft.claims += _newest(case, citing, [piece for piece in pieces if piece.happening.id == newest.happening.id])
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
