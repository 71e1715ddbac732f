"""Asking a person's consent at Google or Microsoft (OAuth 2.0, authorization code with PKCE), and what comes of it: tokens, the address, withdrawal.

By the vendors' public descriptions. Google: "Using OAuth 2.0 for Web Server Applications" (developers.google.com/identity/protocols/oauth2/web-server),
Gmail API `users.getProfile`. Microsoft: "OAuth 2.0 authorization code flow" (learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow),
Graph v1.0 user-get. Microsoft offers no way for an app to revoke one person's tokens.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlencode

import httpx

from infra.errors import Fatal, Retriable
from infra.settings import Settings
from integrations.pkce import challenge_of

VendorName = Literal["google", "microsoft"]
TIMEOUT_S = 20.0
_GOOGLE = "https://www.googleapis.com/auth/"
_LOGIN = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/"
_GRAPH = "https://graph.microsoft.com/"


@dataclass(frozen=True)
class Vendor:
    """Where a vendor asks, and for what. `mail` scopes are needed; without `calendar` only the mailbox is connected."""

    name: VendorName
    title: str
    auth_url: str
    token_url: str
    revoke_url: str | None
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)
    mail: tuple[str, ...] = ()
    calendar: str = ""
    besides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grant:
    """What a consent gave. `ends_at` is when it ends for good where it can't be renewed, None where it can. Never in a log or a repr."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: frozenset[str]
    ends_at: datetime | None


def is_vendor(name: str) -> bool:
    """Return whether a vendor is called that."""
    return name in get_args(VendorName)


def vendors_set_up(settings: Settings) -> list[VendorName]:
    """Return the vendors with which mailboxes can be connected here."""
    ready = {"google": settings.google_client_id, "microsoft": settings.microsoft_client_id}
    return [name for name in get_args(VendorName) if ready[name]]


def vendor_of(settings: Settings, name: str) -> Vendor:
    """Return a vendor as it is set up. Raises Fatal where it is not."""
    secret = settings.google_client_secret if name == "google" else settings.microsoft_client_secret
    told = secret.get_secret_value() if secret else ""
    if name == "google" and settings.google_client_id:
        return Vendor(
            "google",
            "Google",
            settings.google_auth_url or "https://accounts.google.com/o/oauth2/v2/auth",
            settings.google_token_url or "https://oauth2.googleapis.com/token",
            settings.google_revoke_url or "https://oauth2.googleapis.com/revoke",
            (settings.gmail_base_url or "https://gmail.googleapis.com").rstrip("/"),
            settings.google_client_id,
            told,
            (f"{_GOOGLE}gmail.readonly", f"{_GOOGLE}gmail.send"),
            f"{_GOOGLE}calendar.events.owned.readonly",
        )
    if name == "microsoft" and settings.microsoft_client_id:
        login = _LOGIN.format(tenant=settings.microsoft_tenant)
        return Vendor(
            "microsoft",
            "Microsoft",
            settings.microsoft_auth_url or f"{login}authorize",
            settings.microsoft_token_url or f"{login}token",
            None,
            (settings.graph_base_url or _GRAPH).rstrip("/").removesuffix("/v1.0"),
            settings.microsoft_client_id,
            told,
            (f"{_GRAPH}Mail.Read", f"{_GRAPH}Mail.Send"),
            f"{_GRAPH}Calendars.Read",
            (f"{_GRAPH}User.Read", "offline_access"),
        )
    raise Fatal(
        "Mailboxes of that kind can't be connected here yet.",
        f"Your Dealwright admin sets DEALWRIGHT_{name.upper()}_CLIENT_ID.",
        status=404,
    )


def new_verifier() -> str:
    """Return a fresh PKCE verifier (RFC 7636, 4.1)."""
    return secrets.token_urlsafe(64)


def consent_url(vendor: Vendor, *, redirect_uri: str, state: str, verifier: str, hint: str) -> str:
    """Return where the person is sent to: offline access, consent asked each time so that a refresh token comes, their address filled in."""
    asked = {
        "client_id": vendor.client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join((*vendor.mail, vendor.calendar, *vendor.besides)),
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "login_hint": hint,
        "prompt": "consent",
    }
    asked |= {"access_type": "offline"} if vendor.name == "google" else {"response_mode": "query"}
    return f"{vendor.auth_url}{'&' if '?' in vendor.auth_url else '?'}{urlencode(asked)}"


def redeem(vendor: Vendor, *, code: str, verifier: str, redirect_uri: str, now: datetime) -> Grant:
    """Change the code for tokens (RFC 6749, 4.1.3). Raises Retriable where the vendor can't be reached, Fatal where it refuses."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": vendor.client_id,
        "code_verifier": verifier,
    }
    form |= {"client_secret": vendor.client_secret} if vendor.client_secret else {}
    told = _json(lambda client: client.post(vendor.token_url, data=form))
    access, refresh = told.get("access_token"), told.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise _refused()
    granted = told.get("scope")
    # Where the scope is left out, it is the one that was asked for (RFC 6749, 5.1).
    scopes = granted.split() if isinstance(granted, str) else [*vendor.mail, vendor.calendar]
    has_refresh = isinstance(refresh, str) and bool(refresh)
    lasts = told.get("refresh_token_expires_in") if has_refresh else told.get("expires_in", 3600)
    return Grant(
        access,
        str(refresh) if has_refresh else "",
        frozenset(_short(one) for one in scopes),
        now + timedelta(seconds=float(lasts)) if isinstance(lasts, int | float) and lasts > 0 else None,
    )


def allows(grant: Grant, *scopes: str) -> bool:
    """Return whether all of these were granted: people may untick some."""
    return all(_short(one) in grant.scopes for one in scopes)


def _short(scope: str) -> str:
    """A scope without its resource: Microsoft tells some without it, in any case."""
    return scope.rpartition("/")[2].casefold()


def addresses_of(vendor: Vendor, grant: Grant) -> tuple[str, ...]:
    """Return the addresses of the mailbox that was consented to, its own first, in small letters. Raises Retriable and Fatal."""
    headers = {"Authorization": f"Bearer {grant.access_token}"}
    if vendor.name == "google":
        told = _json(lambda client: client.get(f"{vendor.api_url}/gmail/v1/users/me/profile", headers=headers))
        found = [told.get("emailAddress")]
    else:
        asked = {"$select": "mail,userPrincipalName,proxyAddresses"}
        told = _json(lambda client: client.get(f"{vendor.api_url}/v1.0/me", params=asked, headers=headers))
        others = [one[5:] for one in told.get("proxyAddresses") or () if isinstance(one, str) and one[:5].casefold() == "smtp:"]  # fmt: skip
        found = [told.get("mail"), told.get("userPrincipalName"), *others]
    addresses = tuple(dict.fromkeys(one.strip().casefold() for one in found if isinstance(one, str) and "@" in one))
    if not addresses:
        raise Fatal("The account has no mailbox.", "Choose the account that your mail comes to.", status=422)
    return addresses


def revoke(vendor: Vendor, token: str) -> bool:
    """Have the vendor forget a consent; return whether it did. Never raises: what is forgotten here is no longer used in any case."""
    if vendor.revoke_url is None:
        return False
    try:
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
            return client.post(vendor.revoke_url, data={"token": token}).status_code == 200
    except httpx.HTTPError:
        return False


def _json(ask: Any) -> dict[str, Any]:
    try:
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
            response: httpx.Response = ask(client)
    except httpx.HTTPError as error:
        raise Retriable("The mail provider can't be reached.", "Try again in a minute.") from error
    if response.status_code >= 500 or response.status_code == 429:
        raise Retriable("The mail provider is busy.", "Try again in a minute.")
    try:
        told = response.json()
    except ValueError as error:
        raise _refused() from error
    if response.status_code != 200 or not isinstance(told, dict):
        raise _refused()
    return told


def _refused() -> Fatal:
    return Fatal(
        "The mail provider did not confirm the consent.",
        "Ask for a new link; if it stays so, your Dealwright admin checks the client id, its secret and the redirect address.",
        status=502,
    )
