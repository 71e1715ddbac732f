"""What the pages of outreach share: the frame around them, who acts, and what is said after a press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from bot.web.addresses import with_query
from bot.web.answering import talks
from bot.web.gate import visitor_of
from bot.web.pages import HEADERS, Desk
from infra.errors import Denied


@dataclass(frozen=True)
class Actor:
    """Whoever presses a button. Holders of the API token have no user and no mail address: they act as an admin, as at the API itself."""

    user_id: str | None
    email: str | None
    door: Literal["console", "api"]


def actor_of(request: Request) -> Actor:
    """Return who acts. Raises Denied for somebody who views the console as somebody else, and for a user who can't be named."""
    visitor = visitor_of(request)
    if visitor.viewing_as is not None:
        raise Denied(
            "You see the console as somebody else, so you can't change anything.", "Go back to yourself first."
        )
    if visitor.user_id is None:
        return Actor(None, None, "api")
    if not visitor.email:
        raise Denied("You have no mail address here, so you can't change anything.", "Ask your Dealwright admin.")
    return Actor(visitor.user_id, visitor.email, "console")


def outreach_page(
    desk: Desk,
    request: Request,
    template: str,
    *,
    said: Mapping[str, str] | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    """Return a page of outreach. `said` are the fixed sentences that the address may ask for, so that no link puts words into our mouth."""
    visitor = visitor_of(request)
    return desk.page(
        request,
        template,
        visitor,
        status=status,
        may_act=visitor.viewing_as is None,
        said=(said or {}).get(request.query_params.get("said", ""), ""),
        talks=talks(desk, visitor),
        conversation=None,
        **values,
    )


def after_press(path: str, said: str, **query: str) -> Response:
    """Return to a page, which says what was done."""
    return RedirectResponse(with_query(path, said=said, **query), 303, headers=HEADERS)
