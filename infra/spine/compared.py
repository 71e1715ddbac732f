"""Mail addresses in the form in which they are compared (`sales.addresses.compared_address`), as SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, SQLColumnExpression, and_, case, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sales.addresses import compared_address


class _Position(FunctionElement[int]):
    """Where a text first holds another, from 1 on; 0 where it does not."""

    name = "position_of"
    type = Integer()
    inherit_cache = True


@compiles(_Position)
def _standard(element: _Position, compiler: Any, **given: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **given)})"


@compiles(_Position, "sqlite")
def _sqlite(element: _Position, compiler: Any, **given: Any) -> str:
    return f"instr({compiler.process(element.clauses, **given)})"


def person_of(address: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Return the person whom an address column names: lower case, without what follows a plus sign; a plus sign in front is kept."""
    lower = func.lower(address)
    at, plus = _Position(lower, "@"), _Position(lower, "+")
    plain = func.substr(lower, 1, plus - 1).concat(func.substr(lower, at))
    return case((and_(plus > 1, plus < at), plain), else_=lower)


def domain_of_column(address: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Return the domain of an address column in lower case; the whole text where it has no @."""
    lower = func.lower(address)
    return func.substr(lower, _Position(lower, "@") + 1)


def is_person(column: SQLColumnExpression[Any], address: str) -> ColumnElement[bool]:
    """Return the condition that an address column names the person of `address`, whatever follows a plus sign in either."""
    return person_of(column) == (compared_address(address) or address.strip().lower())
