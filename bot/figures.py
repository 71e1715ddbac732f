"""How figures, money, days and ages are told to people: the same words on every surface."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NEAR = timedelta(days=183)


def number(value: Decimal | int) -> str:
    """Return a number with thousands marks and no needless zeros: `1,234.5`."""
    if isinstance(value, int):
        return f"{value:,}"
    if value == value.to_integral_value():
        return f"{int(value):,}"
    return f"{value:,f}".rstrip("0")


def money(value: Decimal | int, currency: str | None) -> str:
    """Return an exact amount with its currency: `$84,000`, `€1,250.50`, `CHF 900`."""
    amount = Decimal(value)
    sign = "−" if amount < 0 else ""
    whole = amount == amount.to_integral_value()
    digits = f"{abs(int(amount)):,}" if whole else f"{abs(amount):,.2f}"
    if not whole and Decimal(digits.replace(",", "")) != abs(amount):
        digits = number(abs(amount))
    if currency is None:
        return f"{sign}{digits}"
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{currency} {digits}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return `1 deal` or `3 deals`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@dataclass(frozen=True)
class Calendar:
    """Tells days and ages as seen from `now` in the company's `zone`."""

    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """The day that it is in the zone."""
        return self.now.astimezone(self.zone).date()

    def day(self, value: date | datetime) -> str:
        """Return `30 Nov`, with the year where it is not this one or more than half a year away: `30 Nov 2025`."""
        when = value.astimezone(self.zone).date() if isinstance(value, datetime) else value
        told = f"{when.day} {_MONTHS[when.month - 1]}"
        far = abs(when - self.today) > _NEAR or when.year != self.today.year
        return f"{told} {when.year}" if far else told

    def recent_day(self, value: date | datetime) -> str:
        """Return `today`, `yesterday`, the weekday within the last six days, else as `day` does."""
        when = value.astimezone(self.zone).date() if isinstance(value, datetime) else value
        ago = (self.today - when).days
        if ago == 0:
            return "today"
        if ago == 1:
            return "yesterday"
        return _DAYS[when.weekday()] if 1 < ago < 7 else self.day(when)

    def moment(self, value: datetime) -> str:
        """Return `14:05` for today, else the day with its time."""
        there = value.astimezone(self.zone)
        clock = f"{there:%H:%M}"
        return clock if there.date() == self.today else f"{self.day(value)} {clock}"

    def ago(self, value: datetime) -> str:
        """Return how long ago a moment was: `just now`, `4 min ago`, `2 hours ago`, `yesterday`, `3 days ago`, then the day."""
        passed = self.now - value
        if passed < timedelta(minutes=1):
            return "just now" if passed > timedelta(minutes=-5) else f"on {self.day(value)}"
        if passed < timedelta(hours=1):
            return f"{int(passed.total_seconds() // 60)} min ago"
        if passed < timedelta(hours=24):
            return f"{counted(int(passed.total_seconds() // 3600), 'hour')} ago"
        days = (self.today - value.astimezone(self.zone).date()).days
        if days <= 1:
            return "yesterday"
        return f"{days} days ago" if days < 14 else f"on {self.day(value)}"
