"""The words of a mail: which part holds them, HTML as text, and where the quoted history begins."""

from __future__ import annotations

import re
from email.message import Message
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from integrations.files.decoding import clean
from sales.names import word_set

_LIMIT = 200_000
_BLOCKS = word_set("p div br tr li ul ol table h1 h2 h3 h4 h5 h6 pre hr section article header footer")
_HIDDEN = word_set("script style head title template")
_CHARSETS = {
    "unicode-1-1-utf-7": "utf-7",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "default_charset": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "ansi_x3.110-1983": "cp1252",
}
_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "ja", "ko", "zh", "cs", "david"]


class _Words(HTMLParser):
    """HTML to plain text: blocks become lines, quotations get their `>`, what is not shown is dropped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._hidden = 0
        self._quote = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "blockquote":
            self._break()
            self._quote += 1
        elif tag in _BLOCKS:
            self._break()
        elif tag == "td":
            self.out.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "blockquote":
            self._break()
            self._quote = max(0, self._quote - 1)
        elif tag in _BLOCKS and tag != "br":
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            text = re.sub(r"[ \t\r\n]+", " ", data)
            if self._quote and (not self.out or self.out[-1].endswith("\n")):
                self.out.append("> " * min(self._quote, 5))
                text = text.lstrip()
            self.out.append(text)

    def _break(self) -> None:
        self.out.append("\n")


def html_text(markup: str) -> str:
    """The text that a reader of an HTML mail sees."""
    words = _Words()
    markup = re.sub(r"(?is)<(style|script)\b.*?</\1\s*>", " ", markup[: _LIMIT * 4])
    try:
        words.feed(markup)
        words.close()
    except (AssertionError, ValueError):
        return re.sub(r"<[^>]*>", " ", markup)
    text = "".join(words.out).replace("\u00a0", " ")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip()


def _part_text(part: Message) -> str:
    """A part's text in the charset it claims, or in one that fits."""
    found: Any = part.get_payload(decode=True)
    payload: bytes = found if isinstance(found, bytes) else b""
    if not isinstance(found, bytes):
        payload = str(part.get_payload() or "").encode("utf-8", "surrogateescape")
    payload = payload[: _LIMIT * 4]
    claimed = _claimed(part)
    for charset in (claimed, "utf-8"):
        try:
            return payload.decode(charset)
        except (LookupError, UnicodeError, ValueError):
            continue
    try:
        return payload.decode(claimed if claimed not in ("utf-8", "us-ascii", "ascii") else "cp1252", "replace")
    except (LookupError, ValueError):
        return payload.decode("cp1252", "replace")


def _claimed(part: Message) -> str:
    try:
        name = str(part.get_param("charset", "utf-8") or "utf-8").strip("\"' ").lower()
    except (ValueError, IndexError, AttributeError, KeyError, TypeError, LookupError):
        return "utf-8"
    return _CHARSETS.get(name, name)


def _parts(message: Message) -> tuple[list[str], list[str]]:
    """All shown text parts and HTML parts, in order; attachments and enclosed mails are left out."""
    plain: list[str] = []
    marked: list[str] = []
    stack: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while stack and seen < 500:
        part, depth = stack.pop()
        seen += 1
        try:
            kind = part.get_content_type()
            attached = "attachment" in str(part.get("Content-Disposition", "")).lower()
            inner = part.get_payload() if part.is_multipart() else None
        except (ValueError, IndexError, AttributeError, KeyError, TypeError, LookupError):
            continue
        if kind.startswith("message/") and depth > 0:
            continue
        if isinstance(inner, list):
            if depth < 20:
                stack += [(each, depth + 1) for each in reversed(inner) if isinstance(each, Message)]
        elif attached and depth > 0:
            continue
        elif kind == "text/html":
            marked.append(_part_text(part))
        elif kind == "text/plain" or (
            depth == 0 and not kind.startswith(("image/", "audio/", "video/", "application/"))
        ):
            plain.append(_part_text(part))
    return plain, marked


def body_text(message: Message) -> str:
    """The shown text of a mail: its plain parts, or its HTML where it has no plain part with words in it."""
    plain, marked = _parts(message)
    text = "\n".join(plain).strip()
    if not text or (marked and len(text) < 20 and "html" in text.lower()):
        text = "\n".join(html_text(each) for each in marked).strip() or text
    elif re.match(r"(?is)\s*(<!doctype html|<html\b)", text):
        text = html_text(text)
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))[:_LIMIT].strip()


@lru_cache(maxsize=1)
def _parser() -> Any:
    from mailparser_reply import EmailReplyParser  # compiled patterns for all languages: only where a mail is read
    from mailparser_reply.constants import MAIL_LANGUAGES

    return EmailReplyParser(languages=[name for name in _LANGUAGES if name in MAIL_LANGUAGES])


@lru_cache(maxsize=1)
def _headers_of_quotes() -> re.Pattern[str]:
    from mailparser_reply.parser import EmailMessage as Reply

    found: re.Pattern[str] = Reply(text="", languages=_parser().languages).HEADER_REGEX
    return found


_RULES = re.compile(
    r"^[ >*]*(?:-{2,} ?(?:original(?:e|al)? (?:message|appointment|nachricht)|urspr(?:ü|u)ngliche nachricht|message d.origine|message transf\S*|mensaje original|"
    r"mensagem original|messaggio originale|oorspronkelijk bericht|oprindelig meddelelse|forwarded (?:message|by)|weitergeleitete nachricht|reply message|"
    r"reply above this line|please (?:reply|respond) above)[^\n]{0,60}$|#{2,}-? ?please (?:type|reply)[^\n]{0,80}$|"
    r"[_-]{20,}\s*\n\s*(?:\*?(?:from|von|de|da|från|van|fra)\*?\s?:))",
    re.IGNORECASE | re.MULTILINE,
)
_WROTE = re.compile(
    r"^[ >]*(?:on|am|le|el|il|op|den|em|em seg|dnia|w dniu)\b[^\n]{5,200}(?:\n[^\n]{0,120})?\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|skrev|escreveu|napisał(?:\(a\))?|writes)\b[^\n]{0,80}:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_BLOCK = re.compile(
    r"^[ >*]*[^\W\d_][^\n:@]{1,18}\*?\s?:\*?[^\n]*@[^\n]*\n(?:[ >*]*[^\W\d_][^\n:@]{1,18}\*?\s?:\*?\s?[^\n]*\n){2,}",
    re.MULTILINE,
)
_ATTRIBUTION = re.compile(
    r"^(?=[^\n]*\d)[^\n]{5,200}\n?[^\n]{0,80}<\n?[^\n<>]{0,100}@[^\n<>]{0,100}>[^\n]{0,30}:[ \t]*$", re.MULTILINE
)
_SENDER = re.compile(r"[ >*]*(?:from|de|von|van|da|från|fra|od|от)\*?\s?:", re.IGNORECASE)
_SEARCHED = 60_000
_LONGEST_HEADER = 300


def split_reply(text: str) -> tuple[str, str]:
    """A mail's text as (what is new, the history quoted with it). Where nothing is new, the whole text counts as new.

    Replies above, below and between the quoted lines are told apart by the lines' `>`. mail-parser-reply knows how mail
    programs in many languages begin a quotation; its patterns see no line longer than any such header, so that no mail,
    however it is made, can hold an import up.
    """
    searched = "\n".join(
        line if len(line) <= _LONGEST_HEADER else "x" * len(line) for line in text[:_SEARCHED].split("\n")
    )
    found = [
        match.start()
        for pattern in (_headers_of_quotes(), _RULES, _WROTE, _BLOCK, _ATTRIBUTION)
        if (match := pattern.search(searched))
    ]
    cut = _with_header(text, min(found)) if found else _before_quoted(text)
    above, below = text[:cut], text[cut:]
    new_above, old_above = _unquoted(above)
    quoted_below = below
    fresh = ""
    if re.search(r"(?m)^\s*>", below):
        fresh, quoted_below = _answers_below(below)
    new = "\n\n".join(piece for piece in (new_above.strip(), fresh.strip()) if piece)
    old = "\n\n".join(piece for piece in (old_above.strip("\n"), quoted_below.strip("\n")) if piece.strip())
    return (new, old) if new else (text.strip(), "")


def _with_header(text: str, cut: int) -> int:
    """The cut, moved up over a sender's line that the quotation's header was found below."""
    above = text[:cut].rstrip("\n")
    start = above.rfind("\n") + 1
    return start if above and _SENDER.match(above[start:]) else cut


def _before_quoted(text: str) -> int:
    """Where a quotation begins whose header is in a language that nothing else knows: `02.04.2012 14:20 … <a@b.c> написал:` above `>` lines."""
    found = re.search(r"(?m)^[ \t]*>", text)
    if found is None:
        return len(text)
    rows = text[: found.start()].rstrip("\n").split("\n")
    for count in (1, 2, 3):
        lead = "\n".join(rows[-count:])
        if lead.rstrip().endswith(":") and re.search(r"\d", lead) and re.search(r"@|\d{4}", lead) and len(lead) < 300:
            return len("\n".join(rows[:-count]))
    return len(text)


def _unquoted(text: str) -> tuple[str, str]:
    """Lines without and with a leading `>`."""
    if ">" not in text:
        return text, ""
    kept: list[str] = []
    cut: list[str] = []
    for line in text.split("\n"):
        (cut if line.lstrip().startswith(">") else kept).append(line)
    return "\n".join(kept), "\n".join(cut)


def _answers_below(below: str) -> tuple[str, str]:
    """What stands between and after the quoted lines under a quotation's header; the header itself is history."""
    rows = below.split("\n")
    first = next((n for n, line in enumerate(rows) if line.lstrip().startswith(">")), len(rows))
    if any(line.strip() for line in rows[4:first]):
        return "", below
    kept, cut = _unquoted("\n".join(rows[first:]))
    head = "\n".join(rows[:first])
    return kept, f"{head}\n{cut}"
