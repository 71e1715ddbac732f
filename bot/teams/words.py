"""Words in and out of Teams: what a person wrote, without our mention; and words of others made safe to show.

Mentions: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations
Markdown in cards: https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
"""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

_MENTION = re.compile(r"<at\b[^>]*>(.*?)</at>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|div|span|b|i|u|s|em|strong|a|ul|ol|li|code|codeblock|pre|blockquote|h[1-6]|table|tbody|tr|td|th|img|attachment|emoji)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\u00a0\u200b]+")
_BREAKS = re.compile(r"\s*[\r\n\u2028\u2029\x0b\x0c\x85]+\s*")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FORMATTING = re.compile(r"([*_~`\[\]()<>#|\\!{}])")
_FUNCTION = re.compile(r"(?<=[{$])(?=\{)")
_ZERO_WIDTH = "\u200b"


def words_of(activity: dict[str, Any]) -> str:
    """Return what a person wrote, as plain words: our own mention taken out, other mentions and markup as they are read."""
    text = str(activity.get("text") or "")
    for entity in mentions_of(activity):
        if _is_us(entity, activity) and isinstance(entity.get("text"), str):
            text = text.replace(entity["text"], " ", 1)
    text = _MENTION.sub(lambda found: found[1], text)
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    return _SPACES.sub(" ", _CONTROL.sub("", html.unescape(text))).strip()


def mentions_of(activity: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the mentions in a message."""
    entities = activity.get("entities")
    if not isinstance(entities, list):
        return []
    return [
        one
        for one in entities
        if isinstance(one, dict) and one.get("type") == "mention" and isinstance(one.get("mentioned"), dict)
    ]


def mentions_us(activity: dict[str, Any]) -> bool:
    """Return whether a message mentions us."""
    return any(_is_us(entity, activity) for entity in mentions_of(activity))


def _is_us(entity: dict[str, Any], activity: dict[str, Any]) -> bool:
    recipient = activity.get("recipient") or {}
    return bool(recipient.get("id")) and entity["mentioned"].get("id") == recipient["id"]


def shown(text: str) -> str:
    """Return words for a run of text, where markdown has no effect: one line, nothing invisible that turns the others around."""
    # Cards put dates in place of {{DATE(…)}} wherever it stands.
    return _FUNCTION.sub(_ZERO_WIDTH, _BREAKS.sub(" ", _CONTROL.sub("", text)))


def escaped(text: str) -> str:
    """Return words for a place that reads markdown: they are shown as they stand."""
    return _FORMATTING.sub(r"\\\1", shown(text))


def is_link(url: str | None) -> bool:
    """Return whether a button may open `url`: absolute, http or https."""
    if not url or len(url) > 2000 or any(sign.isspace() or sign in '<>"\\' for sign in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
