"""What is read in full for a few deals: why one ended as it did, where the buyer's words go against the CRM, and what we promised and did not do.

A case is an account's calls, mails and notes: some tens of milliseconds each. So only the few deals that a line is sure to name are read, the worthiest
first, and never more than `MOST_CASES` for one review.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agents.answer import Claim
from agents.digest.ground import Ground
from agents.narrative.case import Case, DealNow, Piece, read_case
from agents.narrative.latest import amount_claim, is_late, live, timing_claim
from agents.narrative.outcome import why
from agents.narrative.phrasing import flat
from agents.narrative.promise_claims import owed_claim
from agents.narrative.promises import owed_in
from agents.narrative.quoting import Citing, Quote
from agents.narrative.signals import later_than_the_crm, other_amount
from sales.sentences import Sentence, joined, sentences

MOST_CASES = 16
"""Accounts that one review reads in full: ours, for the company's review to stay within its seconds."""

_NOTE_WITHIN_DAYS = 5
_NOTE_CHARACTERS = 200
_TELLS_WHY = re.compile(r"\b(?:why|won|lost|loss|win|reasons?|because|decid\w+|chose|signed)\b", re.I)


@dataclass
class Stories:
    """Reads cases for one review, each once. Its methods return nothing for an account that is one too many."""

    ground: Ground
    _cases: dict[str, Case | None] = field(default_factory=dict)

    def ended(self, deal_id: str, account_id: str | None) -> tuple[Claim, ...]:
        """Return why a deal was won or lost: what was written down around its end, then the buyer's own words."""
        case, deal = self._deal(deal_id, account_id)
        if case is None or deal is None or deal.closed_at is None:
            return ()
        citing = Citing(case, self.ground.links)
        claims = why(case, citing, "", deal.id).claims
        noted = _noted(case, citing, deal)
        return (*((noted,) if noted is not None else ()), *claims)

    def against_the_crm(self, deal_id: str, account_id: str | None) -> tuple[Claim, ...]:
        """Return where the buyer's words go against the amount or the close date of an open deal."""
        case, deal = self._deal(deal_id, account_id)
        if case is None or deal is None or deal.status != "open":
            return ()
        citing = Citing(case, self.ground.links)
        timing, amount = later_than_the_crm(case, deal), other_amount(case, deal)
        found = [amount_claim(case, citing, amount)] if amount is not None else []
        return (*found, *([timing_claim(case, citing, timing)] if timing is not None else []))

    def owed_by_us(self, deal_id: str, account_id: str | None) -> tuple[Claim, ...]:
        """Return what we promised around a deal and have not done, though its day has passed or they asked again."""
        case, deal = self._deal(deal_id, account_id)
        if case is None or deal is None:
            return ()
        citing = Citing(case, self.ground.links)
        late = [one for one in live(case, owed_in(case), deal) if one.by_us and is_late(case, one)]
        return tuple(owed_claim(case, citing, one) for one in late)

    def _deal(self, deal_id: str, account_id: str | None) -> tuple[Case | None, DealNow | None]:
        key = account_id or deal_id
        if key not in self._cases:
            full = sum(one is not None for one in self._cases.values()) >= MOST_CASES
            self._cases[key] = None if full else self._read(deal_id, account_id)
        case = self._cases[key]
        return case, next((one for one in case.deals if one.id == deal_id), None) if case is not None else None

    def _read(self, deal_id: str, account_id: str | None) -> Case:
        ground = self.ground
        return read_case(
            ground.session,
            ground.who.reach,
            as_of=ground.at,
            zone=ground.zone,
            account_id=account_id,
            deal_id=None if account_id else deal_id,
        )


def _noted(case: Case, citing: Citing, deal: DealNow) -> Claim | None:
    """Return what one of ours wrote down around a deal's end on why it ended so: the beginning of that note, as far as a line holds."""
    assert deal.closed_at is not None
    end = deal.closed_at
    notes = [
        piece
        for piece in case.pieces()
        if piece.side == "note"
        and piece.happening.kind == "note"
        and piece.happening.deal_id in (deal.id, None)
        and abs((piece.at - end).days) <= _NOTE_WITHIN_DAYS
        and _TELLS_WHY.search(f"{piece.happening.subject or ''} {piece.text}")
    ]
    best = max(notes, key=lambda piece: bool(_TELLS_WHY.search(piece.happening.subject or "")), default=None)
    words = _beginning(best) if best is not None else None
    if best is None or words is None:
        return None
    return Claim(
        text=f"“{flat(words.text)}”",
        evidence=(citing.words(Quote(best, words)),),
        tone="good" if deal.status == "won" else "trouble",
    )


def _beginning(piece: Piece) -> Sentence | None:
    parts = sentences(piece.text)
    if not parts:
        return None
    last = parts[0]
    for one in parts[1:]:
        if one.end - parts[0].start > _NOTE_CHARACTERS:
            break
        last = one
    return parts[0] if last is parts[0] else joined(piece.text, parts[0], last)
