"""Mail from `.eml` and mbox files: headers however broken, the new text apart from what it quotes, machines told from people."""

from __future__ import annotations

import email.policy
import hashlib
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.feedparser import BytesFeedParser
from email.header import decode_header
from email.message import EmailMessage, Message
from email.policy import Policy
from email.utils import getaddresses, parsedate_to_datetime
from typing import BinaryIO

from integrations.files.decoding import Source, clean
from integrations.files.mailbody import body_text, split_reply
from integrations.files.options import Hints
from sales.automatic import is_automatic_subject
from sales.records import MailMessage, Origin, Person, Reject

_BROKEN = (ValueError, IndexError, AttributeError, KeyError, TypeError, LookupError, AssertionError)
"""What the standard library's mail parser is known to raise on hostile headers and charsets."""

_FROM_LINE = re.compile(rb"^From \S+.*\d{4}\s*(?:[+-]\d{4})?\s*$|^From (?:MAILER-DAEMON|-|\S+@\S+)\b.*$")
_HEADER_LINE = re.compile(rb"^[A-Za-z][A-Za-z0-9-]*:[ \t]?")
_ROBOTS = re.compile(
    r"^(?:mailer-?daemon|postmaster|bounces?|(?:do-?)?not?-?reply|mail-?delivery(?:-?subsystem)?|complaints|feedbackloop|fbl)\b",
    re.IGNORECASE,
)
_LONGEST_HEADER = 20_000
_NESTS = re.compile(rb"(?im)^content-type[ \t]*:\s*(?:multipart|message)/")
_MOST_NESTS = 120
_MOST_PARTS = 2_000
_AT_ONCE = 16_384
_MAX_MESSAGE = 60_000_000


def _values(message: Message, name: str) -> list[str]:
    """All headers of a name as text, whatever state they are in."""
    raw = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]
    if any("\ud800" <= letter <= "\udfff" for value in raw for letter in value):
        return [_decoded(_repaired(value)) for value in raw]
    try:
        return [str(value) for value in message.get_all(name, [])]
    except _BROKEN:
        return [_decoded(value) for value in raw]


def header(message: Message, name: str) -> str | None:
    """A header as text, whatever state it is in; None where it is absent or blank."""
    text = next(iter(_values(message, name)), "")
    return re.sub(r"\s+", " ", clean(text)).strip() or None


def _repaired(text: str) -> str:
    """Raw bytes in a header as what they most likely are: UTF-8, else Windows-1252."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _decoded(raw: str) -> str:
    try:
        parts = decode_header(raw)
    except _BROKEN:
        return raw
    out = []
    for piece, charset in parts:
        if isinstance(piece, str):
            out.append(piece)
            continue
        try:
            out.append(piece.decode(charset or "utf-8", "replace"))
        except LookupError:
            out.append(piece.decode("cp1252", "replace"))
    return "".join(out)


def _people(message: Message, name: str) -> list[Person]:
    """Everybody in one address header, by the tolerant parser; groups without members are nobody."""
    values = _values(message, name)
    text = ", ".join(re.sub(r"[\r\n]+\s*", " ", value) for value in values)[:100_000]
    found: list[Person] = []
    try:
        pairs = getaddresses([text])
    except _BROKEN:
        pairs = []
    if text.strip() and not any(address for _, address in pairs):
        pairs = [("", address) for address in re.findall(r"[\w.+\-=']+@[\w.\-]+", text)]
    for shown, address in pairs:
        shown, address = _tidy(shown), _tidy(address).strip("<> ")
        if "@" not in address:
            shown, address = shown or address, ""
        if (shown or address) and not any(p.email == address.lower() and address for p in found):
            found.append(Person(shown.strip("\"' ") or None, address.lower() or None, name.lower()))
    return found


def _tidy(text: str) -> str:
    if "=?" in text:
        text = _decoded(text)
    return re.sub(r"\s+", " ", clean(_repaired(text) if any("\ud800" <= c <= "\udfff" for c in text) else text)).strip()


def _ids(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    found = re.findall(r"<([^<>\s]{1,500})>", text) or [
        word for word in text.split() if "@" in word and len(word) < 500
    ]
    return tuple(dict.fromkeys(found))


def _sent_at(message: Message, hints: Hints) -> datetime | None:
    texts = [header(message, "Date"), header(message, "Resent-Date")]
    received = header(message, "Received")
    if received and ";" in received:
        texts.append(received.rpartition(";")[2])
    for text in texts:
        if not text:
            continue
        try:
            moment = parsedate_to_datetime(text)
            if moment.year < 1970:
                continue
            return moment if moment.tzinfo else moment.replace(tzinfo=hints.zone)
        except (*_BROKEN, OverflowError):
            continue
    return None


def is_automatic(message: Message, sender: Person | None) -> bool:
    """Whether a machine sent it of itself: auto-reply, bounce, complaint or receipt.

    By RFC 3834 (`Auto-Submitted`), RFC 3462 (`multipart/report`), a null return path, the vacation headers in use, a
    daemon as its sender, and, last, the subjects that mail systems write.
    """
    submitted = header(message, "Auto-Submitted")
    if submitted and not submitted.casefold().startswith("no"):
        return True
    for name in (
        "X-Autoreply",
        "X-Autorespond",
        "X-Auto-Response",
        "X-Autoresponder",
        "X-Vacation",
        "X-Failed-Recipients",
        "X-Mailer-Daemon",
        "X-HE-Virus-Scanned-Bounce",
    ):
        value = header(message, name)
        if value and value.casefold() not in ("no", "false", "none"):
            return True
    if (header(message, "Precedence") or "").casefold() in ("auto_reply", "auto-reply", "autoreply"):
        return True
    kind = (header(message, "Content-Type") or "").casefold()
    if kind.startswith(("multipart/report", "message/delivery-status", "message/feedback-report")):
        return True
    if (header(message, "Return-Path") or "").replace(" ", "") == "<>":
        return True
    typed = header(message, "User-Agent") or header(message, "X-Mailer")  # some people are their own postmaster
    if (
        sender is not None
        and sender.email
        and _ROBOTS.match(sender.email)
        and not (typed and sender.email.startswith("postmaster"))
    ):
        return True
    if (
        sender is not None
        and sender.name
        and re.search(r"mail delivery (sub)?system|mailer-?daemon", sender.name, re.IGNORECASE)
    ):
        return True
    return is_automatic_subject(header(message, "Subject") or "")


def _trimmed(raw: bytes) -> bytes:
    """The mail with headers of a sane length: the parser's time grows with the square of a header's."""
    found = re.search(rb"\r?\n\r?\n", raw)
    end = found.start() if found else len(raw)
    if end <= _LONGEST_HEADER:
        return raw
    headers = re.split(rb"\r?\n(?![ \t])", raw[:end])[:2000]
    return (
        b"\n".join(
            each[:_LONGEST_HEADER].rpartition(b"\n")[0] or each[:_LONGEST_HEADER]
            if len(each) > _LONGEST_HEADER
            else each
            for each in headers
        )
        + raw[end:]
    )


def _shallow(raw: bytes) -> bytes:
    """The mail up to where parts within parts become too many: the parser goes down into each by calling itself."""
    for number, found in enumerate(_NESTS.finditer(raw), 1):
        if number > _MOST_NESTS:
            return raw[: found.start()]
    return raw


def _parsed(raw: bytes, kind: type[Message], policy: Policy) -> Message:
    """Parse as far as a sane number of parts goes: each costs time, and a mail of thousands says nothing more."""
    made = 0

    def part(*_: object, **__: object) -> Message:
        nonlocal made
        made += 1
        return kind(policy=policy)

    parser = BytesFeedParser(part, policy=policy)
    for start in range(0, len(raw), _AT_ONCE):
        parser.feed(raw[start : start + _AT_ONCE])
        if made > _MOST_PARTS:
            break
    return parser.close()


def parse_message(raw: bytes) -> Message | None:
    """Take a mail apart, however broken and however deep; None where that can't be done."""
    raw = _shallow(_trimmed(re.sub(rb"\A(?:\s*\n)?(?:>?From [^\n]*\n)?", b"", raw, count=1)))
    try:
        return _parsed(raw, EmailMessage, email.policy.default)
    except (*_BROKEN, RecursionError):
        try:
            return _parsed(raw, Message, email.policy.compat32)
        except (*_BROKEN, RecursionError):
            return None


def read_message(raw: bytes, origin: Origin, hints: Hints) -> MailMessage | Reject:
    """One mail from its bytes, or a reject where it is none."""
    return record_of(parse_message(raw), raw, origin, hints)


def record_of(message: Message | None, raw: bytes, origin: Origin, hints: Hints) -> MailMessage | Reject:
    """The record of a mail that `parse_message` took apart, or a reject where it is none."""
    if message is None:
        return Reject(origin, "This mail can't be taken apart.", clean(raw[:2000].decode("utf-8", "replace")))
    sender = next(iter(_people(message, "From") or _people(message, "Sender")), None)
    names = {name.lower() for name in message.keys()}  # noqa: SIM118 - a Message is no mapping
    if not names & {"from", "sender", "to", "subject", "message-id", "date", "received", "return-path"}:
        return Reject(
            origin, "This is no mail: it has no header that a mail has.", clean(raw[:2000].decode("utf-8", "replace"))
        )
    sent_at = _sent_at(message, hints)
    text = body_text(message)
    new, quoted = split_reply(text)
    subject = header(message, "Subject")
    recipients = tuple(person for name in ("To", "Cc", "Bcc") for person in _people(message, name))
    parents = _ids(header(message, "In-Reply-To"))
    own = _ids(header(message, "Message-ID")) or _ids(header(message, "Message-Id"))
    return MailMessage(
        origin=origin,
        message_id=own[0] if own else _derived(sender, subject, sent_at, recipients, text),
        subject=subject,
        sender=sender,
        recipients=recipients,
        sent_at=sent_at,
        body=new,
        quoted=quoted,
        in_reply_to=parents[0] if parents else None,
        references=_ids(header(message, "References")),
        automatic=is_automatic(message, sender),
    )


def _derived(
    sender: Person | None, subject: str | None, sent_at: datetime | None, recipients: tuple[Person, ...], text: str
) -> str:
    """An id for a mail that has none, the same at each import: a hash of who, when, to whom and what."""
    instant = sent_at.astimezone(UTC).isoformat() if sent_at else ""
    parts = [
        sender.email if sender else "",
        subject or "",
        instant,
        *(person.email or person.name or "" for person in recipients),
        text,
    ]
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()
    return f"{digest[:24]}@no-message-id.invalid"


def read_eml(source: Source, hints: Hints) -> Iterator[MailMessage | Reject]:
    """The one mail of an `.eml` file."""
    yield read_message(source.read(), Origin(source.name, 1, "mail"), hints)


def read_mbox(source: Source, hints: Hints) -> Iterator[MailMessage | Reject]:
    """The mails of an mbox, one after the other; a line of `From ` begins one only where headers follow it."""
    with source.open() as stream:
        for line, raw in _messages(stream):
            origin = Origin(source.name, line, "mail")
            if len(raw) > _MAX_MESSAGE:
                yield Reject(origin, "This mail is larger than 60 MB.")
            elif raw.strip():
                yield read_message(re.sub(rb"(?m)^>(>*From )", rb"\1", raw), origin, hints)


def _messages(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(first line, bytes) of each mail. Long mails are gathered in a spooled file, so that only one is in memory."""
    start, blank, number = 1, True, 0
    held: tuple[int, bytes] | None = None
    with tempfile.SpooledTemporaryFile(max_size=8_000_000) as part:

        def taken() -> bytes:
            part.seek(0)
            raw = part.read(_MAX_MESSAGE + 1)
            part.seek(0)
            part.truncate()
            return raw

        while line := stream.readline(1_000_000):
            number += 1
            if held is not None:
                if _HEADER_LINE.match(line):
                    yield start, taken()
                    start = held[0]
                else:
                    part.write(held[1])
                held = None
            if blank and line.startswith(b"From ") and _FROM_LINE.match(line.rstrip(b"\r\n")):
                held = number, line
                continue
            part.write(line)
            blank = not line.strip()
        if held is not None:
            part.write(held[1])
        yield start, taken()
