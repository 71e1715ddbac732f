"""The review as an HTML page by itself: the very page of its mail, its pictures inside."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.policy import default

from agents.digest.record import Digest
from bot.compose import View
from bot.digest_message import digest_message
from bot.letters import Envelope, letter

_NOWHERE = "review@dealwright.invalid"


def html_of(digest: Digest, view: View) -> str:
    """Return the page: inline styles, readable in light and dark, nothing fetched from outside."""
    message = digest_message(digest, view, kept=False)
    page = f"{view.base_url.rstrip('/')}/reviews" if view.base_url else None
    written = letter(message, Envelope(_NOWHERE, _NOWHERE, "<review@dealwright.invalid>", view.now, open_url=page), view.calendar)  # fmt: skip
    mail = message_from_bytes(written, policy=default)
    body = mail.get_body(("html",))
    assert body is not None
    html = str(body.get_content())
    for part in mail.walk():
        if part.get_content_type() == "image/png":
            name = str(part["Content-ID"]).strip("<>")
            data = base64.b64encode(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            html = html.replace(f"cid:{name}", f"data:image/png;base64,{data}")
    return html
