"""Query jobs of the Bulk API 2.0: made, waited for, and their results read page by page as CSV (developer.salesforce.com/docs/platform/api-asynch)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from integrations.connectors.errors import NotUnderstood, Refused
from integrations.salesforce.api import DATA, Api
from integrations.salesforce.objects import TITLE

RESULTS = 10_000
"""Rows of one page of results."""

_NO_MORE = "null"
_RUNNING = frozenset(("UploadComplete", "InProgress"))


def begin(api: Api, soql: str) -> str:
    """Have a query run and return its job's id. A job that is begun twice costs time, nothing else."""
    body = {
        "operation": "queryAll",
        "query": soql,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    told = api.send("POST", f"{DATA}/jobs/query", body)
    if not isinstance(told, Mapping) or not told.get("id"):
        raise NotUnderstood(TITLE)
    return str(told["id"])


def is_done(api: Api, job: str) -> bool:
    """Whether a job's results can be read. Raises Refused where it came to another end, NotThere where it is gone."""
    told = api.get(f"{DATA}/jobs/query/{job}")
    state = str(told.get("state")) if isinstance(told, Mapping) else ""
    if state == "JobComplete":
        return True
    if state not in _RUNNING:
        raise Refused(TITLE, f"JOB_{state.upper() or 'WITHOUT_STATE'}")
    return False


def results(api: Api, job: str, locator: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of a job's rows, and the locator of the next one."""
    params: dict[str, str | int] = {"maxRecords": RESULTS}
    if locator:
        params["locator"] = locator
    text, headers = api.text(f"{DATA}/jobs/query/{job}/results", params)
    following = headers.get("sforce-locator", _NO_MORE)
    return rows_of(text), None if following == _NO_MORE else following


def rows_of(text: str) -> list[dict[str, Any]]:
    """Return the rows of a CSV by the names of its first line; an empty value is None. Raises NotUnderstood for a text that is none."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, None)
        if head is None:
            return []
        if "Id" not in head:
            raise NotUnderstood(TITLE)
        found: list[dict[str, Any]] = []
        for cells in reader:
            if len(cells) != len(head):
                raise NotUnderstood(TITLE)
            found.append({name: cell or None for name, cell in zip(head, cells, strict=True)})
    except csv.Error as error:
        raise NotUnderstood(TITLE) from error
    return found
