"""Briefs for whoever asks at the terminal, over HTTP or in the console: which account is meant, its brief, and the brief as a message and as PDF."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agents.brief.answering import brief_answer
from agents.brief.asked import Wish, account_called
from agents.brief.record import Brief
from bot.addresses import ConsoleLinks
from bot.asker import Door, find_asker
from bot.compose import compose, view_at
from bot.message import Buttons, Fold, Message
from bot.moments import read_moment
from infra.errors import Fatal
from infra.spine.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.answer import Answer
    from bot.app import App
    from bot.jobs import Job


@dataclass(frozen=True)
class Wanted:
    """What a brief is asked on: an account by its id or name, and, where one likes, the deal and the meeting by their ids."""

    account: str
    deal: str | None = None
    meeting: str | None = None
    as_of: str | None = None


def make_brief(app: App, wanted: Wanted, email: str | None, door: Door) -> Brief:
    """Return the brief that somebody asks for. Raises Denied, and Fatal: 404 where no such account may be seen, 409 where several fit."""
    return brief_in(app, wanted, find_asker(app, email, door).scope)


def brief_in(app: App, wanted: Wanted, scope: Scope) -> Brief:
    """Return a brief inside a scope. Raises as `make_brief` does."""
    as_of = read_moment(wanted.as_of, app.settings.zone) if wanted.as_of else app.clock.now()
    with app.database.session() as session:
        found = account_called(session, scope, wanted.account)
        if not isinstance(found, Wish):
            raise _which(found)
        return app.briefs.read(
            session,
            found.account_id,
            scope=scope,
            deal_id=wanted.deal or found.deal_id,
            meeting_id=wanted.meeting,
            as_of=as_of,
        )


def _which(names: Sequence[str]) -> Fatal:
    if not names:
        return Fatal(
            "There is no such account.", "Check its name; `dealwright ask` finds it by parts of its name.", status=404
        )
    return Fatal("Several accounts fit that name.", f"Name one of them: {', '.join(names)}.", status=409)


def answer_of(app: App, brief: Brief) -> Answer:
    """Return the brief as an answer that any surface shows."""
    return brief_answer(brief, ConsoleLinks(), app.settings.zone)


def message_of(app: App, brief: Brief, *, folded: bool = True) -> Message:
    """Return the brief as a message, as it is told now; all of it open where it is not `folded`."""
    return compose(answer_of(app, brief), view_at(app.settings, app.clock.now()), folded=folded)


def perform_brief(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Make a brief for the command line: as a record, as a message, or, with `pdf`, as a file in base64."""
    from base64 import b64encode

    from bot.terminal.wire import to_wire

    wanted = Wanted(body["account"], body.get("deal"), body.get("meeting"), body.get("as_of"))
    job.say(f"Reading what passed with {wanted.account}…")
    brief = make_brief(app, wanted, body.get("as") or app.settings.user, "terminal")
    told = {"brief": brief.public(), "zone": app.settings.time_zone, "now": app.clock.now().isoformat()}
    if body.get("pdf"):
        from bot.brief_pdf import pdf_of

        return told | {"pdf": b64encode(pdf_of(brief, view_at(app.settings, app.clock.now()))).decode()}
    message = message_of(app, brief, folded=False)
    if not body.get("sources"):
        # The words stand in the lines themselves.
        message = replace(message, parts=tuple(part for part in message.parts if not isinstance(part, (Fold, Buttons))))
    return told | {"message": to_wire(message)}
