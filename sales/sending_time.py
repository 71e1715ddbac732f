"""When a mail goes: in the recipient's working hours, in the time zone of their country where that is known.

Working hours are nine to five of the recipient's day, as cold mail is read by people at work; the working days are the company's own.
In a country with several time zones the one of its first business cities is taken, unless the region or city tells better.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sales.names import fold
from sales.working_hours import Hours, next_open

OPENS = time(9)
CLOSES = time(17)

_ALIASES = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "deutschland": "DE",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "south korea": "KR",
    "korea": "KR",
    "uae": "AE",
    "russia": "RU",
    "espana": "ES",
    "italia": "IT",
    "osterreich": "AT",
    "schweiz": "CH",
    "suisse": "CH",
    "brasil": "BR",
}
_BUSINESS = {
    "US": "America/New_York",
    "CA": "America/Toronto",
    "MX": "America/Mexico_City",
    "BR": "America/Sao_Paulo",
    "AR": "America/Argentina/Buenos_Aires",
    "CL": "America/Santiago",
    "EC": "America/Guayaquil",
    "AU": "Australia/Sydney",
    "NZ": "Pacific/Auckland",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "KZ": "Asia/Almaty",
    "ID": "Asia/Jakarta",
    "MY": "Asia/Kuala_Lumpur",
    "CN": "Asia/Shanghai",
    "MN": "Asia/Ulaanbaatar",
    "UZ": "Asia/Tashkent",
    "CD": "Africa/Kinshasa",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "CY": "Asia/Nicosia",
}
_CENTRAL, _MOUNTAIN, _PACIFIC = "America/Chicago", "America/Denver", "America/Los_Angeles"
_STATES = {
    "US": {
        **dict.fromkeys(
            "alabama arkansas illinois iowa kansas louisiana minnesota mississippi missouri nebraska oklahoma tennessee texas wisconsin al ar il ia ks la mn ms mo ne ok tn tx wi dallas houston austin chicago nashville minneapolis".split(),
            _CENTRAL,
        ),
        **dict.fromkeys(["north dakota", "south dakota", "nd", "sd", "san antonio", "st. louis"], _CENTRAL),
        **dict.fromkeys("colorado idaho montana utah wyoming co id mt ut wy denver boulder".split(), _MOUNTAIN),
        **dict.fromkeys(["new mexico", "nm", "salt lake city"], _MOUNTAIN),
        **dict.fromkeys("california nevada oregon washington ca nv or wa seattle portland oakland".split(), _PACIFIC),
        **dict.fromkeys(["san francisco", "los angeles", "san diego", "san jose", "las vegas"], _PACIFIC),
        **dict.fromkeys(["arizona", "az", "phoenix"], "America/Phoenix"),
        **dict.fromkeys(["alaska", "ak"], "America/Anchorage"),
        **dict.fromkeys(["hawaii", "hi"], "Pacific/Honolulu"),
    },
    "CA": {
        **dict.fromkeys(["british columbia", "bc", "vancouver", "victoria"], "America/Vancouver"),
        **dict.fromkeys(["alberta", "ab", "calgary", "edmonton"], "America/Edmonton"),
        **dict.fromkeys(["manitoba", "mb", "winnipeg"], "America/Winnipeg"),
        **dict.fromkeys(["saskatchewan", "sk", "regina"], "America/Regina"),
        **dict.fromkeys(["nova scotia", "ns", "halifax"], "America/Halifax"),
    },
    "AU": {
        **dict.fromkeys(["western australia", "wa", "perth"], "Australia/Perth"),
        **dict.fromkeys(["south australia", "sa", "adelaide"], "Australia/Adelaide"),
        **dict.fromkeys(["queensland", "qld", "brisbane"], "Australia/Brisbane"),
    },
}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    from babel import Locale  # babel is slow to import and seldom needed

    names = {fold(str(name)): code for code, name in Locale("en").territories.items() if len(code) == 2}
    return names | {code.lower(): code for code in names.values()} | _ALIASES


@lru_cache(maxsize=1)
def _zones() -> dict[str, tuple[str, ...]]:
    from babel.core import get_global

    found: dict[str, list[str]] = {}
    for zone, territory in get_global("zone_territories").items():
        found.setdefault(territory, []).append(zone)
    return {territory: tuple(zones) for territory, zones in found.items()}


@lru_cache(maxsize=4096)
def zone_of_place(country: str | None, region: str | None = None, city: str | None = None) -> ZoneInfo | None:
    """Return the time zone of a place as a CRM writes it (`Germany`, `US`/`California`), or None where it is not known."""
    code = _countries().get(fold(country or "").strip())
    if code is None:
        return None
    for part in (city, region):
        words = fold(part or "").strip()
        if words and (told := _STATES.get(code, {}).get(words)) is not None:
            return ZoneInfo(told)
        named = [
            zone
            for zone in _zones().get(code, ())
            if words and fold(zone.rpartition("/")[2]) == words.replace(" ", "_")
        ]
        if named:
            return ZoneInfo(named[0])
    if code in _BUSINESS:
        return ZoneInfo(_BUSINESS[code])
    zones = _zones().get(code, ())
    return ZoneInfo(zones[0]) if len(zones) == 1 else None


def hours_of(zone: ZoneInfo, working_days: tuple[int, ...]) -> Hours:
    """Return the working hours in which a mail goes; without working days every day is one."""
    return Hours(zone, frozenset(working_days or range(7)), OPENS, CLOSES)


def next_morning(after: datetime, hours: Hours) -> datetime:
    """Return when the next working day after the day of `after` opens: when a snoozed card comes back."""
    tomorrow = after.astimezone(hours.zone).date() + timedelta(days=1)
    return next_open(datetime.combine(tomorrow, time(0), hours.zone), hours)
