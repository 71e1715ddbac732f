"""Statements are compiled once for all engines of a test process, as in a real one, which has one engine: compiling took half of the tests' time.

What SQLAlchemy keeps is kept by the dialect's identity. Here every engine of a kind is made with the same settings, so that one dialect is as good as
another of its class.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_STATEMENTS = 5_000


def compile_once() -> None:
    """Let the engines that are made from now on share what they compile."""
    statements: LRUCache[Any, Any] = LRUCache(_STATEMENTS)

    def engine_created(_cls: type[Any], engine: Engine) -> None:
        engine._compiled_cache = statements

    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        kind: Any = dialect
        kind.engine_created = classmethod(engine_created)
        kind.__eq__ = lambda self, other: type(self) is type(other)
        kind.__hash__ = lambda self: hash(type(self))
