"""Connecting by consent: a link for one user, good once and for minutes; then the vendor's page; then the mailbox and calendar of that very user.

A link is opened, and a consent comes back, exactly once: what waits is a row that is taken away by whoever is first. The consent must come back
in the browser in which it began, for the user's own address or one that an admin named as theirs: somebody else's click connects nothing to them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from agents.guard.trail import note
from agents.guard.unsubscribing import base_url
from agents.mailroom.boxes import NewBox, connect
from infra.errors import Denied, Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.desk import Fact
from infra.spine.people import User
from integrations.consent import Grant, Vendor, addresses_of, allows, consent_url, new_verifier, redeem, vendor_of
from integrations.mailboxes.source import Secret

LINK_S = 900
CONSENT_S = 900
_LINK, _CONSENT, _ALIAS = "connect:link:", "connect:state:", "connect:alias:"
KINDS = {"google": ("gmail", "google_cal"), "microsoft": ("graph", "graph_cal")}
"""What is connected at each vendor: the mailbox, and the calendar where it was allowed."""


@dataclass(frozen=True)
class Begun:
    """A consent that began: where the person goes, and what their browser keeps until it comes back."""

    url: str
    browser: str


@dataclass(frozen=True)
class Connected:
    """What was connected by a consent."""

    address: str
    vendor: str
    calendar: bool
    lasting: bool


def new_link(session: Session, settings: Settings, sealer: Sealer, user_id: str, vendor: str) -> str:
    """Return a link by which this user, and nobody else, can connect. Raises Fatal where the vendor is not set up."""
    vendor_of(settings, vendor)
    name = _wait(session, _LINK, {"user": user_id, "vendor": vendor}, LINK_S)
    return f"{base_url(settings)}/connect/{vendor}?link={sealer.seal(name)}"


def redirect_uri(settings: Settings, vendor: str) -> str:
    """Return the address that the vendor sends people back to; it is registered there, letter by letter."""
    return f"{base_url(settings)}/connect/{vendor}/callback"


def whose(session: Session, sealer: Sealer, vendor: str, link: str) -> User:
    """Return the user of a link without using it up. Raises Denied where it is none of ours, too old, or used."""
    row = session.get(Fact, _LINK + (_name_of(sealer, link, LINK_S) or "-"))
    if row is None or row.value["until"] < time.time() or row.value["vendor"] != vendor:
        raise _stale()
    return _user(session, row.value)


def begin(session: Session, settings: Settings, sealer: Sealer, vendor: str, link: str) -> Begun:
    """Use a link up and begin the consent. Raises Denied and Fatal."""
    asked = vendor_of(settings, vendor)
    waited = _take(session, sealer, _LINK, link, LINK_S)
    if waited["vendor"] != vendor:
        raise _stale()
    user = _user(session, waited)
    verifier, browser = new_verifier(), secrets.token_urlsafe(32)
    kept = {"user": user.id, "vendor": vendor, "verifier": sealer.seal(verifier), "browser": _mark(browser)}
    state = sealer.seal(_wait(session, _CONSENT, kept, CONSENT_S))
    uri = redirect_uri(settings, vendor)
    return Begun(
        consent_url(asked, redirect_uri=uri, state=state, verifier=verifier, hint=user.email or ""),
        browser,
    )


@dataclass(frozen=True)
class Returned:
    """A consent that came back to the browser where it began; its state is used up."""

    user: User
    vendor: Vendor
    verifier: str


def come_back(
    session: Session, settings: Settings, sealer: Sealer, vendor: str, state: str, browser: str | None
) -> Returned:
    """Use a state up. Raises Denied where it is not ours, too old, used, or of another browser, which does not use it up."""
    row = session.get(Fact, _CONSENT + (_name_of(sealer, state, CONSENT_S) or "-"))
    if row is None or row.value["vendor"] != vendor:
        raise _stale()
    if browser is None or not hmac.compare_digest(_mark(browser), row.value["browser"]):
        raise Denied("This consent began in another browser.", "Open the link and give the consent in the same one.")
    waited = _take(session, sealer, _CONSENT, state, CONSENT_S)
    return Returned(_user(session, waited), vendor_of(settings, vendor), sealer.open(waited["verifier"]))


def ask_vendor(settings: Settings, returned: Returned, code: str, now: datetime) -> tuple[Grant, tuple[str, ...]]:
    """Return what was granted, and for which addresses. Talks to the vendor: hold no transaction. Raises Retriable and Fatal."""
    vendor = returned.vendor
    uri = redirect_uri(settings, vendor.name)
    grant = redeem(vendor, code=code, verifier=returned.verifier, redirect_uri=uri, now=now)
    if not allows(grant, *vendor.mail):
        raise Fatal(
            "Reading and sending mail were not both allowed, so nothing was connected.",
            "Ask for a new link and leave both ticked.",
            status=422,
        )
    return grant, addresses_of(vendor, grant)


def finish(
    session: Session, settings: Settings, sealer: Sealer, returned: Returned, grant: Grant, addresses: tuple[str, ...], now: datetime
) -> Connected | None:  # fmt: skip
    """Connect what was granted. Returns None where the mailbox is not the user's: nothing is connected, and the trail says so."""
    vendor, user = returned.vendor, returned.user
    address = _own(session, user, addresses)
    if address is None:
        note(session, now, "mailbox.refused", by=user.id, surface="web", reason="another address", vendor=vendor.name)
        return None
    secret = Secret(access_token=grant.access_token, refresh_token=grant.refresh_token, client_id=vendor.client_id)
    mail, calendar = KINDS[vendor.name]
    # What the settings say of the client is looked up when it is used, so that a new secret needs no new consent.
    config: dict[str, Any] = {"consent": vendor.name}
    with_calendar = allows(grant, vendor.calendar)
    for kind in (mail, calendar) if with_calendar else (mail,):
        new = NewBox(user.id, kind, address, config, secret, grant.ends_at)
        connect(session, sealer, new, surface="web", now=now)
    return Connected(address, vendor.title, with_calendar, grant.ends_at is None)


def not_theirs(returned: Returned, addresses: tuple[str, ...]) -> Denied:
    """Return what to tell somebody who consented for another mailbox than theirs."""
    email = returned.user.email
    return Denied(
        f"You allowed {addresses[0]}, but we know you as {email}. Nothing was connected.",
        f"Ask for a new link and choose {email}; if both are yours, an admin says so: `dealwright mailbox alias`.",
    )


def allow_alias(session: Session, user: User, address: str, *, by: str | None, surface: str, now: datetime) -> None:
    """Let a user connect a mailbox under another address than theirs. An admin says so. Raises Fatal where it is somebody else's."""
    address = address.strip().casefold()
    if "@" not in address or len(address) > 320:
        raise Fatal("That is no mail address.", "Name it like sam@company.example.", status=422)
    row = session.get(Fact, _alias(address))
    if row is not None and row.value["user"] != user.id:
        raise Fatal("That address is somebody else's.", "One address belongs to one person.", status=409)
    session.merge(Fact(key=_alias(address), value={"user": user.id}))
    note(session, now, "mailbox.alias", by=by, surface=surface, subject=user.id)


def _own(session: Session, user: User, addresses: tuple[str, ...]) -> str | None:
    """The address under which the mailbox is the user's: their own, else one that an admin gave them."""
    own = (user.email or "").casefold()
    if own in addresses:
        return user.email
    for address in addresses:
        row = session.get(Fact, _alias(address))
        if row is not None and row.value["user"] == user.id:
            return address
    return None


def _alias(address: str) -> str:
    return _ALIAS + hashlib.sha256(address.encode()).hexdigest()[:40]


def _wait(session: Session, prefix: str, kept: dict[str, Any], seconds: int) -> str:
    """Keep what waits for its one use, and forget what waited too long."""
    now = time.time()
    until = Fact.value["until"].as_float()
    session.execute(delete(Fact).where(Fact.key.startswith(prefix, autoescape=True), until < now))
    name = secrets.token_hex(16)
    session.add(Fact(key=prefix + name, value={**kept, "until": now + seconds}))
    session.flush()
    return name


def _take(session: Session, sealer: Sealer, prefix: str, sealed: str, seconds: int) -> dict[str, Any]:
    """Take what waits, once: of several who try, one gets it."""
    name = _name_of(sealer, sealed, seconds)
    kept = session.scalar(delete(Fact).where(Fact.key == f"{prefix}{name}").returning(Fact.value)) if name else None
    if kept is None or kept["until"] < time.time():
        raise _stale()
    return dict(kept)


def _name_of(sealer: Sealer, sealed: str, seconds: int) -> str | None:
    if not sealed.isascii() or len(sealed) > 1_000:
        return None
    try:
        name = sealer.open(sealed, max_age_s=seconds)
    except Fatal:
        return None
    return name if name.isalnum() else None


def _user(session: Session, kept: dict[str, Any]) -> User:
    user = session.get(User, kept["user"])
    if user is None or not user.active or not user.email:
        raise _stale()
    session.expunge(user)
    return user


def _mark(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()


def _stale() -> Denied:
    return Denied("This link is no longer good.", "Ask for a new one: say “connect my mailbox”.", status=410)


def tokens_of(secret: str, sealer: Sealer) -> str:
    """Return the token by which a consent is withdrawn: the refresh token, else the access token."""
    told = json.loads(sealer.open(secret))
    return str(told.get("refresh_token") or told.get("access_token") or "")
