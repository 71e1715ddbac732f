"""Sending over SMTP (RFC 5321), with a precise account of what became of the mail.

Until the last dot of the content is written the server can't have taken the mail; once it answers, we know; in between nobody does.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import smtplib
import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from infra.errors import Fatal
from integrations.sending.carrier import NotTaken, OutcomeUnknown, Receipt, Whereabouts

_TALK_S = 30.0
_VERDICT_S = 120.0
"""RFC 5321, 4.5.3.2.6, lets a server think for ten minutes after the last dot; whoever takes longer than two is taken for lost."""

_GOODBYE_S = 3.0

_BROKEN = (OSError, smtplib.SMTPServerDisconnected)
Starttls = Literal["offered", "required", "never"]


@dataclass(frozen=True, repr=False)
class Server:
    """An SMTP server: `tls` from the first byte on, or STARTTLS where it is offered, required, or never."""

    host: str
    port: int
    tls: bool
    starttls: Starttls
    user: str | None
    password: str | None


def read_url(url: str) -> Server:
    """Return the server that `smtp://user:password@host:port?starttls=required` or `smtps://…` names. Raises Fatal where it can't be read."""
    parts = urlsplit(url)
    wish = parse_qs(parts.query).get("starttls", ["offered"])[-1]
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
        raise Fatal("DEALWRIGHT_SMTP_URL can't be read.", "It takes smtp://user:password@host:port, or smtps://.")
    if wish not in ("offered", "required", "never"):
        raise Fatal("DEALWRIGHT_SMTP_URL can't be read.", "?starttls= takes offered, required or never.")
    tls = parts.scheme == "smtps"
    return Server(
        parts.hostname,
        port or (465 if tls else 587 if parts.username else 25),
        tls,
        "required" if wish == "required" else "never" if wish == "never" else "offered",
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


class Smtp:
    """A carrier that hands mails to an SMTP server, one connection each."""

    name = "smtp"

    def __init__(self, url: str, *, talk_s: float = _TALK_S, verdict_s: float = _VERDICT_S) -> None:
        self._server = read_url(url)
        self._talk_s = talk_s
        self._verdict_s = verdict_s

    def send(self, message: bytes, *, sender: str, recipient: str, marker: str) -> Receipt:
        """Hand the mail over. Raises NotTaken where the server refused or was not reached, OutcomeUnknown where its verdict was lost."""
        client = self._connected()
        try:
            self._introduce(client)
            self._envelope(client, sender, recipient)
            self._content(client, message)
            receipt = self._verdict(client)
            with contextlib.suppress(*_BROKEN, smtplib.SMTPException):
                _hurry(client)
                client.quit()
            return receipt
        finally:
            client.close()

    def find(self, marker: str, *, sender: str) -> Whereabouts:
        """SMTP can't be asked what became of a mail."""
        return "cannot_tell"

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        try:
            if server.tls:
                return smtplib.SMTP_SSL(
                    server.host, server.port, timeout=self._talk_s, context=ssl.create_default_context()
                )
            return smtplib.SMTP(server.host, server.port, timeout=self._talk_s)
        except smtplib.SMTPConnectError as error:
            raise _refused("connect", error.smtp_code, lasting=False) from error
        except (*_BROKEN, smtplib.SMTPException) as error:
            raise NotTaken("smtp_unreachable", permanent=False) from error

    def _introduce(self, client: smtplib.SMTP) -> None:
        server = self._server
        try:
            client.ehlo_or_helo_if_needed()
            if not server.tls and server.starttls != "never":
                if client.has_extn("starttls"):
                    client.starttls(context=ssl.create_default_context())
                    client.ehlo()
                elif server.starttls == "required":
                    raise NotTaken("smtp_no_starttls", permanent=False)
            if server.user is not None:
                if not isinstance(client.sock, ssl.SSLSocket) and not _is_here(server.host):
                    # A password never crosses a network in the clear.
                    raise NotTaken("smtp_password_without_tls", permanent=False)
                client.login(server.user, server.password or "")
        except smtplib.SMTPResponseException as error:
            # A refused greeting or password says nothing about this mail: it goes once the settings are mended.
            raise _refused("login", error.smtp_code, lasting=False) from error
        except (*_BROKEN, smtplib.SMTPException) as error:
            raise NotTaken("smtp_greeting", permanent=False) from error

    def _envelope(self, client: smtplib.SMTP, sender: str, recipient: str) -> None:
        try:
            code, _ = client.mail(sender)
            if not 200 <= code < 300:
                raise _refused("sender", code)
            code, _ = client.rcpt(recipient)
            if not 200 <= code < 300:
                raise _refused("recipient", code, about_recipient=True)
            code, _ = client.docmd("DATA")
            if code != 354:
                raise _refused("data", code)
        except (*_BROKEN, smtplib.SMTPException) as error:
            raise NotTaken("smtp_lost_before_content", permanent=False) from error

    def _content(self, client: smtplib.SMTP, message: bytes) -> None:
        """Write all but the last dot: without it the server may not take the mail (RFC 5321, 4.1.1.4)."""
        lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
        if not lines.endswith(b"\r\n"):
            lines += b"\r\n"
        try:
            client.send(re.sub(rb"(?m)^\.", b"..", lines))
            if _has_hung_up(client):
                raise NotTaken("smtp_lost_in_content", permanent=False)
        except _BROKEN as error:
            raise NotTaken("smtp_lost_in_content", permanent=False) from error

    def _verdict(self, client: smtplib.SMTP) -> Receipt:
        try:
            if client.sock is not None:
                client.sock.settimeout(self._verdict_s)
            client.send(b".\r\n")
            code, text = client.getreply()
        except (*_BROKEN, smtplib.SMTPException) as error:
            raise OutcomeUnknown("smtp_lost_after_content") from error
        if 200 <= code < 300:
            return Receipt(self.name, _reference(text))
        if 400 <= code < 600:
            raise _refused("content", code)
        raise OutcomeUnknown("smtp_odd_verdict")


def _has_hung_up(client: smtplib.SMTP) -> bool:
    """Return whether the server closed the connection already, which is worth knowing before the dot is written. Raises OSError where it was reset."""
    sock = client.sock
    if sock is None or isinstance(sock, ssl.SSLSocket):
        return False
    # Not select(): it takes no descriptor beyond 1,023, which a busy server has.
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0)) and sock.recv(1, socket.MSG_PEEK) == b""


def _hurry(client: smtplib.SMTP) -> None:
    """The mail is taken: nobody waits long for a good-bye."""
    if client.sock is not None:
        client.sock.settimeout(_GOODBYE_S)


def _refused(stage: str, code: int, *, about_recipient: bool = False, lasting: bool | None = None) -> NotTaken:
    permanent = 500 <= code < 600 if lasting is None else lasting
    return NotTaken(f"smtp_{stage}_{code}", permanent=permanent, about_recipient=about_recipient)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _reference(reply: bytes) -> str:
    """The server's own words, such as its queue id, as one printable line."""
    return re.sub(r"[^ -~]+", " ", reply.decode("ascii", "replace")).strip()[:120]
