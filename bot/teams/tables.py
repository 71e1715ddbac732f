"""A Grid as tables of a card, each with the same told in lines for clients that know no tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.markup import spans, unmarked
from bot.message import Grid
from bot.teams.elements import Element, Run, container, link_run, paragraphs, rich, run, runs, size
from bot.teams.words import is_link

_TABLE_BYTES = 10_000
_COLUMNS = 12


def table(grid: Grid, links: Mapping[int, str]) -> list[Element]:
    """Return a grid as one table or several, each small enough to be moved to another card; a row that no table holds stands in lines."""
    if len(grid.headings) > _COLUMNS or not grid.headings:
        return [line for index in range(len(grid.rows)) for line in _lines(grid, index, links)]
    head = _row([_heading(heading) for heading in grid.headings])
    drawn: list[Element] = []
    rows: list[Element] = []
    lines: list[Element] = []

    def close() -> None:
        if rows:
            drawn.append(_table(grid, [head, *rows], lines))
            rows.clear()
            lines.clear()

    for index in range(len(grid.rows)):
        row, told = _cells(grid, index, links), _lines(grid, index, links)
        if size([head, row, *told]) > _TABLE_BYTES:
            close()
            drawn += told
            continue
        if size([head, *rows, row, *lines, *told]) > _TABLE_BYTES:
            close()
        rows.append(row)
        lines += told
    close()
    return drawn


def _table(grid: Grid, rows: list[Element], lines: list[Element]) -> Element:
    columns: list[dict[str, Any]] = []
    for number, align in enumerate(grid.align):
        column: dict[str, Any] = {"width": 2 if number == 0 else 1}
        if align == "right":
            column["horizontalCellContentAlignment"] = "Right"
        columns.append(column)
    return {
        "type": "Table",
        "columns": columns,
        "firstRowAsHeader": True,
        "showGridLines": False,
        "rows": rows,
        "fallback": container(list(lines)),
    }


def _row(cells: list[Element]) -> Element:
    return {"type": "TableRow", "cells": [{"type": "TableCell", "items": [cell]} for cell in cells]}


def _heading(heading: str) -> Element:
    return rich([run(unmarked(heading) or " ", weight="Bolder")])


def _cells(grid: Grid, index: int, links: Mapping[int, str]) -> Element:
    cells = []
    for column, cell in enumerate(grid.rows[index]):
        url = _link(grid, index) if column == 0 else None
        cells.append(rich(_cell(cell, url, links)))
    return _row(cells)


def _cell(cell: str, url: str | None, links: Mapping[int, str]) -> list[Run]:
    if url is not None:
        return [link_run(unmarked(cell).strip() or "–", url)]
    if not any(span.text.strip() for span in spans(cell)):
        return [run("–")]
    return runs(cell, links)


def _lines(grid: Grid, index: int, links: Mapping[int, str]) -> list[Element]:
    told: list[Run] = [run("• ")]
    for column, cell in enumerate(grid.rows[index]):
        if column == 0:
            told += _cell(cell, _link(grid, index), links)
        elif unmarked(cell).strip() not in ("", "–"):
            told += [run(f" · {unmarked(grid.headings[column])}: "), *_cell(cell, None, links)]
    return paragraphs(told, spacing="Small")


def _link(grid: Grid, index: int) -> str | None:
    url = grid.links[index] if index < len(grid.links) else None
    return url if is_link(url) else None
