"""Slack's Web API as we call it: from threads, with its rate limits kept, and its errors as ours.

Limits: https://docs.slack.dev/apis/web-api/rate-limits — about one message a second and channel; `Retry-After` with a 429.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from infra.errors import Fatal, Retriable
from infra.logs import logger

_LOG = logger("slack")
_TIMEOUT_S = 10
_WAIT_AT_MOST_S = 45.0
_MESSAGE_EVERY_S = 1.05
_PLACES_MOST = 10_000

_NO_ACCESS: Final = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "no_permission",
        "org_login_required",
    }
)
_NO_PLACE: Final = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "user_not_in_channel",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "thread_not_found",
    }
)
# These take no JSON, by Slack's own SDK.
_FROM_QUERY: Final = frozenset(
    {
        "auth.test",
        "chat.delete",
        "files.completeUploadExternal",
        "files.getUploadURLExternal",
        "reactions.add",
        "reactions.remove",
    }
)
_PASSING: Final = frozenset(
    {"ratelimited", "rate_limited", "fatal_error", "internal_error", "service_unavailable", "request_timeout"}
)


class Refused(Fatal):
    """Slack refused a call. `code` is its own word for why, such as `channel_not_found`."""

    def __init__(self, code: str, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence, next_step)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be recorded as the outcome of a step."""
        return Refused, (self.code, self.sentence, self.next_step)


class Paces:
    """Spaces messages to one place a second apart, over all threads of this process."""

    def __init__(self) -> None:
        self._every = _MESSAGE_EVERY_S
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, place: str) -> None:
        """Return when the next message to `place` may leave."""
        now = time.monotonic()
        with self._lock:
            if len(self._free_at) > _PLACES_MOST:
                self._free_at = {key: at for key, at in self._free_at.items() if at > now}
            at = max(now, self._free_at.get(place, 0.0))
            self._free_at[place] = at + self._every
        if at > now:
            time.sleep(at - now)


class Web:
    """The Web API with one workspace's token. Safe to share between threads."""

    def __init__(self, base_url: str, token: str, paces: Paces) -> None:
        from slack_sdk import WebClient

        # One context for all calls: making one reads every certificate of the machine.
        self._context = context = ssl.create_default_context() if base_url.startswith("https") else None
        self._client = WebClient(
            token,
            base_url=base_url.rstrip("/") + "/",
            timeout=_TIMEOUT_S,
            ssl=context,
            retry_handlers=[],
            logger=_silent(),
        )
        self._paces = paces

    def call(self, method: str, *, place: str | None = None, **arguments: Any) -> dict[str, Any]:
        """Call a method; `place` is the conversation whose rate it counts for. Raises Refused, or Retriable where it may work later."""
        return self._call(method, place, _request(method, arguments), _WAIT_AT_MOST_S)

    def try_once(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method that is not worth waiting for. Raises as `call` does, at once where Slack asks to wait."""
        return self._call(method, None, _request(method, arguments), 0.0)

    def read(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method that only reads: those take their arguments from the query, not from JSON. Raises as `call` does."""
        query = {key: _form(value) for key, value in _given(arguments).items()}
        return self._call(method, None, {"http_verb": "GET", "params": query}, _WAIT_AT_MOST_S)

    def upload(self, url: str, content: bytes) -> None:
        """Send a file's bytes to the address that Slack gave for it. Raises Refused, or Retriable where it may work later."""
        if not url.startswith(("https://", "http://")):
            raise Refused("no_upload_url", "Slack did not take that file.")
        headers = {"Content-Type": "application/octet-stream"}
        request = Request(url, data=content, headers=headers, method="POST")  # noqa: S310 - its scheme is looked at above
        try:
            with urlopen(request, timeout=_TIMEOUT_S, context=self._context):  # noqa: S310 - as above
                return
        except HTTPError as error:
            error.close()
            if error.code >= 500 or error.code == 429:
                raise Retriable("Slack is busy.", "Try again in a minute.") from None
            raise Refused(f"upload_{error.code}", "Slack did not take that file.") from None
        except (URLError, TimeoutError, ConnectionError, OSError, ValueError) as error:
            raise Retriable("Slack can't be reached.", "Try again in a minute.") from error

    def _call(self, method: str, place: str | None, request: dict[str, Any], wait_s: float) -> dict[str, Any]:
        from slack_sdk.errors import SlackApiError, SlackClientError

        deadline = time.monotonic() + wait_s
        while True:
            if place is not None:
                self._paces.wait(place)
            try:
                data = self._client.api_call(method, **request).data
                return data if isinstance(data, dict) else {}
            except SlackApiError as error:
                pause = _pause(error.response)
                if pause is None or time.monotonic() + pause > deadline:
                    raise _told(method, error.response) from None
                _LOG.info("slack asked to wait", method=method, seconds=pause)
                time.sleep(pause)
            except (URLError, TimeoutError, ConnectionError, OSError, SlackClientError) as error:
                raise Retriable("Slack can't be reached.", "Try again in a minute.") from error


def respond(url: str, body: dict[str, Any]) -> None:
    """Send a message to an interaction's `response_url`. Raises Refused where it is used up or too old, Retriable where Slack can't be reached."""
    from slack_sdk.webhook import WebhookClient

    try:
        response = WebhookClient(url, timeout=_TIMEOUT_S, retry_handlers=[], logger=_silent()).send_dict(body)
    except (URLError, TimeoutError, ConnectionError, OSError) as error:
        raise Retriable("Slack can't be reached.", "Try again in a minute.") from error
    if response.status_code >= 500 or response.status_code == 429:
        raise Retriable("Slack can't be reached.", "Try again in a minute.")
    if response.status_code != 200:
        code = response.body.strip()[:60] if response.body else "no_reason"
        _LOG.warning("slack refused", method="response_url", code=code if code.replace("_", "").isalnum() else "other")
        raise Refused(code, "Slack did not take the answer.", "Ask me in a direct message.")


def _request(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    given = _given(arguments)
    return {"params": given} if method in _FROM_QUERY else {"json": given}


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if value is not None}


def _silent() -> logging.Logger:
    # The SDK logs addresses, which are secrets, and what it can't read, which may be anything.
    log = logging.getLogger("slack_sdk.silent")
    log.setLevel(logging.CRITICAL)
    return log


def _form(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _pause(response: Any) -> float | None:
    if response.status_code != 429 and response.get("error") not in ("ratelimited", "rate_limited"):
        return None
    headers = {key.lower(): value for key, value in (response.headers or {}).items()}
    try:
        seconds = float(headers.get("retry-after", "1"))
    except ValueError:
        seconds = 1.0
    # Those who were told to wait alike must not all come back at once.
    return max(0.5, seconds) + random.uniform(0, 0.2)  # noqa: S311


def _told(method: str, response: Any) -> Refused | Retriable:
    code = str(response.get("error") or response.status_code)
    if code in _PASSING or response.status_code >= 500 or response.status_code == 429:
        return Retriable("Slack is busy.", "Try again in a minute.")
    _LOG.warning("slack refused", method=method, code=code)
    if code in _NO_ACCESS:
        return Refused(code, "Slack does not let me do that.", "Ask your admin to install Dealwright again.")
    if code in _NO_PLACE:
        return Refused(code, "I can't write there.", "Invite me to the channel, or ask me in a direct message.")
    return Refused(code, "Slack did not take that.", "Try again; if it stays so, give your admin the reference.")
