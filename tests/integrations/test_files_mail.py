"""Mail: who wrote what to whom, what is new in it, and whether a machine wrote it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from integrations.files import read_bytes
from sales.records import MailMessage, Person


def mail(text: str | bytes, name: str = "m.eml") -> MailMessage:
    (found,) = read_bytes(text if isinstance(text, bytes) else text.encode(), name)
    assert isinstance(found, MailMessage)
    return found


PLAIN = """From: =?utf-8?q?Andr=C3=A9?= <A@b.c>
To: x@y.z, "Lee, Ann" <ann@r.s>
Cc: undisclosed-recipients:;
Subject: =?utf-8?q?caf=C3=A9?=
 price
Date: Tue, 04 Mar 2025 10:00:00 +0100
Message-ID: <1@x>
In-Reply-To: <0@x>
References: <00@x>
 <0@x>

Yes please.

On Mon, Mar 3, 2025 at 9:00 AM Bob <b@c.d> wrote:
> price?
> soon?
"""


def test_a_reply_is_taken_apart() -> None:
    found = mail(PLAIN)
    assert found.sender == Person("André", "a@b.c", "from")
    assert found.recipients == (Person(None, "x@y.z", "to"), Person("Lee, Ann", "ann@r.s", "to"))
    assert (found.subject, found.message_id, found.in_reply_to, found.references) == (
        "café price",
        "1@x",
        "0@x",
        ("00@x", "0@x"),
    )
    assert found.sent_at == datetime(2025, 3, 4, 10, tzinfo=timezone(timedelta(hours=1)))
    assert found.body == "Yes please."
    assert found.quoted.startswith("On Mon, Mar 3")
    assert not found.automatic


def test_answers_between_quoted_lines_are_new() -> None:
    found = mail(
        "From: a@b.c\nSubject: re\n\nOn Mon, Mar 3, 2025 at 9:00 AM Bob <b@c.d> wrote:\n> price?\nTwelve.\n> when?\nMay.\n"
    )
    assert found.body == "Twelve.\nMay."
    assert "> when?" in found.quoted


def test_html_alone_becomes_text() -> None:
    found = mail(
        'From: a@b.c\nSubject: h\nContent-Type: text/html; charset="bogus"\n\n<style>x{}</style><p>Hi &amp; bye</p><p>Now</p><blockquote>old<br>words</blockquote>'
    )
    assert found.body == "Hi & bye\n\nNow"
    assert found.quoted == "> old\n> words"


def test_a_mail_without_an_id_gets_the_same_one_each_time() -> None:
    text = "From: a@b.c\nSubject: no id\n\nbody\n"
    assert mail(text).message_id == mail(text, "other.eml").message_id
    assert mail(text).message_id != mail(text.replace("body", "other")).message_id


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "Return-Path: <>", "Content-Type: multipart/report; boundary=x",
        "X-Failed-Recipients: a@b.c", "Subject: Out of Office: back Monday", "Subject: Undeliverable: Your offer", "Sender: x\nFrom: MAILER-DAEMON@x.y",
    ],
)  # fmt: skip
def test_machines_are_told_from_people(header: str) -> None:
    assert mail(f"{header}\nTo: b@c.d\nMessage-ID: <1@x>\n\ntext\n").automatic


def test_a_list_or_an_explicit_no_is_no_machine() -> None:
    assert not mail("From: a@b.c\nAuto-Submitted: no\nPrecedence: list\nSubject: Offer\n\ntext\n").automatic


def test_an_mbox_is_split_where_mails_begin_and_only_there() -> None:
    text = (
        "From a@b.c Tue Mar 04 10:00:00 2025\nFrom: a@b.c\nMessage-ID: <1@x>\n\nHi\n\nFrom here on it is text 2025\n>From quoted\n\n"
        "From b@b.c Tue Mar 04 10:00:00 2025\nFrom: b@b.c\nMessage-ID: <2@x>\n\nSecond\n"
    )
    first, second = [item for item in read_bytes(text.encode(), "box.mbox") if isinstance(item, MailMessage)]
    assert first.body == "Hi\n\nFrom here on it is text 2025\nFrom quoted"
    assert (second.message_id, second.body) == ("2@x", "Second")
    assert second.origin.line > first.origin.line


def test_raw_bytes_in_headers_and_body_become_letters() -> None:
    found = mail(
        "From: Müller <a@b.c>\nSubject: Größe\nContent-Type: text/plain; charset=utf-8\n\nGrüße\n".encode("cp1252")
    )
    assert (found.sender, found.subject, found.body) == (Person("Müller", "a@b.c", "from"), "Größe", "Grüße")


def test_a_huge_header_does_not_hold_the_import_up() -> None:
    found = mail(b"From: a@b.c\nSubject: s\nX-Long: " + b"=?utf-8?q?a?= \n " * 200_000 + b"\n\nbody\n")
    assert found.body == "body"
