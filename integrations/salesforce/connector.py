"""The Salesforce connector: its streams for reading, and what it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any

from infra.errors import Fatal
from integrations.connectors.client import Client
from integrations.connectors.columns import recognised
from integrations.connectors.errors import Clash, NotThere, Refused, SignedOut
from integrations.connectors.pacing import RealTimer, Timer
from integrations.connectors.stream import Ref, Remote, StageTold, Stream
from integrations.connectors.tokens import FixedToken, RenewedToken
from integrations.connectors.writing import Logged, NewRecord, Present, Property
from integrations.salesforce import mapping, soql, writing
from integrations.salesforce.api import AT_ONCE, Api, Quota, service
from integrations.salesforce.history import HISTORY, HistoryReading
from integrations.salesforce.objects import BY_KIND, BY_NAME, DEALS, MARKER, OBJECTS, STAMP, TITLE, ObjectType
from integrations.salesforce.reading import BULK_FROM, ROLES, Reading
from integrations.salesforce.schema import Schema
from integrations.salesforce.stages import stages_of
from integrations.salesforce.values import READER, flat, moment, plain
from sales.records import RecordKind

NAME = "salesforce"
Names = Mapping[str, Mapping[str, str]]
"""Which of Salesforce's fields is which of ours: kind → our field → its name there (`sales.ownership`)."""

_CALL_OBJECT = "CallObject"
"""A task's field for the name of a telephone system's call: where the organization has no field of ours, it takes a task's marker."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Salesforce:
    """An organization. Nothing is asked before it is used; what is known of its objects is asked once.

    `base_url` is where the organization is; where it is not given the token tells. `bulk_from` is from how many records on an object is read by a job at first.
    """

    name = NAME
    title = TITLE

    def __init__(
        self,
        tokens: FixedToken | RenewedToken,
        names: Names,
        *,
        base_url: str | None = None,
        timer: Timer | None = None,
        now: Callable[[], datetime] = _utc_now,
        timeout_s: float = 30.0,
        bulk_from: int = BULK_FROM,
    ) -> None:
        self._tokens = tokens
        self._base_url = base_url
        self._timer = timer or RealTimer()
        self._timeout_s = timeout_s
        self._quota = Quota()
        self._api = Api(self._connected, self._quota)
        self._schema = Schema(self._api)
        self._names = names
        self._now = now
        self._bulk_from = bulk_from
        self._known = mapping.Known()
        self._statuses: dict[bool, str] = {}
        self._stamps: dict[str, str] = {}

    def _connected(self) -> Client:
        base = self._base_url
        if base is None and isinstance(self._tokens, RenewedToken):
            if not self._tokens.base_url and not self._tokens.renew(self._tokens.current()):
                raise SignedOut(TITLE)
            base = self._tokens.base_url
        if not base:
            raise Fatal("Where your Salesforce is, is not known.", "Set DEALWRIGHT_SALESFORCE_BASE_URL.", status=409)
        return Client(service(base), self._tokens, timer=self._timer, timeout_s=self._timeout_s, hear=self._quota.hear)

    @property
    def requests(self) -> int:
        """How many requests went out so far."""
        return self._api.requests

    def close(self) -> None:
        """Let the connections go."""
        self._api.close()

    def streams(self) -> Sequence[Stream]:
        """Return users, accounts, contacts, leads, opportunities, what happened, and the history of opportunities. Asks for the schema."""
        found = []
        for kind in OBJECTS:
            if self._schema.sees(kind.name):
                reading = self._reading(kind)
                read = partial(mapping.read, self._known, kind)
                found.append(Stream(kind.stream, kind.kind, kind.name, "Id", STAMP, reading.page, read))
        if self._schema.sees(HISTORY):
            history = HistoryReading(self._api, self._now)
            found.append(Stream("history", "change", HISTORY, "Id", STAMP, history.page, mapping.read_change))
        return found

    def stages(self) -> Sequence[StageTold] | None:
        """Return the organization's active stages in their order, None where we may not see them. Record types may leave some out; the API does not say which."""
        return stages_of(self._api)

    def some(self, remote: str, ids: Sequence[str]) -> tuple[Remote, ...]:
        """Return these records of an object as they are now."""
        if remote == HISTORY:
            return HistoryReading(self._api, self._now).some(ids)
        return self._reading(BY_NAME[remote]).some(ids)

    def _reading(self, kind: ObjectType) -> Reading:
        extra = self._extra(kind)
        return Reading(
            self._api, self._schema, kind, extra, now=self._now, timer=self._timer, bulk_from=self._bulk_from
        )

    def _extra(self, kind: ObjectType) -> list[str]:
        """Return the custom fields of an object, and learn which of them are fields of ours."""
        schema = self._schema.properties(kind.name)
        self._known.properties[kind.name] = schema
        ours = {field: name for field, name in self._names.get(kind.our_kind, {}).items() if name in schema}
        mapped = {name: field for field, name in ours.items() if name not in kind.fields}
        custom = {name: one for name, one in self._schema.custom(kind.name).items() if name not in mapped}
        if kind.kind in ("account", "contact", "lead", "deal"):
            labelled = {name: (one.label, one.type) for name, one in custom.items()}
            taken = {*mapped.values(), *mapping.FILLED.get(kind.name, ())}
            mapped |= recognised(RecordKind(kind.kind), labelled, taken)
        self._known.named[kind.name] = mapped
        self._known.written[kind.name] = frozenset(ours.values())
        return [name for name in (*mapped, *custom) if name not in kind.fields]

    def properties(self, kind: str) -> Mapping[str, Property]:
        """Return the fields of an object, by our kind (deal, contact, account, call, …)."""
        return self._schema.properties(BY_KIND[kind].name)

    def remote_of(self, kind: str) -> str | None:
        """Return the object that records of our kind are here."""
        found = BY_KIND.get(kind)
        return found.name if found else None

    @property
    def at_once(self) -> int:
        """How many records one request takes."""
        return AT_ONCE

    def present(self, kind: str, ids: Sequence[str], names: Sequence[str]) -> Mapping[str, Present]:
        """Return what stands in these fields now."""
        object_type, schema = BY_KIND[kind].name, self.properties(kind)
        known = [name for name in names if name in schema]
        found: dict[str, Present] = {}
        for row in self._api.read_many(object_type, list(ids), ["Id", STAMP, *known]):
            values = flat(row)
            identity = str(values["Id"])
            self._stamps[identity] = values.get(STAMP) or ""
            shown = {name: READER.told(values.get(name), schema[name]) if name in schema else None for name in names}
            found[identity] = Present(identity, shown)
        return found

    def update(self, kind: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Set fields of up to 25 records, all or none, and only where nobody has changed them since `present` read them."""
        written = [
            (identity, self._written(kind, values), self._unmodified_since(identity))
            for identity, values in changes.items()
        ]
        self._api.update_many(BY_KIND[kind].name, written)

    def create(self, new: NewRecord) -> str:
        """Make a record under its marker, bound to what it belongs to. Raises OutcomeUnknown, Clash, Refused."""
        object_type = BY_KIND[new.kind].name
        if new.kind == "contact" and self.twin(new) is not None:
            raise Clash(TITLE, "DUPLICATE_VALUE", ("Email",))
        values = self._written(new.kind, new.values) | self._bound(new)
        if self._has_marker(new.kind):
            return self._api.create(object_type, values, (MARKER, new.marker))
        if self.carries_marker(new.kind):
            values[_CALL_OBJECT] = new.marker
        return self._api.create(object_type, values)

    def _bound(self, new: NewRecord) -> dict[str, str]:
        if new.kind not in ("contact", "deal"):
            return {}
        account = next((link.id for link in new.links if link.remote == "Account"), None)
        return {"AccountId": account} if account else {}

    def twin(self, new: NewRecord) -> str | None:
        """Return the contact that has the mail address already, the eldest of several."""
        email = new.values.get("Email")
        if new.kind != "contact" or not email:
            return None
        rows, _ = self._api.query(
            soql.select(["Id"], "Contact", [f"Email = {soql.quoted(str(email))}"], order="CreatedDate,Id", limit=1)
        )
        return str(rows[0]["Id"]) if rows else None

    def logged(self, happened: Logged, marker: str) -> NewRecord:
        """Return the task or event that logs something that happened."""
        if not self._statuses:
            self._learn_statuses()
        return writing.logged(happened, marker, self._statuses)

    def _learn_statuses(self) -> None:
        rows = [
            flat(one)
            for one in self._api.all_rows("SELECT ApiName,IsClosed,IsDefault FROM TaskStatus ORDER BY SortOrder")
        ]
        for closed, usual in ((True, "Completed"), (False, "Not Started")):
            fitting = [one for one in rows if (one.get("IsClosed") == "true") is closed and one.get("ApiName")]
            chosen = next((one for one in fitting if one.get("IsDefault") == "true"), fitting[0] if fitting else None)
            self._statuses[closed] = str(chosen["ApiName"]) if chosen else usual

    def _has_marker(self, kind: str) -> bool:
        return bool(self._schema.described(BY_KIND[kind].name).get(MARKER, {}).get("externalId"))

    def carries_marker(self, kind: str) -> bool:
        """Whether a new record of this kind can be found again: by our own external id, a task also by a field that it has anyway."""
        if self._has_marker(kind):
            return True
        field = self._schema.described(BY_KIND[kind].name).get(_CALL_OBJECT, {})
        return BY_KIND[kind].name == "Task" and bool(field.get("createable") and field.get("filterable"))

    def find(self, kind: str, marker: str) -> str | None:
        """Return the id of the record that carries a marker: a query, which sees what was made a moment ago."""
        field = MARKER if self._has_marker(kind) else _CALL_OBJECT
        query = soql.select(["Id"], BY_KIND[kind].name, [f"{field} = {soql.quoted(marker)}"], order="Id", limit=1)
        rows, _ = self._api.query(query)
        return str(rows[0]["Id"]) if rows else None

    def marker_property(self, kind: str) -> Property:
        """Return the field that has to be there so that creates can be repeated safely."""
        return Property(MARKER, "Dealwright key", "text", unique=True)

    def associate(self, kind: str, external_id: str, other: Ref) -> None:
        """Bind two records: an account by its field, a person and an opportunity by a contact role."""
        object_type = BY_KIND[kind].name
        pair = {object_type: external_id, other.remote: other.id}
        if other.remote == "Account":
            self._api.update_many(object_type, [(external_id, {"AccountId": other.id}, None)])
        elif set(pair) == {"Contact", DEALS.name}:
            conditions = [
                f"OpportunityId = {soql.quoted(pair[DEALS.name])}",
                f"ContactId = {soql.quoted(pair['Contact'])}",
            ]
            if not self._api.all_rows(soql.select(["Id"], ROLES, conditions)):
                self._api.create(ROLES, {"OpportunityId": pair[DEALS.name], "ContactId": pair["Contact"]})
        else:
            raise NotThere(TITLE)

    def create_property(self, kind: str, wanted: Property) -> None:
        """Add a field, and let ourselves see it. Only with a person's consent."""
        self._schema.create(BY_KIND[kind].name, wanted)

    def _written(self, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
        schema = self.properties(kind)
        try:
            return {
                name: plain(value, schema.get(name) or Property(name, name, "text")) for name, value in values.items()
            }
        except ValueError as error:
            raise Refused(TITLE, "INVALID_TYPE_ON_FIELD_IN_RECORD", tuple(values)) from error

    def _unmodified_since(self, identity: str) -> str | None:
        at = moment(self._stamps.get(identity))
        return format_datetime(at.astimezone(UTC), usegmt=True) if at else None
