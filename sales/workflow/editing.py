"""Changing one value in the text of a rule file, and nothing else of it: comments and order stay as people wrote them."""

from __future__ import annotations

import re
import tomllib


def with_value(text: str, table: str, key: str, field: str, value: str) -> str | None:
    """Return the text with `field = value` (as TOML) in the `[[table]]` of that key; None where there is no such table."""
    lines = text.splitlines(keepends=True)
    for begin, end in _blocks(lines, table):
        block = lines[begin:end]
        if any(re.match(rf'\s*key\s*=\s*["\']{re.escape(key)}["\']', line) for line in block):
            return _readable("".join(lines[:begin]) + _put("".join(block), field, value) + "".join(lines[end:]))
    return None


def with_table(text: str, table: str, field: str, value: str) -> str | None:
    """Return the text with `field = value` (as TOML) in its `[table]`, which is put at the end where there is none."""
    lines = text.splitlines(keepends=True)
    for begin, end in _spans(lines):
        if re.match(rf"\s*\[\s*{re.escape(table)}\s*\]", lines[begin]):
            block = _put("".join(lines[begin:end]), field, value)
            return _readable("".join(lines[:begin]) + block + "".join(lines[end:]))
    head = f"{text.rstrip()}\n\n" if text.strip() else ""
    return _readable(f"{head}[{table}]\n{field} = {value}\n")


def with_top(text: str, field: str, value: str) -> str | None:
    """Return the text with `field = value` (as TOML) before its first table."""
    found = re.search(r"^\s*\[", text, re.MULTILINE)
    head, rest = (text[: found.start()], text[found.start() :]) if found else (text, "")
    return _readable(_put(head, field, value) + rest)


def _spans(lines: list[str]) -> list[tuple[int, int]]:
    """Return from which line up to which each table reaches."""
    opened = [number for number, line in enumerate(lines) if re.match(r"\s*\[", line)]
    return list(zip(opened, [*opened[1:], len(lines)], strict=False))


def _blocks(lines: list[str], table: str) -> list[tuple[int, int]]:
    return [(a, b) for a, b in _spans(lines) if re.match(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]", lines[a])]


def _put(block: str, field: str, value: str) -> str:
    """Put a value in the place of the present one, which may stand over several lines in brackets; else after what is there."""
    present = re.compile(
        rf"^([ \t]*{re.escape(field)}[ \t]*=[ \t]*)(\[[^\]]*\]|[^\n#]*?)([ \t]*(?:#[^\n]*)?)$", re.MULTILINE
    )
    if present.search(block):
        return present.sub(lambda found: f"{found[1]}{value}{found[3]}", block, count=1)
    kept = block.rstrip("\n")
    return f"{kept}\n{field} = {value}\n{block[len(kept) + 1 :]}" if kept else f"{field} = {value}\n{block}"


def _readable(text: str) -> str | None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    return text
