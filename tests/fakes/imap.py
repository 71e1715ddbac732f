"""A strict IMAP server on loopback: what RFC 9051 asks of a client's order and syntax is checked, and anything else is refused and remembered.

It knows LOGIN, CAPABILITY, LIST, EXAMINE, UID SEARCH, UID FETCH and LOGOUT. SELECT, STORE and BODY without PEEK are refused: nobody's mailbox may be changed.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass
class Folder:
    """One folder: mails by UID with the day they arrived."""

    validity: int = 1
    mails: dict[int, tuple[date, bytes]] = field(default_factory=dict)
    flags: str = "\\HasNoChildren"

    def add(self, raw: bytes, day: date) -> int:
        """Let a mail arrive."""
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = day, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return uid


class FakeImap:
    """The server. `refused` holds every command that it did not take, `fetched` the UIDs whose bodies were read."""

    def __init__(self, user: str = "sam@ours.example", password: str = "right") -> None:
        self.user, self.password = user, password
        self.folders = {"INBOX": Folder(), "Sent Items": Folder(flags="\\HasNoChildren \\Sent")}
        self.refused: list[str] = []
        self.fetched: list[tuple[str, int]] = []
        self.die_after: int | None = None
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                _Session(fake, self).run()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> FakeImap:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Session:
    def __init__(self, fake: FakeImap, handler: socketserver.StreamRequestHandler) -> None:
        self.fake, self.handler = fake, handler
        self.logged_in = False
        self.folder: str | None = None

    def send(self, text: str | bytes) -> None:
        self.handler.wfile.write((text.encode() if isinstance(text, str) else text) + b"\r\n")

    def run(self) -> None:
        self.send("* OK [CAPABILITY IMAP4rev1] ready")
        while line := self.handler.rfile.readline():
            told = re.fullmatch(r"(\S+) (.+)\r\n", line.decode("ascii", "replace"))
            if told is None:
                self.fake.refused.append(repr(line))
                self.send("* BAD no command")
                continue
            tag, command = told[1], told[2]
            if command.upper() == "LOGOUT":
                self.send("* BYE")
                self.send(f"{tag} OK done")
                return
            if not self.do(tag, command):
                self.fake.refused.append(command)
                self.send(f"{tag} BAD not allowed")

    def do(self, tag: str, command: str) -> bool:
        if command.upper() == "CAPABILITY":
            self.send("* CAPABILITY IMAP4rev1")
            self.send(f"{tag} OK done")
            return True
        if login := re.fullmatch(r'LOGIN (\S+) "?([^"]*)"?', command):
            self.logged_in = (login[1].strip('"'), login[2]) == (self.fake.user, self.fake.password)
            self.send(f"{tag} {'OK in' if self.logged_in else 'NO [AUTHENTICATIONFAILED] no'}")
            return True
        if not self.logged_in:
            return False
        if re.fullmatch(r'LIST "" "?\*"?', command):
            for name, folder in self.fake.folders.items():
                self.send(f'* LIST ({folder.flags}) "/" "{name}"')
            self.send(f"{tag} OK done")
            return True
        if examine := re.fullmatch(r'EXAMINE "([^"]+)"', command):
            return self.examine(tag, examine[1])
        if self.folder is None:
            return False
        if search := re.fullmatch(r"UID SEARCH (?:UID (\d+):\*|SINCE (\d+)-(\w{3})-(\d{4}))", command):
            return self.search(tag, search)
        if fetch := re.fullmatch(r"UID FETCH ([\d,]+) \(UID (RFC822\.SIZE|BODY\.PEEK\[\])\)", command):
            return self.fetch(tag, [int(uid) for uid in fetch[1].split(",")], fetch[2])
        return False

    def examine(self, tag: str, name: str) -> bool:
        folder = self.fake.folders.get(name)
        if folder is None:
            self.send(f"{tag} NO no such folder")
            return True
        self.folder = name
        self.send(f"* {len(folder.mails)} EXISTS")
        self.send(f"* OK [UIDVALIDITY {folder.validity}] valid")
        self.send(f"* OK [UIDNEXT {max(folder.mails, default=0) + 1}] next")
        self.send(f"{tag} OK [READ-ONLY] done")
        return True

    def search(self, tag: str, told: re.Match[str]) -> bool:
        mails = self.fake.folders[self.folder or ""].mails
        if told[1] is not None:
            uids = [uid for uid in mails if uid >= int(told[1])] or ([max(mails)] if mails else [])
        else:
            since = datetime(int(told[4]), _MONTHS.index(told[3]) + 1, int(told[2])).date()  # noqa: DTZ001 - a day
            uids = [uid for uid, (day, _) in mails.items() if day >= since]
        self.send("* SEARCH " + " ".join(map(str, uids)))
        self.send(f"{tag} OK done")
        return True

    def fetch(self, tag: str, uids: list[int], what: str) -> bool:
        mails = self.fake.folders[self.folder or ""].mails
        for number, uid in enumerate(uids, 1):
            if uid not in mails:
                continue
            raw = mails[uid][1]
            if what == "RFC822.SIZE":
                self.send(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
                continue
            if self.fake.die_after is not None and len(self.fake.fetched) >= self.fake.die_after:
                self.handler.connection.shutdown(socket.SHUT_RDWR)
                return True
            self.fake.fetched.append((self.folder or "", uid))
            head = f"* {number} FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode()
            self.handler.wfile.write(head + raw + b")\r\n")
        self.send(f"{tag} OK done")
        return True
