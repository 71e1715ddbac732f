"""The SDK's side of the door: it authenticates, knows the kinds of activities, and hands each to us. Its imports take a second: import this late.

Only what the SDK needs of an activity is given to it, so that nothing else in a request can upset it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from botbuilder.core import ActivityHandler, BotFrameworkAdapter, BotFrameworkAdapterSettings, TurnContext
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, InvokeResponse
from botframework.connector.auth import ClaimsIdentity

from bot.teams.admission import Admission

Taken = Callable[[], Awaitable[None]]
Answered = Callable[[], Awaitable[tuple[int, dict[str, Any] | None]]]


class Adapter(BotFrameworkAdapter):  # type: ignore[misc]
    """The Bot Framework's adapter with our own admission: the SDK's fetches keys on the event loop, and lets in whatever an empty app id allows."""

    def __init__(self, app_id: str, admission: Admission | None) -> None:
        super().__init__(BotFrameworkAdapterSettings(app_id, ""))
        self._admission = admission

    async def _authenticate_request(self, request: Activity, auth_header: str) -> ClaimsIdentity:
        if self._admission is None:
            return ClaimsIdentity({}, True)
        return await self._admission.check(auth_header, request)


class Turns(ActivityHandler):  # type: ignore[misc]
    """Hands one activity on: messages and updates of a conversation are taken in, an invoke is answered."""

    def __init__(self, take: Taken, answer: Answered) -> None:
        super().__init__()
        self._take = take
        self._answer = answer

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Take a message, or the button of an old client."""
        await self._take()

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Take that somebody came or went."""
        await self._take()

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """Answer a button. The body is passed through as it is: the SDK's serializer fails on plain objects."""
        status, body = await self._answer()
        return InvokeResponse(status=status, body=body)


def readable(activity: dict[str, Any]) -> Activity | None:
    """Return what the SDK needs of an activity; None where that is not an activity at all."""
    kind, channel, service = (activity.get(key) for key in ("type", "channelId", "serviceUrl"))
    if not isinstance(kind, str) or not all(one is None or isinstance(one, str) for one in (channel, service)):
        return None
    people = {key: _id_of(activity, key) for key in ("conversation", "from", "recipient")}
    return Activity(
        type=kind,
        channel_id=channel,
        service_url=service,
        conversation=ConversationAccount(id=people["conversation"]),
        from_property=ChannelAccount(id=people["from"]),
        recipient=ChannelAccount(id=people["recipient"]),
    )


def _id_of(activity: dict[str, Any], key: str) -> str:
    held = activity.get(key)
    return str(held.get("id") or "") if isinstance(held, dict) else ""
