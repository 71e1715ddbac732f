"""Values of the history in SQL, alike on SQLite and PostgreSQL: amounts and days stand there as text, and a text may be anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from infra.spine.base import Money


class AmountOfText(FunctionElement[Any]):
    """An amount written as a plain decimal, as `Money` stores it; NULL for any other text."""

    name = "amount_of_text"
    type = Money()
    inherit_cache = True


@compiles(AmountOfText, "sqlite")
def _amount_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    (text,) = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return (
        f"(CASE WHEN {text} GLOB '*[0-9]*' AND {text} NOT GLOB '*[^0-9.-]*' AND {text} NOT GLOB '?*-*' AND {text} NOT GLOB '*.*.*'"
        f" THEN CAST(round(CAST({text} AS REAL) * 10000) AS INTEGER) END)"
    )


@compiles(AmountOfText, "postgresql")
def _amount_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    (text,) = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"(CASE WHEN {text} ~ '^-?[0-9]{{1,14}}([.][0-9]*)?$' THEN CAST(round(CAST({text} AS numeric) * 10000) AS bigint) END)"


class DayText(FunctionElement[Any]):
    """A day as ISO text, as which days are compared here: the history may hold a text that is no day, which PostgreSQL would not cast."""

    name = "day_text"
    type = String()
    inherit_cache = True


@compiles(DayText, "sqlite")
def _day_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    (day,) = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"CAST({day} AS VARCHAR)"


@compiles(DayText, "postgresql")
def _day_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    (day,) = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"to_char({day}, 'YYYY-MM-DD')"
