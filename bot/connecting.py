"""`/connect/{google|microsoft}`: from a link for one person, over the vendor's consent, to their mailbox.

The page asks before it does anything, as chats open every link to show what is behind it; only its button uses the link up.
"""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from agents.mailroom import consent
from bot.app import App
from infra.errors import DealwrightError, Denied, Fatal, new_reference
from infra.logs import logger
from infra.sealing import Sealer
from integrations.consent import vendor_of

COOKIE = "dealwright_consent"
_LOG = logger("connecting")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#1c1c1c;background:#fff}}
button{{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1a4fa3;color:#fff;cursor:pointer}}
@media (prefers-color-scheme:dark){{body{{color:#eee;background:#181818}}}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""
_NOT_ALLOWED = ("Nothing was connected.", "You did not allow it. Say “connect my mailbox” if you change your mind.")
_BROKEN_OFF = (
    "Nothing was connected.",
    "The mail provider broke it off. Ask for a new link; if it stays so, your Dealwright admin checks the client's settings.",
)


def routes(app: App) -> APIRouter:
    """Return the page, its button, and the way back from the vendor."""
    router = APIRouter(tags=["connect"], include_in_schema=False)

    @router.get("/connect/{vendor}")
    async def ask(vendor: str, request: Request, link: str = "") -> Response:
        """Show whose mailbox is to be connected. Without a link, for the visitor who is signed in to the console."""
        return await _told(request, lambda: _ask(app, vendor, request, link))

    @router.post("/connect/{vendor}")
    async def begin(vendor: str, request: Request) -> Response:
        """Use the link up and go to the vendor."""
        form = await request.form(max_files=0, max_fields=5, max_part_size=4_096)
        link = form.get("link")
        return await _told(request, lambda: _begin(app, vendor, request, link if isinstance(link, str) else ""))

    @router.get("/connect/{vendor}/callback")
    async def come_back(vendor: str, request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        """Take what the vendor says, once."""
        return await _told(request, lambda: _come_back(app, vendor, request, state, code, error))

    return router


async def _told(request: Request, work: object) -> Response:
    """Do the work in a thread; what fails is told as a page in fixed words."""
    from bot.web.doorway import SignIn

    assert callable(work)
    try:
        made = await to_thread.run_sync(work)
    except SignIn:
        return RedirectResponse(f"/sign-in?next={request.url.path}", 303, headers=_HEADERS)
    except DealwrightError as failed:
        if failed.status >= 500:
            reference = new_reference()
            _LOG.error("not connected", reference=reference, exc_info=failed)
            return _page(failed.sentence, f"{failed.next_step} Reference: {reference}", failed.status)
        return _page(failed.sentence, failed.next_step, failed.status)
    assert isinstance(made, Response)
    return made


def _ask(app: App, vendor: str, request: Request, link: str) -> Response:
    asked = vendor_of(app.settings, vendor)
    sealer = Sealer(app.settings)
    if not link:
        user_id = _visitor(app, request)
        with app.database.transaction() as session:
            made = consent.new_link(session, app.settings, sealer, user_id, vendor)
        link = made.partition("link=")[2]
    with app.database.session() as session:
        user = consent.whose(session, sealer, vendor, link)
    said = (
        f"<p>This connects the {escape(asked.title)} mailbox and calendar of <strong>{escape(user.name)}</strong> ({escape(user.email or '')}). "
        "We read them, keep what concerns your accounts, and send what you approve. Private events stay out.</p>"
        f'<p>If you are not {escape(user.name)}, close this page.</p><form method="post" action="/connect/{asked.name}">'
        f'<input type="hidden" name="link" value="{escape(link)}"><button type="submit">Go on to {escape(asked.title)}</button></form>'
    )
    return _page("Connect your mailbox", said, 200, goes_to=asked.auth_url, markup=True)


def _visitor(app: App, request: Request) -> str:
    from bot.web.doorway import find_visitor
    from bot.web.sessions import seats_of

    visitor = find_visitor(app, seats_of(app.settings), request)
    if visitor.user_id is None or visitor.viewing_as is not None:
        raise Denied("A mailbox belongs to a person.", "Sign in as yourself, then connect yours.")
    return visitor.user_id


def _begin(app: App, vendor: str, request: Request, link: str) -> Response:
    with app.database.transaction() as session:
        begun = consent.begin(session, app.settings, Sealer(app.settings), vendor, link)
    response = RedirectResponse(begun.url, 303, headers=_HEADERS)
    secure = request.url.scheme == "https" or (app.settings.public_url or "").startswith("https://")
    response.set_cookie(
        COOKIE, begun.browser, max_age=consent.CONSENT_S, path="/connect", httponly=True, samesite="lax", secure=secure
    )
    return response


def _come_back(app: App, vendor: str, request: Request, state: str, code: str, error: str) -> Response:
    settings, sealer = app.settings, Sealer(app.settings)
    vendor_of(settings, vendor)
    with app.database.transaction() as session:
        returned = consent.come_back(session, settings, sealer, vendor, state, request.cookies.get(COOKIE))
    if error or not code:
        return _page(*(_NOT_ALLOWED if error in ("access_denied", "consent_required") else _BROKEN_OFF), 400)
    if len(code) > 4_000:
        raise Fatal(*_BROKEN_OFF)
    now = app.clock.now()
    grant, addresses = consent.ask_vendor(settings, returned, code, now)
    with app.database.transaction() as session:
        made = consent.finish(session, settings, sealer, returned, grant, addresses, now)
    if made is None:
        raise consent.not_theirs(returned, addresses)
    app.mailbox_watch.wake()
    what = "mailbox and calendar" if made.calendar else "mailbox (the calendar was not allowed)"
    said = f"The {made.vendor} {what} of {made.address} is connected. You can close this page."
    if not made.lasting:
        said += " The permission does not renew itself: I tell you before it ends."
    response = _page("Connected.", said, 200)
    response.delete_cookie(COOKIE, path="/connect")
    return response


def _page(title: str, said: str, status: int, *, goes_to: str = "", markup: bool = False) -> HTMLResponse:
    # A browser holds where a form leads after a redirect against the policy too.
    parts = urlsplit(goes_to)
    after = f" {parts.scheme}://{parts.netloc}" if goes_to else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'{after}; base-uri 'none'; frame-ancestors 'none'"
    body = said if markup else f"<p>{escape(said)}</p>"
    return HTMLResponse(
        _PAGE.format(title=escape(title), body=body), status, headers={**_HEADERS, "Content-Security-Policy": policy}
    )
