"""From a file's bytes to lines of text: encoding by content, no NULs, no half characters, bounded memory."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 16
MAX_LINE = 4_000_000
"""Characters after which a line is cut: what is longer is no table, mail or transcript that a person wrote."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Source:
    """A file to read: its name as given, and its path or its bytes."""

    name: str
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)
    _told: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def open(self) -> BinaryIO:
        """A fresh binary stream from the start. Raises OSError where the file can't be opened."""
        if self.data is not None:
            return io.BytesIO(self.data)
        if self.path is None:
            raise ValueError("a source needs a path or bytes")
        return self.path.open("rb")

    def head(self, size: int = _CHUNK) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(size)

    def read(self) -> bytes:
        """All bytes."""
        with self.open() as stream:
            return stream.read()

    @property
    def encoding(self) -> str:
        """The encoding of its text, told once."""
        if "encoding" not in self._told:
            self._told["encoding"] = encoding_of(self)
        return self._told["encoding"]

    @property
    def stem(self) -> str:
        """The name without folders and ending."""
        base = self.name.replace("\\", "/").rsplit("/", 1)[-1]
        return re.sub(r"\.(\w{1,5})$", "", base) or base

    @property
    def suffix(self) -> str:
        """The ending, lower case, without the dot ("" where there is none)."""
        found = re.search(r"\.(\w{1,6})$", self.name)
        return found[1].lower() if found else ""


def clean(text: str) -> str:
    """Text as a database can hold it: no NUL or other control characters, no lone surrogates."""
    if text.isprintable():
        return text
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def undecodable(text: str) -> bool:
    """Whether a line holds bytes that are not of the file's encoding, or NULs."""
    return (not text.isascii() and _SURROGATES.search(text) is not None) or "\x00" in text


def _wide(head: bytes) -> str | None:
    """UTF-16 without a byte order mark, told by the zero bytes of its Latin letters."""
    sample = head[:4096]
    if len(sample) < 8:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def encoding_of(source: Source) -> str:
    """The encoding of a text file: by byte order mark, by zero bytes, else UTF-8, or Windows-1252 where UTF-8 does not fit.

    A UTF-8 file with a few broken bytes stays UTF-8 (the lines with them are rejected); a file whose non-ASCII bytes are
    mostly no UTF-8 is Windows-1252.
    """
    head = source.head()
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
    ):
        if head.startswith(mark):
            return name
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if (wide := _wide(head)) is not None:
        return wide
    good = bad = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with source.open() as stream:
        while chunk := stream.read(_CHUNK):
            if chunk.isascii():
                decoder.decode(chunk)
                continue
            text = decoder.decode(chunk)
            broken = len(_SURROGATES.findall(text))
            bad += broken
            good += sum(1 for letter in text if letter > "\x7f") - broken
    return "utf-8" if bad == 0 or good > 2 * bad else "cp1252"


def lines(source: Source, encoding: str | None = None) -> Iterator[str]:
    """Physical lines without their ends, in order. Broken bytes come out as lone surrogates (see `undecodable`)."""
    with source.open() as raw:
        text = _text(raw, encoding or source.encoding)
        try:
            while line := text.readline(MAX_LINE):
                yield line.rstrip("\n").lstrip("\ufeff")
        finally:
            text.detach()


def head_lines(source: Source, count: int, encoding: str | None = None) -> list[str]:
    """The first lines, at most a million characters of them."""
    out: list[str] = []
    size = 0
    for line in lines(source, encoding):
        out.append(line)
        size += len(line)
        if len(out) >= count or size > 1_000_000:
            break
    return out


def whole(source: Source, encoding: str | None = None) -> str:
    """The whole text, cleaned, with line ends as `\n`."""
    with source.open() as raw:
        text = _text(raw, encoding or source.encoding)
        try:
            return clean(text.read().removeprefix("\ufeff"))
        finally:
            text.detach()


def _text(raw: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        raw, encoding=encoding, errors="surrogateescape" if encoding.startswith("utf-8") else "replace", newline=None
    )
