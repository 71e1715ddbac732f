"""Bodies that systems keep as HTML, as the words that a person reads."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_BREAKS = frozenset("p div br li tr h1 h2 h3 h4 h5 h6 ul ol table blockquote".split())
_UNSEEN = frozenset(("script", "style", "head", "title"))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def words_of(text: str | None) -> str | None:
    """Return the words of a body that may be HTML, a line for each paragraph; None where it has none."""
    if not text or not text.strip():
        return None
    if "<" in text and re.search(r"</?[a-zA-Z][^>]*>", text):
        reader = _Words()
        reader.feed(text)
        reader.close()
        text = "".join(reader.parts)
    else:
        text = html.unescape(text)
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.replace("\r", "").split("\n"))
    told = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return told or None
