"""How days, sums and people are written in an answer: short, with a year where it matters."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.narrative.case import DealNow, Person

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short_day(day: date, today: date) -> str:
    """Write a day: with its weekday in the week around today, with its year where it is another one."""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    if abs((today - day).days) <= 6:
        return f"{_WEEKDAYS[day.weekday()]} {text}"
    return text if day.year == today.year else f"{text} {day.year}"


def calendar_day(day: date, today: date) -> str:
    """Write a day without its weekday, with its year where it is another one."""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return text if day.year == today.year else f"{text} {day.year}"


def short_money(amount: Decimal, currency: str) -> str:
    """Write a sum shortly and exactly: `$84k`, `$84,500`, `€1.25M`."""
    sign = _SYMBOLS.get(currency)
    if amount >= 1_000_000 and amount % 10_000 == 0:
        number = f"{(amount / 1_000_000).normalize():f}M"
    elif amount >= 1_000 and amount % 1_000 == 0:
        number = f"{amount / 1_000:f}".split(".")[0] + "k"
    else:
        number = f"{amount:,.2f}".removesuffix(".00")
    return f"{sign}{number}" if sign else f"{currency} {number}"


def who(person: Person | None, fallback: str | None) -> str:
    """Write a person with the title that tells why their word matters; our own people without."""
    if person is None:
        return fallback or "Somebody"
    return f"{person.name} ({person.title})" if person.title and person.side == "buyer" else person.name


def deal_part(deal: DealNow, account_name: str | None) -> str:
    """Return a deal's name without its account's in front: `Expansion` for `Acme Logistics – Expansion`."""
    if account_name is None:
        return deal.name
    pieces = re.split(r"\s+[–—-]\s+|:\s+", deal.name, maxsplit=1)
    if len(pieces) == 2 and (
        account_name.casefold().startswith(pieces[0].casefold())
        or pieces[0].casefold().startswith(account_name.casefold().split()[0])
    ):
        return pieces[1]
    return deal.name.removeprefix(account_name).strip(" –—-:") or deal.name


def days(count: int) -> str:
    """Write a number of days."""
    return "1 day" if count == 1 else f"{count} days"


def times(count: int) -> str:
    """Write how often something was."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def flat(quote: str) -> str:
    """Write a quote in one line, for a claim's text; the evidence keeps it as it stands."""
    return " ".join(quote.split())


def joined(parts: list[str]) -> str:
    """Join words as a sentence does."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def field_name(field: str) -> str:
    """Name a deal's field as people call it."""
    return {
        "stage": "stage",
        "close_date": "close date",
        "amount": "amount",
        "forecast_category": "forecast category",
        "owner": "owner",
    }.get(field, field.replace("_", " "))
