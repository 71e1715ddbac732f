"""The suppression list as CSV: written for people and programs, read from whatever other systems export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from agents.guard.suppressing import Entry
from infra.errors import Fatal
from infra.spine.touches import Suppression
from sales.suppression import Reason, read_reason, read_value

HEADER = ("kind", "value", "reason", "note", "source", "at", "until")

_VALUES = ("value", "email", "email address", "e-mail", "mail", "address", "domain", "recipient", "contact", "person")
_REASONS = ("reason", "type", "status", "cause", "suppression reason", "suppression type")
_NOTES = ("note", "notes", "comment", "description", "details")
_UNTIL = ("until", "expires", "expires at", "expiry", "end", "end date")
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True)
class Refused:
    """A row that could not be used, with its line and why."""

    line: int
    why: str


def written(rows: Iterable[Suppression]) -> str:
    """Return the list as CSV with a header line, a line for each reason that holds somebody, the heaviest first. What a spreadsheet would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(HEADER)
    for row in rows:
        ends = row.until.isoformat() if row.until else ""
        for reason, until, note in (
            (row.reason, ends, row.note or ""),
            *((one, row.also[one] or "", "") for one in row.also),
        ):
            cells = (row.kind, row.value, reason, note, row.source, row.at.isoformat(), until)
            table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue()


def read(text: str, *, default_reason: Reason, zone: ZoneInfo) -> tuple[list[Entry], list[Refused]]:
    """Return the entries of a CSV, and the rows that can't be used. A file without a header is read as one column of addresses and domains.

    Raises Fatal where it has a header but no column that could hold an address or a domain.
    """
    sample = text[:4_000]
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(sample, ",;\t")
    except csv.Error:
        dialect = "excel"
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), dialect))
    places, first = _columns(rows)
    entries, refused = [], []
    for line, row in enumerate(rows[first:], first + 1):
        if not any(cell.strip() for cell in row):
            continue
        entry = _entry(row, places, default_reason, zone)
        if isinstance(entry, Entry):
            entries.append(entry)
        else:
            refused.append(Refused(line, entry))
    return entries, refused


def _columns(rows: list[list[str]]) -> tuple[Mapping[str, int], int]:
    header = [" ".join(cell.replace("_", " ").split()).lower() for cell in rows[0]] if rows else []
    found = {
        field: next(place for name in names for place, cell in enumerate(header) if cell == name)
        for field, names in (("value", _VALUES), ("reason", _REASONS), ("note", _NOTES), ("until", _UNTIL))
        if set(names) & set(header)
    }
    if "value" in found:
        return found, 1
    if header and any(read_value(cell) for cell in rows[0]):
        return {"value": next(place for place, cell in enumerate(rows[0]) if read_value(cell))}, 0
    if not header:
        return {"value": 0}, 0
    raise Fatal(
        "That file has no column of addresses or domains.",
        "Call the column `email` or `domain`, and import it again.",
        status=422,
    )


def _entry(row: list[str], places: Mapping[str, int], default: Reason, zone: ZoneInfo) -> Entry | str:
    def cell(field: str) -> str:
        place = places.get(field)
        text = row[place].strip() if place is not None and place < len(row) else ""
        return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text

    value = read_value(cell("value"))
    if value is None:
        return "Neither a mail address nor a domain."
    told = cell("reason")
    reason = read_reason(told) if told else default
    note = cell("note") or None
    if reason is None:
        # The list is about not writing to somebody: an unknown reason is kept as a note, not a cause to write.
        reason, note = default, "; ".join(part for part in (told, note) if part)
    until = _moment(cell("until"), zone)
    if isinstance(until, str):
        return until
    return Entry(value[0], value[1], reason, note[:500] if note else None, until)


def _moment(text: str, zone: ZoneInfo) -> datetime | str | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return "Its end is not a date like 2027-01-31."
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return datetime.combine(moment.date(), moment.time() if "T" in text or ":" in text else time(0), zone).astimezone(
        UTC
    )
