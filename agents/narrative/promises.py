"""Which promises of a case are open: made in a call or a mail, with no later sign that they were kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.narrative.case import Case, Piece
from agents.narrative.quoting import Quote, quote_at
from sales.commitments import Promise, asks, promises_in, requests_in, same_object, says_done, says_open, topic_stems
from sales.cues import weigh
from sales.sentences import Sentence, sentences
from sales.wording import stem

_STALE_AFTER = timedelta(days=150)
_NEAR_TURNS = 14
_CONTEXT_TURNS = 6
_SOON = timedelta(days=2)
_RECAPS = frozenset(stem(word) for word in ("summary", "recap", "notes", "minutes", "invite", "slides"))


@dataclass(frozen=True)
class Owed:
    """A promise with what became of it. `due` is the last day it was promised for; `reminder` is a later word that shows it is still open.

    `state` is kept, open or overdue; `dated_by` are the words that name the day, where the promise's own don't; `about` are words said just before, where the promise itself names no object.
    """

    promise: Promise
    piece: Piece
    due: date | None
    state: str
    kept_by: Piece | None = None
    reminder: Quote | None = None
    about: Quote | None = None
    dated_by: Quote | None = None

    @property
    def by_us(self) -> bool:
        """Whether our side made it."""
        return self.piece.side == "seller"


def owed_in(case: Case) -> list[Owed]:
    """Return the promises of both sides, latest first, each thing once."""
    pieces = sorted(
        (piece for piece in case.pieces() if piece.side in ("seller", "buyer", "unknown", "note")),
        key=lambda piece: (piece.at, piece.happening.id, piece.order),
    )
    made: list[Owed] = []
    for i, piece in enumerate(pieces):
        if piece.side == "note" or case.as_of - piece.at > _STALE_AFTER:
            continue
        for promise in promises_in(piece.text, case.day(piece.at)):
            owed = _followed(case, pieces, i, promise)
            if owed is not None:
                made.append(owed)
    return _each_once(made)


def _followed(case: Case, pieces: list[Piece], i: int, promise: Promise) -> Owed | None:
    piece = pieces[i]
    about: Quote | None = None
    topic = promise.topic
    if promise.vague:
        about, topic = _meant(pieces, i, promise.sentence)
        owes = promise.act.casefold().startswith(("i owe", "we owe", "i still owe", "we still owe"))
        if not topic or (promise.due is None and not owes and (about is None or not asks(about.sentence.text))):
            return None
    if not promise.firm and promise.due is None:
        return None
    if (promise.vague or topic <= _RECAPS) and _wrote_in_time(case, pieces, piece, promise):
        return None
    due = promise.due.last if promise.due else None
    state = "overdue" if due is not None and due < case.today else "open"
    dated_by = Quote(piece, promise.lead) if promise.lead is not None else None
    owed = Owed(replace(promise, topic=topic), piece, due, state, about=about, dated_by=dated_by)
    reminder: Quote | None = None
    for later in pieces[i + 1 :]:
        if later.happening.id == piece.happening.id:
            continue
        heard = f"{later.happening.subject or ''}. {later.text}" if later.happening.kind == "mail" else later.text
        if says_open(later.text, topic):
            reminder = _open_words(later, topic) or reminder
        elif later.side in (piece.side, "note") and (says_done(heard, topic) or _ticked_off(later, heard, topic)):
            return replace(owed, state="kept", kept_by=later)
        elif later.side not in (piece.side, "note") and (asked := _asked_again(later, topic)) is not None:
            reminder = asked
    return replace(owed, reminder=reminder)


def _meant(pieces: list[Piece], i: int, sentence: Sentence) -> tuple[Quote | None, frozenset[str]]:
    """Find what "it" stands for: what the other side pressed for just before, and what the promising person said around it."""
    piece = pieces[i]
    own = [Quote(piece, one) for one in sentences(piece.text) if one.end <= sentence.start and topic_stems(one.text)][
        -2:
    ]
    pressed: list[Quote] = []
    if piece.turn is not None:
        for earlier in reversed(pieces[max(0, i - _CONTEXT_TURNS) : i]):
            if earlier.happening.id != piece.happening.id or len(pressed) >= 3:
                break
            if earlier.side != piece.side:
                pressed += [
                    Quote(earlier, one)
                    for one in sentences(earlier.text)
                    if topic_stems(one.text) and weigh(one.text, buyer=True).value >= 1.5
                ]
    if not pressed:
        own = [one for one in own if len(topic_stems(one.sentence.text)) >= 2]
    topic = frozenset[str]().union(*(topic_stems(one.sentence.text) for one in (*pressed[:3], *own)))
    about = (
        max(pressed, key=lambda one: weigh(one.sentence.text, buyer=True).value)
        if pressed
        else (own[-1] if own else None)
    )
    return about, topic


def _open_words(piece: Piece, topic: frozenset[str]) -> Quote | None:
    for sentence in sentences(piece.text):
        if says_open(sentence.text, topic):
            return quote_at(piece, sentence)
    return None


def _wrote_in_time(case: Case, pieces: list[Piece], piece: Piece, promise: Promise) -> bool:
    """Whether the promising side wrote soon after: where a promise names nothing ("I'll send it today"), that may well have been it."""
    by = promise.due.last if promise.due else case.day(piece.at)
    return any(
        later.happening.kind == "mail"
        and later.side == piece.side
        and later.at > piece.at
        and case.day(later.at) <= by + _SOON
        for later in pieces
    )


def _ticked_off(piece: Piece, heard: str, topic: frozenset[str]) -> bool:
    """Whether a task of ours about the same thing was done."""
    task = piece.happening.kind == "task" and piece.happening.status == "done"
    return task and len(topic_stems(heard) & topic) >= min(2, len(topic))


def _asked_again(piece: Piece, topic: frozenset[str]) -> Quote | None:
    for request in requests_in(piece.text):
        if len(request.topic & topic) >= min(2, len(topic)) and topic:
            return quote_at(piece, request.sentence)
    return None


def _each_once(made: list[Owed]) -> list[Owed]:
    """Keep each thing once: the clearest wording of it (with a day, with an object), whatever was kept closing all its repetitions."""
    groups: list[list[Owed]] = []
    for owed in made:
        for group in groups:
            if any(_same(owed, other) for other in group):
                group.append(owed)
                break
        else:
            groups.append([owed])
    chosen = []
    for group in groups:
        kept = [owed for owed in group if owed.state == "kept"]
        best = max(
            group,
            key=lambda owed: (
                not owed.promise.vague,
                owed.due is not None,
                owed.promise.firm,
                len(owed.promise.act),
                owed.piece.at,
            ),
        )
        reminder = next((owed.reminder for owed in reversed(group) if owed.reminder), None)
        if kept:
            best = replace(best, state="kept", kept_by=kept[-1].kept_by)
        elif best.due is None and (dated := next((owed for owed in group if owed.due), None)):
            best = replace(
                best,
                due=dated.due,
                state=dated.state,
                dated_by=dated.dated_by or Quote(dated.piece, dated.promise.sentence),
            )
        chosen.append(replace(best, reminder=reminder))
    return sorted(chosen, key=lambda owed: owed.piece.at, reverse=True)


def _same(a: Owed, b: Owed) -> bool:
    if a.piece.side != b.piece.side:
        return False
    near = a.piece.happening.id == b.piece.happening.id and abs(a.piece.order - b.piece.order) <= _NEAR_TURNS
    same_call = a.piece.happening.id == b.piece.happening.id
    if (
        same_call
        and near
        and a.promise.vague
        and b.promise.vague
        and (a.promise.act == b.promise.act or a.due == b.due)
    ):
        return True
    if same_call and a.due is not None and a.due == b.due and a.promise.topic & b.promise.topic:
        return True
    common = a.promise.topic & b.promise.topic
    return same_object(a.promise.topic, b.promise.topic) and (
        len(common) >= 2 or near or min(len(a.promise.topic), len(b.promise.topic)) == 1
    )
