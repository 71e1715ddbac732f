"""PostgreSQL for tests: databases of their own on one server, and migrated ones that are emptied after a test and used again.

Making one anew from a template copies 600 files; emptying what a test filled is ten times as quick.
"""

from __future__ import annotations

from uuid import uuid4

import psycopg

from infra.spine.database import Database

_KEPT = "as_migrated"
"""The schema where a migrated database keeps the rows that migrations put into their tables."""

_KEEP_ROWS = f"""
DO $$ DECLARE filled regclass; BEGIN
  CREATE SCHEMA {_KEPT};
  FOR filled IN SELECT oid FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0 LOOP
    EXECUTE format('CREATE TABLE {_KEPT}.%I AS TABLE %s', filled::text, filled);
  END LOOP;
END $$
"""
_EMPTY = f"""
DO $$ DECLARE filled regclass; kept text; count record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR filled IN SELECT oid FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0 LOOP
    EXECUTE format('DELETE FROM %s', filled);
  END LOOP;
  FOR kept IN SELECT relname FROM pg_class WHERE relnamespace = '{_KEPT}'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM {_KEPT}.%I', kept, kept);
  END LOOP;
  FOR count IN SELECT * FROM pg_sequences WHERE last_value IS NOT NULL LOOP
    PERFORM setval(format('%I.%I', count.schemaname, count.sequencename), count.start_value, false);
  END LOOP;
END $$
"""
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_SHAPE = """
SELECT md5(string_agg(concat_ws(' ', nspname, relname, relkind, attname, atttypid, attnotnull), ',' ORDER BY nspname, relname, attnum))
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
"""


def spine_url(server: str, database: str) -> str:
    """Return the URL by which the application opens a database of a server; that has `{database}` in its place."""
    return server.replace("{database}", database).replace("postgresql://", "postgresql+psycopg://")


def create_database(server: str, template: str = "template1") -> str:
    """Make a database of its own on a server, and return its name."""
    name = f"t{uuid4().hex[:12]}"
    _execute(server, "postgres", f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return name


def drop_database(server: str, name: str) -> None:
    """Remove a database, whoever is still connected."""
    _execute(server, "postgres", f"DROP DATABASE {name} WITH (FORCE)")


class Spines:
    """Migrated databases without any record, lent to one test after the other."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._template = create_database(server)
        database = Database(spine_url(server, self._template))
        database.migrate()
        database.close()
        _execute(server, self._template, _KEEP_ROWS)
        self._shape = self._shape_of(self._template)
        self._free: list[str] = []

    def lend(self) -> str:
        """Return the name of one."""
        return self._free.pop() if self._free else create_database(self._server, self._template)

    def take_back(self, name: str) -> None:
        """Empty one, whoever is still connected; one whose tables a test changed is removed."""
        _execute(self._server, name, _OTHERS)
        if self._shape_of(name) != self._shape:
            drop_database(self._server, name)
            return
        _execute(self._server, name, _EMPTY)
        self._free.append(name)

    def _shape_of(self, name: str) -> object:
        with psycopg.connect(self._server.replace("{database}", name)) as connection:
            (shape,) = connection.execute(_SHAPE).fetchone() or (None,)
        return shape


def _execute(server: str, database: str, statement: str) -> None:
    with psycopg.connect(server.replace("{database}", database), autocommit=True) as connection:
        connection.execute(statement.encode())
