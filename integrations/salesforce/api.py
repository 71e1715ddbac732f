"""Salesforce's endpoints as functions: one request each (developer.salesforce.com/docs/platform/api-rest)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.connectors.client import Client, Service
from integrations.connectors.errors import Busy, Clash, NotThere, NotUnderstood, OutcomeUnknown, Refused
from integrations.connectors.pacing import Pace
from integrations.salesforce import soql
from integrations.salesforce.objects import TITLE

VERSION = "v62.0"
DATA = f"/services/data/{VERSION}"
PAGE = 2_000
"""Rows of an answer to a query, and records of one read by ids."""

AT_ONCE = 25
"""Subrequests of a composite request."""

PACES = (Pace(50, 1.0),)
"""Salesforce counts requests by the day and long ones at once (25), not by the second: this is courtesy."""

RESERVE = 0.95
"""So much of the day's requests may be used; the rest is left to the organization's other programs."""

_LOCKED = 2.0
_DAY = 3_600.0
ROLLED_BACK = frozenset(("ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED"))
LOCKED = "UNABLE_TO_LOCK_ROW"
_ONE_ONLY = frozenset(
    (
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "FIELD_INTEGRITY_EXCEPTION",
    )
)
_CLASHES = frozenset(("DUPLICATE_VALUE", "DUPLICATES_DETECTED", "DUPLICATE_EXTERNAL_ID"))


def explain(status: int, told: Any) -> tuple[str, tuple[str, ...]]:
    """Return the code of Salesforce's error and the fields that it names; never its message, which repeats values."""
    first = told[0] if isinstance(told, list) and told else told
    if not isinstance(first, Mapping):
        return f"HTTP {status}", ()
    code = first.get("errorCode") or first.get("statusCode")
    fields = first.get("fields")
    return (
        str(code)[:80] if code else f"HTTP {status}",
        tuple(str(one) for one in fields) if isinstance(fields, list) else (),
    )


def patience(status: int, told: Any) -> float | None:
    """Return how long to wait where Salesforce asks for it: a record that somebody else holds, and the day's requests used up."""
    code, _ = explain(status, told)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _DAY
    return _LOCKED if code in (LOCKED, "SERVER_UNAVAILABLE") else None


class Quota:
    """The day's requests, as `Sforce-Limit-Info` tells them with each answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.used = 0
        self.allowed = 0

    def hear(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer."""
        found = re.search(r"api-usage=(\d+)/(\d+)", headers.get("sforce-limit-info", ""))
        if found:
            with self._lock:
                self.used, self.allowed = int(found[1]), int(found[2])

    def check(self) -> None:
        """Raise Busy where only the reserve is left."""
        with self._lock:
            over = self.allowed > 0 and self.used >= self.allowed * RESERVE
            if over:
                # The next request finds out whether there is room again.
                self.allowed = 0
        if over:
            raise Busy(TITLE, _DAY)


def service(base_url: str) -> Service:
    """Return how an organization of Salesforce wants to be asked."""
    return Service(TITLE, base_url, PACES, explain, patience=patience, one_only=_ONE_ONLY)


class Api:
    """Salesforce over a `Client` that `connect` opens when it is needed first."""

    def __init__(self, connect: Callable[[], Client], quota: Quota) -> None:
        self._connect = connect
        self._quota = quota
        self._lock = threading.Lock()
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The client. Opened once, by whoever needs it first."""
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    @property
    def requests(self) -> int:
        """How many requests went out."""
        return self._client.requests if self._client is not None else 0

    def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            self._client.close()

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """Return what a GET answers."""
        self._quota.check()
        return self.client.get(path, params)

    def text(self, path: str, params: Mapping[str, str | int]) -> tuple[str, Mapping[str, str]]:
        """Return the text that a GET answers, and its headers."""
        self._quota.check()
        return self.client.text(path, params)

    def send(self, method: str, path: str, body: Any, *, repeatable: bool = True) -> Any:
        """Return what another request answers."""
        self._quota.check()
        return self.client.send(method, path, body=body, repeatable=repeatable)

    def query(self, soql: str, *, everything: bool = False) -> tuple[list[dict[str, Any]], str | None]:
        """Return the first rows of a query and where the next ones are: GET /query, /queryAll for what is deleted or archived too."""
        return self._rows(self.get(f"{DATA}/queryAll" if everything else f"{DATA}/query", {"q": soql}))

    def more(self, path: str) -> tuple[list[dict[str, Any]], str | None]:
        """Return the next rows of a query. Raises Refused with INVALID_QUERY_LOCATOR once its cursor is gone."""
        return self._rows(self.get(path))

    def all_rows(self, soql: str, *, everything: bool = False) -> list[dict[str, Any]]:
        """Return all rows of a query that has few."""
        rows, following = self.query(soql, everything=everything)
        while following:
            some, following = self.more(following)
            rows += some
        return rows

    def count(self, object_type: str) -> int:
        """Return how many records an object has."""
        told = self.get(f"{DATA}/queryAll", {"q": soql.count(object_type)})
        if not isinstance(told, Mapping) or not isinstance(told.get("totalSize"), int):
            raise NotUnderstood(TITLE)
        return int(told["totalSize"])

    def describe(self, object_type: str) -> list[dict[str, Any]]:
        """Return the fields of an object that we may see: GET /sobjects/{object}/describe. Raises NotThere for one that we may not see at all."""
        told = self.get(f"{DATA}/sobjects/{object_type}/describe")
        if not isinstance(told, Mapping) or not isinstance(told.get("fields"), list):
            raise NotUnderstood(TITLE)
        return [one for one in told["fields"] if isinstance(one, dict) and "name" in one]

    def read_many(self, object_type: str, ids: Sequence[str], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return records by id, at most 2,000, without those that are not there: POST /composite/sobjects/{object}."""
        told = self.send("POST", f"{DATA}/composite/sobjects/{object_type}", {"ids": list(ids), "fields": list(fields)})
        if not isinstance(told, list):
            raise NotUnderstood(TITLE)
        return [one for one in told if isinstance(one, dict) and one.get("Id")]

    def update_many(self, object_type: str, changes: Sequence[tuple[str, Mapping[str, Any], str | None]]) -> None:
        """Set fields of up to 25 records, all or none: POST /composite with PATCH …/sobjects/{object}/{id} each. Never sent twice.

        A change is an id, its values, and `If-Unmodified-Since`. Raises OutcomeUnknown where a record was changed since then: nothing was set, and what
        stands there now has to be compared.
        """
        body = {
            "allOrNone": True,
            "compositeRequest": [
                {
                    "method": "PATCH",
                    "url": f"{DATA}/sobjects/{object_type}/{identity}",
                    "referenceId": f"r{place}",
                    "body": dict(values),
                    **({"httpHeaders": {"If-Unmodified-Since": since}} if since else {}),
                }
                for place, (identity, values, since) in enumerate(changes)
            ],
        }
        told = self.send("POST", f"{DATA}/composite", body, repeatable=False)
        answers = told.get("compositeResponse") if isinstance(told, Mapping) else None
        if not isinstance(answers, list):
            raise OutcomeUnknown(TITLE)
        for one in answers:
            status = int(one.get("httpStatusCode") or 0)
            code, fields = explain(status, one.get("body"))
            if status < 300 or code in ROLLED_BACK:
                continue
            if status == 412:
                raise OutcomeUnknown(TITLE)
            if code == LOCKED:
                raise Busy(TITLE, 15.0)
            if status == 404:
                raise NotThere(TITLE)
            raise Refused(TITLE, code, fields)

    def create(self, object_type: str, values: Mapping[str, Any], key: tuple[str, str] | None = None) -> str:
        """Make a record and return its id: POST /sobjects/{object}, with an external id PATCH /sobjects/{object}/{field}/{value}. Never sent twice."""
        method, path = "POST", f"{DATA}/sobjects/{object_type}"
        if key is not None:
            method, path = "PATCH", f"{path}/{key[0]}/{quote(key[1], safe='')}"
        try:
            told = self.send(method, path, dict(values), repeatable=False)
        except Refused as error:
            if error.code in _CLASHES:
                raise Clash(TITLE, error.code, error.fields) from error
            raise
        if not isinstance(told, Mapping) or not told.get("id"):
            raise OutcomeUnknown(TITLE)
        return str(told["id"])

    def _rows(self, told: Any) -> tuple[list[dict[str, Any]], str | None]:
        if not isinstance(told, Mapping) or not isinstance(told.get("records"), list):
            raise NotUnderstood(TITLE)
        rows = [one for one in told["records"] if isinstance(one, dict)]
        following = told.get("nextRecordsUrl")
        return rows, str(following) if following and not told.get("done") else None
