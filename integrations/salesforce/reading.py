"""How Salesforce is read: an object's records in the order of their last change, everything the first time, what changed after that.

A page begins after the last row of the one before, by its stamp and id, so that it can begin anew wherever a cursor of Salesforce has died. Large objects
come by a job of the Bulk API the first time. What was deleted or merged stands in the recycle bin and comes with the changes.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from integrations.connectors.errors import NotAllowed, NotThere, Refused
from integrations.connectors.pacing import Timer
from integrations.connectors.stream import Cursor, Page, Remote
from integrations.salesforce import bulk, soql
from integrations.salesforce.api import PAGE, Api
from integrations.salesforce.objects import STAMP, TASKS, ObjectType, marked
from integrations.salesforce.schema import Schema
from integrations.salesforce.values import Told, flat, moment

OVERLAP = timedelta(minutes=15)
"""What changed shortly before the last run is read again: a long transaction is seen only after it has ended, under the time at which it began."""

UNTIMED = timedelta(hours=2)
"""The same where Salesforce does not tell its own time, so that ours has to do."""

_UNSETTLED = timedelta(seconds=5)

BULK_FROM = 10_000
"""From so many records on an object is read by a job the first time."""

ROLES = "OpportunityContactRole"
NOTE = "Note: "
"""How the subject of a task begins that logs a note of ours."""

_LONGEST_URL = 9_000
_IDS = 150
_ROLE_IDS = 400
_POLLS_S = (1.0, 2.0, 5.0, 10.0)


class Reading:
    """Pages of one object. `extra` are custom fields besides the usual ones; `now` is our own clock, `timer` waits for jobs."""

    def __init__(
        self,
        api: Api,
        schema: Schema,
        kind: ObjectType,
        extra: Iterable[str],
        *,
        now: Callable[[], datetime],
        timer: Timer,
        bulk_from: int = BULK_FROM,
    ) -> None:
        self._api = api
        self._schema = schema
        self._kind = kind
        self._now = now
        self._timer = timer
        self._bulk_from = bulk_from
        named = ["Id", STAMP]
        named += ["IsDeleted"] if kind.deletes else []
        named += ["MasterRecordId"] if kind.masters and schema.has(kind.name, "MasterRecordId") else []
        self._all = list(dict.fromkeys([*named, *schema.fields(kind), *extra]))
        self._asked = _fitting(self._all)
        self._took_over: dict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()
        self._polls = 0

    def page(self, cursor: Cursor) -> Page:
        """Return the next page. The cursor's phase is job, rows or roles; see the module."""
        phase = cursor.get("phase")
        if phase == "job":
            return self._of_job(cursor)
        if phase == "roles":
            return self._of_roles(cursor)
        if "begun" not in cursor:
            cursor = {**cursor, "begun": begun(self._api, self._now).isoformat()}
            if "since" not in cursor and self._api.count(self._kind.name) >= self._bulk_from:
                return self._begin_job(cursor)
        return self._of_rows(cursor)

    def some(self, ids: Sequence[str]) -> tuple[Remote, ...]:
        """Return these records as they are now; those that are not there any more as deleted."""
        rows: list[Told] = []
        for start in range(0, len(ids), _IDS):
            wanted = [one for one in ids[start : start + _IDS] if soql.is_id(one)]
            if wanted:
                query = soql.select(self._asked, self._kind.name, [soql.one_of("Id", wanted)])
                rows += self._completed([flat(one) for one in self._api.all_rows(query, everything=True)])
        there = {row["Id"] for row in rows}
        gone = tuple(Remote(one, deleted=True) for one in ids if one not in there and one[:15] not in there)
        return (*self._remotes(rows), *gone)

    def _begin_job(self, cursor: Cursor) -> Page:
        conditions = [*self._only(), *(["IsDeleted = false"] if self._kind.deletes else [])]
        try:
            job = bulk.begin(self._api, soql.select(self._all, self._kind.name, conditions))
        except (Refused, NotAllowed, NotThere):
            # Not every edition and not every user may make jobs.
            return self._of_rows(cursor)
        return Page((), {**cursor, "phase": "job", "job": job}, more=True)

    def _of_job(self, cursor: Cursor) -> Page:
        job = str(cursor["job"])
        try:
            if "locator" not in cursor and not bulk.is_done(self._api, job):
                self._timer.sleep(_POLLS_S[min(self._polls, len(_POLLS_S) - 1)])
                self._polls += 1
                return Page((), cursor, more=True)
            rows, following = bulk.results(self._api, job, cursor.get("locator"))
        except (Refused, NotThere):
            # Failed, aborted, or a week old: the rows come by queries then, those that came already stand.
            return Page((), {"begun": cursor["begun"]}, more=True)
        records = self._remotes([flat(one) for one in rows])
        if following:
            return Page(records, {**cursor, "locator": following}, more=True)
        return Page(records, ended(cursor), more=False)

    def _of_rows(self, cursor: Cursor) -> Page:
        rows, following = self._queried(cursor)
        told = self._completed([flat(one) for one in rows])
        cursor = {name: value for name, value in cursor.items() if name != "next"}
        if told:
            last = told[-1]
            cursor |= {"at": _iso(last[STAMP]), "id": last["Id"]}
        records = self._remotes(told)
        if following:
            return Page(records, {**cursor, "next": following}, more=True)
        if self._kind.roles_by and "since" in cursor and self._schema.sees(ROLES):
            return Page(records, {**cursor, "phase": "roles"}, more=True)
        return Page(records, ended(cursor), more=False)

    def _queried(self, cursor: Cursor) -> tuple[list[dict[str, Any]], str | None]:
        if cursor.get("next"):
            try:
                return self._api.more(str(cursor["next"]))
            except (Refused, NotThere):
                # Salesforce forgets where a query was after a while, or once ten others were begun: it begins anew after the last row.
                pass
        conditions = self._only()
        if cursor.get("id"):
            conditions.append(soql.after(STAMP, datetime.fromisoformat(cursor["at"]), str(cursor["id"])))
        elif cursor.get("since"):
            conditions.append(f"{STAMP} >= {soql.moment(datetime.fromisoformat(cursor['since']))}")
        if self._kind.deletes and "since" not in cursor:
            conditions.append("IsDeleted = false")
        query = soql.select(self._asked, self._kind.name, conditions, order=f"{STAMP},Id")
        # With what is deleted come tasks and events that are archived, a year after they were.
        return self._api.query(query, everything=self._kind.deletes)

    def _only(self) -> list[str]:
        return [self._kind.only] if self._kind.only else []

    def _of_roles(self, cursor: Cursor) -> Page:
        """Read the records whose contact roles changed: that does not change the records themselves."""
        field, since = str(self._kind.roles_by), datetime.fromisoformat(cursor["since"])
        query = soql.select(["Id", field], ROLES, [f"{STAMP} >= {soql.moment(since)}"])
        ids = dict.fromkeys(str(row[field]) for row in self._api.all_rows(query, everything=True) if row.get(field))
        records = tuple(one for one in self.some(list(ids)) if not one.deleted)
        return Page(records, ended(cursor), more=False)

    def _completed(self, rows: list[Told]) -> list[Told]:
        """Read what an address can't hold: an object may have more custom fields than fit into one."""
        if len(self._asked) == len(self._all) or not rows:
            return rows
        rest = self._all[len(self._asked) :]
        found: dict[str | None, Told] = {}
        ids = [str(row["Id"]) for row in rows if row.get("IsDeleted") != "true"]
        for start in range(0, len(ids), PAGE):
            for one in self._api.read_many(self._kind.name, ids[start : start + PAGE], ["Id", *rest]):
                told = flat(one)
                found[told["Id"]] = told
        return [{**row, **found.get(row["Id"], {})} for row in rows]

    def _remotes(self, rows: Sequence[Told]) -> tuple[Remote, ...]:
        """Return rows as records: with their contact roles, the winners of merges with those that they took over, without what we logged ourselves."""
        roles = self._roles([str(row["Id"]) for row in rows if row.get("IsDeleted") != "true"])
        masters = self._masters(rows)
        found = [self._remote(row, roles.get(str(row["Id"]), ())) for row in rows if not _is_ours(self._kind, row)]
        missing = [one for one in masters if one not in {each.id for each in found}]
        return (*found, *(one for one in self.some(missing) if not one.deleted)) if missing else tuple(found)

    def _remote(self, row: Told, roles: Sequence[Told]) -> Remote:
        identity = str(row["Id"])
        stamps = [at for one in (row, *roles) if (at := _moment(one.get(STAMP))) is not None]
        with self._lock:
            merged = tuple(sorted(self._took_over.get(identity, ())))
        deleted = row.get("IsDeleted") == "true"
        changed_at = max(stamps, default=None)
        now = self._api.client.remote_now
        if changed_at is not None and now is not None and changed_at > now - _UNSETTLED:
            # A stamp has whole seconds: within its second the record may change once more.
            changed_at = None
        data: dict[str, Any] = {**row, **({"roles": list(roles)} if roles else {})}
        return Remote(identity, data, changed_at, deleted, () if deleted else merged)

    def _masters(self, rows: Sequence[Told]) -> list[str]:
        """Learn which records took others over, and return those that are not deleted themselves."""
        told = {str(row["Id"]): str(row["MasterRecordId"]) for row in rows if row.get("MasterRecordId")}
        known = dict(told)
        waiting = {one for one in told.values() if one not in known}
        for _ in range(10):
            # A winner may have been taken over since.
            there = {str(row["Id"]): row.get("MasterRecordId") for row in rows}
            unknown = [one for one in waiting if one not in there]
            query = ["Id", "MasterRecordId"]
            for start in range(0, len(unknown), _ROLE_IDS):
                condition = soql.one_of("Id", unknown[start : start + _ROLE_IDS])
                for row in self._api.all_rows(soql.select(query, self._kind.name, [condition]), everything=True):
                    there[str(row["Id"])] = row.get("MasterRecordId")
            known |= {one: str(there[one]) for one in waiting if there.get(one)}
            waiting = {known[one] for one in waiting if one in known} - set(known)
            if not waiting:
                break
        masters: dict[str, None] = {}
        for loser in told:
            winner, seen = loser, {loser}
            while winner in known and known[winner] not in seen:
                winner = known[winner]
                seen.add(winner)
            with self._lock:
                self._took_over[winner] |= seen - {winner}
            masters[winner] = None
        return list(masters)

    def _roles(self, ids: Sequence[str]) -> dict[str, list[Told]]:
        """Return the contact roles of records, the primary one first."""
        field = self._kind.roles_by
        found: dict[str, list[Told]] = defaultdict(list)
        if field is None or not self._schema.sees(ROLES):
            return found
        fields = ["Id", "OpportunityId", "ContactId", "Role", "IsPrimary", STAMP]
        for start in range(0, len(ids), _ROLE_IDS):
            condition = soql.one_of(field, ids[start : start + _ROLE_IDS])
            for row in self._api.all_rows(soql.select(fields, ROLES, [condition])):
                told = flat(row)
                found[str(told[field])].append(told)
        for listed in found.values():
            listed.sort(key=lambda one: (one.get("IsPrimary") != "true", one.get("Id")))
        return found


def begun(api: Api, now: Callable[[], datetime]) -> datetime:
    """Return when a run began, by Salesforce's clock where it tells the time."""
    return api.client.remote_now or now() - UNTIMED


def ended(cursor: Mapping[str, Any]) -> Cursor:
    """Return where the next run begins: some time before this one began, by Salesforce's own clock."""
    return {"since": (datetime.fromisoformat(cursor["begun"]) - OVERLAP).isoformat()}


def _is_ours(kind: ObjectType, row: Told) -> bool:
    """Whether a record is one that we logged and know better; of a task, people tell there that it is done."""
    if kind.kind != "activity" or row.get("IsDeleted") == "true" or marked(kind.name, row) is None:
        return False
    subject, subtype = row.get("Subject") or "", row.get("TaskSubtype") or "Task"
    return kind is not TASKS or subtype != "Task" or subject.startswith(NOTE)


def _moment(text: str | None) -> datetime | None:
    try:
        return moment(text)
    except ValueError:
        return None


def _iso(text: str | None) -> str:
    at = moment(text)
    return (at or datetime.fromtimestamp(0, UTC)).astimezone(UTC).isoformat()


def _fitting(names: Sequence[str]) -> list[str]:
    """Return as many names as an address can hold."""
    found, length = [], 0
    for one in names:
        length += len(quote_plus(one)) + 3
        if length > _LONGEST_URL:
            break
        found.append(one)
    return found
