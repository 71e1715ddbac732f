"""Getting tokens from Salesforce: by a person's consent (web server flow) or by a key that the organization trusts (JWT bearer flow).

help.salesforce.com, "OAuth 2.0 Web Server Flow for Web App Integration" and "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration". Where an
organization is tells the token's `instance_url`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx

from infra.errors import Fatal
from integrations.connectors.errors import NotUnderstood, Unreachable
from integrations.connectors.tokens import Grant
from integrations.salesforce.objects import TITLE

LOGIN_URL = "https://login.salesforce.com"
SANDBOX_URL = "https://test.salesforce.com"
SCOPES = "api refresh_token openid"
TIMEOUT_S = 30.0
_GOOD_FOR = timedelta(minutes=2)
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_UNREADABLE = "Set DEALWRIGHT_SALESFORCE_KEY_FILE to the private key whose certificate the connected app has, as PEM."


def consent_url(client_id: str, redirect_uri: str, state: str, *, login_url: str | None = None) -> str:
    """Return where a person is sent to give consent."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
    }
    return f"{_at(login_url)}/services/oauth2/authorize?{urlencode(query)}"


def exchange(
    client_id: str, client_secret: str, redirect_uri: str, code: str, *, login_url: str | None = None
) -> Grant:
    """Return what a consent's code is worth. Raises Fatal for one that is not (any more), Unreachable."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uri": redirect_uri,
        "code": code,
    }
    grant = _asked(login_url, form)
    if grant is None:
        raise Fatal("Salesforce did not take the consent.", "Connect again; a consent is good for a few minutes only.")
    return grant


def refresher(client_id: str, client_secret: str, *, login_url: str | None = None) -> Callable[[Grant], Grant | None]:
    """Return what trades a refresh token for a fresh access token."""

    def refresh(grant: Grant) -> Grant | None:
        if not grant.refresh_token:
            return None
        form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": grant.refresh_token,
        }
        return _asked(login_url, form)

    return refresh


def signer(
    client_id: str, username: str, key_file: Path, now: Callable[[], datetime], *, login_url: str | None = None
) -> Callable[[Grant], Grant | None]:
    """Return what gets a token for a user by a signed claim: each one anew, as there is nothing to refresh. Raises Fatal where the key can't be read."""

    def sign(_grant: Grant) -> Grant | None:
        import jwt

        claim = {
            "iss": client_id,
            "sub": username,
            "aud": _audience(login_url),
            "exp": int((now() + _GOOD_FOR).timestamp()),
        }
        try:
            assertion = jwt.encode(claim, key_file.read_bytes(), algorithm="RS256")
        except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
            raise Fatal("The key for Salesforce can't be read.", _UNREADABLE) from error
        return _asked(login_url, {"grant_type": _JWT, "assertion": assertion})

    return sign


def _at(login_url: str | None) -> str:
    return (login_url or LOGIN_URL).rstrip("/")


def _audience(login_url: str | None) -> str:
    """Return whom a claim is for: Salesforce's own login, not the domain of an organization."""
    base = _at(login_url)
    host = urlsplit(base).hostname or ""
    if host.endswith(".my.salesforce.com"):
        return SANDBOX_URL if ".sandbox." in host else LOGIN_URL
    return base


def _asked(login_url: str | None, form: dict[str, str]) -> Grant | None:
    """Return the grant that the token endpoint answers, None where it refuses."""
    try:
        response = httpx.post(
            f"{_at(login_url)}/services/oauth2/token", data=form, timeout=TIMEOUT_S, follow_redirects=False
        )
    except httpx.HTTPError as error:
        raise Unreachable(TITLE) from error
    if response.status_code >= 500 or response.status_code in (408, 429):
        raise Unreachable(TITLE)
    if response.status_code != 200:
        return None
    try:
        told = response.json()
        token, refresh, base = told["access_token"], told.get("refresh_token") or "", told.get("instance_url") or ""
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(TITLE) from error
    return Grant(str(token), str(refresh), str(base))
