"""What a case shows without anybody saying it: who owes an answer, where the CRM and the buyer disagree, how long it has been quiet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agents.narrative.case import Case, Change, DealNow, Happening, Person, Piece
from agents.narrative.quoting import Quote, quote_at
from sales.health.signing import dated_in
from sales.sentences import Sentence, sentences
from sales.spoken_numbers import Spoken, money_in

_OF_THE_ORDER = re.compile(
    r"\b(?:amount|order|phase|budget\w*|releas\w+|approv\w+|sign\w*|contract|offer|only|scope|first year|for now|start with|slides?|instead|cap|max\w*|at most|down to|corrected|comes to|total)\b",
    re.I,
)
_ASIDE = re.compile(
    r"\b(?:discount|percent|per month|a month|monthly|each|per (?:door|user|site)|detention|save[sd]?|saving|overtime|penalt\w+|theirs|they(?:['’]re| are) at|competitor|fee|salary|revenue)\b",
    re.I,
)


_FRESH_DAYS = 21
"""A mail that is older has been overtaken: nobody waits for its answer any more."""


@dataclass(frozen=True)
class Unanswered:
    """Mails of ours to one person who has not answered: the first and the last of them, and how many days since the first."""

    person: Person
    first: Happening
    last: Happening
    count: int
    days: int


@dataclass(frozen=True)
class Disagreement:
    """Words of the buyer that do not fit a field of the deal."""

    deal: DealNow
    field: str
    quote: Quote
    sure: bool


def unanswered_in(case: Case, *, least_days: int = 3) -> list[Unanswered]:
    """Return who of the buyer's side owes us an answer to a mail, longest first. Anybody's reply in the same thread is an answer."""
    heard, answered = _heard(case)
    waiting: dict[str, list[Happening]] = {}
    people: dict[str, Person] = {}
    for happening in reversed(case.happenings):
        if happening.kind != "mail" or happening.direction != "outbound" or happening.automatic:
            continue
        if happening.thread is not None and answered.get(happening.thread, happening.at) > happening.at:
            continue
        for person in happening.people:
            if (
                person.side == "buyer"
                and person.part == "to"
                and not has_left(person)
                and heard.get(person.name, happening.at) <= happening.at
            ):
                waiting.setdefault(person.name, []).append(happening)
                people[person.name] = person
    found = []
    for name, mails in waiting.items():
        # The clock runs from the first mail of the latest thread that nobody answered.
        thread = [mail for mail in mails if mail.thread == mails[-1].thread] or mails[-1:]
        days = case.days_since(thread[0].at)
        if days >= least_days and case.days_since(mails[-1].at) <= _FRESH_DAYS:
            found.append(Unanswered(people[name], thread[0], thread[-1], len(thread), days))
    return sorted(found, key=lambda one: (-one.days, one.person.name))


def has_left(person: Person) -> bool:
    """Return whether somebody's title or role says that they are gone."""
    return (
        re.search(r"\b(?:left|former|ex|gone|departed)\b", f"{person.title or ''} {person.role or ''}", re.I)
        is not None
    )


def _heard(case: Case) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """Return when each person of the buyer's side last spoke or wrote, and when each mail thread last had their word."""
    heard: dict[str, datetime] = {}
    answered: dict[str, datetime] = {}
    for happening in reversed(case.happenings):
        if happening.automatic or happening.direction == "outbound":
            continue
        if happening.kind == "mail":
            sender = happening.sender
            if sender is not None and sender.side == "buyer":
                heard[sender.name] = happening.at
                if happening.thread is not None:
                    answered[happening.thread] = happening.at
            continue
        spoke = [piece.person for piece in case.turns.get(happening.id, ()) if piece.side == "buyer" and piece.person]
        for person in spoke or happening.of_side("buyer"):
            heard[person.name] = happening.at
    return heard, answered


def last_word(case: Case, deal: DealNow | None = None) -> Happening | None:
    """Return the buyer's last act: a mail, a held call or meeting. Automatic replies and our own mails are none."""
    for happening in case.happenings:
        if happening.automatic or (deal is not None and happening.deal_id not in (deal.id, None)):
            continue
        if happening.direction in ("inbound", "mutual") and happening.dated:
            return happening
    return None


def later_than_the_crm(case: Case, deal: DealNow) -> Disagreement | None:
    """Return the buyer's latest words by which the deal will be signed after the close date that the CRM has."""
    if deal.close_date is None or deal.status != "open":
        return None
    best: tuple[tuple[bool, object], Disagreement] | None = None
    for piece in case.pieces(notes=False):
        if piece.side == "seller" or case.days_since(piece.at) > 60 or piece.happening.deal_id not in (deal.id, None):
            continue
        for dated in dated_in(sentences(piece.text), case.day(piece.at)):
            named = [when for when in dated.days if when.first > deal.close_date]
            if len(named) < len(dated.days):
                continue
            rank = (dated.sure, piece.at)
            if best is None or rank > best[0]:
                quote = quote_at(piece, dated.sentence, (named[0].start, named[0].end))
                best = (rank, Disagreement(deal, "close_date", quote, dated.sure))
    return best[1] if best else None


def other_amount(case: Case, deal: DealNow) -> Disagreement | None:
    """Return the buyer's latest words that put the order at clearly less or more than the CRM's amount."""
    if not deal.amount or deal.status != "open":
        return None
    for piece in case.pieces(notes=False):
        if piece.side == "seller" or case.days_since(piece.at) > 90 or piece.happening.deal_id not in (deal.id, None):
            continue
        parts = sentences(piece.text)
        for i, sentence in enumerate(parts):
            around = (
                f"{parts[i - 1].text if i else ''} {sentence.text} {parts[i + 1].text if i + 1 < len(parts) else ''}"
            )
            if _OF_THE_ORDER.search(around) is None or _ASIDE.search(sentence.text):
                continue
            sums = [number for number in _sums(sentence, deal) if _clearly_other(number.value, deal.amount)]
            if sums and not any(number.value == deal.amount for number in _sums(sentence, deal)):
                return Disagreement(deal, "amount", quote_at(piece, sentence, (sums[0].start, sums[0].end)), sure=True)
    return None


def _sums(sentence: Sentence, deal: DealNow) -> list[Spoken]:
    return [number for number in money_in(sentence.text) if number.currency in (None, deal.currency)]


def _clearly_other(value: Decimal, amount: Decimal) -> bool:
    return Decimal("0.3") <= value / amount <= Decimal("0.95") or Decimal("1.05") <= value / amount <= Decimal("2.5")


def slips(case: Case, deal: DealNow) -> list[Change]:
    """Return the changes by which the deal's close date moved to a later day, oldest first."""
    return [
        change
        for change in case.changes
        if change.deal_id == deal.id
        and change.field == "close_date"
        and change.old
        and change.new
        and change.new[:10] > change.old[:10]
    ]


def buyers_of(case: Case, happening: Happening) -> list[Piece]:
    """Return what the other side said in one call."""
    return [piece for piece in case.turns.get(happening.id, ()) if piece.side != "seller"]
