"""What a person can tell an import about their files: the column map of `--map FILE`, and the defaults for what values leave open."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sales.amounts import Mark
from sales.columns import normal
from sales.dates import Order
from sales.fields import FIELDS
from sales.records import RecordKind

LEFT_OUT = "-"
NAMED = "custom"


class ColumnMapError(ValueError):
    """A column map that can't be used; its text says what to change, for the person who wrote it."""


@dataclass(frozen=True)
class Hints:
    """Defaults for what a file leaves open: the order of day and month, the zone of times without one, the currency of bare amounts."""

    date_order: Order = "MDY"
    zone: tzinfo = UTC
    currency: str | None = None


@dataclass(frozen=True)
class ColumnMap:
    """What to believe about a table instead of what is recognised.

    A TOML file, all of it optional; headers are matched without regard to case and punctuation::

        kind = "deal"            # account contact user lead deal product target activity change
        date_order = "DMY"       # or "MDY"
        decimal = ","            # or "."
        currency = "EUR"
        delimiter = ";"
        encoding = "cp1252"

        [columns]
        "Auftragswert" = "amount"    # a field of the kind (see sales.fields)
        "Score" = "custom"           # kept as a named field
        "Internal hash" = "-"        # left out

        [files."leads*.csv"]         # the same keys, for files whose name fits; they come before those above
        kind = "lead"
    """

    kind: RecordKind | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: Order | None = None
    decimal: Mark | None = None
    currency: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    files: Mapping[str, ColumnMap] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> ColumnMap:
        """Read a map from TOML. Raises ColumnMapError with a sentence to act on."""
        try:
            return cls.parse(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise ColumnMapError(f"The column map {path.name} can't be read.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ColumnMapError(f"The column map {path.name} is not valid TOML: {error}.") from error

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> ColumnMap:
        """Make a map from the parsed TOML. Raises ColumnMapError."""
        known = {"kind", "columns", "date_order", "decimal", "currency", "delimiter", "encoding", "files"}
        if unknown := sorted(set(table) - known):
            raise ColumnMapError(
                f"The column map has an unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}."
            )
        kind = _choice(table, "kind", {kind.value: kind for kind in RecordKind})
        columns = table.get("columns", {})
        files = table.get("files", {})
        if not isinstance(columns, dict) or not all(isinstance(value, str) for value in columns.values()):
            raise ColumnMapError('[columns] of the column map needs lines such as "Header" = "field".')
        if not isinstance(files, dict) or not all(isinstance(value, dict) for value in files.values()):
            raise ColumnMapError('[files."pattern"] of the column map needs a table.')
        allowed = {f.key for each in ([kind] if kind else list(RecordKind)) for f in FIELDS[each]} | {LEFT_OUT, NAMED}
        for header, key in columns.items():
            if key not in allowed:
                raise ColumnMapError(
                    f"The column map gives {header!r} the field {key!r}, which there is not{f' for a {kind}' if kind else ''}."
                )
        for key in ("currency", "encoding", "delimiter"):
            if not isinstance(table.get(key, ""), str):
                raise ColumnMapError(f"{key} of the column map needs a text.")
        return cls(
            kind=kind,
            columns={normal(header): key for header, key in columns.items()},
            date_order=_choice(table, "date_order", {"MDY": "MDY", "DMY": "DMY"}),
            decimal=_choice(table, "decimal", {".": ".", ",": ","}),
            currency=table.get("currency"),
            delimiter=table.get("delimiter"),
            encoding=table.get("encoding"),
            files={pattern: cls.parse(inner) for pattern, inner in files.items()},
        )

    def for_file(self, name: str) -> ColumnMap:
        """The map for one file: what its name's pattern says first, then what stands at the top."""
        base = name.replace("\\", "/").rsplit("/", 1)[-1].lower()
        for pattern, inner in self.files.items():
            if fnmatchcase(base, pattern.lower()):
                own = {key: value for key, value in vars(inner).items() if value and key not in ("columns", "files")}
                return replace(self, **own, columns={**self.columns, **inner.columns}, files={})
        return self


def _choice(table: Mapping[str, Any], key: str, known: Mapping[str, Any]) -> Any:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or value not in known:
        raise ColumnMapError(f"{key} of the column map is {value!r}; it can be {', '.join(known)}.")
    return known[value]
