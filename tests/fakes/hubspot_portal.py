"""The state of HubSpot's fake, and what people do in the portal: records, their schema, what is valid for them. The API over it is `tests.fakes.hubspot`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.hubspot_schema import (
    MODIFIED,
    TYPES,
    default_owners,
    default_pipelines,
    default_properties,
    property_of,
)
from tests.fakes.service import FakeService, Limit, Refusal


@dataclass
class Thing:
    """One record. `writes` counts how often each request changed it."""

    id: int
    properties: dict[str, str]
    modified: float
    created: float
    archived: bool = False
    writes: int = 0
    bound: dict[str, list[int]] = field(default_factory=dict)


class Portal(FakeService):
    """What a portal holds. `things[objectType][id]`."""

    def __init__(self, *, limits: tuple[Limit, ...] = (), now: Callable[[], float] | None = None) -> None:
        super().__init__(limits=limits, **({"now": now} if now else {}))
        self.things: dict[str, dict[int, Thing]] = {name: {} for name in TYPES}
        self.schema = default_properties()
        self.pipelines = default_pipelines()
        self.owners = default_owners()
        self.refresh_token = "refresh"
        self.client_secret = "secret"
        self.created: list[tuple[str, dict[str, str]]] = []
        self._next = 1_000

    def put(self, kind: str, at: float | None = None, bound: dict[str, list[int]] | None = None, **values: str) -> int:
        """Add a record and return its id."""
        with self.lock:
            self._next += 1
            moment = self.now() + self.skew_s if at is None else at
            thing = Thing(
                self._next, dict(values), moment, moment, bound={k: list(v) for k, v in (bound or {}).items()}
            )
            self.things[kind][thing.id] = thing
            for other, ids in thing.bound.items():
                for one in ids:
                    self.things[other][one].bound.setdefault(kind, []).append(thing.id)
            return thing.id

    def change(self, kind: str, identity: int, at: float | None = None, **values: str) -> None:
        """Change a record as a person would."""
        with self.lock:
            thing = self.things[kind][identity]
            thing.properties |= values
            thing.modified = self.now() + self.skew_s if at is None else at

    def archive(self, kind: str, identity: int) -> None:
        """Delete a record: it stands among the archived ones."""
        with self.lock:
            self.things[kind][identity].archived = True

    def merge(self, kind: str, winner: int, loser: int) -> None:
        """Make two records one; the loser's id is told by the winner."""
        with self.lock:
            self.things[kind].pop(loser)
            thing = self.things[kind][winner]
            known = thing.properties.get("hs_merged_object_ids")
            thing.properties["hs_merged_object_ids"] = f"{known};{loser}" if known else str(loser)
            thing.modified = self.now() + self.skew_s

    def add_property(self, kind: str, name: str, type_: str, label: str, **more: Any) -> None:
        """Add a custom property."""
        self.schema[kind][name] = property_of(name, type_, label=label, defined=False, **more)

    def values(self, kind: str, identity: int) -> dict[str, str]:
        """Return a record's properties."""
        return self.things[kind][identity].properties

    def _known(self, kind: str) -> dict[int, Thing]:
        if kind not in self.things:
            raise self.breach(f"unknown object type {kind}")
        return self.things[kind]

    def _shown(self, kind: str, thing: Thing, names: list[str]) -> dict[str, Any]:
        told: dict[str, str | None] = {
            name: self._value(kind, thing, name) for name in names if name in self.schema[kind]
        }
        for name in (
            "hs_object_id",
            MODIFIED[kind],
            "createdate" if kind in ("contacts", "companies", "deals") else "hs_createdate",
        ):
            told[name] = self._value(kind, thing, name)
        return {
            "id": str(thing.id),
            "properties": told,
            "createdAt": iso(thing.created),
            "updatedAt": iso(thing.modified),
            "archived": thing.archived,
            **({"archivedAt": iso(thing.modified)} if thing.archived else {}),
        }

    def _value(self, kind: str, thing: Thing, name: str) -> str | None:
        if name == "hs_object_id":
            return str(thing.id)
        if name == MODIFIED[kind]:
            return iso(thing.modified)
        if name in ("createdate", "hs_createdate"):
            return thing.properties.get(name) or iso(thing.created)
        if kind == "deals" and name in ("hs_is_closed", "hs_is_closed_won"):
            stage = thing.properties.get("dealstage", "")
            return str(stage == "closedwon" or (stage == "closedlost" and name == "hs_is_closed")).lower()
        return thing.properties.get(name)

    def _comparable(self, kind: str, thing: Thing, name: str) -> Any:
        if name == MODIFIED[kind]:
            return int(thing.modified * 1000)
        value = self._value(kind, thing, name) or ""
        return int(value) if value.isdigit() else value

    def _fits(self, kind: str, thing: Thing, one: dict[str, Any]) -> bool:
        value, wanted = self._comparable(kind, thing, one["propertyName"]), one.get("value")
        other: Any = int(str(wanted)) if isinstance(value, int) and str(wanted).isdigit() else wanted
        match one["operator"]:
            case "EQ":
                return bool(value == other)
            case "GTE":
                return bool(value >= other)
            case "GT":
                return bool(value > other)
            case "LTE":
                return bool(value <= other)
            case "LT":
                return bool(value < other)
        raise self.breach(f"operator {one['operator']}")

    def _thing(self, kind: str, identity: str) -> Thing:
        thing = self._known(kind).get(int(identity)) if identity.isdigit() else None
        if thing is None or thing.archived:
            raise Refusal(self.refused(404, "OBJECT_NOT_FOUND", "Object not found."))
        return thing

    def _checked(self, kind: str, values: dict[str, Any]) -> None:
        for name, value in values.items():
            known = self.schema[kind].get(name)
            problem = None
            if known is None:
                problem = "PROPERTY_DOESNT_EXIST"
            elif not isinstance(value, str):
                raise self.breach(f"{name} is not given as text")
            elif known["modificationMetadata"]["readOnlyValue"]:
                problem = "READ_ONLY_VALUE"
            elif known["type"] == "number" and value and not re.fullmatch(r"-?\d+(\.\d+)?", value):
                problem = "INVALID_INTEGER"
            elif (
                known["options"] and value and not set(value.split(";")) <= {one["value"] for one in known["options"]}
            ) or (
                name == "dealstage" and value not in {one["id"] for line in self.pipelines for one in line["stages"]}
            ):
                problem = "INVALID_OPTION"
            if problem:
                answer = self.refused(400, "VALIDATION_ERROR", f"Property values were not valid: {value}")
                answer.body["errors"] = [{"message": "…", "code": problem, "context": {"propertyName": [name]}}]
                raise Refusal(answer)

    def _write(self, thing: Thing, values: dict[str, str]) -> None:
        thing.properties |= values
        thing.writes += 1
        thing.modified = self.now() + self.skew_s


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
