"""IMAP (RFC 9051, 3501): the inbox and the folder of sent mail, read by UID and never changed: folders are opened with EXAMINE, bodies with PEEK.

A cursor holds for each folder its UIDVALIDITY and the next UID. Where the server gave the folder a new UIDVALIDITY, all UIDs are void (RFC 9051, 2.3.1.1)
and the folder is read again from its last days; the mails' Message-IDs keep that from counting twice.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from integrations.mailboxes.source import (
    FIRST_DAYS,
    LARGEST_MAIL,
    Cursor,
    Found,
    Page,
    Secret,
    not_understood,
    refused,
    unreachable,
)

Security = Literal["tls", "starttls", "plain"]
TIMEOUT_S = 30.0
_AT_ONCE = 25
_MOST_WAITING = 200_000
_LIST = re.compile(rb'\((?P<flags>[^)]*)\)\s+(?:"(?:[^"\\]|\\.)*"|NIL)\s+(?P<name>.+)')
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SENT_NAMES = ("sent", "sent items", "sent messages", "sent mail", "inbox.sent", "[gmail]/sent mail")
T = TypeVar("T")


@dataclass(frozen=True)
class Account:
    """Where a mailbox stands. `folders` empty: the inbox and whatever the server marks as sent (RFC 6154)."""

    host: str
    port: int
    user: str
    security: Security = "tls"
    folders: tuple[str, ...] = ()


class ImapMailbox:
    """Reads one account. Connects at the first reading."""

    def __init__(self, account: Account, secret: Secret, now: Callable[[], datetime]) -> None:
        self._account = account
        self._secret = secret
        self._now = now
        self._connection: imaplib.IMAP4 | None = None

    def read(self, cursor: Mapping[str, Any]) -> Page:
        """Return the next mails of the first folder that has any. Raises Retriable and Fatal as `Source.read` says."""
        return self._tried(lambda: self._read(dict(cursor)))

    def close(self) -> None:
        """Log out."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.logout()
            except (imaplib.IMAP4.error, OSError):
                with contextlib.suppress(OSError):
                    connection.shutdown()

    def _tried(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (imaplib.IMAP4.abort, ssl.SSLError, OSError) as error:
            self._dropped()
            raise unreachable() from error
        except imaplib.IMAP4.error as error:
            raise not_understood() from error

    def _dropped(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown()

    def _read(self, cursor: Cursor) -> Page:
        connection = self._opened()
        folders = dict(cursor.get("folders") or {})
        for folder in self._folders(connection):
            state = dict(folders.get(folder) or {})
            mails, state, more, left_out = self._folder(connection, folder, state)
            changed = state != folders.get(folder)
            folders[folder] = state
            if mails or left_out or (more and changed):
                return Page({"folders": folders}, tuple(mails), more=True, left_out=left_out)
        return Page({"folders": folders})

    def _opened(self) -> imaplib.IMAP4:
        if self._connection is not None:
            return self._connection
        account = self._account
        context = ssl.create_default_context()
        if account.security == "tls":
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                account.host, account.port, ssl_context=context, timeout=TIMEOUT_S
            )
        else:
            connection = imaplib.IMAP4(account.host, account.port, timeout=TIMEOUT_S)
            if account.security == "starttls":
                connection.starttls(context)
        try:
            if self._secret.access_token:
                said = f"user={account.user}\x01auth=Bearer {self._secret.access_token}\x01\x01"
                connection.authenticate("XOAUTH2", lambda _challenge: said.encode())
            else:
                connection.login(account.user, self._secret.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            connection.shutdown()
            raise refused() from error
        self._connection = connection
        return connection

    def _folders(self, connection: imaplib.IMAP4) -> list[str]:
        if self._account.folders:
            return list(self._account.folders)
        found = ["INBOX"]
        kind, lines = connection.list()
        if kind != "OK":
            return found
        marked, named = None, None
        for line in lines:
            match = _LIST.match(line) if isinstance(line, bytes) else None
            if match is None:
                continue
            name = match["name"].strip().decode("ascii", "replace")
            bare = re.sub(r'\\(["\\])', r"\1", name[1:-1]) if name.startswith('"') else name
            if b"\\sent" in match["flags"].lower():
                marked = bare
            elif bare.lower() in _SENT_NAMES:
                named = named or bare
        sent = marked or named
        return [*found, sent] if sent else found

    def _folder(self, connection: imaplib.IMAP4, folder: str, state: Cursor) -> tuple[list[Found], Cursor, bool, int]:
        kind, _ = connection.select(_quoted(folder), readonly=True)
        if kind != "OK":
            return [], state, False, 0
        validity = _number(connection.response("UIDVALIDITY")[1])
        if validity is None:
            raise not_understood()
        if state.get("uidvalidity") != validity:
            state = {"uidvalidity": validity, "next": None}
        uids = self._waiting(connection, state["next"])
        some = uids[:_AT_ONCE]
        if not some:
            following = _number(connection.response("UIDNEXT")[1])
            known = state["next"] or 1
            return [], {**state, "next": max(known, following or known)}, False, 0
        mails, left_out = self._fetched(connection, folder, validity, some)
        return mails, {**state, "next": some[-1] + 1}, len(uids) > len(some), left_out

    def _waiting(self, connection: imaplib.IMAP4, following: int | None) -> list[int]:
        if following is None:
            since = self._now() - timedelta(days=FIRST_DAYS)
            kind, found = connection.uid("SEARCH", "SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}")
        else:
            kind, found = connection.uid("SEARCH", "UID", f"{following}:*")
        if kind != "OK":
            raise not_understood()
        words = b" ".join(part for part in found if isinstance(part, bytes)).split()
        try:
            uids = {int(word) for word in words[:_MOST_WAITING]}
        except ValueError as error:
            raise not_understood() from error
        # `n:*` always holds the last mail, even where its UID is below n (RFC 9051, 9, seq-range).
        return sorted(uid for uid in uids if following is None or uid >= following)

    def _fetched(
        self, connection: imaplib.IMAP4, folder: str, validity: int, uids: list[int]
    ) -> tuple[list[Found], int]:
        kind, answer = connection.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        if kind != "OK":
            raise not_understood()
        sizes: dict[int, int] = {}
        for line in answer:
            text = line[0] if isinstance(line, tuple) else line
            if isinstance(text, bytes) and (told := _UID.search(text)) and (size := _SIZE.search(text)):
                sizes[int(told[1])] = int(size[1])
        mails = []
        for uid in uids:
            if sizes.get(uid, 0) > LARGEST_MAIL:
                continue
            raw = self._one(connection, uid)
            if raw is not None:
                mails.append(Found(f"imap/{folder}/{validity}/{uid}", raw))
        return mails, sum(size > LARGEST_MAIL for size in sizes.values())

    def _one(self, connection: imaplib.IMAP4, uid: int) -> bytes | None:
        """Return a mail's bytes; None where it was removed meanwhile."""
        kind, answer = connection.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
        if kind != "OK":
            raise not_understood()
        for part in answer:
            if isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], bytes):
                return part[1]
        return None


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(values: Any) -> int | None:
    for value in values or ():
        if isinstance(value, bytes) and value.isdigit():
            return int(value)
    return None
