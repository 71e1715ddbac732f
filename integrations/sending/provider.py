"""A mail provider's API for sending as one mailbox: OAuth's token, renewed where it ran out, and a true account of what became of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.errors import Fatal, Retriable
from integrations.sending.carrier import NotTaken, OutcomeUnknown

_CONNECT_S = 10.0
_TALK_S = 60.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_LIMITS = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded")


@dataclass(frozen=True)
class Access:
    """What opens a mailbox at a provider: its API's address, where tokens are renewed, and OAuth's tokens. Never in a log or a repr."""

    base_url: str
    token_url: str
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scope: str = ""


class Provider:
    """One provider's API for one mailbox; `name` goes into the codes of refusals."""

    def __init__(self, name: str, access: Access) -> None:
        self._name = name
        self._access = access
        self._token = access.access_token
        self._client = httpx.Client(
            timeout=httpx.Timeout(_TALK_S, connect=_CONNECT_S), follow_redirects=False, trust_env=True
        )

    def send(self, path: str, **body: Any) -> httpx.Response:
        """POST a mail once. Raises NotTaken where it was surely not taken, OutcomeUnknown where the answer was lost or says neither."""
        try:
            response = self._asked(lambda: self._post(path, body))
        except _NOT_SENT as error:
            raise NotTaken(f"{self._name}_unreachable", permanent=False) from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"{self._name}_lost") from error
        except (Fatal, Retriable) as error:
            raise NotTaken(f"{self._name}_token", permanent=False) from error
        status = response.status_code
        if 200 <= status < 300:
            return response
        if 400 <= status < 500:
            busy = status in (401, 408, 425, 429) or (status == 403 and any(word in response.text for word in _LIMITS))
            # A mailbox that lost its rights says nothing about the mail: it goes once somebody connects it again.
            raise NotTaken(f"{self._name}_{status}", permanent=not (busy or status in (403, 404)))
        raise OutcomeUnknown(f"{self._name}_{status}")

    def read(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Return the JSON object of a GET. Raises Retriable where asking fails, Fatal where the mailbox must be connected again."""
        try:
            response = self._asked(lambda: self._client.get(self._url(path), params=params, headers=self._headers()))
            told = response.json() if response.status_code == 200 else None
        except (httpx.HTTPError, ValueError) as error:
            raise Retriable("The mail provider does not answer.", "It is tried again by itself.") from error
        if response.status_code in (401, 403) and not any(word in response.text for word in _LIMITS):
            raise _closed()
        if not isinstance(told, dict):
            raise Retriable("The mail provider asks for patience.", "It is tried again by itself.")
        return told

    def _asked(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        """Ask with a token; where it ran out (401: nothing was done), renew it once and ask again."""
        if not self._token:
            self._renew()
            return ask()
        response = ask()
        if response.status_code == 401 and self._access.refresh_token:
            self._renew()
            return ask()
        return response

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self._client.post(self._url(path), **{**body, "headers": {**body.get("headers", {}), **self._headers()}})

    def _url(self, path: str) -> str:
        return self._access.base_url.rstrip("/") + path

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _renew(self) -> None:
        """Get a new access token (RFC 6749, section 6)."""
        access = self._access
        if not access.refresh_token:
            raise _closed()
        form = {"grant_type": "refresh_token", "refresh_token": access.refresh_token, "client_id": access.client_id}
        form |= {"client_secret": access.client_secret} if access.client_secret else {}
        form |= {"scope": access.scope} if access.scope else {}
        try:
            response = self._client.post(access.token_url, data=form)
            told = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Retriable(
                "The mail provider's tokens can't be renewed now.", "It is tried again by itself."
            ) from error
        token = told.get("access_token") if isinstance(told, dict) else None
        if response.status_code != 200 or not isinstance(token, str) or not token:
            raise _closed()
        self._token = token


def _closed() -> Fatal:
    return Fatal("The mailbox does not take our token any more.", "Its owner connects it again.")
