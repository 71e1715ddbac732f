"""Asking for a call's card or notes by words: `close the call with Acme`, `notes Acme`. Only what names one account that the asker may see counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.linking.linker import link
from bot.cards import card
from bot.compose import View
from bot.message import Button, Buttons, Fold, Message, Part, Quote, Text, fixed, plain
from bot.notes import Row, sections_of
from sales.courtesies import END

if TYPE_CHECKING:
    from agents.notes.record import CallNotes
    from agents.proposals.record import ProposalOut
    from bot.app import App
    from infra.spine.scope import Scope

_CLOSE = re.compile(
    rf"\s*(?:please\s+)?(?:close|wrap\s+up|finish)\s+(?:the\s+|our\s+|my\s+)?(?:last\s+|latest\s+)?call\s+(?:with|of|at)\s+(?P<who>.{{2,120}}?){END}",
    re.IGNORECASE,
)
_NOTES = re.compile(
    rf"\s*(?:(?:please\s+)?show\s+(?:me\s+)?(?:the\s+)?)?(?:call\s+)?notes\s+(?:(?:of|for|from|on)\s+)?(?:(?:the\s+)?(?:last\s+|latest\s+)?call\s+(?:with|at)\s+)?(?P<who>.{{2,120}}?){END}",
    re.IGNORECASE,
)
_SHOWN = 3


def asked(app: App, words: str, scope: Scope, view: View) -> tuple[Message, ProposalOut | None] | None:
    """Return the card or the notes that somebody asks for, None where the words ask for neither."""
    close = _CLOSE.fullmatch(words)
    found = close or _NOTES.fullmatch(words)
    if found is None:
        return None
    with app.database.session() as session:
        accounts = {
            (one.best.id, one.best.name)
            for one in link(session, scope, found["who"]).of("account")
            if not one.ambiguous
        }
    if len(accounts) != 1:
        # "notes on security" is a question like any other.
        return (fixed("Which account do you mean?", "Name it as the CRM does."), None) if close else None
    account, name = accounts.pop()
    call = app.closings.newest_call(scope, account)
    if call is None:
        return fixed(f"There is no call with {name} that I could read.", "Import it, or connect where calls are."), None
    if close:
        proposal = app.proposals.get(app.closings.make(call) or "", scope)
    else:
        proposal = app.proposals.get(app.closings.card_of(call), scope)
    if proposal is not None:
        return card(proposal, view, evidence="asked"), proposal
    return notes_message(app.notes.of(call, scope=scope), view), None


def notes_message(notes: CallNotes, view: View) -> Message:
    """Return the notes of a call as they stand in a chat: the first lines of each section, and the words behind them folded."""
    from bot.addresses import activity_address

    when = f" · {view.calendar.day(notes.at)}" if notes.at else ""
    title = f"Notes: {notes.title or notes.call}{when}"
    parts: list[Part] = [Text(f"**{plain(title)}**", "heading")]
    if notes.trouble:
        parts.append(Text(plain(notes.trouble), "body", "trouble"))
    quotes: list[Quote] = []
    for section in sections_of(notes, view.calendar):
        parts.append(Text(f"**{plain(section.title)}**"))
        parts += [Text(_line(row, quotes, notes, view), "bullet") for row in section.rows[:_SHOWN]]
    if quotes:
        parts.append(Fold("The words", tuple(quotes)))
    if url := view.link(activity_address(notes.call)):
        parts.append(Buttons((Button("The call", "open", "", url=url),)))
    return Message(title, tuple(parts))


def _line(row: Row, quotes: list[Quote], notes: CallNotes, view: View) -> str:
    from bot.addresses import activity_address

    mark = ""
    for said in row.said[:1]:
        url = view.link(said.url or activity_address(notes.call, said.turn))
        quotes.append(Quote(len(quotes) + 1, said.quote, said.speaker, notes.at, notes.title, url))
        mark = f" [{len(quotes)}]"
    lead = " · ".join(filter(None, (row.label, row.who)))
    due = f" ({row.due})" if row.due else ""
    return f"{f'{plain(lead)}: ' if lead else ''}{plain(row.text)}{plain(due)}{mark}"
