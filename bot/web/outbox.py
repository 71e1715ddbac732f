"""The outbox: the mails that left, and how each was written, so that a newcomer sees that sending works."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from agents.proposals.sent import sent_mail, sent_mails
from bot.web.gate import NotHere, gated_route, visitor_of
from bot.web.outreach import outreach_page
from bot.web.pages import Desk
from bot.web.records import page_number

_SHOWN = 50
_LONGEST = 1_000_000


@dataclass(frozen=True)
class Written:
    """A mail as it lies in the outbox folder: its headers as they are, and its words."""

    headers: str
    text: str | None
    file: str


def outbox_routes(desk: Desk) -> APIRouter:
    """Return the routes of the outbox."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/outbox")
    async def outbox(request: Request) -> Response:
        return await to_thread.run_sync(_list_page, desk, request)

    @router.get("/outbox/{id}")
    async def mail(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_mail_page, desk, request, id)

    return router


def _list_page(desk: Desk, request: Request) -> Response:
    from agents.guard.verifying import mails_leave

    visitor, page, app = visitor_of(request), page_number(request), desk.app
    with app.database.session() as session:
        mails, total = sent_mails(session, visitor.scope, app.clock.now(), limit=_SHOWN, skipped=(page - 1) * _SHOWN)
        leave = mails_leave(session, app.settings)
    folder = _outbox(desk)
    return outreach_page(
        desk,
        request,
        "outbox.html",
        mails=mails,
        total=total,
        page=page,
        size=_SHOWN,
        leave=leave,
        by_server=app.settings.smtp_url is not None,
        folder=folder if visitor.is_admin else None,
    )


def _mail_page(desk: Desk, request: Request, id: str) -> Response:
    visitor = visitor_of(request)
    with desk.app.database.session() as session:
        found = sent_mail(session, visitor.scope, desk.app.clock.now(), id[:80])
    if found is None:
        raise NotHere
    return outreach_page(desk, request, "outbox_mail.html", sent=found, written=_written(desk, found.marker))


def _outbox(desk: Desk) -> Path:
    from integrations.sending.outbox import FOLDER

    return desk.app.settings.home / FOLDER


def _written(desk: Desk, marker: str | None) -> Written | None:
    """Return the mail as the folder holds it, or None where it left by another way or is gone."""
    from integrations.sending.outbox import Outbox

    if not marker:
        return None
    path = Outbox(_outbox(desk)).path_of(marker)
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST)
    except OSError:
        return None
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return Written(head.decode("utf-8", "replace"), _text_of(raw), path.name)


def _text_of(raw: bytes) -> str | None:
    try:
        body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
        text = body.get_content() if body is not None else None
    except (MessageError, LookupError, ValueError):
        return None
    return text if isinstance(text, str) else None
