"""Writing the headers of a mail so that nothing which stands in a name or a subject can become a header of its own.

The standard library's writer folds long Message-IDs and links into encoded words, which breaks threads and one-click links, and reads
encoded words in what it is given. So each value is written here: plain where it can be, RFC 2047 where it must be.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime

from infra.errors import Skippable
from sales.addresses import written_address

_WIDTH = 76
_LONGEST_NAME = 120
_LONGEST_SUBJECT = 250
_JOINERS = "\u200c\u200d"  # they shape letters in Persian and emoji, and show nothing themselves
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,180}@[A-Za-z0-9\[\]:.-]{1,180}>")
_FOREIGN_ID = re.compile(r"<[!-;=?-~]{1,500}>")


class Unsendable(Skippable):
    """This mail can't be written: an address or an id in it is none."""


def one_line(text: str, longest: int) -> str:
    """Return `text` as one line without anything that can't be seen: breaks and controls become blanks, marks of direction go."""
    kept = []
    for letter in text:
        kind = unicodedata.category(letter)
        if kind in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif kind not in ("Cs", "Cf") or letter in _JOINERS:
            kept.append(letter)
    return " ".join("".join(kept).split())[:longest].strip()


def unstructured(text: str, taken: int) -> str:
    """Return the value of a header such as Subject; `taken` octets of its first line are the header's name."""
    line = one_line(text, _LONGEST_SUBJECT)
    if line.isascii() and "=?" not in line and all(len(word) < _WIDTH for word in line.split(" ")):
        return _folded(line.split(" "), taken)
    return _encoded(line, taken)


def mailbox(name: str, address: str, taken: int) -> str:
    """Return `name <address>` as From and To take it (RFC 5322, 3.4). Raises Unsendable where the address is none."""
    told = written_address(address)
    if told is None or any(unicodedata.category(letter) == "Cc" for letter in address):
        raise Unsendable("This mail has an address that can't be written to.", "Mend the address and try again.")
    shown = one_line(name, _LONGEST_NAME)
    if not shown:
        return f"<{told}>"
    if not shown.isascii() or "=?" in shown:
        written = _encoded(shown, taken)
    elif _ATOMS.fullmatch(shown):
        written = shown
    else:
        written = '"' + re.sub(r'([\\"])', r"\\\1", shown) + '"'
    last = written.rpartition("\r\n")[2]
    room = _WIDTH - len(last) - (0 if "\r\n" in written else taken)
    return f"{written}{' ' if len(told) + 3 <= room else chr(13) + chr(10) + ' '}<{told}>"


def message_id(text: str) -> str:
    """Return one of our own Message-IDs, with its brackets. Raises Unsendable where it is none."""
    if not _MESSAGE_ID.fullmatch(text):
        raise Unsendable("This mail has no proper Message-ID.", "Tell your admin.")
    return text


def references(ids: Iterable[str], taken: int) -> str:
    """Return a list of Message-IDs, each on a line of its own where they are long. What is no id is left out: it came from outside."""
    known = [one for one in dict.fromkeys(part.strip() for part in ids) if _FOREIGN_ID.fullmatch(one)]
    # The first tells what the thread began with and the last what is answered (RFC 5322, 3.6.4, lets the middle go).
    return _folded(known if len(known) <= 20 else [known[0], *known[-19:]], taken)


def links(values: Iterable[str], taken: int) -> str:
    """Return `<link>, <link>` as List-Unsubscribe takes it (RFC 2369). Raises Unsendable where one could not stand in brackets."""
    told = list(values)
    if any(not re.fullmatch(r"[!-;=?-~]+", value) for value in told):
        raise Unsendable("The link to unsubscribe can't be written.", "Check DEALWRIGHT_PUBLIC_URL.")
    return _folded([f"<{value}>," for value in told], taken).removesuffix(",")


def dated(moment: datetime) -> str:
    """Return a moment as Date takes it (RFC 5322, 3.3)."""
    return format_datetime(moment)


def _folded(words: list[str], taken: int) -> str:
    lines, room = [""], _WIDTH - taken
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
            room = _WIDTH - 1
        lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded(text: str, taken: int) -> str:
    """Encoded words of base64, at most 75 octets each and never cut within a letter (RFC 2047, sections 2 and 5)."""
    frame = len("=?utf-8?b??=")
    words, held = [], b""
    room = min(75, _WIDTH - taken)
    for letter in text:
        piece = letter.encode("utf-8")
        if held and frame + 4 * -(-(len(held) + len(piece)) // 3) > room:
            words.append(held)
            held, room = b"", 75
        held += piece
    words.append(held)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in words)
