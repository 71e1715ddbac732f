"""What people have done and look at by words in the console's chat: the same as in every other chat, kept in its conversation. All of it blocks."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from agents.history import Exchange, keep
from bot.cards import card
from bot.commands import Commands, Reply
from bot.compose import View
from bot.digest import kept_review
from bot.digest_message import read_key
from bot.guarding import Surface
from bot.message import Message, fixed
from bot.stepping import framed_as_kept
from bot.terminal.wire import message_from_wire, to_wire
from bot.told_answer import answer_of
from bot.web.choosing import decides_for
from bot.web.doorway import Visitor
from bot.web.pages import Desk
from infra.spine.people import User
from infra.spine.proposals import Proposal

_SURFACE: Surface = "console"
_GONE = ("That can't be shown any more.", "Ask again.")


def commanded(desk: Desk, visitor: Visitor, words: str, conversation: str) -> Exchange | None:
    """Return what came of words that are a command or ask for a look, kept in their conversation; None where they are a question.

    Whoever sees the console as somebody else, or holds the API token alone, looks and does nothing.
    """
    started = time.perf_counter()
    commands = Commands(desk.app, _SURFACE)
    user = _person(desk, visitor)
    if user is not None:
        reply = commands.answer(words, user)
    else:
        shown = commands.look(words, None, visitor.scope)
        reply = Reply(shown) if shown is not None else None
    return _kept(desk, visitor, words, conversation, reply, started) if reply is not None else None


def turned(desk: Desk, visitor: Visitor, place: str, words: str, conversation: str) -> Exchange:
    """Return the card at another place of a list, kept in the conversation that the list was shown in."""
    started, user = time.perf_counter(), _person(desk, visitor)
    reply = Commands(desk.app, _SURFACE).turned(place, user) if user is not None else Reply(fixed(*_GONE))
    return _kept(desk, visitor, words, conversation, reply, started)


def message_shown(desk: Desk, visitor: Visitor, shown: dict[str, Any]) -> Message:
    """Return the message of an exchange that is kept with what it showed: a card as it stands now, all else as it was told."""
    app = desk.app
    view = View(app.settings.zone, app.clock.now())
    if "proposal" in shown:
        found = app.proposals.get(shown["proposal"], visitor.scope)
        if found is None:
            return fixed(*_GONE)
        with app.database.session() as session:
            owner = session.get_one(Proposal, found.id).owner_id
            mine = bool(decides_for(desk, visitor, {owner}))
            return framed_as_kept(session, card(found, view, may_decide=mine, forms=True), shown.get("place"))
    if "review" in shown:
        read = read_key(shown["review"])
        review = kept_review(app, shown["review"]) if read is not None and read[1] == visitor.user_id else None
        return review.message if review is not None else fixed(*_GONE)
    return message_from_wire(shown["message"])


def _person(desk: Desk, visitor: Visitor) -> User | None:
    if visitor.user_id is None or visitor.viewing_as is not None:
        return None
    with desk.app.database.session() as session:
        return session.get(User, visitor.user_id)


def _kept(desk: Desk, visitor: Visitor, words: str, conversation: str, reply: Reply, started: float) -> Exchange:
    now: datetime = desk.app.clock.now()
    shown = _shown(reply)
    answer = answer_of(reply.message, now).model_copy(
        update={"id": f"ans-{secrets.token_hex(10)}", "took_ms": round((time.perf_counter() - started) * 1000)}
    )
    exchange = Exchange(words, answer, now, shown=shown)
    with desk.app.database.transaction() as session:
        keep(session, exchange, conversation, visitor.user_id, _SURFACE)
    return exchange


def _shown(reply: Reply) -> dict[str, Any]:
    if reply.proposal is not None:
        return {"proposal": reply.proposal.id, "place": reply.place}
    if read_key(reply.message.key) is not None:
        return {"review": reply.message.key}
    return {"message": to_wire(replace(reply.message, key=""))}
