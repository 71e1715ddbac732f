"""The weekly review: which week it tells of, when it is due, and how much of it fits one screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SCREEN_LINES = 15
"""Lines of findings that stand open, besides headline and section titles: ours. A laptop's chat window shows about 25 lines, a phone's about as many short ones."""

SCREEN_CHARACTERS = 2_800
"""Characters of those lines together: ours. About what is read in two minutes at 240 words a minute (Brysbaert 2019, doi 10.1016/j.jml.2019.104047)."""

FOLD_AFTER = 3
"""How often in a row a person calls a section not useful before it is folded for them: ours."""

_WEEK = re.compile(r"(?P<year>\d{4})-?[Ww](?P<week>\d{1,2})")
_MONDAY, _FRIDAY = 0, 4


@dataclass(frozen=True)
class Week:
    """An ISO week in a zone: from Monday's midnight to before the next Monday's."""

    year: int
    number: int
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """The week's name: `2026-W47`."""
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def begin(self) -> datetime:
        """When it begins, in UTC."""
        return datetime.combine(self.monday, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """When the next one begins, in UTC."""
        return datetime.combine(self.monday + timedelta(days=7), time(), self.zone).astimezone(UTC)

    def before(self) -> Week:
        """Return the week before."""
        return week_of(self.monday - timedelta(days=1), self.zone)


def week_of(day: date, zone: ZoneInfo) -> Week:
    """Return the week that a day is in."""
    year, number, _ = day.isocalendar()
    return Week(year, number, zone)


def read_week(text: str, zone: ZoneInfo) -> Week | None:
    """Return the week that `2026-W47` names, None where it names none."""
    found = _WEEK.fullmatch(text.strip())
    if found is None:
        return None
    year, number = int(found["year"]), int(found["week"])
    try:
        date.fromisocalendar(year, number, 1)
    except ValueError:
        return None
    return Week(year, number, zone) if 1900 <= year < 2200 else None


def week_told(moment: datetime, zone: ZoneInfo, working_days: Sequence[int]) -> Week:
    """Return the week that a review asked for at `moment` tells of: the last whole one, or, once its working days are over, this one."""
    day = moment.astimezone(zone).date()
    this = week_of(day, zone)
    over = all(day.weekday() > one for one in working_days)
    return this if over else this.before()


@dataclass(frozen=True)
class Hour:
    """When a review is sent: a weekday (Monday is 0) and a time of day in a zone."""

    weekday: int
    at: time
    zone: ZoneInfo

    def last_due(self, now: datetime) -> datetime:
        """Return the last moment at or before `now` at which it was due, in UTC. In the hour that a clock change skips it is due when the clocks have jumped."""
        there = now.astimezone(self.zone).date()
        for back in range(8):
            day = there - timedelta(days=back)
            if day.weekday() == self.weekday:
                due = datetime.combine(day, self.at, self.zone).astimezone(UTC)
                if due <= now:
                    return due
        day = there - timedelta(days=7)
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)

    def week(self, due: datetime) -> Week:
        """Return the week that a review due at `due` tells of: the one before; for one that is sent from Friday on, that same week."""
        this = week_of(due.astimezone(self.zone).date(), self.zone)
        return this if self.weekday >= _FRIDAY else this.before()


@dataclass(frozen=True)
class Weighed:
    """A line as the screen is filled: its section, how long it is, and its rank in the section."""

    section: str
    characters: int
    rank: float


def on_screen(
    sections: Sequence[Sequence[Weighed]],
    first: Sequence[int] = (),
    *,
    lines: int = SCREEN_LINES,
    characters: int = SCREEN_CHARACTERS,
) -> list[int]:
    """Return how many lines of each section stand on the first screen, the sections in their order, the lines of each by rank.

    `first` says how many lines a section gets before any gets more (one where it says nothing); then they take turns. No line is cut: one that does not fit
    ends its section, and what comes later in the order goes behind the button first.
    """
    shown = [0] * len(sections)
    full = [False] * len(sections)
    left_lines, left_characters = lines, characters
    at_first = [first[index] if index < len(first) else 1 for index in range(len(sections))]
    deepest = max((len(one) for one in sections), default=0)
    for turn in range(deepest + 1):
        for index, section in enumerate(sections):
            most = at_first[index] if turn == 0 else shown[index] + 1
            while not full[index] and shown[index] < min(most, len(section)):
                needed = section[shown[index]].characters
                full[index] = left_lines < 1 or needed > left_characters
                if not full[index]:
                    shown[index] += 1
                    left_lines, left_characters = left_lines - 1, left_characters - needed
    return shown


def folds_for(verdicts: Sequence[bool], after: int = FOLD_AFTER) -> bool:
    """Return whether a section is folded for somebody: their last `after` verdicts on it, the newest first, all say not useful."""
    return len(verdicts) >= after and not any(verdicts[:after])
