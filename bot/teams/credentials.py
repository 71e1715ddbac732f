"""Who we are to the Bot Framework: where our tokens come from and where its own are checked, and a cached token of ours.

Tokens: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import threading
import time
from urllib.parse import urlsplit

import httpx

from infra.errors import Fatal, Retriable
from infra.logs import logger
from infra.settings import Settings

OPENID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LOGIN_URL = "https://login.microsoftonline.com"
SCOPE = "https://api.botframework.com/.default"
MULTI_TENANT = "botframework.com"
"""The tenant that a multi-tenant bot gets its tokens from."""

_TIMEOUT_S = 10
_EARLY_S = 300.0
_LOG = logger("teams")


def token_url(settings: Settings) -> str:
    """Return where we ask for tokens. `teams_login_url` may be a host, a tenant's authority, or the whole address."""
    given = (settings.teams_login_url or LOGIN_URL).rstrip("/")
    path = urlsplit(given).path
    if path.endswith("/token"):
        return given
    tenant = "" if path else f"/{settings.teams_tenant_id or MULTI_TENANT}"
    return f"{given}{tenant}/oauth2/v2.0/token"


class Tokens:
    """Our token for the Connector, or for another `scope`, asked for anew some minutes before it ends. Safe to share between threads."""

    def __init__(self, settings: Settings, scope: str = SCOPE) -> None:
        self._url = token_url(settings)
        self._scope = scope
        self._app_id = settings.teams_app_id or ""
        self._secret = settings.teams_app_secret.get_secret_value() if settings.teams_app_secret else ""
        self._token = ""
        self._until = 0.0
        self._lock = threading.Lock()

    def get(self) -> str:
        """Return the token; "" without an app id. Raises Fatal where it is refused, Retriable where nobody answers."""
        if not self._app_id:
            return ""
        with self._lock:
            if time.monotonic() >= self._until:
                self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """Have the next caller ask for a new token, as this one was not taken."""
        with self._lock:
            if token == self._token:
                self._until = 0.0

    def _fetch(self) -> None:
        if not self._secret:
            raise Fatal("Teams has no secret of mine, so I can't answer there.", "Set DEALWRIGHT_TEAMS_APP_SECRET.")
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app_id,
            "client_secret": self._secret,
            "scope": self._scope,
        }
        try:
            response = httpx.post(self._url, data=form, timeout=_TIMEOUT_S)
        except httpx.HTTPError as error:
            raise Retriable("Microsoft's sign-in can't be reached.", "Try again in a minute.") from error
        if response.status_code == 429 or response.status_code >= 500:
            raise Retriable("Microsoft's sign-in is busy.", "Try again in a minute.")
        try:
            told = response.json()
            token, seconds = str(told["access_token"]), float(told.get("expires_in", 3600))
        except (ValueError, KeyError, TypeError, AttributeError):
            _LOG.error("no token for teams", status=response.status_code)
            raise Fatal(
                "Microsoft refused the bot's secret.",
                "Check DEALWRIGHT_TEAMS_APP_ID, DEALWRIGHT_TEAMS_APP_SECRET and DEALWRIGHT_TEAMS_TENANT_ID.",
            ) from None
        self._token = token
        self._until = time.monotonic() + max(1.0, seconds - min(_EARLY_S, seconds / 2))
