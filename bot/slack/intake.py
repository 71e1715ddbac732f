"""Which of Slack's requests we keep, under which id and in which lane. Everything else is acknowledged and forgotten.

Shapes: https://docs.slack.dev/apis/events-api, https://docs.slack.dev/interactivity/handling-user-interaction,
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from __future__ import annotations

import hashlib
from typing import Any

from bot.inbox import Arrived
from bot.slack.forms import filled_in

SURFACE = "slack"
_SPOKEN = frozenset({None, "file_share", "thread_broadcast"})
_OTHER_EVENTS = frozenset({"assistant_thread_started", "app_uninstalled", "tokens_revoked"})
_PRIVATE = "im"


def arrived(body: dict[str, Any]) -> Arrived | None:
    """Return what to keep of a request's body, or None for what is not for us: bots, edits, talk in channels that we were not asked into."""
    if body.get("type") == "event_callback":
        return _event(body)
    if body.get("command"):
        return _command(body)
    if body.get("type") == "block_actions":
        return _click(body)
    if body.get("type") == "view_submission":
        return _form(body)
    return None


def workspace_of(body: dict[str, Any]) -> str:
    """Return the id of the workspace (or enterprise) whose installation answers this request."""
    for authorization in body.get("authorizations") or []:
        if authorization.get("is_enterprise_install"):
            return str(authorization.get("enterprise_id") or "")
        if authorization.get("team_id"):
            return str(authorization["team_id"])
    if body.get("is_enterprise_install") in (True, "true"):
        enterprise = body.get("enterprise") or {}
        return str(body.get("enterprise_id") or enterprise.get("id") or "")
    return str(body.get("team_id") or (body.get("team") or {}).get("id") or "")


def _event(body: dict[str, Any]) -> Arrived | None:
    event = body["event"]
    workspace = workspace_of(body)
    kind = event.get("type")
    if kind in ("message", "app_mention"):
        kind = _kind_of_message(event)
    elif kind not in _OTHER_EVENTS:
        kind = None
    if kind is None:
        return None
    thread = event.get("assistant_thread") or {}
    channel = str(event.get("channel") or thread.get("channel_id") or "")
    stamp = str(event.get("ts") or event.get("event_ts") or thread.get("thread_ts") or "")
    payload = {
        "workspace": workspace,
        "team": str(body.get("team_id") or ""),
        "user": event.get("user") or thread.get("user_id"),
        "user_team": event.get("user_team") or event.get("source_team"),
        "channel": channel,
        "channel_type": event.get("channel_type"),
        "ts": stamp,
        "thread_ts": event.get("thread_ts") or thread.get("thread_ts"),
        "text": event.get("text") or "",
        "shared": bool(body.get("is_ext_shared_channel")),
        "bot_user": _bot_user(body),
    }
    event_id = body.get("event_id") or f"{channel}:{stamp}:{kind}"
    lane = f"{SURFACE}:{workspace}:{channel or 'none'}"
    return Arrived(f"{SURFACE}:{event_id}"[:200], SURFACE, kind, lane[:120], payload)


def _kind_of_message(event: dict[str, Any]) -> str | None:
    if event.get("bot_id") or event.get("subtype") not in _SPOKEN or not event.get("user") or event.get("hidden"):
        return None
    if event["type"] == "app_mention":
        return "mention"
    if event.get("channel_type") == _PRIVATE or str(event.get("channel", "")).startswith("D"):
        return "message"
    # What is said in a channel is not ours to keep, unless it may follow up on what we said in its thread.
    return "message" if event.get("thread_ts") else None


def _bot_user(body: dict[str, Any]) -> str | None:
    for authorization in body.get("authorizations") or []:
        if authorization.get("is_bot") and authorization.get("user_id"):
            return str(authorization["user_id"])
    return None


def _command(body: dict[str, Any]) -> Arrived:
    workspace = workspace_of(body)
    payload = {
        "workspace": workspace,
        "team": str(body.get("team_id") or ""),
        "user": body.get("user_id"),
        "channel": body.get("channel_id") or "",
        "channel_name": body.get("channel_name"),
        "text": body.get("text") or "",
        "response_url": body.get("response_url"),
    }
    lane = f"{SURFACE}:{workspace}:user:{body.get('user_id')}"
    return Arrived(
        f"{SURFACE}:command:{_digest(body.get('trigger_id'), body)}", SURFACE, "command", lane[:120], payload
    )


def _click(body: dict[str, Any]) -> Arrived | None:
    actions = body.get("actions") or []
    action = actions[0] if actions else {}
    if not str(action.get("action_id", "")).startswith("dw:"):
        return None
    workspace = workspace_of(body)
    user = body.get("user") or {}
    container = body.get("container") or {}
    message = body.get("message") or {}
    payload = {
        "workspace": workspace,
        "team": str((body.get("team") or {}).get("id") or user.get("team_id") or ""),
        "user": user.get("id"),
        "user_team": user.get("team_id"),
        "action": str(action["action_id"]),
        "value": action.get("value") or "",
        "channel": (body.get("channel") or {}).get("id") or container.get("channel_id") or "",
        "ts": message.get("ts") or container.get("message_ts") or "",
        "thread_ts": message.get("thread_ts") or container.get("thread_ts"),
        "ephemeral": bool(container.get("is_ephemeral")),
        "text": message.get("text") or "",
        "blocks": message.get("blocks") or [],
        "fields": filled_in(body),
        "view_id": (body.get("view") or {}).get("id"),
        "trigger_id": body.get("trigger_id"),
        "response_url": body.get("response_url"),
    }
    # The same click sent twice has the same time; a second click has its own.
    name = f"{payload['ts']}:{payload['view_id']}:{action['action_id']}:{action.get('action_ts')}:{user.get('id')}"
    lane = f"{SURFACE}:{workspace}:user:{user.get('id')}"
    return Arrived(f"{SURFACE}:click:{_digest(name, body)}", SURFACE, "click", lane[:120], payload)


def _form(body: dict[str, Any]) -> Arrived | None:
    view = body.get("view") or {}
    action = str(view.get("callback_id") or "")
    if not action.startswith("dw:"):
        return None
    workspace = workspace_of(body)
    user = body.get("user") or {}
    payload = {
        "workspace": workspace,
        "user": user.get("id"),
        "action": action,
        "value": str(view.get("private_metadata") or ""),
        "fields": filled_in(view),
    }
    # A modal is submitted once; sent again by Slack it is the same view with the same hash.
    name = f"{view.get('id')}:{view.get('hash')}:{user.get('id')}"
    lane = f"{SURFACE}:{workspace}:user:{user.get('id')}"
    return Arrived(f"{SURFACE}:form:{_digest(name, body)}", SURFACE, "form", lane[:120], payload)


def _digest(name: str | None, body: dict[str, Any]) -> str:
    return hashlib.sha256((name or repr(sorted(body))).encode()).hexdigest()[:40]
