"""The Bot Connector as we call it: from threads, with its limits kept, and its errors as ours.

Operations: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
Limits: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from bot.teams.credentials import Tokens
from infra.errors import Fatal, Retriable
from infra.logs import logger

_LOG = logger("teams")
_TIMEOUT_S = 10
_WAIT_AT_MOST_S = 45.0
_PASSING = frozenset({412, 429, 500, 502, 503, 504})
_PAGE = 200

Activity = dict[str, Any]
Member = dict[str, Any]


class Refused(Fatal):
    """The Connector refused a call. `code` is its HTTP status: 403 we may not, 404 there is no such conversation, 413 too large."""

    def __init__(self, code: int, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence, next_step)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be recorded as the outcome of a step."""
        return Refused, (self.code, self.sentence, self.next_step)


class Connector:
    """Conversations by the address of their service. Safe to share between threads."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def send(self, service: str, conversation: str, activity: Activity, reply_to: str | None = None) -> str:
        """Send an activity, as a reply where the platform knows replies; return its id. Raises Refused, or Retriable where it may work later."""
        body = _activity(activity)
        if reply_to:
            sent = self._call(service, "send", lambda it: it.reply_to_activity(conversation, reply_to, body))
        else:
            sent = self._call(service, "send", lambda it: it.send_to_conversation(conversation, body))
        return str(getattr(sent, "id", None) or "")

    def try_once(self, service: str, conversation: str, activity: Activity) -> None:
        """Send what is not worth waiting for. Raises as `send` does, at once where we are asked to wait."""
        body = _activity(activity)
        self._call(service, "send", lambda it: it.send_to_conversation(conversation, body), wait_s=0.0)

    def update(self, service: str, conversation: str, activity_id: str, activity: Activity) -> None:
        """Put another activity in the place of one of ours. Raises as `send` does."""
        body = _activity(activity)
        self._call(service, "update", lambda it: it.update_activity(conversation, activity_id, body))

    def delete(self, service: str, conversation: str, activity_id: str) -> None:
        """Remove a message of ours; one that is gone already is no trouble. Raises as `send` does."""
        try:
            self._call(service, "delete", lambda it: it.delete_activity(conversation, activity_id))
        except Refused as refused:
            if refused.code != 404:
                raise

    def team(self, service: str, team: str) -> dict[str, Any]:
        """Return a team's `id`, `name` and `aadGroupId`. Raises Refused 404 for what is no team that has us.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
        """
        told = self._call(service, "team", lambda it: _teams(it).get_team_details(team)).json()
        return told if isinstance(told, dict) else {}

    def channels(self, service: str, team: str) -> list[str]:
        """Return the ids of a team's channels. Raises as `team` does."""
        told = self._call(service, "team", lambda it: _teams(it).get_teams_channels(team)).json()
        listed = told.get("conversations") if isinstance(told, dict) else None
        return [str(one.get("id")) for one in listed or [] if isinstance(one, dict)]

    def open_private(self, service: str, tenant: str | None, bot: dict[str, Any], user: str) -> str:
        """Return the id of our conversation with one person alone. Raises Refused 403 where they have not added us."""
        from botbuilder.schema import ChannelAccount, ConversationParameters

        about = ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=bot.get("id"), name=bot.get("name")),
            members=[ChannelAccount(id=user)],
            tenant_id=tenant,
            channel_data={"tenant": {"id": tenant}} if tenant else None,
        )
        opened = self._call(service, "open", lambda it: it.create_conversation(about))
        return str(getattr(opened, "id", None) or "")

    def member(self, service: str, conversation: str, user: str) -> Member:
        """Return one member as the roster has them. Raises Refused 404 for somebody who is not there."""
        found = self._call(service, "member", lambda it: it.get_conversation_member(conversation, user, raw=True))
        told = found.response.json()
        return told if isinstance(told, dict) else {}

    def members(self, service: str, conversation: str, most: int) -> list[Member] | None:
        """Return the roster, or None where it has more than `most` members."""
        members: list[Member] = []
        onward: str | None = None
        while True:
            page = self._page(service, conversation, onward)
            members += [one for one in page.get("members") or [] if isinstance(one, dict)]
            onward = page.get("continuationToken") or None
            if len(members) > most or (onward and len(members) >= most):
                return None
            if onward is None:
                return members

    def _page(self, service: str, conversation: str, onward: str | None) -> dict[str, Any]:
        found = self._call(
            service,
            "members",
            lambda it: it.get_conversation_paged_members(
                conversation, page_size=_PAGE, continuation_token=onward, raw=True
            ),
        )
        told = found.response.json()
        return told if isinstance(told, dict) else {}

    def _call(self, service: str, what: str, call: Callable[[Any], Any], *, wait_s: float = _WAIT_AT_MOST_S) -> Any:
        """Call, and wait as long as we are told. What may have been done though an error came back is not done again here."""
        from msrest.exceptions import ClientException, HttpOperationError

        client = self._client(service)
        deadline = time.monotonic() + wait_s
        renewed = False
        while True:
            token = self._tokens.get()
            try:
                return call(client.conversations)
            except HttpOperationError as error:
                status = int(getattr(error.response, "status_code", 0) or 0)
                if status == 401 and token and not renewed:
                    # A secret that was changed, or a clock that was wrong: once more with a new token.
                    renewed = True
                    self._tokens.forget(token)
                    continue
                pause = _pause(status, error.response)
                unsure = what == "send" and status >= 500
                if pause is None or unsure or time.monotonic() + pause > deadline:
                    raise _told(what, status) from None
                _LOG.info("teams asked to wait", what=what, seconds=round(pause, 1))
                time.sleep(pause)
            except ValueError as error:
                raise Retriable("Teams gave no answer that can be read.", "Try again in a minute.") from error
            except (ClientException, OSError) as error:
                raise Retriable("Teams can't be reached.", "Try again in a minute.") from error

    def _client(self, service: str) -> Any:
        from botframework.connector import ConnectorClient

        with self._lock:
            if service not in self._clients:
                client = ConnectorClient(_credentials_type()(self._tokens), base_url=service.rstrip("/"))
                client.config.connection.timeout = _TIMEOUT_S
                # We wait and try again ourselves: its own way waits without an end that anybody knows.
                client.config.retry_policy.retries = 0
                client.config.retry_policy.policy.status_forcelist = ()
                client.config.retry_policy.policy.respect_retry_after_header = False
                self._clients[service] = client
            return self._clients[service]


@lru_cache(maxsize=1)
def _credentials_type() -> Any:
    from msrest.authentication import Authentication

    class Ours(Authentication):
        """Puts our token on each request."""

        def __init__(self, tokens: Tokens) -> None:
            self._tokens = tokens

        def signed_session(self, session: Any = None) -> Any:
            session = super().signed_session(session)
            token = self._tokens.get()
            if token:
                session.headers["Authorization"] = f"Bearer {token}"
            return session

    return Ours


def _teams(conversations: Any) -> Any:
    """Return the operations on teams over the client of conversations, with what they answer as it came."""
    from botframework.connector.teams.operations import TeamsOperations

    return TeamsOperations(
        conversations._client,
        conversations.config,
        conversations._serialize,
        lambda _kind, answer: answer,
    )


def _activity(activity: Activity) -> Any:
    from botbuilder.schema import Activity as Model

    return Model().deserialize(activity)


def _pause(status: int, response: Any) -> float | None:
    if status not in _PASSING:
        return None
    headers = getattr(response, "headers", None) or {}
    try:
        seconds = float(headers.get("Retry-After", "1"))
    except ValueError:
        seconds = 1.0
    # Those who were told to wait alike must not all come back at once.
    return max(0.5, seconds) + random.uniform(0, 0.2)  # noqa: S311


def _told(what: str, status: int) -> Refused | Retriable:
    if status in _PASSING:
        return Retriable("Teams is busy.", "Try again in a minute.")
    _LOG.warning("teams refused", what=what, status=status)
    if status == 401:
        return Refused(status, "Teams does not take the bot's secret.", "Ask your admin to check the bot's app id.")
    if status in (403, 404):
        return Refused(status, "I can't write there.", "Add me to that chat or team, or ask me in a personal chat.")
    return Refused(status, "Teams did not take that.", "Try again; if it stays so, give your admin the reference.")
