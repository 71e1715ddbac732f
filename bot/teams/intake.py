"""Which of Teams' activities we keep, under which id and in which lane. Everything else is acknowledged and forgotten.

Shapes: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations,
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events,
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bot.inbox import Arrived
from bot.teams.marks import CARRIED
from bot.teams.words import mentions_of, mentions_us, words_of

SURFACE = "teams"
ACTION = "adaptiveCard/action"
"""The name of the invoke that an `Action.Execute` makes."""

FETCH, SUBMIT = "task/fetch", "task/submit"
"""The names of the invokes that open a dialog, and that send what was filled in."""

_LONGEST = 20_000
_OURS = frozenset({"dw", "v", "value", "msteams", "type", CARRIED})


def arrived(activity: dict[str, Any]) -> Arrived | None:
    """Return what to keep of an activity, or None for what is not for us: programs, edits, talk in channels that we were not asked into."""
    sender, recipient = _object(activity, "from"), _object(activity, "recipient")
    if not sender.get("id") or sender["id"] == recipient.get("id") or sender.get("role") == "bot":
        return None
    if not _object(activity, "conversation").get("id"):
        return None
    kind = activity.get("type")
    if kind == "message":
        return _message(activity)
    if kind == "invoke":
        if activity.get("name") in (FETCH, SUBMIT):
            return _kept(activity, "form", pressed(_object(activity, "value").get("data")))
        return _kept(activity, "click", pressed(activity.get("value"))) if activity.get("name") == ACTION else None
    if kind == "conversationUpdate":
        added = activity.get("membersAdded")
        if isinstance(added, list) and any(
            isinstance(one, dict) and one.get("id") == recipient.get("id") for one in added
        ):
            return _kept(activity, "welcome", {})
    return None


def pressed(value: Any) -> dict[str, Any] | None:
    """Return `action`, `value`, `fields` and `mark` of a pressed button of ours, in whichever way a client sends it; None where it is none of ours.

    The action stands in the data, else in the verb; the data is an object, or the value alone. `fields` is what was filled in; `mark` is that
    of the post that it stands in (`bot.teams.marks`), "" where it carries none.
    """
    if isinstance(value, str):
        value = _read(value)
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("action"), dict):
        return _button(value["action"].get("data"), value["action"].get("verb"))
    return _button(value, None)


def _button(data: Any, verb: Any) -> dict[str, Any] | None:
    if isinstance(data, str):
        read = _read(data)
        data = read if isinstance(read, dict) else {"v": data}
    if not isinstance(data, dict):
        return None
    action = data.get("dw")
    if not isinstance(action, str):
        action = verb.removeprefix("dw:") if isinstance(verb, str) and verb.startswith("dw:") else None
    carried = data["v"] if "v" in data else data.get("value")
    if action is None or not isinstance(carried, str):
        return None
    # A field's name has a number behind it: two forms of one card may ask for the same.
    fields = {
        str(key).partition(":")[0]: told[:_LONGEST]
        for key, told in data.items()
        if key not in _OURS and isinstance(told, str)
    }
    mark = data.get(CARRIED)
    told = {"action": action[:40], "value": carried[:_LONGEST], "fields": fields}
    return {**told, "mark": mark[:40] if isinstance(mark, str) else ""}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def conversation_name(conversation: str) -> str:
    """Return the name of a conversation (in a channel: of a thread) for contexts and posts; Teams' own ids are too long for a key."""
    return f"{SURFACE}:{_digest(conversation)}"


def _message(activity: dict[str, Any]) -> Arrived | None:
    click = pressed(activity.get("value"))
    if click is not None:
        return _kept(activity, "click", click)
    said = {
        "text": words_of(activity)[:_LONGEST],
        "mentioned": mentions_us(activity),
        "to_others": _to_others(activity),
    }
    place = _place(activity)
    if place == "groupChat" and not said["mentioned"] and _object(activity, "conversation").get("conversationType"):
        return None
    # What is said in a channel is not ours to keep, unless it may follow up on what we said in its thread.
    if place == "channel" and not said["mentioned"] and not _is_reply(activity):
        return None
    return _kept(activity, "message", said)


def _kept(activity: dict[str, Any], kind: str, more: dict[str, Any] | None) -> Arrived | None:
    if more is None:
        return None
    conversation, sender = _object(activity, "conversation"), _object(activity, "from")
    about, recipient = _object(activity, "channelData"), _object(activity, "recipient")
    channel = _object(about, "channel")
    payload = {
        "service": str(activity.get("serviceUrl") or ""),
        "conversation": str(conversation["id"]),
        "place": _place(activity),
        "tenant": str(_object(about, "tenant").get("id") or conversation.get("tenantId") or ""),
        "team": str(_object(about, "team").get("id") or ""),
        "channel": str(channel.get("id") or ""),
        "channel_type": str(channel.get("type") or channel.get("membershipType") or "").lower(),
        "user": str(sender["id"]),
        "name": str(sender.get("name") or ""),
        "aad": str(sender.get("aadObjectId") or ""),
        "bot": {"id": str(recipient.get("id") or ""), "name": str(recipient.get("name") or "")},
        "id": str(activity.get("id") or ""),
        "reply_to": str(activity.get("replyToId") or ""),
        **more,
    }
    name = payload["id"] or json.dumps(activity, sort_keys=True, default=str)
    lane = conversation_name(payload["conversation"])
    return Arrived(f"{SURFACE}:{_digest(payload['conversation'], kind, name)}", SURFACE, kind, lane, payload)


def _place(activity: dict[str, Any]) -> str:
    conversation = _object(activity, "conversation")
    kind = conversation.get("conversationType")
    if kind in ("personal", "groupChat", "channel"):
        return str(kind)
    if _object(_object(activity, "channelData"), "team").get("id"):
        return "channel"
    # Where we can't tell who reads along, we take it that others do.
    alone = not conversation.get("isGroup") and (
        activity.get("channelId") != "msteams" or str(conversation.get("id", "")).startswith("a:")
    )
    return "personal" if alone else "groupChat"


def _is_reply(activity: dict[str, Any]) -> bool:
    _, mark, root = str(_object(activity, "conversation").get("id") or "").partition(";messageid=")
    return bool(mark) and root != str(activity.get("id") or "")


def _to_others(activity: dict[str, Any]) -> bool:
    return bool(mentions_of(activity)) and not mentions_us(activity)


def _object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    held = holder.get(key)
    return held if isinstance(held, dict) else {}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()[:40]
