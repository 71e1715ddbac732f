"""Connecting a portal by consent: the address that asks for it, and trading its code and its refresh token for access (developers.hubspot.com/docs/api-reference/auth-oauth-v1)."""

from __future__ import annotations

from urllib.parse import urlencode

from integrations.connectors.oauth import TokenEndpoint
from integrations.hubspot.objects import TITLE

AUTH_URL = "https://app.hubspot.com/oauth/authorize"
TOKEN_URL = "https://api.hubapi.com/oauth/v1/token"  # noqa: S105 - an address

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


def endpoint(token_url: str | None = None) -> TokenEndpoint:
    """Return where tokens are given out; an access token lives for half an hour."""
    return TokenEndpoint(TITLE, token_url or TOKEN_URL)
