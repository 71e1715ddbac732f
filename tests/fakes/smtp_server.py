"""A real SMTP server on loopback (aiosmtpd) that keeps what it takes, and one that misbehaves at a chosen point of the talk."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Taken:
    """One mail that the server took."""

    sender: str
    recipients: list[str]
    content: bytes
    tls: bool


@dataclass
class Mailroom:
    """The server's handler: takes every mail, but for recipients that `refusals` gives an answer for."""

    mails: list[Taken] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    verdict: str = "250 2.0.0 queued as Q1"
    logins: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the content, or refuse it."""
        if self.verdict.startswith("250"):
            content = envelope.original_content or b""
            self.mails.append(
                Taken(envelope.mail_from or "", list(envelope.rcpt_tos), content, session.ssl is not None)
            )
        return self.verdict

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Let in whoever has the password `secret`."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"secret", handled=False)


@contextmanager
def smtp_server(mailroom: Mailroom, *, tls: ssl.SSLContext | None = None, login: bool = False) -> Iterator[int]:
    """Serve on a free port of loopback and give it; `tls` offers STARTTLS."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        mailroom,
        hostname="127.0.0.1",
        port=port,
        tls_context=tls,
        authenticator=mailroom.authenticate if login else None,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


Break = Literal["greeting", "before_data", "in_content", "after_dot", "odd_verdict"]


@contextmanager
def breaking_server(point: Break) -> Iterator[int]:
    """Serve one talk that breaks at `point`, on a free port of loopback."""
    listening = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as lines:
            _break_at(point, connection, lines)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        thread.join(5)


def _break_at(point: Break, connection: socket.socket, lines: Any) -> None:
    if point == "greeting":
        return
    connection.sendall(b"220 odd ESMTP\r\n")
    for line in lines:
        word = line[:4].upper()
        if word == b"DATA":
            if point == "before_data":
                return
            connection.sendall(b"354 go on\r\n")
            if point == "in_content":
                lines.readline()
                # Closing without lingering resets the connection under the sender's hands.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                return
            for content in lines:
                if content == b".\r\n":
                    break
            if point == "odd_verdict":
                connection.sendall(b"199 hm\r\n")
            return
        connection.sendall(b"250 fine\r\n")
