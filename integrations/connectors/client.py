"""JSON over HTTP with a service that has limits: paced, patient, signed in again when a token runs out, and never telling a log what was said."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from infra.errors import DealwrightError
from infra.logs import logger
from integrations.connectors.errors import (
    Busy,
    Clash,
    NotAllowed,
    NotThere,
    NotUnderstood,
    OutcomeUnknown,
    Refused,
    SignedOut,
    Unreachable,
)
from integrations.connectors.pacing import Limiter, Pace, RealTimer, Timer
from integrations.connectors.tokens import Tokens

TIMEOUT_S = 30.0
TRIES = 6
"""How often a request is sent that may be sent again."""

LONGEST_WAIT_S = 120.0
"""How long a service may ask us to wait within one request; beyond it whoever asked is told so."""

_BUSY_TRIES = 12
_BACKOFF_S = 0.5
_MOST_BACKOFF_S = 30.0
_LOG = logger("connectors")
Params = Mapping[str, str | int | Sequence[str]]
Explain = Callable[[int, Any], tuple[str, tuple[str, ...]]]
"""From an answer's status and JSON to the service's own fixed word for what is wrong, and the fields that it names."""

Patience = Callable[[int, Any], float | None]
"""From a refusal's status and JSON to the seconds to wait before it is asked again, None where it is a refusal: only for what was surely not done."""


def _no_patience(_status: int, _told: Any) -> None:
    return None


@dataclass(frozen=True)
class Service:
    """Which service it is and how it wants to be asked. `scheme` goes before the token; `silent_s` is what 429 means where it tells no time.

    `patience` tells refusals that ask for time in the service's own words, `one_only` its words in a 403 that concern the one record and not our permission.
    """

    title: str
    base_url: str
    paces: tuple[Pace, ...]
    explain: Explain
    scheme: str = "Bearer"
    silent_s: float = 1.0
    no_match: frozenset[int] = frozenset({404})
    patience: Patience = _no_patience
    one_only: frozenset[str] = frozenset()


class Client:
    """Requests to one service, from any thread, at its pace.

    `jitter` gives numbers from 0 to 1 for the pauses between tries; `timer` is time itself. Both are handed in so that tests need not wait. `hear` is told the
    headers of each answer.
    """

    def __init__(
        self,
        service: Service,
        tokens: Tokens,
        *,
        timer: Timer | None = None,
        jitter: Callable[[], float] = random.random,
        timeout_s: float = TIMEOUT_S,
        connections: int = 10,
        hear: Callable[[Mapping[str, str]], None] = lambda _headers: None,
    ) -> None:
        self.service = service
        self._tokens = tokens
        self._timer = timer or RealTimer()
        self._jitter = jitter
        self._limiter = Limiter(service.paces, self._timer)
        self._base = service.base_url.rstrip("/")
        self._http = httpx.Client(
            timeout=timeout_s,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )
        self._remote: tuple[datetime, float] | None = None
        self._hear = hear

    @property
    def requests(self) -> int:
        """How many requests went out."""
        return self._limiter.requests

    @property
    def remote_now(self) -> datetime | None:
        """The service's own time by its last answer, None where it never told."""
        if self._remote is None:
            return None
        told, at = self._remote
        return datetime.fromtimestamp(told.timestamp() + time.monotonic() - at, UTC)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def get(self, path: str, params: Params | None = None, *, lane: str | None = None) -> Any:
        """Return what a GET answers. See `send`."""
        return self.send("GET", path, params=params, lane=lane)

    def text(self, path: str, params: Params | None = None) -> tuple[str, Mapping[str, str]]:
        """Return the text that a GET answers, and its headers. See `send`."""
        response = self._answered("GET", path, params, headers={"Accept": "*/*"})
        return response.text, response.headers

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        lane: str | None = None,
        repeatable: bool = True,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        as_text: bool = False,
    ) -> Any:
        """Return the JSON that the service answers (None for an empty answer; the text with `as_text`).

        What is not `repeatable` (a create) is sent again only where it surely was not taken. Raises Unreachable, Busy, SignedOut, NotAllowed,
        NotThere, Clash, Refused, NotUnderstood, and OutcomeUnknown for what may have been taken.
        """
        response = self._answered(
            method, path, params, body=body, lane=lane, repeatable=repeatable, headers=headers, raw=raw
        )
        if as_text:
            return response.text
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise NotUnderstood(self.service.title) from error

    def _answered(
        self,
        method: str,
        path: str,
        params: Params | None,
        *,
        body: Any = None,
        lane: str | None = None,
        repeatable: bool = True,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> httpx.Response:
        """Return the answer of a request that was taken."""
        url = self._url(path)
        failures = busy = 0
        renewed = False
        while True:
            token = self._token()
            self._limiter.acquire(lane)
            try:
                response = self._once(method, url, token, params, body, headers, raw)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                failures += 1
                self._again_or(failures, Unreachable(self.service.title), error)
                continue
            except httpx.HTTPError as error:
                if not repeatable:
                    raise OutcomeUnknown(self.service.title) from error
                failures += 1
                self._again_or(failures, Unreachable(self.service.title), error)
                continue
            status = response.status_code
            if status == 401 and not renewed and self._tokens.renew(token):
                renewed = True
                continue
            if status == 429:
                busy += 1
                self._be_quiet(response, busy)
                continue
            if status >= 500 or status in (408, 423, 425):
                if not repeatable:
                    raise OutcomeUnknown(self.service.title)
                failures += 1
                self._again_or(failures, Unreachable(self.service.title), None, _retry_after(response))
                continue
            if status < 300:
                return response
            asked = self.service.patience(status, _json(response))
            if asked is None:
                raise self._refusal(response)
            busy += 1
            self._be_quiet(response, busy, asked)

    def _url(self, path: str) -> str:
        url = path if path.startswith("http") else f"{self._base}{path}"
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            # A link in an answer must not carry our token anywhere else.
            raise NotUnderstood(self.service.title)
        return url

    def _token(self) -> str:
        token = self._tokens.current()
        if not token and self._tokens.renew(token):
            token = self._tokens.current()
        if not token:
            raise SignedOut(self.service.title)
        return token

    def _once(
        self,
        method: str,
        url: str,
        token: str,
        params: Params | None,
        body: Any,
        headers: Mapping[str, str] | None,
        raw: bytes | None,
    ) -> httpx.Response:
        sent = {"Authorization": f"{self.service.scheme} {token}", "Accept": "application/json", **(headers or {})}
        query = dict(params) if params else None
        if raw is not None:
            response = self._http.request(method, url, params=query, content=raw, headers=sent)
        elif body is not None:
            response = self._http.request(method, url, params=query, json=body, headers=sent)
        else:
            response = self._http.request(method, url, params=query, headers=sent)
        self._learn_time(response)
        self._hear(response.headers)
        return response

    def _learn_time(self, response: httpx.Response) -> None:
        told = response.headers.get("date")
        if told:
            try:
                self._remote = parsedate_to_datetime(told).astimezone(UTC), time.monotonic()
            except (ValueError, TypeError):
                return

    def _again_or(
        self, failures: int, given_up: DealwrightError, cause: Exception | None, told: float | None = None
    ) -> None:
        """Wait before the next try, with a pause that grows and is never the same for two; or give up."""
        if failures >= TRIES:
            raise given_up from cause
        grown = min(_BACKOFF_S * 2 ** (failures - 1), _MOST_BACKOFF_S)
        wait = told if told is not None else grown * (0.5 + self._jitter() / 2)
        if wait > LONGEST_WAIT_S:
            raise Busy(self.service.title, wait) from cause
        _LOG.info("tried again", service=self.service.title, failures=failures)
        self._timer.sleep(wait)

    def _be_quiet(self, response: httpx.Response, busy: int, asked: float | None = None) -> None:
        told = _retry_after(response)
        first = self.service.silent_s if asked is None else asked
        wait = told if told is not None else first * min(2 ** (busy - 1), 16)
        if busy >= _BUSY_TRIES or wait > LONGEST_WAIT_S:
            raise Busy(self.service.title, wait)
        # A little more than was asked for, so that threads don't all knock at the same moment.
        self._limiter.pause(wait * (1 + 0.1 * self._jitter()))

    def _refusal(self, response: httpx.Response) -> DealwrightError:
        """Return what an answer that refuses means."""
        status, title = response.status_code, self.service.title
        if status == 401:
            return SignedOut(title)
        code, fields = self.service.explain(status, _json(response))
        if status == 403 and code not in self.service.one_only:
            return NotAllowed(title)
        if status in self.service.no_match or status == 410:
            return NotThere(title)
        if status < 400:
            return NotUnderstood(title)
        return (Clash if status == 409 else Refused)(title, code, fields)


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that `Retry-After` asks for, as a number or as a date (RFC 9110, 10.2.3)."""
    told = response.headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(told)
        now = parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else datetime.now(UTC)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None
