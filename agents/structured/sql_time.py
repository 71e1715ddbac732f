"""Days, months and quarters in SQL, alike on SQLite and PostgreSQL: what day a moment fell on in the company's time zone, and how many days lie between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement as Element
from sqlalchemy.sql.functions import FunctionElement

_FIRST_YEAR, _LAST_YEAR = 1990, 2045


class LocalDay(FunctionElement[Any]):
    """The calendar day on which a moment fell in a time zone."""

    name = "local_day"
    type = Date()
    inherit_cache = True

    def __init__(self, moment: Element[Any], zone: str) -> None:
        from sqlalchemy import literal_column

        super().__init__(moment, literal_column("'" + zone.replace("'", "") + "'"))


class DaysBetween(FunctionElement[Any]):
    """Whole days from the second day to the first, as an integer."""

    name = "days_between"
    type = Integer()
    inherit_cache = True


class YearOf(FunctionElement[Any]):
    """The calendar year of a day."""

    name = "year_of"
    type = Integer()
    inherit_cache = True


class MonthOf(FunctionElement[Any]):
    """The month of a day, 1 to 12."""

    name = "month_of"
    type = Integer()
    inherit_cache = True


class MondayOf(FunctionElement[Any]):
    """The Monday of a day's week, as an ISO date in text."""

    name = "monday_of"
    type = String()
    inherit_cache = True


def quarter_key(day: ColumnElement[Any], start_month: int) -> ColumnElement[Any]:
    """Return the fiscal year times ten plus the quarter: 20173 for Q3 2017. A fiscal year bears the number of the year in which it ends."""
    year: ColumnElement[Any] = YearOf(day)
    month = MonthOf(day)
    if start_month > 1:
        year = fiscal_year(day, start_month)
    return year * 10 + (month + 12 - start_month) % 12 // 3 + 1


def fiscal_year(day: ColumnElement[Any], start_month: int) -> ColumnElement[Any]:
    """Return the number of the fiscal year that a day is in."""
    year = YearOf(day)
    if start_month == 1:
        return year
    # (month + 12 - start) // 12 is 1 from the starting month on, 0 before it.
    return year + (MonthOf(day) + 12 - start_month) // 12


@lru_cache(maxsize=32)
def _offsets(zone: str) -> tuple[tuple[str, int], ...]:
    """The moments (UTC, as SQLite writes them) from which an offset in minutes holds, in order."""
    tz = ZoneInfo(zone)
    moment = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
    end = datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
    found = [("", _minutes(tz, moment))]
    while moment < end:
        later = moment + timedelta(days=7)
        if _minutes(tz, later) != _minutes(tz, moment):
            low, high = moment, later
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                middle = middle.replace(second=0, microsecond=0)
                if middle in (low, high):
                    break
                low, high = (middle, high) if _minutes(tz, middle) == _minutes(tz, moment) else (low, middle)
            found.append((high.strftime("%Y-%m-%d %H:%M:%S"), _minutes(tz, later)))
        moment = later
    return tuple(found)


def _minutes(tz: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(tz).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)


def _shift(text: str, offsets: tuple[tuple[str, int], ...]) -> str:
    """A tree of CASEs, so that a row costs a handful of comparisons and not one for every change of the clocks."""
    if len(offsets) == 1:
        return f"'{offsets[0][1]:+d} minutes'"
    middle = len(offsets) // 2
    left, right = _shift(text, offsets[:middle]), _shift(text, offsets[middle:])
    return left if left == right else f"CASE WHEN {text} < '{offsets[middle][0]}' THEN {left} ELSE {right} END"


def _arguments(element: Any, compiler: Any, **kwargs: Any) -> list[str]:
    return [compiler.process(clause, **kwargs) for clause in element.clauses]


@compiles(LocalDay, "sqlite")
def _local_day_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    moment, zone = _arguments(element, compiler, **kwargs)
    offsets = _offsets(zone.strip("'"))
    if len(offsets) == 1 and offsets[0][1] == 0:
        return f"date({moment})"
    return f"date({moment}, {_shift(moment, offsets)})"


@compiles(LocalDay, "postgresql")
def _local_day_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    moment, zone = _arguments(element, compiler, **kwargs)
    return f"CAST(timezone({zone}, {moment}) AS DATE)"


@compiles(DaysBetween, "sqlite")
def _days_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = _arguments(element, compiler, **kwargs)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(DaysBetween, "postgresql")
def _days_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = _arguments(element, compiler, **kwargs)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"


@compiles(YearOf, "sqlite")
def _year_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(strftime('%Y', {_arguments(element, compiler, **kwargs)[0]}) AS INTEGER)"


@compiles(YearOf, "postgresql")
def _year_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(EXTRACT(YEAR FROM {_arguments(element, compiler, **kwargs)[0]}) AS INTEGER)"


@compiles(MonthOf, "sqlite")
def _month_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(strftime('%m', {_arguments(element, compiler, **kwargs)[0]}) AS INTEGER)"


@compiles(MonthOf, "postgresql")
def _month_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(EXTRACT(MONTH FROM {_arguments(element, compiler, **kwargs)[0]}) AS INTEGER)"


@compiles(MondayOf, "sqlite")
def _monday_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"date({_arguments(element, compiler, **kwargs)[0]}, '-6 days', 'weekday 1')"


@compiles(MondayOf, "postgresql")
def _monday_postgres(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"to_char(date_trunc('week', CAST({_arguments(element, compiler, **kwargs)[0]} AS DATE)), 'YYYY-MM-DD')"
