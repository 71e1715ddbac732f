"""Making a mail out of what was approved: headers, plain text and HTML that say the same, the footer, and the way out for who gets it."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from urllib.parse import urlsplit

from integrations.sending import headers
from integrations.sending.signing import DkimKey, signed

_FLOWED = 72
_PLAIN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Letter:
    """What is sent to one person: addresses, names, subject, body as plain text without the footer, and the thread it belongs to.

    `in_reply_to` and `references` are Message-IDs with their angle brackets.
    """

    sender: str
    to: str
    subject: str
    body: str
    sender_name: str = ""
    to_name: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Footer:
    """Who writes: the person, the company and its postal address, as CAN-SPAM (16 CFR 316) and its like elsewhere ask for. Empty parts are left out."""

    writer: str = ""
    company: str = ""
    postal_address: str = ""


def compose(
    letter: Letter,
    *,
    marker: str,
    footer: Footer,
    unsubscribe_url: str | None,
    unsubscribe_mailto: str | None,
    date: datetime,
    dkim: DkimKey | None = None,
) -> bytes:
    """Return the finished mail as RFC 5322 bytes with CRLF, in ASCII throughout; the same arguments give the same bytes but for DKIM's.

    `marker` is its Message-ID with angle brackets, `date` an aware moment. One-click (RFC 8058) is offered where the link is https, or leads
    to this very machine. Raises Unsendable where an address, the marker or a link could not stand in a header.
    """
    ways_out = [link for link in (unsubscribe_url, _mail_link(unsubscribe_mailto)) if link]
    lines = [
        ("From", headers.mailbox(letter.sender_name, letter.sender, len("From: "))),
        ("To", headers.mailbox(letter.to_name, letter.to, len("To: "))),
        ("Subject", headers.unstructured(letter.subject, len("Subject: "))),
        ("Date", headers.dated(date)),
        ("Message-ID", headers.message_id(marker)),
    ]
    if letter.in_reply_to:
        lines.append(("In-Reply-To", headers.references([letter.in_reply_to], len("In-Reply-To: "))))
        # Whoever answers a mail names it last among the references, whatever it was given (RFC 5322, 3.6.4).
        earlier = [one for one in letter.references if one != letter.in_reply_to]
        lines.append(("References", headers.references([*earlier, letter.in_reply_to], len("References: "))))
    elif letter.references:
        lines.append(("References", headers.references(letter.references, len("References: "))))
    if ways_out:
        lines.append(("List-Unsubscribe", headers.links(ways_out, len("List-Unsubscribe: "))))
    if unsubscribe_url and is_one_click(unsubscribe_url):
        lines.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    top = "".join(f"{name}: {value}\r\n" for name, value in lines if value)
    message = top.encode("ascii") + _content(letter, footer, unsubscribe_url, unsubscribe_mailto, marker)
    return signed(message, dkim, letter.sender) if dkim else message


def is_one_click(url: str) -> bool:
    """Return whether one-click may be offered with this link: RFC 8058, 3.1, demands https; this machine itself is let through for trying it out."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and (
            parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        return False


def _mail_link(address: str | None) -> str | None:
    return f"mailto:{address}?subject=unsubscribe" if address else None


def _content(letter: Letter, footer: Footer, url: str | None, mailto: str | None, marker: str) -> bytes:
    body = _PLAIN_TEXT.sub("", "\n".join(letter.body.splitlines())).strip("\n")
    told = [headers.one_line(part, 300) for part in (footer.writer, footer.company, footer.postal_address)]
    who = " · ".join(part for part in told if part)
    content = EmailMessage(policy=SMTP)
    # Flowed text ends lines with blanks, which only an encoding carries safely.
    content.set_content(_flowed(body, who, _way_out(url, mailto)), cte="quoted-printable")
    content.set_param("format", "flowed")
    content.add_alternative(_as_html(body, who, url, mailto), subtype="html", cte="quoted-printable")
    content.set_boundary("=_" + hashlib.sha256(marker.encode()).hexdigest()[:32])
    return content.as_bytes()


def _way_out(url: str | None, mailto: str | None) -> str:
    if url:
        return f"No more mails from us: {url}"
    if mailto:
        return f"No more mails from us: write to {mailto}, or answer “stop”."
    return "No more mails from us: answer “stop”."


def _flowed(body: str, who: str, way_out: str) -> str:
    """RFC 3676: a line that ends with a blank goes on in the next; a line that begins with one, with > or with From gets one more."""
    rows = [row for paragraph in body.split("\n") for row in _flow(paragraph.rstrip(" "))]
    foot = [row for paragraph in (who, way_out) if paragraph for row in _flow(paragraph)]
    return "\n".join([*rows, "", "-- ", *foot]) + "\n"


def _flow(paragraph: str) -> list[str]:
    rows = [""]
    for word in re.findall(" *[^ ]+", paragraph):
        if rows[-1] and len(rows[-1]) + len(word) > _FLOWED:
            plain = word.lstrip(" ")
            rows[-1] += word[: len(word) - len(plain)]
            rows.append(plain)
        else:
            rows[-1] += word
    return [f" {row}" if row.startswith((" ", ">", "From ")) else row for row in rows]


def _as_html(body: str, who: str, url: str | None, mailto: str | None) -> str:
    paragraphs = [part for part in re.split(r"\n{2,}", body) if part.strip()]
    told = "".join(f"<p>{_marked(part)}</p>\n" for part in paragraphs)
    link = url or (_mail_link(mailto) if mailto else None)
    out = (
        f'<a href="{html.escape(link)}">No more mails from us</a>'
        if link
        else html.escape("No more mails from us: answer “stop”.")
    )
    foot = f"{html.escape(who)}<br>\n{out}" if who else out
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head>\n<body>\n'
        f'{told}<p style="color:#666;font-size:smaller">{foot}</p>\n</body></html>\n'
    )


def _marked(paragraph: str) -> str:
    return "<br>\n".join(html.escape(line, quote=False) for line in paragraph.split("\n"))
