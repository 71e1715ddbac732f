"""JSON over HTTPS with an OAuth token: refreshed when it ran out, patient where the provider asks for patience, and errors told apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from infra.errors import Fatal, Retriable
from integrations.mailboxes.source import Secret, not_understood, refused, unreachable

TIMEOUT_S = 30.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_OUR_FAULT = ("invalid_client", "unauthorized_client")
_TRIES = 4
_LONGEST_WAIT_S = 20.0


class Gone(Exception):
    """The provider does not know the cursor any more (404 of Gmail's history, 410 of Graph's delta): read again from the last days."""


class Web:
    """One provider's API for one mailbox. `renewed` is told the tokens after each renewal, so that they can be kept."""

    def __init__(
        self,
        base_url: str,
        secret: Secret,
        *,
        token_url: str,
        scope: str = "",
        renewed: Callable[[Secret], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._secret = secret
        self._token_url = token_url
        self._scope = scope
        self._token = secret.access_token
        self._renewed = renewed
        self._sleep = sleep
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Return the answer to a GET. Raises Gone for 404 and 410, Retriable and Fatal else."""
        url = path if path.startswith("http") else f"{self._base}{path}"
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            # A link in an answer must not carry our token anywhere else.
            raise not_understood()
        refreshed = False
        if not self._token:
            self._refresh()
            refreshed = True
        for attempt in range(_TRIES):
            response = self._sent(
                "GET", url, params=params, headers={**(headers or {}), "Authorization": f"Bearer {self._token}"}
            )
            if response.status_code == 401 and not refreshed and self._secret.refresh_token:
                self._refresh()
                refreshed = True
                continue
            if response.status_code in _BUSY and attempt + 1 < _TRIES:
                self._sleep(_wait(response, attempt))
                continue
            return self._checked(response)
        return self._checked(response)

    def json(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the JSON object that a GET answers."""
        try:
            told = self.get(path, params, headers).json()
        except ValueError as error:
            raise not_understood() from error
        if not isinstance(told, dict):
            raise not_understood()
        return told

    def _checked(self, response: httpx.Response) -> httpx.Response:
        status = response.status_code
        if status == 200:
            return response
        if status in (404, 410):
            raise Gone
        if status == 401:
            raise refused()
        if status == 403 and not _rate_limited(response):
            raise Fatal("The mailbox does not let us read it.", "Connect it again and allow reading mail.")
        if status in _BUSY or status == 403:
            raise Retriable("The mail provider asks for patience.", "It is tried again in some minutes.")
        raise not_understood()

    def _sent(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            return self._client.request(method, url, **more)
        except httpx.HTTPError as error:
            raise unreachable() from error

    def _refresh(self) -> None:
        """Get a new access token (RFC 6749, section 6)."""
        if not self._secret.refresh_token:
            raise refused()
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._secret.refresh_token,
            "client_id": self._secret.client_id,
        }
        form |= {"client_secret": self._secret.client_secret} if self._secret.client_secret else {}
        form |= {"scope": self._scope} if self._scope else {}
        response = self._sent("POST", self._token_url, data=form)
        if response.status_code in _BUSY:
            raise unreachable()
        try:
            told = response.json()
            token, error_code = told.get("access_token"), told.get("error")
        except (ValueError, AttributeError) as error:
            raise not_understood() from error
        if error_code in _OUR_FAULT:
            raise Retriable(
                "The mail provider does not take our client id and secret.",
                "Your Dealwright admin checks them; then it goes on by itself.",
            )
        if response.status_code != 200:
            raise refused()
        if not isinstance(token, str) or not token:
            raise not_understood()
        self._token = token
        following = told.get("refresh_token")
        # Microsoft gives a new refresh token with each renewal, which lives longer than the one before.
        fresh = following if isinstance(following, str) and following else self._secret.refresh_token
        self._secret = replace(self._secret, access_token=token, refresh_token=fresh)
        if self._renewed is not None:
            self._renewed(self._secret)


def _wait(response: httpx.Response, attempt: int) -> float:
    told = response.headers.get("retry-after", "")
    wanted = float(told) if told.isdigit() else float(2**attempt)
    return min(wanted, _LONGEST_WAIT_S)


def _rate_limited(response: httpx.Response) -> bool:
    """Gmail says 403 as well where the quota is used up."""
    return (
        "rateLimitExceeded" in response.text
        or "userRateLimitExceeded" in response.text
        or "quotaExceeded" in response.text
    )
