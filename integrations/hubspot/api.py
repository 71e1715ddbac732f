"""HubSpot's endpoints as functions: one request each, in the shapes of its OpenAPI descriptions (github.com/HubSpot/HubSpot-public-api-spec-collection)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.connectors.client import Client, Service
from integrations.connectors.errors import NotUnderstood
from integrations.connectors.pacing import Pace
from integrations.hubspot.objects import TITLE

BASE_URL = "https://api.hubapi.com"
LIST_LIMIT = 100
SEARCH_LIMIT = 200
BATCH_LIMIT = 100
ASSOCIATIONS_LIMIT = 1_000
SEARCH = "search"
"""Lane of the search endpoints, which have a limit of their own."""

PACES = (Pace(98, 10.0), Pace(4, 1.0, SEARCH))
"""100 requests in 10 s for a private app, and 5 searches a second (developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines), both with a little room."""


def service(base_url: str | None) -> Service:
    """Return how HubSpot wants to be asked."""
    return Service(TITLE, base_url or BASE_URL, PACES, explain, silent_s=1.0)


def explain(status: int, told: Any) -> tuple[str, tuple[str, ...]]:
    """Return the category of HubSpot's error and the properties that it names; never its message, which repeats values."""
    if not isinstance(told, dict):
        return f"HTTP {status}", ()
    category = told.get("category")
    fields: dict[str, None] = {}
    for one in told.get("errors") or ():
        context = one.get("context") if isinstance(one, dict) else None
        for name in (context or {}).get("propertyName", ()) if isinstance(context, dict) else ():
            fields[str(name)] = None
    return str(category) if category else f"HTTP {status}", tuple(fields)


class Api:
    """HubSpot over a `Client`."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def list_objects(
        self,
        object_type: str,
        properties: Sequence[str],
        after: str | None,
        *,
        associations: Sequence[str] = (),
        archived: bool = False,
        limit: int = LIST_LIMIT,
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of records by id, and where the next one begins: GET /crm/v3/objects/{objectType}."""
        params: dict[str, str | int | Sequence[str]] = {"limit": limit, "properties": list(properties)}
        params["archived"] = "true" if archived else "false"
        if associations:
            params["associations"] = list(associations)
        if after:
            params["after"] = after
        return self._page(self.client.get(f"/crm/v3/objects/{object_type}", params))

    def search(
        self,
        object_type: str,
        filters: Sequence[Mapping[str, Any]],
        properties: Sequence[str],
        sort: str,
        *,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Return the first records that fit all filters, in the order of a property: POST /crm/v3/objects/{objectType}/search."""
        body = {
            "filterGroups": [{"filters": list(filters)}],
            "sorts": [sort],
            "properties": list(properties),
            "limit": limit,
            # Some of the published descriptions require it: the first page.
            "after": "0",
        }
        told = self.client.send("POST", f"/crm/v3/objects/{object_type}/search", body=body, lane=SEARCH)
        return self._page(told)[0]

    def read_many(self, object_type: str, ids: Sequence[str], properties: Sequence[str]) -> list[dict[str, Any]]:
        """Return records by id, at most 100; those that are not there are left out: POST /crm/v3/objects/{objectType}/batch/read."""
        body = {
            "inputs": [{"id": one} for one in ids],
            "properties": list(properties),
            "propertiesWithHistory": [],
        }
        told = self.client.send("POST", f"/crm/v3/objects/{object_type}/batch/read", body=body)
        return self._page(told)[0]

    def read(
        self, object_type: str, external_id: str, properties: Sequence[str], id_property: str | None = None
    ) -> dict[str, Any]:
        """Return one record: GET /crm/v3/objects/{objectType}/{objectId}. Raises NotThere."""
        params: dict[str, str | int | Sequence[str]] = {"properties": list(properties)}
        if id_property:
            params["idProperty"] = id_property
        # A mail address may hold what would end a path.
        return self._object(self.client.get(f"/crm/v3/objects/{object_type}/{quote(external_id, safe='')}", params))

    def update_many(self, object_type: str, changes: Mapping[str, Mapping[str, str]]) -> None:
        """Set properties of up to 100 records, of one with PATCH /crm/v3/objects/{objectType}/{objectId}, else with POST …/batch/update. Never sent twice."""
        if len(changes) == 1:
            ((external_id, values),) = changes.items()
            body: dict[str, Any] = {"properties": dict(values)}
            self.client.send("PATCH", f"/crm/v3/objects/{object_type}/{external_id}", body=body, repeatable=False)
            return
        body = {"inputs": [{"id": one, "properties": dict(values)} for one, values in changes.items()]}
        self.client.send("POST", f"/crm/v3/objects/{object_type}/batch/update", body=body, repeatable=False)

    def create(
        self, object_type: str, properties: Mapping[str, str], associations: Sequence[Mapping[str, Any]] = ()
    ) -> str:
        """Make a record and return its id: POST /crm/v3/objects/{objectType}. Never sent twice."""
        body = {"properties": dict(properties), "associations": list(associations)}
        told = self.client.send("POST", f"/crm/v3/objects/{object_type}", body=body, repeatable=False)
        # The guides show the record itself, the description of 2025 a frame around it.
        entity = told.get("entity") if isinstance(told, dict) else None
        return str(self._object(entity if isinstance(entity, dict) else told)["id"])

    def associations(self, of: str, to: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """Return to which records each is bound: POST /crm/v4/associations/{from}/{to}/batch/read, up to 1,000 a request, each list to its end."""
        found: dict[str, list[str]] = {}
        inputs: list[dict[str, str]] = [{"id": one} for one in ids]
        while inputs:
            some, inputs = inputs[:ASSOCIATIONS_LIMIT], inputs[ASSOCIATIONS_LIMIT:]
            told = self.client.send("POST", f"/crm/v4/associations/{of}/{to}/batch/read", body={"inputs": some})
            for one in self._page(told)[0]:
                identity = str(one["from"]["id"])
                found.setdefault(identity, []).extend(_primary_first(one.get("to") or ()))
                after = ((one.get("paging") or {}).get("next") or {}).get("after")
                if after:
                    inputs.append({"id": identity, "after": str(after)})
        return found

    def associate(self, of: str, external_id: str, to: str, other: str) -> None:
        """Bind two records with the default label: PUT /crm/v4/objects/{from}/{id}/associations/default/{to}/{id}."""
        self.client.send("PUT", f"/crm/v4/objects/{of}/{external_id}/associations/default/{to}/{other}")

    def owners(self, after: str | None, *, archived: bool) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of owners: GET /crm/v3/owners."""
        params: dict[str, str | int | Sequence[str]] = {"limit": 500, "archived": "true" if archived else "false"}
        if after:
            params["after"] = after
        return self._page(self.client.get("/crm/v3/owners", params))

    def pipelines(self, object_type: str) -> list[dict[str, Any]]:
        """Return the pipelines with their stages: GET /crm/v3/pipelines/{objectType}."""
        return self._page(self.client.get(f"/crm/v3/pipelines/{object_type}"))[0]

    def properties(self, object_type: str) -> list[dict[str, Any]]:
        """Return the schema of an object type: GET /crm/v3/properties/{objectType}."""
        return self._page(self.client.get(f"/crm/v3/properties/{object_type}", {"archived": "false"}))[0]

    def groups(self, object_type: str) -> list[str]:
        """Return the names of the property groups: GET /crm/v3/properties/{objectType}/groups."""
        return [str(one["name"]) for one in self._page(self.client.get(f"/crm/v3/properties/{object_type}/groups"))[0]]

    def create_property(self, object_type: str, wanted: Mapping[str, Any]) -> None:
        """Add a property: POST /crm/v3/properties/{objectType}. A name that is taken already raises Clash."""
        self.client.send("POST", f"/crm/v3/properties/{object_type}", body=dict(wanted))

    def _page(self, told: Any) -> tuple[list[dict[str, Any]], str | None]:
        if not isinstance(told, dict) or not isinstance(told.get("results"), list):
            raise NotUnderstood(TITLE)
        results = [one for one in told["results"] if isinstance(one, dict)]
        following = ((told.get("paging") or {}).get("next") or {}).get("after")
        return results, str(following) if following else None

    def _object(self, told: Any) -> dict[str, Any]:
        if not isinstance(told, dict) or "id" not in told:
            raise NotUnderstood(TITLE)
        return told


def _primary_first(bound: Iterable[Mapping[str, Any]]) -> list[str]:
    def is_primary(one: Mapping[str, Any]) -> bool:
        return any(str(kind.get("label") or "").lower() == "primary" for kind in one.get("associationTypes") or ())

    listed = list(bound)
    return [
        str(one["toObjectId"]) for one in sorted(listed, key=lambda one: not is_primary(one)) if "toObjectId" in one
    ]
