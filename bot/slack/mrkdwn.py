"""Slack's own markup, out and in: words from outside never become a mention, a link or formatting.

Rules: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.markup import spans

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_FORMATTING = re.compile(r"([*_~`])")
_BREAKS = re.compile(r"\s*[\r\n\u2028\u2029\x0b\x0c]+\s*")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MENTION = re.compile(r"<([@#!])([^>|]*)(?:\|([^>]*))?>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^>|]*)(?:\|([^>]*))?>")
_ZERO_WIDTH = "\u200b"


def escaped(text: str) -> str:
    """Return words that Slack shows as they stand: nothing in them notifies, links, formats or begins a line of its own."""
    one_line = _BREAKS.sub(" ", _CONTROL.sub("", text))
    # A mark that stands in front of a formatting sign takes its effect away and is not seen.
    return _FORMATTING.sub(_ZERO_WIDTH + r"\1", one_line.translate(_ENTITIES))


def notification(text: str) -> str:
    """Return a line for the `text` of a message, which Slack shows in notifications and where blocks can't be shown."""
    return _BREAKS.sub(" ", _CONTROL.sub("", text)).translate(_ENTITIES)


def is_link(url: str | None) -> bool:
    """Return whether Slack takes `url` as the target of a link or button: absolute, http or https, at most 3,000 characters."""
    if not url or len(url) > 3000 or any(sign in url for sign in "<>|\r\n \t"):
        return False
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def link(url: str, label: str) -> str:
    """Return a link with an escaped label; `url` must be one that `is_link` takes."""
    return f"<{url.replace('&', '&amp;')}|{escaped(label).replace('|', '¦')}>"


def mrkdwn(text: str, links: Mapping[int, str]) -> str:
    """Return a marked-up text of a Message in Slack's markup; `[n]` becomes a link where `links` has one for n."""
    told = []
    for span in spans(text):
        if span.mark is not None:
            url = links.get(span.mark)
            told.append(link(url, f"[{span.mark}]") if url else f"[{span.mark}]")
            continue
        words = escaped(span.text)
        core = words.strip(" ")
        if core and span.quiet:
            core = f"_{core}_"
        if core.strip("_") and span.bold:
            core = f"*{core}*"
        told.append(words.replace(words.strip(" "), core, 1) if core else words)
    return "".join(told)


def words_of(text: str, bot_user: str | None) -> str:
    """Return what a person wrote, as plain words: our own mention taken out, other mentions, links and entities as they are read."""

    def mention(found: re.Match[str]) -> str:
        sign, target, label = found.groups()
        if sign == "@" and target == bot_user:
            return " "
        if sign == "!":
            return label or ""
        return f"{sign}{label}" if label else ""

    plain = _LINK.sub(lambda found: found[2] or found[1].removeprefix("mailto:").removeprefix("tel:"), text)
    plain = _MENTION.sub(mention, plain)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"[ \t\u00a0]+", " ", plain).strip()


def mentions(text: str, bot_user: str | None) -> bool:
    """Return whether the text mentions us."""
    return bool(bot_user) and re.search(rf"<@{re.escape(bot_user or '')}(\|[^>]*)?>", text) is not None
