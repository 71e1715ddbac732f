"""A Message as a mail to one of our own people: plain text and HTML that say the same, pictures inside the mail with their alternative text.

Nothing is fetched from outside when it is opened, and no colour is set that a dark mail program could not turn: it reads in both.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from bot.figures import Calendar
from bot.markup import spans, unmarked
from bot.message import Button, Buttons, Chart, Fold, Form, Grid, Message, Part, Quote, Text, is_feedback, quotes
from bot.pictures.drawing import png_of
from integrations.sending import headers
from integrations.sending.signing import DkimKey, signed

_LARGEST = 90_000
"""Bytes of HTML that the parts on demand may fill up to: mail programs cut a longer mail, or hide its end."""

_SIGNS = {"trouble": "▲ ", "good": "✓ ", "plain": ""}
_WIDTH = 480
_STYLE = "font:15px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;max-width:600px;margin:0 auto;padding:12px"


@dataclass(frozen=True)
class Envelope:
    """From whom to whom, and what stands around the message. `marker` is its Message-ID with angle brackets, `open_url` the page that shows all of it.

    `way_out` is the link by which the reader ends these mails.
    """

    sender: str
    to: str
    marker: str
    date: datetime
    sender_name: str = ""
    to_name: str = ""
    open_url: str | None = None
    way_out: str | None = None


def letter(message: Message, envelope: Envelope, calendar: Calendar, dkim: DkimKey | None = None) -> bytes:
    """Return the finished mail as RFC 5322 bytes; the same arguments give the same bytes but for DKIM's. Raises Skippable where an address is none."""
    lines = [
        ("From", headers.mailbox(envelope.sender_name, envelope.sender, len("From: "))),
        ("To", headers.mailbox(envelope.to_name, envelope.to, len("To: "))),
        ("Subject", headers.unstructured(message.summary, len("Subject: "))),
        ("Date", headers.dated(envelope.date)),
        ("Message-ID", headers.message_id(envelope.marker)),
        # Out-of-office programs answer no mail that a program sent (RFC 3834).
        ("Auto-Submitted", "auto-generated"),
    ]
    if envelope.way_out:
        lines.append(("List-Unsubscribe", headers.links([envelope.way_out], len("List-Unsubscribe: "))))
        if envelope.way_out.startswith("https://"):
            lines.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    top = "".join(f"{name}: {value}\r\n" for name, value in lines).encode("ascii")
    written = top + _content(message, envelope, calendar)
    return signed(written, dkim, envelope.sender) if dkim else written


def _content(message: Message, envelope: Envelope, calendar: Calendar) -> bytes:
    page = _Page(message, envelope, calendar)
    content = EmailMessage(policy=SMTP)
    content.set_content(page.text(), cte="quoted-printable")
    content.add_alternative(page.html(), subtype="html", cte="quoted-printable")
    shown = content.get_payload()[1]  # type: ignore[index]
    for name, png in page.pictures.items():
        shown.add_related(  # type: ignore[union-attr]
            png, "image", "png", cid=f"<{name}>", disposition="inline", filename=f"{name.partition('@')[0]}.png"
        )
    base = hashlib.sha256(envelope.marker.encode()).hexdigest()[:28]
    for number, part in enumerate(one for one in content.walk() if one.is_multipart()):
        part.set_boundary(f"=_{base}{number}")
    return content.as_bytes()


@dataclass
class _Page:
    """Writes one message as HTML and as text; `pictures` are those that the HTML shows, by their content id."""

    message: Message
    envelope: Envelope
    calendar: Calendar
    pictures: dict[str, bytes] = field(default_factory=dict)
    _links: Mapping[int, str] = field(default_factory=dict)
    _folded: list[Fold] = field(default_factory=list)

    def __post_init__(self) -> None:
        found = {one.number: one.url for one in quotes(self.message.parts)}
        self._links = {number: url for number, url in found.items() if url and _is_link(url)}

    def html(self) -> str:
        """Return the page."""
        self._folded.clear()
        body = self._html_parts(self.message.parts)
        more = ""
        for fold in self._folded:
            # What is behind a button elsewhere stands at the end here, as far as a mail has room; the page has all of it.
            one = f"<h3>{html.escape(fold.label)}</h3>{self._html_parts(fold.parts)}"
            if len((body + more + one).encode()) > _LARGEST:
                break
            more += one
        rule = "<hr>" if more else ""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<meta name="color-scheme" content="light dark"><title>{html.escape(self.message.summary)}</title></head>\n'
            f'<body><div style="{_STYLE}">\n{body}{self._html_foot()}{rule}{more}</div></body></html>\n'
        )

    def text(self) -> str:
        """Return the same in plain words."""
        lines = list(self._text_parts(self.message.parts))
        if self.envelope.open_url:
            lines.append(f"All of it: {self.envelope.open_url}")
        if self.envelope.way_out:
            lines.append(f"No more reviews by mail: {self.envelope.way_out}")
        return "\n".join(lines) + "\n"

    def _html_foot(self) -> str:
        told = []
        if self.envelope.open_url:
            told.append(_link(self.envelope.open_url, "Open all of it"))
        if self.envelope.way_out:
            told.append(_link(self.envelope.way_out, "No more reviews by mail"))
        return f'<p style="font-size:13px">{" · ".join(told)}</p>\n' if told else ""

    def _html_parts(self, parts: Iterable[Part]) -> str:
        return "".join(self._html_part(part) for part in parts)

    def _html_part(self, part: Part) -> str:
        if isinstance(part, Text):
            return self._html_text(part)
        if isinstance(part, Grid):
            return self._html_grid(part)
        if isinstance(part, Quote):
            return self._html_quote(part)
        if isinstance(part, Chart):
            return self._html_chart(part)
        if isinstance(part, Buttons):
            shown = [] if is_feedback(part) else [self._html_button(one) for one in part.buttons]
            return f"<p>{' &nbsp; '.join(filter(None, shown))}</p>\n" if any(shown) else ""
        if isinstance(part, Fold):
            self._folded.append(part)
        return ""

    def _html_text(self, part: Text) -> str:
        words = html.escape(_SIGNS[part.tone]) + self._marked(part.text)
        if part.style == "heading":
            return f'<h2 style="font-size:18px;line-height:1.3;margin:0 0 10px">{words}</h2>\n'
        if part.style == "bullet":
            return f'<p style="margin:0 0 6px;padding-left:14px;text-indent:-14px">•&nbsp; {words}</p>\n'
        size = "font-size:13px;" if part.style == "quiet" else ""
        return f'<p style="{size}margin:0 0 10px">{words}</p>\n'

    def _marked(self, text: str) -> str:
        made = []
        for span in spans(text):
            said = html.escape(span.text).replace("\n", "<br>")
            if span.mark is not None:
                url = self._links.get(span.mark)
                made.append(_link(url, f"[{span.text}]") if url else f"[{said}]")
                continue
            said = f"<b>{said}</b>" if span.bold else said
            made.append(f"<i>{said}</i>" if span.quiet else said)
        return "".join(made)

    def _html_grid(self, grid: Grid) -> str:
        def row(cells: Iterable[str], tag: str, url: str | None = None) -> str:
            made = []
            for place, (cell, align) in enumerate(zip(cells, grid.align, strict=True)):
                words = self._marked(cell)
                words = f'<a href="{html.escape(url)}">{words}</a>' if place == 0 and url and _is_link(url) else words
                made.append(
                    f'<{tag} style="text-align:{align};padding:3px 10px 3px 0;vertical-align:top">{words}</{tag}>'
                )
            return f"<tr>{''.join(made)}</tr>"

        links = grid.links or (None,) * len(grid.rows)
        rows = "".join(row(cells, "td", url) for cells, url in zip(grid.rows, links, strict=True))
        return f'<table style="border-collapse:collapse;margin:0 0 10px">{row(grid.headings, "th")}{rows}</table>\n'

    def _html_quote(self, quote: Quote) -> str:
        about = " · ".join(filter(None, (quote.speaker, self.calendar.day(quote.at) if quote.at else "", quote.label)))
        opened = f" · {_link(quote.url, 'open')}" if quote.url and _is_link(quote.url) else ""
        return f'<p style="margin:0 0 8px"><b>[{quote.number}]</b> “{html.escape(quote.text)}”<br><i>{html.escape(about)}</i>{opened}</p>\n'

    def _html_chart(self, chart: Chart) -> str:
        png = png_of(chart)
        if not png:
            return f"<p><b>{html.escape(chart.title)}</b> {html.escape(chart.alternative)}</p>\n"
        name = f"{hashlib.sha256(png).hexdigest()[:24]}@dealwright"
        self.pictures[name] = png
        return (
            f'<p><img src="cid:{name}" alt="{html.escape(chart.alternative)}" title="{html.escape(chart.title)}" width="{_WIDTH}" '
            f'style="width:100%;max-width:{_WIDTH}px;height:auto;border:0"></p>\n'
        )

    def _html_button(self, button: Button) -> str:
        url = button.url if button.url and _is_link(button.url) else self.envelope.open_url
        style = "display:inline-block;padding:5px 12px;border:1px solid #888;border-radius:7px;text-decoration:none"
        return f'<a href="{html.escape(url)}" style="{style}">{html.escape(button.label)}</a>' if url else ""

    def _text_parts(self, parts: Iterable[Part]) -> Iterable[str]:
        write: dict[type, Callable[..., Iterable[str]]] = {
            Text: self._text_text,
            Grid: self._text_grid,
            Quote: self._text_quote,
            Chart: lambda one: (f"{one.title}: {one.alternative}", ""),
            Buttons: self._text_buttons,
            Fold: lambda one: (f"{one.label}:", *self._text_parts(one.parts)),
            Form: lambda _one: (),
        }
        for part in parts:
            yield from write[type(part)](part)

    def _text_text(self, part: Text) -> Iterable[str]:
        bullet = "• " if part.style == "bullet" else ""
        yield f"{bullet}{_SIGNS[part.tone]}{unmarked(part.text)}"
        if part.style != "bullet":
            yield ""

    def _text_grid(self, grid: Grid) -> Iterable[str]:
        for row in grid.rows:
            first, *others = row
            told = [f"{unmarked(head)}: {unmarked(cell)}" for head, cell in zip(grid.headings[1:], others)]
            yield f"• {' · '.join([unmarked(first), *told])}"
        yield ""

    def _text_quote(self, quote: Quote) -> Iterable[str]:
        about = " · ".join(filter(None, (quote.speaker, self.calendar.day(quote.at) if quote.at else "", quote.label)))
        yield f"[{quote.number}] “{quote.text}”{f' ({about})' if about else ''}"

    def _text_buttons(self, part: Buttons) -> Iterable[str]:
        for button in part.buttons:
            if button.url and _is_link(button.url):
                yield f"{button.label}: {button.url}"


def _link(url: str | None, words: str) -> str:
    return f'<a href="{html.escape(url or "")}">{html.escape(words)}</a>'


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://"))
