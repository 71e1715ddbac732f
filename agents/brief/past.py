"""What has been: the history in six lines, what hurts them, whom else they look at, what is new, and what led here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agents.answer import Claim, Evidence
from agents.brief.ground import Ground
from agents.brief.quoting import LEAST_WORDS, MOST_WORDS, said_in, short_quote
from agents.links import Links
from agents.narrative.case import Case, Change, DealNow, Piece
from agents.narrative.highlights import chosen, highlights
from agents.narrative.latest import amount_claim, timing_claim, unanswered_claim
from agents.narrative.phrasing import calendar_day, deal_part, flat, short_day, short_money, times
from agents.narrative.quoting import Citing, Quote, quote_at
from agents.narrative.signals import Disagreement, Unanswered, other_amount, slips
from infra.spine.models import Activity, Signal
from sales.names import fold
from sales.pains import pain_weight
from sales.sentences import Sentence, is_signature, sentences
from sales.signals import MEANINGS, kind_of
from sales.wording import content_stems

HISTORY_LINES = 6
_MOST_PAINS, _MOST_RIVALS = 3, 3
_LED_BEFORE = timedelta(days=45)
_ALIKE = 0.6
_SURE_PAIN = 1.6
"""What was read by nobody yet counts as a pain only where its words leave little doubt."""


@dataclass(frozen=True)
class _Moment:
    """One candidate of the history, and how much it matters."""

    at: datetime
    weight: float
    claim: Claim


def history(
    case: Case,
    citing: Citing,
    ground: Ground,
    deal: DealNow | None,
    *,
    timing: Disagreement | None,
    waiting: Sequence[Unanswered],
    taken: Iterable[str] = (),
) -> list[Claim]:
    """Return how it came to where it is, oldest first, in at most six lines: how it began, what moved, what was said that matters."""
    found = [*_beginning(case, citing, ground), *_movements(case, citing, deal), *_closed(case, citing, deal)]
    if timing is not None:
        found.append(_Moment(timing.quote.piece.at, 6.0, timing_claim(case, citing, timing)))
    amount = other_amount(case, deal) if deal is not None else None
    if amount is not None:
        found.append(_Moment(amount.quote.piece.at, 5.0, amount_claim(case, citing, amount)))
    if waiting and deal is not None and deal.status == "open":
        found.append(_Moment(waiting[0].last.at, 5.0, unanswered_claim(case, citing, waiting[0])))
    used = [*taken, *(evidence.quote for one in found for evidence in one.claim.evidence)]
    said = chosen(highlights(case, case.pieces(), half_life=60, least=1.2), HISTORY_LINES, per_source=1, taken=used)
    found += [
        _Moment(one.piece.at, min(4.5, one.value), citing.said(short_quote(one), one.remark, "trouble" if one.trouble else "plain"))
        for one in said
    ]  # fmt: skip
    best = sorted(found, key=lambda one: -one.weight)[:HISTORY_LINES]
    return [one.claim for one in sorted(best, key=lambda one: one.at)]


def _beginning(case: Case, citing: Citing, ground: Ground) -> list[_Moment]:
    first = ground.first
    if first is None or first.at is None:
        return []
    what = {"mail": "the first mail", "call": "the first call", "meeting": "the first meeting"}.get(
        first.kind, "it began"
    )
    title = f" (“{flat(first.subject)}”)" if first.subject else ""
    url = citing.place(first.kind, first.id)
    evidence = Evidence(
        source=first.kind, id=first.id, quote=first.subject or "", at=first.at, url=url, label=first.subject
    )
    if not first.subject:
        return []
    text = f"{short_day(case.day(first.at), case.today)} · {what}{title}"
    return [_Moment(first.at, 4.0, Claim(text=text, evidence=(evidence,)))]


def _movements(case: Case, citing: Citing, deal: DealNow | None) -> list[_Moment]:
    """Return the last change of the stage, and the close date's slips as one line."""
    if deal is None:
        return []
    found = []
    stages = [one for one in case.changes if one.deal_id == deal.id and one.field == "stage" and one.new]
    if stages:
        last = stages[-1]
        before = f", from {last.old}" if last.old else ""
        text = f"{short_day(case.day(last.at), case.today)} · moved to {last.new}{before}"
        found.append(_Moment(last.at, 3.4, Claim(text=text, evidence=(citing.change(last),))))
    moved = slips(case, deal)
    if moved:
        last = moved[-1]
        path = " → ".join((_day_of(moved[-3:][0].old, case), *(_day_of(one.new, case) for one in moved[-3:])))
        text = f"{short_day(case.day(last.at), case.today)} · the close date moved {times(len(moved))}: {path}"
        evidence = tuple(citing.change(one) for one in moved)
        found.append(_Moment(last.at, 3.6 + 0.4 * len(moved), Claim(text=text, evidence=evidence, tone="trouble")))
    return found


def _day_of(text: str | None, case: Case) -> str:
    return calendar_day(datetime.fromisoformat((text or "")[:10]).date(), case.today)


def _closed(case: Case, citing: Citing, main: DealNow | None) -> list[_Moment]:
    """Return the last deal besides that was won or lost: they know us."""
    ended = [one for one in case.deals if one.closed_at is not None and (main is None or one.id != main.id)]
    last = max(ended, key=lambda one: one.closed_at or datetime.min.replace(tzinfo=UTC), default=None)
    if last is None or last.closed_at is None:
        return []
    money = f", {short_money(last.amount, last.currency)}" if last.amount is not None else ""
    why = f": {last.loss_reason}" if last.status == "lost" and last.loss_reason else ""
    text = f"{short_day(case.day(last.closed_at), case.today)} · {last.status} {deal_part(last, case.account_name)}{money}{why}"
    evidence = [citing.field(last, "Stage", last.stage or last.status)]
    return [_Moment(last.closed_at, 3.2, Claim(text=text, evidence=tuple(evidence), tone="good" if last.status == "won" else "plain"))]  # fmt: skip


def pains(case: Case, citing: Citing, ground: Ground, links: Links, taken: Iterable[str] = ()) -> list[Claim]:
    """Return what hurts them, in their own words: from the notes of their calls, else from what they said and wrote."""
    noted = {notes.call for notes in ground.notes}
    found: list[tuple[float, datetime, Claim]] = []
    for notes in ground.notes:
        for line in notes.pains:
            said = line.said[0]
            # Words that tell of no trouble by themselves tell a reader of none either.
            if weight := pain_weight(said.quote):
                found.append((weight, notes.at or case.as_of, _noted_claim(case, said_in(notes, said, links))))
    for piece in case.pieces(notes=False):
        if piece.side == "seller" or piece.happening.id in noted:
            continue
        found += [
            (pain_weight(one.text), piece.at, citing.said(_near(piece, one)))
            for one in sentences(piece.text)
            if pain_weight(one.text) >= _SURE_PAIN and not (piece.turn is None and is_signature(one.text))
        ]
    return _different([claim for _, _, claim in sorted(found, key=lambda one: (-one[0], -one[1].timestamp()))], _MOST_PAINS, taken)  # fmt: skip


def _near(piece: Piece, sentence: Sentence) -> Quote:
    return quote_at(piece, sentence, least=LEAST_WORDS, most=MOST_WORDS)


def _noted_claim(case: Case, evidence: Evidence) -> Claim:
    day = f"{short_day(case.day(evidence.at), case.today)} · " if evidence.at else ""
    return Claim(text=f"{day}{evidence.speaker or 'They'}: “{flat(evidence.quote)}”", evidence=(evidence,))


def _different(claims: Iterable[Claim], most: int, taken: Iterable[str] = ()) -> list[Claim]:
    """Take the first that say different things, and none that repeats what is told elsewhere."""
    shown = [content_stems(words) for words in taken]
    kept: list[Claim] = []
    for claim in claims:
        stems = content_stems(claim.evidence[0].quote)
        if any(stems and other and len(stems & other) / min(len(stems), len(other)) >= _ALIKE for other in shown):
            continue
        shown.append(stems)
        kept.append(claim)
        if len(kept) == most:
            break
    return kept


def competitors(case: Case, citing: Citing, ground: Ground, links: Links) -> list[Claim]:
    """Return who else is in the race: named by the buyer, the newest words of each, or by the CRM."""
    found: dict[str, Claim] = {}
    # A place or a person of theirs that stands in the titles of calls is no competitor, however it was spoken of.
    ours = {word for title in _titles(case) for word in fold(title).split()}
    for notes in ground.notes:
        for one in notes.competitors:
            if set(fold(one.name).split()) <= ours:
                continue
            said = said_in(notes, one.said[0], links)
            day = f"{short_day(case.day(said.at), case.today)} · " if said.at else ""
            claim = Claim(text=f"{one.name} — {day}{said.speaker or 'They'}: “{flat(said.quote)}”", evidence=(said,))
            found.setdefault(fold(one.name), claim)
    for deal in case.deals:
        if deal.competitor and not any(
            fold(deal.competitor).startswith(name) or name.startswith(fold(deal.competitor)) for name in found
        ):
            found[fold(deal.competitor)] = _by_crm(case, citing, deal)
    return list(found.values())[:_MOST_RIVALS]


def _titles(case: Case) -> list[str]:
    people = [person.name for one in case.happenings for person in one.people]
    people += [person.name for person in case.contacts.values()]
    return [case.account_name or "", *(deal.name for deal in case.deals), *(one.subject or "" for one in case.happenings if one.kind in ("call", "meeting")), *people]  # fmt: skip


def _by_crm(case: Case, citing: Citing, deal: DealNow) -> Claim:
    """Tell of a competitor that the CRM names, with the newest words that name it too."""
    assert deal.competitor is not None
    name = deal.competitor
    field = citing.field(deal, "Competitor", name)
    for piece in case.pieces(notes=False):
        for one in sentences(piece.text):
            if piece.side != "seller" and fold(name) in fold(one.text):
                quote = _near(piece, one)
                day = short_day(case.day(piece.at), case.today)
                text = f"{name} — {day} · {piece.speaker or 'They'}: “{flat(quote.sentence.text)}”"
                return Claim(text=text, evidence=(citing.words(quote), field))
    return Claim(text=f"{name}, by the CRM ({deal_part(deal, case.account_name)})", evidence=(field,))


def news(case: Case, ground: Ground) -> list[Claim]:
    """Return what happened at the company lately, each with its day and the words that told it."""
    return [claim for one in ground.signals if (claim := signal_claim(case, one)) is not None]


def signal_claim(case: Case, signal: Signal) -> Claim | None:
    """Say a signal in its source's own words, or None where it has none."""
    words = signal.title or (sentences(signal.text)[0].text if signal.text and sentences(signal.text) else None)
    if not words:
        return None
    kind = kind_of(signal.kind)
    meaning = MEANINGS[kind].words if kind is not None else signal.kind.replace("_", " ")
    whose = f"{signal.person}: " if signal.person and fold(signal.person) not in fold(words) else ""
    evidence = Evidence(
        source="signal", id=signal.id, quote=words, at=signal.occurred_at, url=signal.url, label=signal.company
    )
    text = f"{short_day(case.day(signal.occurred_at), case.today)} · {meaning} — {whose}“{flat(words)}”"
    return Claim(text=text, evidence=(evidence,))


def led_here(case: Case, citing: Citing, ground: Ground, deal: DealNow | None, begun: datetime | None) -> Claim | None:
    """Return the reply or signal that the deal goes back to, else where the CRM says that it came from."""
    if ground.reply is not None:
        reply, mail = ground.reply
        return _reply_claim(case, citing, reply.at, mail)
    if begun is not None:
        before = [one for one in ground.signals if begun - _LED_BEFORE <= one.occurred_at <= begun + timedelta(days=1)]
        for signal in sorted(before, key=lambda one: one.rank, reverse=True):
            if (claim := signal_claim(case, signal)) is not None:
                return claim
    source = ground.deals[deal.id].lead_source if deal is not None and deal.id in ground.deals else None
    if deal is not None and source:
        return Claim(text=f"Lead source by the CRM: {source}", evidence=(citing.field(deal, "Lead source", source),))
    return None


def _reply_claim(case: Case, citing: Citing, at: datetime, mail: Activity) -> Claim | None:
    parts = [one for one in sentences(mail.body or "") if len(one.text.split()) >= 3 and not is_signature(one.text)]
    if not parts:
        return None
    url = citing.place("mail", mail.id)
    evidence = Evidence(source="mail", id=mail.id, quote=parts[0].text, at=mail.at, url=url, label=mail.subject)
    return Claim(text=f"{short_day(case.day(at), case.today)} · their answer to our mail: “{flat(parts[0].text)}”", evidence=(evidence,))  # fmt: skip


def stage_since(case: Case, deal: DealNow, entered: datetime | None) -> datetime | None:
    """Return since when a deal stands in its stage, by its changes, else by its record."""
    changes: list[Change] = [one for one in case.changes if one.deal_id == deal.id and one.field == "stage"]
    if changes:
        return changes[-1].at
    return entered if entered is not None and entered <= case.as_of else None
