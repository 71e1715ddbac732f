"""Who may speak to us: the Bot Framework's token on each request, checked with keys that are never fetched on the event loop.

What is checked: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from bot.teams.credentials import OPENID_URL
from infra.errors import Retriable
from infra.logs import logger
from infra.settings import Settings

ISSUER = "https://api.botframework.com"
_TIMEOUT_S = 5
_KEYS_KEPT_S = 24 * 3600.0
_ASK_AGAIN_S = 60.0
_LONGEST = 16_000
_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_LOG = logger("teams")


class Unadmitted(Exception):
    """The request does not come from the Bot Framework. The text says why, without anything of the token."""


@dataclass(frozen=True)
class SigningKey:
    """A key as the SDK takes it. `endorsements` are the channels that it may sign for; empty: all."""

    public_key: Any
    endorsements: list[str]


class SigningKeys:
    """The Bot Framework's keys, a day at most old; asked for again, once a minute at most, where a token names one that is not known."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, SigningKey] = {}
        self._fetched = float("-inf")
        self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def warm(self) -> None:
        """Fetch the keys before somebody waits for them. Failing is no harm: they are asked for again."""
        try:
            async with self._fetching:
                await self._fetch()
        except Retriable as error:
            _LOG.warning("signing keys not fetched", exc_info=error)

    async def get(self, key_id: str) -> SigningKey:
        """Return the key with this id. Raises Unadmitted where there is none, Retriable where the keys can't be had."""
        if key_id in self._keys and not self._are_old():
            return self._keys[key_id]
        async with self._fetching:
            if (self._are_old() or key_id not in self._keys) and time.monotonic() - self._tried > _ASK_AGAIN_S:
                await self._fetch()
            if not self._keys:
                raise Retriable("The keys of the Bot Framework can't be had.", "Try again in a minute.")
        try:
            return self._keys[key_id]
        except KeyError:
            raise Unadmitted("its key is not known") from None

    def _are_old(self) -> bool:
        return time.monotonic() - self._fetched > _KEYS_KEPT_S

    async def _fetch(self) -> None:
        self._tried = time.monotonic()
        try:
            # In a thread, with its own time limit: the SDK would block the loop, without one.
            told = await asyncio.to_thread(self._download)
            keys = dict(_readable(told))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            if not self._keys:
                self._tried = float("-inf")
                raise Retriable("The keys of the Bot Framework can't be had.", "Try again in a minute.") from error
            _LOG.warning("signing keys not renewed", exc_info=error)
            return
        self._keys = keys
        self._fetched = time.monotonic()

    def _download(self) -> list[dict[str, Any]]:
        with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client:
            metadata = client.get(self._url).raise_for_status().json()
            keys: list[dict[str, Any]] = client.get(str(metadata["jwks_uri"])).raise_for_status().json()["keys"]
        return keys


def _readable(told: list[dict[str, Any]]) -> list[tuple[str, SigningKey]]:
    keys = []
    for one in told:
        if one.get("kty") != "RSA" or not one.get("kid"):
            continue
        public = jwt.algorithms.RSAAlgorithm.from_jwk(json.dumps(one))
        keys.append((str(one["kid"]), SigningKey(public, [str(channel) for channel in one.get("endorsements") or []])))
    return keys


class Admission:
    """Lets in what carries the Bot Framework's token for this bot."""

    def __init__(self, settings: Settings) -> None:
        self._app_id = settings.teams_app_id or ""
        self.keys = SigningKeys(settings.teams_openid_url or OPENID_URL)

    async def check(self, header: str | None, activity: Any) -> Any:
        """Return the claims of the sender, as the SDK holds them. Raises Unadmitted, or Retriable where the keys can't be had."""
        from botframework.connector.auth import AuthenticationConstants, ChannelValidation, JwtTokenExtractor

        if not header or len(header) > _LONGEST or not header.startswith("Bearer "):
            raise Unadmitted("it has no token")
        if not activity.service_url:
            # Without one the SDK would not compare it with the token's.
            raise Unadmitted("it names no service")
        extractor = JwtTokenExtractor(
            ChannelValidation.TO_BOT_FROM_CHANNEL_TOKEN_VALIDATION_PARAMETERS,
            OPENID_URL,
            AuthenticationConstants.ALLOWED_SIGNING_ALGORITHMS,
        )
        extractor.open_id_metadata = self.keys
        try:
            identity = await extractor.get_identity_from_auth_header(header, activity.channel_id)
            await ChannelValidation.validate_identity(identity, _OnlyUs(self._app_id))
        except (Unadmitted, Retriable):
            raise
        except Exception as error:  # noqa: BLE001 - the SDK raises plain Exception: whatever is wrong with a token, it is not let in
            raise Unadmitted(f"its token is refused ({type(error).__name__})") from None
        if identity.claims.get("exp") is None:
            raise Unadmitted("its token never ends")
        if identity.claims.get(ChannelValidation.SERVICE_URL_CLAIM) != activity.service_url:
            raise Unadmitted("its service is not the token's")
        return identity


class _OnlyUs:
    """Tells the SDK for whom a token must be made."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id

    async def is_valid_appid(self, app_id: str) -> bool:
        return bool(self._app_id) and app_id == self._app_id


def is_local(client: str | None, server: str | None, headers: Mapping[str, str]) -> bool:
    """Return whether a request without a token is this machine's own: not forwarded by a proxy, and not sent by a page in a browser."""
    if not (
        is_loopback(client) and is_loopback(server) and is_loopback(urlsplit(f"//{headers.get('host', '')}").hostname)
    ):
        return False
    if any(name in headers for name in (*_FORWARDING, "origin", "sec-fetch-site")):
        return False
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def is_local_service(url: object) -> bool:
    """Return whether the address of a Connector is this machine's own."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_loopback(parts.hostname)
    except ValueError:
        return False


def is_loopback(host: str | None) -> bool:
    """Return whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
