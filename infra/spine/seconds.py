"""How many seconds lie between two moments, in SQL, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from infra.spine.base import Instant


class SecondsBetween(FunctionElement[float]):
    """The seconds from the second moment to the first, with their fraction."""

    name = "seconds_between"
    type = Float()
    inherit_cache = True


@compiles(SecondsBetween, "sqlite")
def _sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = (compiler.process(clause, **kwargs) for clause in element.clauses)
    # julianday() counts days in a double: it is good to some tens of microseconds in our century.
    return f"((julianday({later}) - julianday({earlier})) * 86400.0)"


@compiles(SecondsBetween, "postgresql")
def _postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"EXTRACT(EPOCH FROM ({later} - {earlier}))::double precision"


class DaysAway(FunctionElement[Any]):
    """A moment about so many days (a literal) from another: at most a day earlier than exactly so. A bound by which an index of moments is entered, before `SecondsBetween` decides."""

    name = "days_away"
    type = Instant()
    inherit_cache = True


@compiles(DaysAway, "sqlite")
def _away_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    moment, days = (compiler.process(clause, **kwargs) for clause in element.clauses)
    # Moments are text that sorts by time: the day alone comes before all of its moments.
    return f"date({moment}, {days} || ' days')"


@compiles(DaysAway, "postgresql")
def _away_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    moment, days = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"({moment} + make_interval(days => {days}))"
