"""The history of opportunities: each row of it tells how one stood from then on, so a change is what differs from the row before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from integrations.connectors.errors import NotThere, Refused
from integrations.connectors.stream import Cursor, Page, Remote
from integrations.salesforce import soql
from integrations.salesforce.api import Api
from integrations.salesforce.objects import STAMP
from integrations.salesforce.reading import begun, ended
from integrations.salesforce.values import Told, flat, moment

HISTORY = "OpportunityHistory"
CHANGED = {"StageName": "stage", "Amount": "amount", "CloseDate": "close_date", "ForecastCategory": "forecast_category"}
_FIELDS = ["Id", "OpportunityId", "CreatedDate", "CreatedById", STAMP, *CHANGED]
_IDS = 400
_CATEGORIES = {"BestCase": "Best Case", "Forecast": "Commit", "MostLikely": "Most Likely"}
"""How a history writes forecast categories, and how people read them in an opportunity."""


class HistoryReading:
    """Pages of changes, in the order in which they were made. A row of history gives a record for each field that it changed."""

    def __init__(self, api: Api, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now
        self._before: dict[str, Told] = {}
        self._from_the_start = False

    def page(self, cursor: Cursor) -> Page:
        """Return the next page."""
        if not cursor:
            self._before, self._from_the_start = {}, True
        if "begun" not in cursor:
            cursor = {**cursor, "begun": begun(self._api, self._now).isoformat()}
        rows, following = self._queried(cursor)
        told = [flat(one) for one in rows]
        cursor = {name: value for name, value in cursor.items() if name != "next"}
        if told:
            at = moment(told[-1][STAMP])
            cursor |= {"at": at.isoformat() if at else cursor["begun"], "id": told[-1]["Id"]}
        changes = self._changes(told) if self._from_the_start and "since" not in cursor else self._looked_up(told)
        if following:
            return Page(tuple(changes), {**cursor, "next": following}, more=True)
        return Page(tuple(changes), ended(cursor), more=False)

    def some(self, ids: Sequence[str]) -> tuple[Remote, ...]:
        """Return these changes as they are told now; those that are not told any more as deleted."""
        wanted = list(dict.fromkeys(one.partition(".")[0] for one in ids))
        rows: list[Told] = []
        for start in range(0, len(wanted), _IDS):
            condition = soql.one_of("Id", wanted[start : start + _IDS])
            rows += [flat(one) for one in self._api.all_rows(soql.select(_FIELDS, HISTORY, [condition]))]
        found = {one.id: one for one in self._looked_up(rows)}
        return tuple(found.get(one) or Remote(one, deleted=True) for one in ids)

    def _queried(self, cursor: Cursor) -> tuple[list[dict[str, Any]], str | None]:
        if cursor.get("next"):
            try:
                return self._api.more(str(cursor["next"]))
            except (Refused, NotThere):
                pass
        conditions: list[str] = []
        if cursor.get("id"):
            conditions.append(soql.after(STAMP, datetime.fromisoformat(cursor["at"]), str(cursor["id"])))
        elif cursor.get("since"):
            conditions.append(f"{STAMP} >= {soql.moment(datetime.fromisoformat(cursor['since']))}")
        return self._api.query(soql.select(_FIELDS, HISTORY, conditions, order=f"{STAMP},Id"))

    def _looked_up(self, rows: Sequence[Told]) -> list[Remote]:
        """Return the changes of some rows; what stood before them is asked for."""
        deals = list(dict.fromkeys(str(row["OpportunityId"]) for row in rows))
        whole: list[Told] = []
        for start in range(0, len(deals), _IDS):
            condition = soql.one_of("OpportunityId", deals[start : start + _IDS])
            query = soql.select(_FIELDS, HISTORY, [condition], order=f"{STAMP},Id")
            whole += [flat(one) for one in self._api.all_rows(query)]
        self._before = {}
        wanted = {row["Id"] for row in rows}
        return [one for one in self._changes(whole) if one.id.partition(".")[0] in wanted]

    def _changes(self, rows: Sequence[Told]) -> list[Remote]:
        found: list[Remote] = []
        for row in rows:
            deal = str(row["OpportunityId"])
            before = self._before.get(deal)
            self._before[deal] = {name: row.get(name) for name in CHANGED}
            for name, field in CHANGED.items() if before is not None else ():
                old, new = (_worded(name, one.get(name)) for one in (before or {}, row))
                if old != new:
                    data = {
                        "deal": deal,
                        "field": field,
                        "old": old,
                        "new": new,
                        "at": row.get("CreatedDate"),
                        "by": row.get("CreatedById"),
                    }
                    found.append(Remote(f"{row['Id']}.{name}", data, moment(row.get(STAMP))))
        return found


def _worded(name: str, value: str | None) -> str | None:
    return _CATEGORIES.get(value, value) if name == "ForecastCategory" and value else value
