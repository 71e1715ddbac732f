"""Mails that are made to be slow: nested or wide beyond reason. Each is read in a moment, or told to be none."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest

from integrations.files.incoming import read_incoming
from integrations.files.options import Hints
from sales.mail.incoming import Incoming
from sales.records import Origin

HEAD = b"From: a@b.example\nTo: c@d.example\nSubject: s\nMessage-ID: <1@b.example>\nDate: Mon, 23 Nov 2026 14:00:00 +0000\nMIME-Version: 1.0\n"
LONGEST_S = 4.0
"""Far above what it takes (a second), far below what it took (fifty)."""


def nested(depth: int) -> bytes:
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
    return HEAD + opened + b"Content-Type: text/plain\n\nhello\n" + b"\n--b0--\n"


def enclosed(depth: int) -> bytes:
    inner = b"Content-Type: message/rfc822\n\nFrom: a@b.example\nSubject: x\nMIME-Version: 1.0\n"
    return HEAD + inner * depth + b"Content-Type: text/plain\n\nhello\n" + b"x" * 5_000_000


def wide(parts: int) -> bytes:
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\nContent-Type: text/plain\n\nhi\n" * parts


def report(recipients: int) -> bytes:
    one = b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n"
    return HEAD + b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: message/delivery-status\n\n' + one * recipients  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [nested(400), nested(5_000), enclosed(300), enclosed(5_000), wide(200_000), report(200_000)],
    ids=["nested", "deeply nested", "enclosed", "deeply enclosed", "wide", "report"],
)
def test_a_monstrous_mail_takes_no_time(raw: bytes) -> None:
    begun = time.thread_time()
    read_incoming(raw, Origin("m", 0, "test"), Hints(zone=ZoneInfo("UTC")))
    assert time.thread_time() - begun < LONGEST_S


def test_what_stands_before_the_excess_is_kept() -> None:
    found = read_incoming(wide(10_000), Origin("m", 0, "test"), Hints(zone=ZoneInfo("UTC")))
    assert isinstance(found, tuple)
    incoming = found[0]
    assert isinstance(incoming, Incoming)
    assert (incoming.message_id, incoming.text.splitlines()[0]) == ("1@b.example", "hi")
