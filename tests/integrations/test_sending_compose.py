"""Every mail that we write can be read back, says the same in text and HTML, and carries no header that somebody else put there."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Fatal
from infra.settings import Settings
from integrations.sending.compose import Footer, Letter, compose, is_one_click
from integrations.sending.headers import Unsendable
from integrations.sending.signing import DkimKey, dkim_key

MARKER = "<e-1.x@tallyport.example>"
URL = "https://deals.tallyport.example/unsubscribe/" + "gAAAAAB" * 25
SENT = datetime(2026, 11, 23, 9, 0, tzinfo=timezone(timedelta(hours=1)))
FOOTER = Footer("Ines Calder", "Tallyport", "1 High Street, Porto")
ALLOWED = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "mime-version",
    "content-type",
}
NASTY = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "x\r\nBcc: all@evil.example",
            "x\nSubject: other",
            "x\r\n\r\n<script>",
            "=?utf-8?q?a=0D=0ABcc=3A_x?=",
            "=?utf-8?b?DQpCY2M6IHg=?=",
            "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g",
            '"Ann" <evil@evil.example>, ',
            "Ann, (comment) \\",
            "\u202eevil",
            "Müller & Söhne GmbH",
            "李雷",
            "👩‍👩‍👧‍👦" * 20,
            "a" * 400,
        ]
    ),
)


def _letter(**changes: object) -> Letter:
    fields: dict[str, object] = {
        "sender": "ines@tallyport.example",
        "to": "bob@acme.example",
        "subject": "Your first ninety days",
        "body": "Hello Bob,\n\nyou joined to build the team.\n\nInes",
        "sender_name": "Ines Calder",
        "to_name": "Bob Stone",
    }
    return Letter(**{**fields, **changes})  # type: ignore[arg-type]


def _composed(letter: Letter, **changes: object) -> bytes:
    given_: dict[str, object] = {
        "marker": MARKER,
        "footer": FOOTER,
        "unsubscribe_url": URL,
        "unsubscribe_mailto": "stop@tallyport.example",
        "date": SENT,
    }
    return compose(letter, **{**given_, **changes})  # type: ignore[arg-type]


def _parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _names(raw: bytes) -> list[str]:
    head = raw.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0].decode().lower() for line in re.split(rb"\r\n(?![ \t])", head)]


def _raw(raw: bytes, name: str) -> str:
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    found = re.search(rf"(?mi)^{name}: ([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", head)
    assert found is not None
    return found[1]


def _decoded(raw: bytes, name: str) -> str:
    return str(make_header(decode_header(_raw(raw, name).replace("\r\n", ""))))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert tag in {"html", "head", "meta", "body", "p", "br", "a"}

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def _unflowed(text: str) -> str:
    """RFC 3676, 4.4: join lines that end with a blank; the signature's own line is none of them."""
    out, open_line = [], ""
    for line in text.replace("\r\n", "\n").split("\n"):
        plain = line[1:] if line.startswith(" ") else line
        if line.endswith(" ") and line != "-- ":
            open_line += plain
        else:
            out.append(open_line + plain)
            open_line = ""
    return "\n".join(out)


def test_a_mail_says_who_writes_how_to_stop_and_when_it_was_written() -> None:
    raw = _composed(_letter())
    message = _parsed(raw)
    assert _names(raw) == [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "mime-version",
        "content-type",
    ]
    assert message["From"] == "Ines Calder <ines@tallyport.example>"
    assert message["To"] == "Bob Stone <bob@acme.example>"
    assert message["Message-ID"] == MARKER
    assert parsedate_to_datetime(message["Date"]) == SENT
    text = message.get_body(("plain",))
    assert text is not None
    said = _unflowed(text.get_content())
    assert "you joined to build the team." in said
    assert "Ines Calder · Tallyport · 1 High Street, Porto" in said
    assert URL in said
    assert raw.isascii()


def test_one_click_is_offered_as_rfc_8058_wants_it() -> None:
    raw = _composed(_letter())
    assert [part.strip() for part in _raw(raw, "List-Unsubscribe").replace("\r\n", "").split(",")] == [
        f"<{URL}>",
        "<mailto:stop@tallyport.example?subject=unsubscribe>",
    ]
    assert _raw(raw, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    plain_http = _composed(_letter(), unsubscribe_url="http://deals.example/unsubscribe/x")
    assert "list-unsubscribe-post" not in _names(plain_http)
    assert "list-unsubscribe" not in _names(_composed(_letter(), unsubscribe_url=None, unsubscribe_mailto=None))


@pytest.mark.parametrize(
    "url, offered",
    [
        ("https://a.example/x", True),
        ("http://127.0.0.1:8321/x", True),
        ("http://localhost/x", True),
        ("http://a.example/x", False),
        ("https:///x", False),
    ],
)
def test_one_click_needs_https_but_for_this_machine(url: str, offered: bool) -> None:
    assert is_one_click(url) is offered


def test_a_follow_up_stands_in_its_thread() -> None:
    long = f"<{'a' * 120}@mail.acme.example>"
    raw = _composed(
        _letter(in_reply_to="<r2@acme.example>", references=("<r1@acme.example>", "no id\r\nX-Evil: 1", long))
    )
    assert _raw(raw, "In-Reply-To") == "<r2@acme.example>"
    assert _raw(raw, "References").split() == ["<r1@acme.example>", long, "<r2@acme.example>"]
    assert "x-evil" not in _names(raw)


@settings(max_examples=250, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY)
def test_nothing_in_a_mail_can_write_a_header_of_its_own(name: str, to_name: str, subject: str, body: str) -> None:
    raw = _composed(_letter(sender_name=name, to_name=to_name, subject=subject, body=body))
    message = _parsed(raw)
    names = _names(raw)
    assert set(names) <= ALLOWED
    assert len(names) == len(set(names))
    assert not message.defects
    assert [address.addr_spec for address in message["From"].addresses] == ["ines@tallyport.example"]
    assert [address.addr_spec for address in message["To"].addresses] == ["bob@acme.example"]
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    visible = re.sub(r"\s", "", subject)
    if visible.isprintable() and len(subject) <= 250:
        assert re.sub(r"\s", "", _decoded(raw, "Subject")) == visible if subject.strip() else True


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"), exclude_characters="-")
        | st.sampled_from("\n > "),
        max_size=400,
    )
)
def test_the_body_reads_back_word_for_word_in_text_and_html(body: str) -> None:
    message = _parsed(_composed(_letter(body=body)))
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    said, _, footer = _unflowed(text.get_content()).partition("\n\n-- \n")
    assert said == "\n".join(line.rstrip(" ") for line in body.strip("\n").split("\n"))
    assert URL in footer
    reader = _Text()
    reader.feed(page.get_content())
    shown = "".join("".join(reader.said).split())
    assert shown.startswith("".join(body.split()))
    assert reader.links == [URL]


@pytest.mark.parametrize(
    "field, value",
    [
        ("to", "bob@acme.example\r\nBcc: x@y.example"),
        ("to", "bob@acme.example, eve@evil.example"),
        ("to", "bob"),
        ("to", '"bob smith"@acme.example'),
        ("sender", "ines@tallyport.example>\r\n"),
        ("sender", ""),
    ],
)
def test_an_address_that_is_none_is_refused(field: str, value: str) -> None:
    with pytest.raises(Unsendable):
        _composed(_letter(**{field: value}))


@pytest.mark.parametrize("marker", ["e@x", "<e@x>\r\nBcc: y", "<e x@y>", "<>", "<e>"])
def test_a_message_id_that_is_none_is_refused(marker: str) -> None:
    with pytest.raises(Unsendable):
        _composed(_letter(), marker=marker)


def test_a_domain_in_another_script_is_written_in_its_ascii_form() -> None:
    assert _parsed(_composed(_letter(to="bob@bücher.example")))["To"].addresses[0].domain == "xn--bcher-kva.example"


def test_the_same_mail_is_the_same_bytes() -> None:
    assert _composed(_letter()) == _composed(_letter())


@pytest.fixture(scope="module")
def key() -> tuple[bytes, bytes]:
    """A private key in PEM, and the TXT record of its public half."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def test_a_signed_mail_verifies_and_covers_the_way_out(key: tuple[bytes, bytes]) -> None:
    pem, record = key
    raw = _composed(_letter(subject="Grüße"), dkim=DkimKey("dw1", pem))
    asked: list[bytes] = []

    def txt(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    assert dkim.verify(raw, dnsfunc=txt)
    assert asked == [b"dw1._domainkey.tallyport.example."]
    parts = [part.strip() for part in _raw(raw, "DKIM-Signature").replace("\r\n", "").split(";") if "=" in part]
    signature: Mapping[str, str] = {part.split("=", 1)[0]: part.split("=", 1)[1] for part in parts}
    covered = [name.strip() for name in signature["h"].split(":")]
    assert {"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"} <= set(covered)
    assert signature["d"] == "tallyport.example"
    for change in ((b"Unsubscribe=One-Click", b"Unsubscribe=Two-Click"), (b"To: Bob", b"To: Rob")):
        assert not dkim.verify(raw.replace(*change), dnsfunc=txt)
    assert not dkim.verify(b"From: other <o@tallyport.example>\r\n" + raw, dnsfunc=txt)


def test_dkim_set_up_by_half_is_told(home: Path, tmp_path: Path, key: tuple[bytes, bytes]) -> None:
    path = tmp_path / "dkim.pem"
    path.write_bytes(key[0])
    assert dkim_key(Settings(home=home)) is None
    told = dkim_key(Settings(home=home, dkim_key_file=path, dkim_selector="dw1"))
    assert told is not None
    assert told.selector == "dw1"
    with pytest.raises(Fatal):
        dkim_key(Settings(home=home, dkim_key_file=path))
    with pytest.raises(Fatal):
        dkim_key(Settings(home=home, dkim_key_file=tmp_path / "none.pem", dkim_selector="dw1"))
    path.write_text("no key")
    with pytest.raises(Fatal):
        dkim_key(Settings(home=home, dkim_key_file=path, dkim_selector="dw1"))


def test_a_date_is_written_with_its_offset() -> None:
    assert (
        _raw(_composed(_letter(), date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), "Date")
        == "Fri, 02 Jan 2026 03:04:05 +0000"
    )
