"""A mail that came in, from its bytes to the record that is sorted: the text, the delivery report, the complaint, what came back of ours."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.message import Message

from integrations.files.decoding import clean
from integrations.files.mail import header, parse_message, record_of
from integrations.files.mailbody import body_text, html_text, split_reply
from integrations.files.options import Hints
from sales.mail.bounces import daemon
from sales.mail.incoming import Incoming
from sales.records import MailMessage, Origin, Reject

_BROKEN = (ValueError, IndexError, AttributeError, KeyError, TypeError, LookupError, AssertionError, RecursionError)
_KEPT = (
    "from return-path auto-submitted content-type precedence x-failed-recipients x-autoreply x-autorespond x-autoresponder x-auto-response x-vacation "
    "x-mlserver x-mailer-daemon user-agent x-mailer x-apple-unsubscribe to delivered-to x-original-to reply-to list-unsubscribe list-id sensitivity "
    "x-hmxmroriginalrecipient subject x-original-message-id x-auto-response-suppress"
).split()
_RETURNED = ("message-id", "to", "from", "subject", "list-unsubscribe", "date", "references", "in-reply-to")
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9\-]{1,60})[ \t]*:[ \t]?(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_RECIPIENT = re.compile(r"(?i)(?<=\n)(?=final-recipient\s*:)")
_REPORTS = ("message/delivery-status", "message/global-delivery-status", "message/xdelivery-status")
_COMPLAINTS = ("message/feedback-report",)
_RETURNED_KINDS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers", "message/partial")  # fmt: skip
_MOST_PARTS = 200
_LONGEST = 200_000
_MARK = "\u2063start\u2063"


def read_incoming(raw: bytes, origin: Origin, hints: Hints) -> tuple[Incoming, MailMessage] | Reject:
    """One mail from its bytes: as it is sorted, and as the spine keeps it. A reject where it is none."""
    message = parse_message(raw)
    kept = record_of(message, raw, origin, hints)
    if isinstance(kept, Reject) or message is None:
        return kept if isinstance(kept, Reject) else Reject(origin, "This mail can't be taken apart.")
    text = body_text(message)
    delivery, feedback, returned = _reports(message)
    if not text and delivery:
        text = _first_text(message)
    new, quoted = own_words(text)
    returned = returned or _returned_in_text(text)
    incoming = Incoming(
        message_id=kept.message_id,
        subject=kept.subject or "",
        sender=kept.sender,
        recipients=kept.recipients,
        sent_at=kept.sent_at,
        headers={name: value for name in _KEPT if (value := header(message, name)) is not None},
        text=text,
        new=new,
        quoted=quoted,
        delivery=delivery,
        feedback=feedback,
        returned=returned,
        in_reply_to=kept.in_reply_to,
        references=kept.references,
    )
    if not delivery and daemon(incoming) and (enclosed := _enclosed_report(message)):
        incoming = replace(incoming, delivery=enclosed)
    return incoming, kept


def _enclosed_report(message: Message) -> tuple[Mapping[str, str], ...]:
    """The delivery report that another mail system enclosed in a notice of its own."""
    for kind, part in _own_parts(message):
        if kind == "message/rfc822":
            for inner in _children(part):
                if found := _reports(inner)[0]:
                    return found
    return ()


def own_words(text: str) -> tuple[str, str]:
    """A text as (what is new, the history quoted with it); the new part is "" where all of it is quoted."""
    new, quoted = split_reply(f"{_MARK}\n\n{text}")
    return new.replace(_MARK, "", 1).strip(), quoted


def _children(part: Message) -> list[Message]:
    try:
        inner = part.get_payload() if part.is_multipart() else None
    except _BROKEN:
        return []
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def _own_parts(message: Message) -> Iterator[tuple[str, Message]]:
    """The parts of the mail itself with their types; an enclosed mail is one part, never looked into."""
    stack, seen = [message], 0
    while stack and seen < _MOST_PARTS:
        part = stack.pop()
        seen += 1
        try:
            kind = part.get_content_type()
        except _BROKEN:
            continue
        yield kind, part
        if not kind.startswith("message/"):
            stack.extend(reversed(_children(part)))


def _text_of(part: Message) -> str:
    """A part's content as text, also where the parser has taken it for messages."""
    children = _children(part)
    if children:
        return "\n\n".join(child.as_bytes(policy=email.policy.compat32).decode("utf-8", "replace") for child in children)[:_LONGEST]  # fmt: skip
    try:
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(part.get_payload() or "")
    except _BROKEN:
        return ""
    return clean(text)[:_LONGEST]


def fields_of(block: str) -> dict[str, str]:
    """The fields of a block of headers, by lower-case name; the first of a name counts."""
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(block.replace("\r\n", "\n")):
        fields.setdefault(name.lower(), re.sub(r"\s*\n\s*", " ", value).strip())
    return fields


def _groups(text: str) -> tuple[Mapping[str, str], ...]:
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    # Some systems leave the empty line between recipients out: each Final-Recipient begins a group.
    pieces = [
        piece
        for block in blocks[:_MOST_PARTS]
        for piece in (_RECIPIENT.split(block) if len(_RECIPIENT.findall(f"\n{block}")) > 1 else [block])
    ]
    return tuple(fields for piece in pieces[:_MOST_PARTS] if (fields := fields_of(piece)))


def _reports(message: Message) -> tuple[tuple[Mapping[str, str], ...], dict[str, str], dict[str, str]]:
    delivery: list[Mapping[str, str]] = []
    feedback: dict[str, str] = {}
    returned: dict[str, str] = {}
    for kind, part in _own_parts(message):
        if kind in _REPORTS:
            delivery += _groups(_text_of(part))
        elif kind in _COMPLAINTS:
            feedback = feedback or fields_of(_text_of(part))
        elif kind in _RETURNED_KINDS and not returned:
            fields = fields_of(_text_of(part).lstrip().partition("\n\n")[0])
            returned = {name: fields[name] for name in _RETURNED if name in fields}
    return tuple(delivery), feedback, returned


def _returned_in_text(text: str) -> dict[str, str]:
    """The headers of a mail that came back inside the text, below what the mail system wrote."""
    blocks = re.split(r"\n[ \t]*\n", text)
    for block in blocks[1:_MOST_PARTS]:
        plain = re.sub(r"(?m)^[> \t]{0,8}(?=[A-Za-z][A-Za-z0-9\-]{1,40}[ \t]*:)", "", block)
        fields = fields_of(plain)
        if "message-id" in fields and fields.keys() & {"from", "to", "subject", "received", "date"}:
            return {name: fields[name] for name in _RETURNED if name in fields}
    return {}


def _first_text(message: Message) -> str:
    """The first readable part of a report whose parts are wrongly labelled."""
    for kind, part in _own_parts(message):
        if kind.startswith("text/") and (found := _text_of(part).strip()):
            return html_text(found) if kind == "text/html" else found
    return ""
