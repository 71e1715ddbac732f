"""The HubSpot connector: its streams for reading, and what it writes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from integrations.connectors.client import Client
from integrations.connectors.columns import recognised
from integrations.connectors.errors import Clash, NotThere
from integrations.connectors.pacing import Timer
from integrations.connectors.stream import Ref, Remote, StageTold, Stream
from integrations.connectors.tokens import Tokens
from integrations.connectors.writing import Logged, NewRecord, Present, Property
from integrations.hubspot import mapping
from integrations.hubspot.api import BATCH_LIMIT, Api, service
from integrations.hubspot.objects import BY_KIND, BY_NAME, DEALS, MARKER, OBJECTS, TITLE, ObjectType
from integrations.hubspot.pipelines import stages_of
from integrations.hubspot.reading import OwnerReading, Reading
from integrations.hubspot.values import READER, day, plain, property_of
from integrations.hubspot.writing import bindings, engagement
from sales.fields import FIELDS
from sales.records import RecordKind

NAME = "hubspot"
Names = Mapping[str, Mapping[str, str]]
"""Which property is which field of ours: kind → our field → HubSpot's name (`sales.ownership`)."""

_GROUPS = {
    "contacts": "contactinformation",
    "companies": "companyinformation",
    "deals": "dealinformation",
}
_TYPES = {
    "text": ("string", "text"),
    "number": ("number", "number"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "bool": ("bool", "booleancheckbox"),
    "choice": ("enumeration", "select"),
    "choices": ("enumeration", "checkbox"),
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class HubSpot:
    """A portal. Nothing is asked before it is used; what is known of its schema and pipelines is asked once."""

    name = NAME
    title = TITLE

    def __init__(
        self,
        tokens: Tokens,
        names: Names,
        *,
        base_url: str | None = None,
        timer: Timer | None = None,
        now: Callable[[], datetime] = _utc_now,
        timeout_s: float = 30.0,
    ) -> None:
        self._client = Client(service(base_url), tokens, timer=timer, timeout_s=timeout_s)
        self._api = Api(self._client)
        self._names = names
        self._now = now
        self._known = mapping.Known()
        self._custom: dict[str, frozenset[str]] = {}
        self._pipeline_of: dict[str, str | None] = {}
        self._stages: list[StageTold] = []

    @property
    def requests(self) -> int:
        """How many requests went out so far."""
        return self._client.requests

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def streams(self) -> Sequence[Stream]:
        """Return owners, companies, contacts, deals, then what happened. Asks for the pipelines and the schema."""
        self._learn_pipelines()
        owners = OwnerReading(self._api)
        found = [Stream("owners", "user", "owners", "id", "updatedAt", owners.page, mapping.read_owner)]
        for kind in OBJECTS:
            reading = Reading(self._api, kind, self._extra(kind), self._now)
            read = partial(mapping.read, self._known, kind)
            found.append(Stream(kind.name, kind.kind, kind.name, "id", kind.modified, reading.page, read))
        return found

    def some(self, remote: str, ids: Sequence[str]) -> tuple[Remote, ...]:
        """Return these records of an object type as they are now, such as those that a webhook told of."""
        kind = BY_NAME[remote]
        return Reading(self._api, kind, self._extra(kind), self._now).some(list(ids))

    def _extra(self, kind: ObjectType) -> list[str]:
        """Return the custom properties of an object type, and learn which of them are fields of ours."""
        schema = self.properties(kind.our_kind)
        ours = {field: name for field, name in self._names.get(kind.our_kind, {}).items() if name in schema}
        mapped = {name: field for field, name in ours.items() if name not in kind.properties}
        custom = {
            name: (one.label, one.type)
            for name, one in schema.items()
            if name not in kind.properties and name not in mapped and name in self._custom.get(kind.name, ())
        }
        if kind.kind != "activity":
            taken = {*mapped.values(), *_FILLED.get(kind.name, ())}
            mapped |= recognised(RecordKind(kind.kind), custom, taken)
        self._known.named[kind.name] = mapped
        self._known.written[kind.name] = frozenset(ours.values())
        return [name for name in (*mapped, *custom) if name not in kind.properties]

    def properties(self, kind: str) -> Mapping[str, Property]:
        """Return the schema of an object type, by our kind (deal, contact, account, call, …)."""
        object_type = BY_KIND[kind].name
        known = self._known.properties.get(object_type)
        if known is None:
            listed = self._api.properties(object_type)
            known = {one.name: one for one in map(property_of, listed)}
            self._known.properties[object_type] = known
            defined = frozenset(
                str(one["name"])
                for one in listed
                if not one.get("hubspotDefined", False) and not one.get("hidden") and one["name"] != MARKER
            )
            self._custom[object_type] = defined
        return known

    def _learn_pipelines(self) -> None:
        if self._known.stages:
            return
        self._stages = []
        for pipeline in self._api.pipelines(DEALS.name):
            self._known.pipelines[str(pipeline["id"])] = str(pipeline.get("label"))
            self._stages += stages_of(pipeline)
        for one in self._stages:
            self._known.stages[one.id] = str(one.pipeline), one.name, one.status

    def stages(self) -> Sequence[StageTold]:
        """Return the stages of the deal pipelines, each pipeline's in its order. Asked once."""
        self._learn_pipelines()
        return tuple(self._stages)

    def remote_of(self, kind: str) -> str | None:
        """Return the object type that records of our kind are here."""
        found = BY_KIND.get(kind)
        return found.name if found else None

    @property
    def at_once(self) -> int:
        """How many records one request takes."""
        return BATCH_LIMIT

    def present(self, kind: str, ids: Sequence[str], names: Sequence[str]) -> Mapping[str, Present]:
        """Return what stands in these properties now, stages by the names that people read."""
        asked = list(dict.fromkeys([*names, *(("pipeline",) if "dealstage" in names else ())]))
        found: dict[str, Present] = {}
        for start in range(0, len(ids), BATCH_LIMIT):
            for one in self._api.read_many(BY_KIND[kind].name, list(ids[start : start + BATCH_LIMIT]), asked):
                values = one.get("properties") or {}
                identity = str(one["id"])
                self._pipeline_of[identity] = values.get("pipeline")
                shown = {name: self._shown(kind, name, values.get(name)) for name in names}
                found[identity] = Present(identity, shown)
        return found

    def update(self, kind: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Set properties of up to 100 records. A stage is given by its name, and is one of the deal's own pipeline where that has it."""
        written = {
            identity: {
                name: self._written(kind, name, value, self._pipeline_of.get(identity))
                for name, value in values.items()
            }
            for identity, values in changes.items()
        }
        self._api.update_many(BY_KIND[kind].name, written)

    def create(self, new: NewRecord) -> str:
        """Make a record with its marker, bound to what it belongs to, in one request. Raises OutcomeUnknown, Clash, Refused."""
        kind = BY_KIND[new.kind]
        written = {name: self._written(new.kind, name, value, None) for name, value in new.values.items()}
        if self.carries_marker(new.kind):
            written[MARKER] = new.marker
        return self._api.create(kind.name, written, bindings(kind.name, new.links))

    def twin(self, new: NewRecord) -> str | None:
        """Return the contact that has the mail address already."""
        email = new.values.get("email")
        if new.kind != "contact" or not email:
            return None
        try:
            return str(self._api.read("contacts", str(email), [], id_property="email")["id"])
        except NotThere:
            return None

    def logged(self, happened: Logged, marker: str) -> NewRecord:
        """Return the engagement that logs something that happened."""
        return engagement(happened, marker)

    def carries_marker(self, kind: str) -> bool:
        """Whether a new record of this kind can be found again: by our own unique property, a contact by its mail address as well."""
        return MARKER in self.properties(kind)

    def find(self, kind: str, marker: str) -> str | None:
        """Return the id of the record that carries a marker, read by the unique property: no search, so it sees what was made a moment ago."""
        try:
            return str(self._api.read(BY_KIND[kind].name, marker, [], id_property=MARKER)["id"])
        except NotThere:
            return None

    def marker_property(self, kind: str) -> Property:
        """Return the property that has to be there so that creates can be repeated safely."""
        return Property(MARKER, "Dealwright key", "text", unique=True)

    def associate(self, kind: str, external_id: str, other: Ref) -> None:
        """Bind two records with HubSpot's default label."""
        self._api.associate(BY_KIND[kind].name, external_id, other.remote, other.id)

    def create_property(self, kind: str, wanted: Property) -> None:
        """Add a property; one of that name that is there already is left as it is. Only with a person's consent."""
        object_type = BY_KIND[kind].name
        type_, field_type = _TYPES[wanted.type]
        body: dict[str, Any] = {
            "name": wanted.name,
            "label": wanted.label,
            "type": type_,
            "fieldType": field_type,
            "groupName": self._group(object_type),
            "hasUniqueValue": wanted.unique,
        }
        if wanted.options or wanted.type == "bool":
            listed = wanted.options or {"true": "Yes", "false": "No"}
            body["options"] = [
                {"value": value, "label": label, "displayOrder": place, "hidden": False}
                for place, (value, label) in enumerate(listed.items())
            ]
        with contextlib.suppress(Clash):
            self._api.create_property(object_type, body)
        self._known.properties.pop(object_type, None)

    def _group(self, object_type: str) -> str:
        """Return the group that a new property is put in: the usual one where the portal has it, else its first."""
        there = self._api.groups(object_type)
        usual = _GROUPS.get(object_type, "")
        return usual if usual in there or not there else there[0]

    def _shown(self, kind: str, name: str, value: str | None) -> Any:
        if name == "dealstage":
            return self._stage_name(value)
        if name == "pipeline":
            self._learn_pipelines()
            return self._known.pipelines.get(value or "", value)
        if name == "closedate":
            found = day(value)
            return found.isoformat() if found else None
        known = self.properties(kind).get(name) or Property(name, name, "text")
        return READER.told(value, known)

    def _stage_name(self, value: str | None) -> str | None:
        self._learn_pipelines()
        found = self._known.stages.get(value or "")
        return found[1] if found else value

    def _written(self, kind: str, name: str, value: Any, pipeline: str | None) -> str:
        if name == "dealstage" and value is not None:
            return self._stage_id(str(value), pipeline)
        known = self.properties(kind).get(name) or Property(name, name, "text")
        if name == "closedate" and value is not None:
            known = Property(name, name, "datetime")
        return plain(value, known)

    def _stage_id(self, label: str, pipeline: str | None) -> str:
        self._learn_pipelines()
        own = self._known.pipelines.get(pipeline or "")
        alike = [
            (identity, of)
            for identity, (of, name, _) in self._known.stages.items()
            if name.casefold() == label.strip().casefold()
        ]
        for identity, of in alike:
            if own is None or of == own:
                return identity
        return label


_FILLED: Mapping[str, tuple[str, ...]] = {
    "companies": tuple(
        one.key for one in FIELDS[RecordKind.ACCOUNT] if one.key not in ("tier", "territory", "aliases", "region")
    ),
    "contacts": ("role", "title", "phone", "email", "owner"),
    "deals": tuple(
        "amount currency stage pipeline forecast_category probability close_date closed_at lost_at next_step type loss_reason note stage_entered_at".split()
    ),
}
