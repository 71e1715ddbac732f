"""Lexical candidates from the database: FTS5 on SQLite, text search on PostgreSQL; ranking them is `retrieval.ranking`'s work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from infra.spine.models import StemCount

_PLAIN = re.compile(r"\w+", re.UNICODE)


def frequencies(session: Session, stems: Iterable[str]) -> dict[str, int]:
    """Return in how many passages each stem stands; stems that stand nowhere are left out."""
    wanted = sorted(set(stems))
    rows = session.execute(select(StemCount.stem, StemCount.passages).where(StemCount.stem.in_(wanted))).all()
    return {stem: number for stem, number in rows if number > 0}


def postings(session: Session, stem: str) -> NDArray[np.int32]:
    """Return the ids of all passages that hold `stem`, ascending."""
    if not _PLAIN.fullmatch(stem):
        # A stem such as o'neil is several words to the databases' tokenisers: asked for as a phrase they find it too.
        stem = " ".join(_PLAIN.findall(stem))
        if not stem:
            return np.zeros(0, dtype=np.int32)
    # One text of all ids is many times quicker to fetch than a row for each.
    if session.get_bind().dialect.name == "postgresql":
        statement = text(
            "SELECT string_agg(id::text, ',') FROM passages WHERE words_index @@ phraseto_tsquery('simple', :stem)"
        )
        found = session.execute(statement, {"stem": stem}).scalar()
    else:
        words = " ".join(f'"{word}"' for word in stem.split())
        statement = text("SELECT group_concat(rowid) FROM passage_words WHERE passage_words MATCH :stem")
        found = session.execute(statement, {"stem": words}).scalar()
    return np.sort(np.fromstring(found, dtype=np.int32, sep=",")) if found else np.zeros(0, dtype=np.int32)


def rows_with(session: Session, columns: str, ids: Sequence[int]) -> Sequence[Any]:
    """Return `columns` (their names, ours, joined by commas) of the passages with these ids, in no order."""
    # The ids go as one value: a parameter for each of a thousand costs more than reading the rows.
    if session.get_bind().dialect.name == "postgresql":
        wanted = "SELECT unnest(string_to_array(:ids, ',')::bigint[])"
        value = ",".join(map(str, ids))
    else:
        wanted = "SELECT value FROM json_each(:ids)"
        value = "[" + ",".join(map(str, ids)) + "]"
    statement = text(f"SELECT {columns} FROM passages WHERE id IN ({wanted})")  # noqa: S608 - no word of it comes from outside
    return session.execute(statement, {"ids": value}).fetchall()
