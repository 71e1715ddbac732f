"""What a sender is told of a mail over SMTP: taken, surely not taken, or nobody knows."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest

from infra.errors import Fatal
from integrations.sending.carrier import NotTaken, OutcomeUnknown
from integrations.sending.smtp import Smtp, read_url
from tests.fakes.smtp_server import Break, Mailroom, breaking_server, smtp_server

MAIL = b"Message-ID: <1@a.example>\r\nSubject: x\r\n\r\nHello\r\n.hidden dot\r\n..\r\n"
WAYS = {"sender": "ann@a.example", "recipient": "bob@b.example", "marker": "<1@a.example>"}


def test_a_mail_arrives_byte_for_byte_with_its_dots() -> None:
    room = Mailroom()
    with smtp_server(room) as port:
        carrier = Smtp(f"smtp://127.0.0.1:{port}")
        receipt = carrier.send(MAIL, **WAYS)
    [mail] = room.mails
    assert (mail.sender, mail.recipients, mail.content) == ("ann@a.example", ["bob@b.example"], MAIL)
    assert receipt.carrier == "smtp"
    assert "Q1" in (receipt.reference or "")
    assert carrier.find("<1@a.example>", sender="ann@a.example") == "cannot_tell"


@pytest.mark.parametrize(
    "answer, permanent", [("550 5.1.1 no such user", True), ("450 4.2.1 try later", False), ("421 busy", False)]
)
def test_a_refused_recipient_is_told_as_such(answer: str, permanent: bool) -> None:
    room = Mailroom(refusals={"bob@b.example": answer})
    with smtp_server(room) as port, pytest.raises(NotTaken) as refused:
        Smtp(f"smtp://127.0.0.1:{port}").send(MAIL, **WAYS)
    assert (refused.value.permanent, refused.value.about_recipient) == (permanent, True)
    assert refused.value.code == f"smtp_recipient_{answer[:3]}"
    assert room.mails == []


@pytest.mark.parametrize("answer, permanent", [("554 5.7.1 spam", True), ("451 4.3.0 disk full", False)])
def test_a_mail_refused_after_its_content_was_not_taken(answer: str, permanent: bool) -> None:
    with smtp_server(Mailroom(verdict=answer)) as port, pytest.raises(NotTaken) as refused:
        Smtp(f"smtp://127.0.0.1:{port}").send(MAIL, **WAYS)
    assert (refused.value.permanent, refused.value.about_recipient) == (permanent, False)


def test_a_server_that_is_not_there_took_nothing() -> None:
    with smtp_server(Mailroom()) as port:
        pass
    with pytest.raises(NotTaken) as refused:
        Smtp(f"smtp://127.0.0.1:{port}").send(MAIL, **WAYS)
    assert not refused.value.permanent


@pytest.mark.parametrize("point", ["greeting", "before_data", "in_content"])
def test_a_connection_lost_before_the_last_dot_took_nothing(point: Break) -> None:
    large = MAIL + (b"x" * 900 + b"\r\n") * 12_000
    with breaking_server(point) as port, pytest.raises(NotTaken) as refused:
        Smtp(f"smtp://127.0.0.1:{port}", talk_s=5).send(large, **WAYS)
    assert not refused.value.permanent


@pytest.mark.parametrize("point", ["after_dot", "odd_verdict"])
def test_a_verdict_that_was_lost_leaves_the_outcome_unknown(point: Break) -> None:
    with breaking_server(point) as port, pytest.raises(OutcomeUnknown):
        Smtp(f"smtp://127.0.0.1:{port}", talk_s=5, verdict_s=5).send(MAIL, **WAYS)


def test_a_login_is_made_and_a_wrong_password_is_no_fault_of_the_mail() -> None:
    room = Mailroom()
    with smtp_server(room, login=True) as port:
        Smtp(f"smtp://us%40a.example:secret@127.0.0.1:{port}").send(MAIL, **WAYS)
        assert room.logins == ["us@a.example"]
        with pytest.raises(NotTaken) as refused:
            Smtp(f"smtp://us:wrong@127.0.0.1:{port}").send(MAIL, **WAYS)
    assert not refused.value.permanent
    assert len(room.mails) == 1


def test_starttls_is_used_where_it_is_offered_and_demanded_where_it_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, authority = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    room = Mailroom()
    with smtp_server(room, tls=context) as port:
        Smtp(f"smtp://localhost:{port}").send(MAIL, **WAYS)
        Smtp(f"smtp://localhost:{port}?starttls=required").send(MAIL, **WAYS)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(NotTaken):
            Smtp(f"smtp://localhost:{port}?starttls=required").send(MAIL, **WAYS)
    assert [mail.tls for mail in room.mails] == [True, True]
    with smtp_server(room) as port, pytest.raises(NotTaken) as refused:
        Smtp(f"smtp://127.0.0.1:{port}?starttls=required").send(MAIL, **WAYS)
    assert refused.value.code == "smtp_no_starttls"


@pytest.mark.parametrize("url", ["http://a.example", "smtp://", "smtp://a:b", "smtp://a?starttls=maybe"])
def test_an_unreadable_url_is_refused_without_telling_its_password(url: str) -> None:
    with pytest.raises(Fatal) as told:
        read_url(url)
    assert "DEALWRIGHT_SMTP_URL" in told.value.sentence


def test_ports_follow_from_the_scheme_and_the_login() -> None:
    assert read_url("smtps://a.example").port == 465
    assert read_url("smtp://a.example").port == 25
    assert read_url("smtp://u:p@a.example").port == 587


def _certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
