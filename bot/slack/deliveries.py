"""What is delivered to Slack for an event: plain JSON, so that it survives a restart between thinking and sending."""

from __future__ import annotations

from typing import Any

from bot.slack.blocks import Block
from bot.slack.render import Rendered

Delivery = dict[str, Any]
"""`how` is post, respond, direct, ephemeral, view, update or prompts; the rest are its arguments."""


def post(
    key: str,
    workspace: str,
    channel: str,
    thread_ts: str | None,
    rendered: Rendered,
    about: str,
    after: str,
    grants: list[list[str]] | None,
) -> Delivery:
    """Return a message that is posted once. See `bot.slack.posting.Draft`."""
    return {
        "how": "post",
        "key": key,
        "workspace": workspace,
        "channel": channel,
        "thread_ts": thread_ts,
        "text": rendered.text,
        "blocks": rendered.blocks,
        "context": about,
        "after": after,
        "grants": grants,
    }


def respond(key: str, workspace: str, user: str, url: str, rendered: Rendered) -> Delivery:
    """Return a message that only `user` sees, sent to the `response_url` of what they did; by direct message where that is too old."""
    return {
        "how": "respond",
        "key": key,
        "workspace": workspace,
        "user": user,
        "url": url,
        "text": rendered.text,
        "blocks": rendered.blocks,
    }


def direct(key: str, workspace: str, user: str, rendered: Rendered) -> Delivery:
    """Return a direct message that is posted once."""
    return {
        "how": "direct",
        "key": key,
        "workspace": workspace,
        "user": user,
        "text": rendered.text,
        "blocks": rendered.blocks,
    }


def ephemeral(
    workspace: str, channel: str, thread_ts: str | None, user: str, text: str, blocks: list[Block]
) -> Delivery:
    """Return a message in a channel that only `user` sees."""
    return {
        "how": "ephemeral",
        "workspace": workspace,
        "channel": channel,
        "thread_ts": thread_ts,
        "user": user,
        "text": text,
        "blocks": blocks,
    }


def whisper(click: dict[str, Any], text: str, blocks: list[Block]) -> Delivery:
    """Return a message that only the one who pressed sees, where they pressed.

    It goes by the press's own `response_url`, which counts for no channel's rate; that can't be done within a thread:
    https://docs.slack.dev/interactivity/handling-user-interaction.
    """
    made = ephemeral(click["workspace"], click["channel"], click["thread_ts"], click["user"], text, blocks)
    return made | {"url": None if click["thread_ts"] else click["response_url"]}


def update(workspace: str, channel: str, ts: str, url: str | None, text: str, blocks: list[Block]) -> Delivery:
    """Return new blocks for a message of ours; `url` is the `response_url` where only one person sees that message."""
    return {
        "how": "update",
        "workspace": workspace,
        "channel": channel,
        "ts": ts,
        "url": url,
        "text": text,
        "blocks": blocks,
    }


def view(workspace: str, trigger_id: str, view_id: str | None, modal: dict[str, Any], otherwise: Delivery) -> Delivery:
    """Return a modal to open, or to put in the place of `view_id`; `otherwise` is delivered where Slack says that it is too late for one."""
    return {
        "how": "view",
        "workspace": workspace,
        "trigger_id": trigger_id,
        "view_id": view_id,
        "view": modal,
        "otherwise": otherwise,
    }


def prompts(workspace: str, channel: str, thread_ts: str, questions: list[str]) -> Delivery:
    """Return suggested prompts for the assistant pane."""
    return {
        "how": "prompts",
        "workspace": workspace,
        "channel": channel,
        "thread_ts": thread_ts,
        "questions": questions,
    }
