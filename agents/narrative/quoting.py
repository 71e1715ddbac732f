"""Choosing words to quote: a stretch of one turn or mail that can be understood by itself, and the evidence that carries it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.answer import Claim, Evidence, Tone
from agents.links import Links
from agents.narrative.case import Case, Change, DealNow, Happening, Piece
from agents.narrative.phrasing import flat, who
from sales.sentences import Sentence, joined, sentences, shortened, without_opening

LEAST_WORDS = 8
MOST_WORDS = 42
LIST_WORDS = 85
_ITEM = re.compile(r"[ \t]*(?:[-*•–]|\(?\d{1,2}[.)])\s+\S")
_LEANS_BACK = re.compile(
    r"^(?:and |but |so |well,? |because |which |then |or )*(?:that|it|this|these|those|he|she|they|one|both|neither|same|there|his|her|their|its|him|them|if (?:it|that|they|he|she)|because|which|realistically|exactly|yes|no)\b|^(?:\w+ ){0,2}(?:it|that|them)[.!]?$",
    re.I,
)
_CONNECTOR = re.compile(r"^(?:and|but|so|or|because|which|then)\b[\s,]*", re.I)


@dataclass(frozen=True)
class Quote:
    """Chosen words and where they stand."""

    piece: Piece
    sentence: Sentence


def quote_at(
    piece: Piece,
    sentence: Sentence,
    focus: tuple[int, int] | None = None,
    *,
    least: int = LEAST_WORDS,
    most: int = MOST_WORDS,
    whole_lists: bool = False,
) -> Quote:
    """Return the words around a sentence of a piece: with its neighbours where it leans on them or has fewer than `least` words, cut to its
    clauses where it is long; with `whole_lists` an item of a mail's list comes with the others."""
    parts = list(sentences(piece.text))
    place = next((i for i, part in enumerate(parts) if part.start <= sentence.start < part.end), None)
    chosen = sentence
    if (
        whole_lists
        and piece.turn is None
        and place is not None
        and (block := _list_around(piece.text, sentence)) is not None
    ):
        return Quote(piece, block)
    if place is None or len(sentence.text.split()) > most:
        where = focus or (0, 1)
        return Quote(piece, shortened(chosen, where, most))
    first = last = place
    if _LEANS_BACK.match(sentence.text) and first > 0 and _fits(piece, parts, first - 1, last, most):
        first -= 1
    while _length(piece, parts, first, last) < least:
        if last + 1 < len(parts) and _fits(piece, parts, first, last + 1, most):
            last += 1
        elif first > 0 and _fits(piece, parts, first - 1, last, most):
            first -= 1
        else:
            break
    whole = joined(piece.text, parts[first], parts[last])
    return Quote(piece, without_opening(whole))


def _list_around(text: str, sentence: Sentence) -> Sentence | None:
    """Return the whole list of a mail, with the line that leads it in, where a sentence is one of its items and the list is short."""
    lines = [(found.start(), found.end()) for found in re.finditer(r"[^\n]+", text)]
    at = next((i for i, (start, end) in enumerate(lines) if start <= sentence.start < end), None)
    if at is None or not _ITEM.match(text[slice(*lines[at])]):
        return None
    first = last = at
    while first > 0 and _ITEM.match(text[slice(*lines[first - 1])]):
        first -= 1
    while last + 1 < len(lines) and _ITEM.match(text[slice(*lines[last + 1])]):
        last += 1
    if last == first:
        return None
    if first > 0 and text[slice(*lines[first - 1])].rstrip().endswith(":"):
        first -= 1
    start, end = lines[first][0], lines[last][1]
    block = text[start:end].rstrip()
    return Sentence(start, start + len(block), block) if len(block.split()) <= LIST_WORDS else None


def _length(piece: Piece, parts: list[Sentence], first: int, last: int) -> int:
    return len(piece.text[parts[first].start : parts[last].end].split())


def _fits(piece: Piece, parts: list[Sentence], first: int, last: int, most: int) -> bool:
    """Whether a stretch may be quoted as one: short enough, and not across a paragraph or a list's items."""
    words = piece.text[parts[first].start : parts[last].end]
    return (
        len(words.split()) <= most
        and "\n\n" not in words
        and re.search(r"\n[ \t]*(?:[-*•–]|\d{1,2}[.)])\s", words) is None
    )


class Citing:
    """Makes evidence for one case: quotes with their speaker and link, and fields of records."""

    def __init__(self, case: Case, links: Links) -> None:
        self.case = case
        self._links = links

    def words(self, quote: Quote) -> Evidence:
        """Return the evidence of words that were said or written."""
        piece = quote.piece
        happening = piece.happening
        turns = (piece.turn,) if piece.turn is not None else ()
        return Evidence(
            source=happening.kind,
            id=happening.id,
            quote=quote.sentence.text,
            speaker=piece.speaker,
            at=happening.at if happening.dated else None,
            url=self._links.evidence(happening.kind, happening.id, turns),
            turns=turns,
            label=happening.subject,
        )

    def field(self, deal: DealNow, label: str, value: str) -> Evidence:
        """Return the evidence of a deal's field: its value as it stands in the record."""
        return Evidence(
            source="deal",
            id=deal.id,
            quote=value,
            at=deal.source_at,
            url=self._links.evidence("deal", deal.id),
            label=label,
        )

    def change(self, change: Change) -> Evidence:
        """Return the evidence of a change: the new value as recorded (the old one where it was emptied)."""
        return Evidence(
            source="change",
            id=change.id,
            quote=change.new or change.old or "",
            speaker=change.by,
            at=change.at,
            url=self._links.evidence("deal", change.deal_id),
            label=change.field.replace("_", " "),
        )

    def happened(self, happening: Happening) -> Evidence:
        """Return the evidence that something took place or is booked: its subject as recorded."""
        return Evidence(
            source=happening.kind,
            id=happening.id,
            quote=happening.subject or "",
            at=happening.at if happening.dated else None,
            url=self._links.evidence(happening.kind, happening.id),
            label=happening.subject,
        )

    def place(self, kind: str, id: str) -> str | None:
        """Return where a record opens."""
        return self._links.evidence(kind, id)

    def contact(self, contact_id: str, value: str) -> Evidence:
        """Return the evidence of a contact's field: name, title or role as recorded."""
        account = self.case.account_id
        return Evidence(
            source="contact",
            id=contact_id,
            quote=value,
            url=self._links.evidence("account", account) if account else None,
            label="Contact",
        )

    def said(self, quote: Quote, remark: str = "", tone: Tone = "plain") -> Claim:
        """Return the claim that somebody said these words: day, person, remark, quote."""
        piece = quote.piece
        day = self.case.when(piece.happening)
        speaker = "Note" if piece.side == "note" else who(piece.person, piece.speaker)
        lead = f"{day} · {speaker}" + (f" {remark}" if remark else "")
        return Claim(text=f"{lead}: “{flat(quote.sentence.text)}”", evidence=(self.words(quote),), tone=tone)
