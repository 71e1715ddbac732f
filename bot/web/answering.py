"""Asking on the console's behalf, and the answers as HTML. All of it blocks: run it in a thread."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from agents.answer import Answer, Evidence
from agents.history import Exchange, Talk, read_answer, read_talk, read_talks
from agents.question import Progress, Question
from bot.compose import View, compose
from bot.figures import Calendar
from bot.message import Fold, Message, Part, Quote
from bot.web.commanded import commanded, message_shown
from bot.web.doorway import Visitor
from bot.web.pages import Desk
from bot.web.render import Setting, render
from infra.errors import Denied, Fatal

SURFACE = "console"
LONGEST_QUESTION = 4_000


def new_conversation(visitor: Visitor) -> str:
    """Return the id of a new conversation, which tells whose it is."""
    return f"{prefix_of(visitor)}{secrets.token_hex(8)}"


def prefix_of(visitor: Visitor) -> str:
    """Return what the ids of this visitor's conversations begin with."""
    return f"web-{visitor.mark}-"


def own_conversation(visitor: Visitor, given: str) -> str:
    """Return a conversation's id if it is the visitor's own, a new one where none is given. Raises Denied, as if there were none."""
    if not given:
        return new_conversation(visitor)
    if given.startswith(prefix_of(visitor)) and given.isascii() and len(given) <= 120:
        return given
    raise Denied("There is no such conversation.", "Start a new one.", status=404)


def clean_question(words: str) -> str:
    """Return a question fit to be asked. Raises Fatal for an empty or an overlong one."""
    words = words.replace("\x00", " ").strip()
    if not words:
        raise Fatal("There is no question in that.", "Type one and send it.", status=422)
    if len(words) > LONGEST_QUESTION:
        raise Fatal(f"A question may have {LONGEST_QUESTION:,} characters at most.", "Shorten it.", status=422)
    return words


def ask(desk: Desk, visitor: Visitor, words: str, conversation: str, say: Progress) -> Exchange:
    """Return the answer to a question of the visitor's, or what came of a command."""
    app = desk.app
    started, now = time.perf_counter(), app.clock.now()
    if (done := commanded(desk, visitor, words, conversation)) is not None:
        app.telemetry.answers.labels(done.answer.kind, SURFACE).inc()
        return done
    answer = app.ask.ask(Question(words, visitor.scope, now, visitor.user_id, conversation, SURFACE), say)
    app.telemetry.answers.labels(answer.kind, SURFACE).inc()
    app.telemetry.answer_seconds.labels(answer.kind).observe(time.perf_counter() - started)
    return Exchange(words, answer, now)


def rater_of(visitor: Visitor) -> str:
    """Return under which id a visitor's feedback is kept."""
    return visitor.user_id or "api"


def talks(desk: Desk, visitor: Visitor, most: int = 12) -> list[Talk]:
    """Return the visitor's conversations."""
    with desk.app.database.session() as session:
        return read_talks(session, visitor.user_id, prefix_of(visitor), most)


def talk(desk: Desk, visitor: Visitor, conversation: str) -> list[Exchange]:
    """Return what was said in a conversation of the visitor's."""
    with desk.app.database.session() as session:
        return read_talk(session, conversation, rater_of(visitor))


def message_of(desk: Desk, answer: Answer, at: datetime) -> Message:
    """Return an answer's message as it was told at its moment."""
    return compose(answer, View(desk.app.settings.zone, at))


def body_of(desk: Desk, visitor: Visitor, conversation: str, exchange: Exchange) -> Markup:
    """Return an answer as HTML."""
    calendar = Calendar(desk.app.settings.zone, exchange.at)
    setting = Setting(calendar, desk.seats.form_token(visitor.seat), conversation, exchange.rated)
    if exchange.shown is not None:
        return render(message_shown(desk, visitor, exchange.shown), setting)
    return render(message_of(desk, exchange.answer, exchange.at), setting)


@dataclass(frozen=True)
class Cited:
    """One piece of evidence of a stored answer: the words to mark, the kind of source and its id, and the turns that they stand in."""

    quote: str
    source: str
    id: str
    turns: tuple[str, ...]
    conversation: str | None


def find_cited(desk: Desk, visitor: Visitor, answer_id: str, number: str) -> Cited | None:
    """Return the piece of evidence with this number, if the answer is the visitor's own."""
    if not answer_id or not number.isascii() or not number.isdigit():
        return None
    with desk.app.database.session() as session:
        found = read_answer(session, answer_id)
    if found is None:
        return None
    row, answer = found
    own = (row.conversation_id or "").startswith(prefix_of(visitor)) or (
        row.user_id is not None and row.user_id == visitor.user_id
    )
    quote = (
        next((one for one in _quotes(message_of(desk, answer, row.at).parts) if one.number == int(number)), None)
        if own
        else None
    )
    if quote is None:
        return None
    evidence = _numbered(answer, quote)
    return Cited(quote.text, evidence.source, evidence.id, evidence.turns, row.conversation_id) if evidence else None


def _numbered(answer: Answer, quote: Quote) -> Evidence | None:
    """Return the evidence that a message shows under a number: each piece is counted once, where it is first cited."""
    pieces = {(one.source, one.id, one.quote): one for claim in answer.claims for one in claim.evidence}
    ordered = list(pieces.values())
    there = ordered[quote.number - 1] if quote.number <= len(ordered) else None
    if there is not None and there.quote == quote.text:
        return there
    return next((one for one in ordered if one.quote == quote.text), None)


def _quotes(parts: tuple[Part, ...]) -> list[Quote]:
    found: list[Quote] = []
    for part in parts:
        if isinstance(part, Quote):
            found.append(part)
        elif isinstance(part, Fold):
            found += _quotes(part.parts)
    return found
