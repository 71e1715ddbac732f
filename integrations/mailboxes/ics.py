"""Calendars as `.ics` (RFC 5545), from a file or an address: each occurrence of a series inside a window, moved and cancelled ones as they are.

The feed is read whole each time, which is all that `.ics` offers; its ETag saves the transfer where nothing changed, and the window bounds the rest.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from infra.errors import Fatal, Skippable
from integrations.fetching import Fetcher
from integrations.mailboxes.source import Meeting, Page, not_understood, unreachable
from sales.records import Person

PAST_DAYS = 90
AHEAD_DAYS = 60
"""The window around now in which occurrences are kept."""

LARGEST = 50_000_000
MOST_OCCURRENCES = 400
"""Of one series inside the window: one that meets more often than hourly is no meeting."""

_MOST_STEPS = 20_000
_PRIVATE = ("PRIVATE", "CONFIDENTIAL")


class IcsCalendar:
    """Reads one calendar. `place` is a path or an http(s) address; `zone` holds for times without one.

    `inside` are origins of our own network that an admin named: no other address in there is asked.
    """

    def __init__(
        self, place: str, zone: ZoneInfo, now: Callable[[], datetime], *, inside: frozenset[str] = frozenset()
    ) -> None:
        self._place = place
        self._zone = zone
        self._now = now
        self._fetcher = Fetcher(
            inside,
            largest=LARGEST,
            what="The calendar",
            mend="Connect it again with the address that its program shows for sharing.",
            inside="Your Dealwright admin can allow its origin with DEALWRIGHT_CALENDARS_INSIDE.",
        )

    def close(self) -> None:
        """Nothing stays open."""

    def read(self, cursor: Mapping[str, Any]) -> Page:
        """Return all occurrences in the window; none where the feed has not changed since today's reading. Raises Retriable, and Fatal for an address that is not to be asked."""
        today = self._now().date().isoformat()
        # Even an unchanged feed is read again each day: the window has moved on, and what was booked was held.
        known = str(cursor.get("etag") or "") if cursor.get("day") == today else ""
        raw, etag = self._fetched(known)
        if raw is None:
            return Page(dict(cursor))
        meetings, left_out = read_calendar(raw, self._zone, self._now())
        return Page({"etag": etag, "day": today}, meetings=meetings, left_out=left_out, whole=True)

    def _fetched(self, etag: str) -> tuple[bytes | None, str]:
        if not re.match(r"(?i)(?:https?|webcal)://", self._place):
            try:
                return Path(self._place).read_bytes()[:LARGEST], ""
            except OSError as error:
                raise unreachable() from error
        url = re.sub(r"(?i)^webcal://", "https://", self._place)
        try:
            page = self._fetcher.get(url, etag or None)
        except Skippable as error:
            raise Fatal(error.sentence, error.next_step) from error
        return page.body, page.etag or ""


def read_calendar(raw: bytes, zone: ZoneInfo, now: datetime) -> tuple[tuple[Meeting, ...], int]:
    """Return the occurrences of a calendar in the window around `now`, and how many events could not be read. Raises Retriable where it is no calendar."""
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(raw, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise not_understood() from error
    first, last = now - timedelta(days=PAST_DAYS), now + timedelta(days=AHEAD_DAYS)
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    moved: dict[str, set[datetime]] = {}
    for event in events:
        if (original := _moment(event, "RECURRENCE-ID", zone)) is not None:
            moved.setdefault(_uid(event), set()).add(original)
    meetings: dict[str, Meeting] = {}
    left_out = 0
    for event in events:
        try:
            for meeting in _occurrences(event, zone, first, last, moved.get(_uid(event), set())):
                meetings[meeting.id] = meeting
        except (ValueError, OverflowError, TypeError, AttributeError, KeyError):
            left_out += 1
    return tuple(sorted(meetings.values(), key=lambda one: (one.begins, one.id))), left_out


def _occurrences(
    event: Any, zone: ZoneInfo, first: datetime, last: datetime, moved: set[datetime]
) -> Iterator[Meeting]:
    begins = _moment(event, "DTSTART", zone)
    uid = _uid(event)
    if begins is None or not uid or _all_day(event):
        return
    ends = _moment(event, "DTEND", zone)
    length = (ends - begins) if ends is not None else _duration(event)
    if length is not None and (length < timedelta(0) or length > timedelta(days=7)):
        length = None
    original = _moment(event, "RECURRENCE-ID", zone)
    if original is not None:
        if first <= begins <= last:
            yield _meeting(event, f"{uid}/{_stamp(original)}", begins, length)
        return
    if event.get("RRULE") is None and event.get("RDATE") is None:
        if first <= begins <= last:
            yield _meeting(event, uid, begins, length)
        return
    for moment in _series(event, begins, zone, first, last):
        if moment not in moved:
            yield _meeting(event, f"{uid}/{_stamp(moment)}", moment, length)


def _series(event: Any, begins: datetime, zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The starts of a series inside the window: by its rules, with its extra dates, without the excluded ones. Local time is kept over clock changes."""
    local = _zone_of(event, zone)
    naive = begins.astimezone(local).replace(tzinfo=None)
    low = first.astimezone(local).replace(tzinfo=None)
    high = last.astimezone(local).replace(tzinfo=None)
    excluded = {one.astimezone(local).replace(tzinfo=None) for one in _dates(event, "EXDATE", zone)}
    starts = {one.astimezone(local).replace(tzinfo=None) for one in _dates(event, "RDATE", zone)}
    if event.get("RRULE") is None:
        starts.add(naive)
    for rule in _many(event.get("RRULE")):
        starts.update(moment for moment in _by_rule(rule.to_ical().decode(), naive, local, high) if moment >= low)
    for moment in sorted(starts)[:MOST_OCCURRENCES]:
        if low <= moment <= high and moment not in excluded:
            yield moment.replace(tzinfo=local)


def _by_rule(told: str, begins: datetime, local: tzinfo, high: datetime) -> Iterator[datetime]:
    """The starts that a rule gives up to `high`, in local time; none of rules that repeat within a day, which are no meetings."""
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    parts = dict(part.split("=", 1) for part in told.upper().split(";") if "=" in part)
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return
    count = int(parts.pop("COUNT", _MOST_STEPS))
    until = _local_until(parts["UNTIL"], local) if "UNTIL" in parts else high
    parts["UNTIL"] = min(until, high).strftime("%Y%m%dT%H%M%S")
    months: set[int] = set()
    days: set[int] = set()
    if parts["FREQ"] in ("DAILY", "WEEKLY"):
        # Tried day by day, days that no month has would be sought up to the year 9999.
        if parts.keys() & {"BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYEASTER"}:
            return
        months = {int(one) for one in parts.pop("BYMONTH", "").split(",") if one}
        days = {int(one) for one in parts.pop("BYMONTHDAY", "").split(",") if one}
    rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=begins)
    fitting = (one for one in islice(rule, _MOST_STEPS) if (not months or one.month in months) and (not days or _day_fits(one, days)))  # fmt: skip
    yield from islice(fitting, count)


def _day_fits(moment: datetime, days: set[int]) -> bool:
    """Whether a day of the month is one of these; a negative one counts from the month's end."""
    return moment.day in days or moment.day - monthrange(moment.year, moment.month)[1] - 1 in days


def _local_until(text: str, local: tzinfo) -> datetime:
    """A rule's limit in local time: a day is meant whole, and one in UTC can't be compared with local starts."""
    if "T" not in text:
        return datetime.strptime(text, "%Y%m%d") + timedelta(days=1, seconds=-1)  # noqa: DTZ007 - it is local time
    if not text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - it is local time
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(local).replace(tzinfo=None)


def _meeting(event: Any, identity: str, begins: datetime, length: timedelta | None) -> Meeting:
    status = str(event.get("STATUS") or "").upper()
    method = str(event.get("METHOD") or "").upper()
    url = str(event.get("URL") or "").strip() or None
    return Meeting(
        id=identity,
        subject=str(event.get("SUMMARY") or "").strip() or None,
        begins=begins,
        ends=begins + length if length else None,
        people=tuple(_people(event)),
        cancelled=status == "CANCELLED" or method == "CANCEL",
        private=str(event.get("CLASS") or "").upper() in _PRIVATE,
        url=url if url and url.startswith(("http://", "https://")) else None,
    )


def _people(event: Any) -> Iterator[Person]:
    """Organizer and attendees; rooms and who declined were not there."""
    for role, name in (("organizer", "ORGANIZER"), ("attendee", "ATTENDEE")):
        for one in _many(event.get(name)):
            parameters = getattr(one, "params", {})
            kind = str(parameters.get("CUTYPE") or "").upper()
            if kind in ("RESOURCE", "ROOM") or str(parameters.get("PARTSTAT") or "").upper() == "DECLINED":
                continue
            address = re.sub(r"(?i)^mailto:", "", str(one)).strip().lower()
            shown = str(parameters.get("CN") or "").strip().strip("\"'") or None
            if "@" in address or shown:
                yield Person(shown, address if "@" in address else None, role)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _uid(event: Any) -> str:
    return str(event.get("UID") or "").strip()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _all_day(event: Any) -> bool:
    value = getattr(event.get("DTSTART"), "dt", None)
    return isinstance(value, date) and not isinstance(value, datetime)


def _zone_of(event: Any, zone: ZoneInfo) -> tzinfo:
    value = getattr(event.get("DTSTART"), "dt", None)
    return (value.tzinfo if isinstance(value, datetime) else None) or zone


def _moment(event: Any, name: str, zone: ZoneInfo) -> datetime | None:
    return _aware(getattr(event.get(name), "dt", None), zone)


def _aware(value: Any, zone: ZoneInfo) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time.min, tzinfo=zone)
    return None


def _duration(event: Any) -> timedelta | None:
    value = getattr(event.get("DURATION"), "dt", None)
    return value if isinstance(value, timedelta) else None


def _dates(event: Any, name: str, zone: ZoneInfo) -> list[datetime]:
    values = [getattr(one, "dt", None) for group in _many(event.get(name)) for one in getattr(group, "dts", ())]
    return [moment for value in values if (moment := _aware(value, zone)) is not None]
