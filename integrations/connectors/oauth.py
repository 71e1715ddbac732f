"""OAuth's token endpoint (RFC 6749, sections 4.1.3 and 6): trading the code of a consent, a refresh token or a signed claim for access."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from infra.errors import Fatal
from integrations.connectors.errors import ClientRefused, NotUnderstood, Unreachable
from integrations.connectors.tokens import Grant

_TIMEOUT_S = 30.0
_ABOUT_CLIENT = frozenset(
    (
        "invalid_client",
        "invalid_client_id",
        "unauthorized_client",
        "BAD_CLIENT_ID",
        "BAD_CLIENT_SECRET",
        "MISMATCH_CLIENT_ID",
    )
)


@dataclass(frozen=True)
class TokenEndpoint:
    """Where a service gives tokens out. `title` is the service's name in what people read."""

    title: str
    url: str

    def of_consent(
        self, client_id: str, client_secret: str, redirect_uri: str, code: str, verifier: str | None = None
    ) -> Grant:
        """Return what a consent's code is worth; `verifier` where its challenge was told. Raises Fatal for one that is not (any more), Unreachable."""
        form = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "client_secret": client_secret,
            "redirect_uri": redirect_uri,
            "code": code,
            **({"code_verifier": verifier} if verifier else {}),
        }
        grant = self.granted(form)
        if grant is None:
            raise Fatal(
                f"{self.title} did not take the consent.", "Connect again; a consent is good for a few minutes only."
            )
        return grant

    def refresher(self, client_id: str, client_secret: str) -> Callable[[Grant], Grant | None]:
        """Return what trades a refresh token for a fresh access token; it answers None where it is refused."""

        def refresh(grant: Grant) -> Grant | None:
            if not grant.refresh_token:
                return None
            form = {
                "grant_type": "refresh_token",
                "client_id": client_id,
                "client_secret": client_secret,
                "refresh_token": grant.refresh_token,
            }
            return self.granted(form)

        return refresh

    def granted(self, form: Mapping[str, str]) -> Grant | None:
        """Return the grant that the endpoint answers, None where it refuses it for good. Raises Unreachable, NotUnderstood, ClientRefused."""
        try:
            response = httpx.post(self.url, data=dict(form), timeout=_TIMEOUT_S, follow_redirects=False)
        except httpx.HTTPError as error:
            raise Unreachable(self.title) from error
        if response.status_code >= 500 or response.status_code in (408, 429):
            raise Unreachable(self.title)
        if response.status_code != 200:
            if _is_about_client(response):
                raise ClientRefused(self.title)
            return None
        try:
            told = response.json()
            token, refresh, base = told["access_token"], told.get("refresh_token"), told.get("instance_url")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotUnderstood(self.title) from error
        lasts = told.get("refresh_token_expires_in")
        known = isinstance(lasts, int) and not isinstance(lasts, bool) and lasts > 0
        return Grant(str(token), str(refresh or ""), str(base or ""), lasts if known else None)


def _is_about_client(response: httpx.Response) -> bool:
    """Whether a refusal is of the client itself (RFC 6749, 5.2, and HubSpot's own words), not of what it handed in."""
    try:
        told = response.json()
    except ValueError:
        return False
    words = [str(told.get(name) or "") for name in ("error", "status")] if isinstance(told, dict) else []
    return any(one in _ABOUT_CLIENT for one in words)
