"""The link in every mail by which somebody ends our mails: what it holds, and what following it does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from infra.errors import Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from sales.addresses import compared_address, written_address

PATH = "/unsubscribe/"
_KIND = "unsubscribe"


@dataclass(frozen=True)
class WayOut:
    """Whom a link belongs to: the address that the mail went to, and the proposal that it was."""

    address: str
    proposal_id: str | None


def unsubscribe_url(settings: Settings, sealer: Sealer, address: str, proposal_id: str | None) -> str:
    """Return the link for one recipient. The token is encrypted and signed with this installation's key: no address stands in it in clear."""
    token = sealer.seal(json.dumps([_KIND, written_address(address) or address, proposal_id]))
    return f"{base_url(settings)}{PATH}{token}"


def base_url(settings: Settings) -> str:
    """Return the address that links in mails begin with: the public one, else where this server listens."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - it is compared with, not listened on
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def read_token(sealer: Sealer, token: str) -> WayOut | None:
    """Return what a token holds, or None where it is not one of ours."""
    if not token.isascii() or len(token) > 2_000:
        return None
    try:
        told = json.loads(sealer.open(token))
    except (Fatal, ValueError):
        return None
    if not (isinstance(told, list) and len(told) == 3 and told[0] == _KIND and isinstance(told[1], str)):
        return None
    return WayOut(told[1], told[2] if isinstance(told[2], str) else None)


def unsubscribe(session: Session, way_out: WayOut, now: datetime) -> bool:
    """Write the opt-out and stop what is planned for the person; return whether it is new. Doing it again changes nothing."""
    from agents.guard.suppressing import Entry, suppress

    address = compared_address(way_out.address)
    if address is None:
        return False
    return suppress(
        session,
        Entry("person", address, "opt_out", note=None),
        source="unsubscribe",
        by=None,
        surface="web",
        now=now,
    )
