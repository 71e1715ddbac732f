"""Why a deal was won or lost: what the CRM says, and what the buyer said, the reasons first."""

from __future__ import annotations

import re

from agents.answer import Claim
from agents.narrative.case import Case, DealNow, Piece
from agents.narrative.draft import Draft
from agents.narrative.highlights import HALF_LIFE_DAYS, Highlight, chosen, highlights
from agents.narrative.latest import focus_of, latest
from agents.narrative.phrasing import days, deal_part, flat, short_money
from agents.narrative.quoting import Citing
from sales.cues import weigh
from sales.sentences import sentences
from sales.wording import content_stems

MOST_REASONS = 5
_REASON = re.compile(
    r"\b(?:because|reasons?|that['’]s why|why (?:we|i|you|they)|decided (?:it|for|against|on|to)|what decided|convinced|convince|for me (?:it was|that was|the)|the thing (?:was|that)|it['’]s the \w+ (?:first|thing)|instead|overruled|judged|pays? back|payback|"
    r"fight to keep|can['’]t argue|otherwise|if (?:you|they|it)['’]?d? (?:had|been|were)|we(?:['’]d| would) (?:still )?have|went with|going with|in the end|at the end of the day|main(?:ly)?|most(?:ly)? because|came in to say|cheaper|connector|missing|lost (?:to|because)|won (?:on|because))\b",
    re.I,
)
_WHY_WON = re.compile(r"\b(?:win|won|sign|signed|buy|bought|choose|chose|pick|picked|yes|convinced)\b", re.I)
_WHY_LOST = re.compile(r"\b(?:lose|lost|losing|loss|reject\w*|declin\w*|said no|say no|killed|cost us|wrong)\b", re.I)


def why(case: Case, citing: Citing, question: str, asked_deal: str | None = None) -> Draft:
    """Return why the deal that is meant ended as it did. An open deal has no why yet: its latest is given, and said so."""
    deal = _closed_deal(case, question, asked_deal)
    if deal is None:
        draft = latest(case, citing, asked_deal)
        name = case.account_name or (case.deals[0].name if case.deals else "it")
        draft.notes.insert(0, f"No deal of {name} has been won or lost here; this is its latest.")
        return draft
    name = case.account_name or deal.name
    ended = f" {days(case.days_since(deal.closed_at))} ago" if deal.closed_at else ""
    money = f", {short_money(deal.amount, deal.currency)}" if deal.amount is not None else ""
    to = f" to {deal.competitor}" if deal.status == "lost" and deal.competitor else ""
    draft = Draft(
        headline=f"{name} · {deal_part(deal, case.account_name)}{money} — {deal.status}{ended}{to}",
        looked=f"why {name} was {deal.status}",
        focus=focus_of(case, deal),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    draft.checked = len(case.happenings)
    record = _record_claim(citing, deal)
    if record is not None:
        draft.claims.append(record)
    reasons = _reasons(case, deal)
    draft.claims += [citing.said(one.quote(), tone="good" if deal.status == "won" else "trouble") for one in reasons]
    return draft


def _closed_deal(case: Case, question: str, asked_deal: str | None) -> DealNow | None:
    closed = [deal for deal in case.deals if deal.status in ("won", "lost")]
    if asked := [deal for deal in closed if deal.id == asked_deal]:
        return asked[0]
    if _WHY_WON.search(question) and not _WHY_LOST.search(question):
        closed = [deal for deal in closed if deal.status == "won"] or closed
    elif _WHY_LOST.search(question):
        closed = [deal for deal in closed if deal.status == "lost"] or closed
    return max(closed, key=lambda deal: deal.closed_at.timestamp() if deal.closed_at else 0.0, default=None)


def _record_claim(citing: Citing, deal: DealNow) -> Claim | None:
    parts, evidence = [], []
    if deal.loss_reason:
        parts.append(f"reason “{deal.loss_reason}”")
        evidence.append(citing.field(deal, "Loss reason", deal.loss_reason))
    if deal.status == "lost" and deal.competitor:
        parts.append(f"competitor {deal.competitor}")
        evidence.append(citing.field(deal, "Competitor", deal.competitor))
    if deal.note:
        parts.append(f"note “{flat(deal.note)}”")
        evidence.append(citing.field(deal, "Note", deal.note))
    return Claim(text=f"The CRM says: {'; '.join(parts)}", evidence=tuple(evidence)) if parts else None


def _reasons(case: Case, deal: DealNow) -> list[Highlight]:
    """The buyer's sentences that give reasons, around and after the end; a reason weighs more than any other news."""
    pieces = [
        piece for piece in case.pieces() if piece.side != "seller" and (piece.happening.deal_id in (deal.id, None))
    ]
    if deal.closed_at is not None:
        end = deal.closed_at
        pieces = [piece for piece in pieces if -60 <= (piece.at - end).days <= 45] or pieces
    rivals = case.rivals()
    found = highlights(case, pieces, half_life=HALF_LIFE_DAYS * 4, least=0.0)
    by_sentence = {(one.piece.happening.id, one.piece.order, one.sentence.start): one for one in found}
    recorded = content_stems(f"{deal.loss_reason or ''} {deal.note or ''} {deal.competitor or ''}")
    ranked = []
    for piece in pieces:
        for sentence in sentences(piece.text):
            told = len(content_stems(sentence.text) & recorded)
            reasons = len(_REASON.findall(sentence.text))
            if (
                (reasons == 0 and told < (1 if _written_at_the_end(piece, deal) else 2))
                or len(sentence.text.split()) < 5
                or sentence.text.endswith("?")
            ):
                continue
            known = by_sentence.get((piece.happening.id, piece.order, sentence.start))
            weight = weigh(sentence.text, buyer=piece.side == "buyer", rivals=rivals)
            value = (
                (known.value if known else 0.0)
                + 0.5 * reasons
                + 0.7 * min(3, told)
                + (2.0 if reasons else 1.0)
                + _near_the_end(piece, deal)
            )
            ranked.append(Highlight(piece, sentence, weight, value))
    best = chosen(ranked, MOST_REASONS, per_source=3, per_speaker=2)
    if len(best) < 2:
        best += chosen(found, MOST_REASONS - len(best), taken=[one.sentence.text for one in best])
    return sorted(best, key=lambda one: -one.value)


def _written_at_the_end(piece: Piece, deal: DealNow) -> bool:
    """Whether this is our own note of the days around the end: what was written down as the reason."""
    return piece.side == "note" and deal.closed_at is not None and abs((piece.at - deal.closed_at).days) <= 4


def _near_the_end(piece: Piece, deal: DealNow) -> float:
    if deal.closed_at is None:
        return 0.0
    return max(0.0, 1.5 - abs((piece.at - deal.closed_at).days) / 14)
