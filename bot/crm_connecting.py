"""`/systems/{system}/callback`: connecting a CRM by an admin's consent. The link is sealed and good for 15 minutes."""

from __future__ import annotations

import json
import secrets
from html import escape
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from bot.app import App
from infra.errors import DealwrightError, Fatal, new_reference
from infra.logs import logger
from infra.sealing import Sealer
from infra.settings import Settings

GOOD_FOR_S = 900
_LOG = logger("connecting")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#1c1c1c;background:#fff}}
a{{color:#1a4fa3}}
@media (prefers-color-scheme:dark){{body{{color:#eee;background:#181818}}a{{color:#9dbcf0}}}}</style></head>
<body><main><h1>{title}</h1><p>{said}</p>{more}</main></body></html>
"""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}


def consent_link(
    app: App, system: str, by: str | None, *, user_id: str | None = None, base: str | None = None
) -> dict[str, Any]:
    """Return `{system, url}`: where an admin goes to give consent. Raises Fatal where the client is not set up.

    `base` is the address under which the admin sees us, where no public one is set: that is where the consent comes back to.
    """
    from agents.crm.consent import consent_to

    app.crm.systems.named(system)
    consent = consent_to(app.settings, system)
    redirect = _redirect(app.settings, system, base)
    told = {"system": system, "by": by, "user": user_id, "redirect": redirect, "once": secrets.token_hex(8)}
    return {"system": system, "url": consent.link(redirect, Sealer(app.settings).seal(json.dumps(told)))}


def routes(app: App) -> APIRouter:
    """Return the way back from the consent."""
    router = APIRouter(tags=["connect"], include_in_schema=False)

    @router.get("/systems/{system}/callback")
    async def come_back(system: str, request: Request, state: str = "", code: str = "") -> Response:
        """Trade the consent's code for tokens, and keep them sealed."""
        try:
            title = await to_thread.run_sync(_finish, app, system, state, code)
        except DealwrightError as error:
            reference = new_reference()
            _LOG.warning("not connected", system=system, reference=reference, error=type(error).__name__)
            return _page(
                "Nothing was connected.", f"{error.sentence} {error.next_step} Reference: {reference}", error.status
            )
        return _page(f"{title} is connected.", "Its records are read now; you can close this page.", 200, onward=True)

    return router


def _finish(app: App, system: str, state: str, code: str) -> str:
    from agents.crm.consent import consent_to

    named = app.crm.systems.named(system)
    consent = consent_to(app.settings, system)
    told = json.loads(Sealer(app.settings).open(state, max_age_s=GOOD_FOR_S))
    if told.get("system") != system or not code or len(code) > 4_000:
        raise Fatal("The consent was not given.", "Connect again, on the page CRM or with `dealwright crm connect`.")
    grant = consent.exchange(str(told.get("redirect") or _redirect(app.settings, system, None)), code, state)
    app.crm.systems.keep(system, grant, by=told.get("user") or _known(app, told.get("by")))
    if app.crm_watch.running:
        app.crm_watch.wake()
    return named.title


def _known(app: App, email: object) -> str | None:
    from infra.spine.scope import find_user

    if not isinstance(email, str):
        return None
    with app.database.session() as session:
        user = find_user(session, email)
        return user.id if user else None


def _redirect(settings: Settings, system: str, base: str | None) -> str:
    base = settings.public_url or base or f"http://{settings.host}:{settings.port}"
    return f"{base.rstrip('/')}/systems/{system}/callback"


def _page(title: str, said: str, status: int, *, onward: bool = False) -> HTMLResponse:
    more = '<p><a href="/crm">See how far it is</a></p>' if onward else ""
    return HTMLResponse(_PAGE.format(title=escape(title), said=escape(said), more=more), status, headers=_HEADERS)
