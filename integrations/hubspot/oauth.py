"""Connecting a portal by consent: the address that asks for it, and trading its code and its refresh token for access (developers.hubspot.com/docs/api-reference/auth-oauth-v1)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import httpx

from infra.errors import Fatal
from integrations.connectors.errors import NotUnderstood, Unreachable
from integrations.connectors.tokens import Grant
from integrations.hubspot.objects import TITLE

AUTH_URL = "https://app.hubspot.com/oauth/authorize"
TOKEN_URL = "https://api.hubapi.com/oauth/v1/token"  # noqa: S105 - an address
TIMEOUT_S = 30.0

SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.owners.read",
    "crm.schemas.contacts.read",
    "crm.schemas.companies.read",
    "crm.schemas.deals.read",
    "sales-email-read",
)
"""What is asked for; `crm.schemas.*.write` besides, where properties are to be created."""

PROPERTY_SCOPES = ("crm.schemas.contacts.write", "crm.schemas.companies.write", "crm.schemas.deals.write")


def consent_url(client_id: str, redirect_uri: str, state: str, *, auth_url: str | None = None) -> str:
    """Return where a person is sent to give consent."""
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "optional_scope": " ".join(PROPERTY_SCOPES),
        "state": state,
    }
    return f"{auth_url or AUTH_URL}?{urlencode(query)}"


def exchange(
    client_id: str, client_secret: str, redirect_uri: str, code: str, *, token_url: str | None = None
) -> Grant:
    """Return what a consent's code is worth. Raises Fatal for one that is not (any more), Unreachable."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uri": redirect_uri,
        "code": code,
    }
    grant = _asked(token_url or TOKEN_URL, form)
    if grant is None:
        raise Fatal("HubSpot did not take the consent.", "Connect again; a consent is good for a few minutes only.")
    return grant


def refresher(client_id: str, client_secret: str, *, token_url: str | None = None) -> Callable[[Grant], Grant | None]:
    """Return what trades a refresh token for a fresh access token, which lives for half an hour."""

    def refresh(grant: Grant) -> Grant | None:
        if not grant.refresh_token:
            return None
        form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": grant.refresh_token,
        }
        return _asked(token_url or TOKEN_URL, form)

    return refresh


def _asked(url: str, form: dict[str, str]) -> Grant | None:
    """Return the grant that the token endpoint answers, None where it refuses."""
    try:
        response = httpx.post(url, data=form, timeout=TIMEOUT_S, follow_redirects=False)
    except httpx.HTTPError as error:
        raise Unreachable(TITLE) from error
    if response.status_code >= 500 or response.status_code in (408, 429):
        raise Unreachable(TITLE)
    if response.status_code != 200:
        return None
    try:
        told = response.json()
        token, refresh = told["access_token"], told.get("refresh_token") or ""
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(TITLE) from error
    return Grant(str(token), str(refresh))
