"""A HubSpot portal on loopback, with state: objects, search, batches, associations v4, owners, pipelines, properties, OAuth.

Written from HubSpot's public documentation, as of 2026: developers.hubspot.com/docs/api-reference/crm-objects-v3 (list, read, batch, create, update),
.../crm-search-v3/guide (filters, 200 a page, 10,000 results at most), .../crm-associations-v4/guide (batch read of 1,000 ids, default labels),
.../crm-properties-v3, .../crm-pipelines-v3, .../crm-owners-v3, docs/developer-tooling/platform/usage-guidelines (100 requests in 10 s for a private app, 5
searches a second, 429 with `policyName`) and docs/api-reference/auth-oauth-v1; shapes and required keys from github.com/HubSpot/HubSpot-public-api-spec-collection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlencode

from tests.fakes.hubspot_described import DESCRIBED
from tests.fakes.hubspot_portal import Portal, iso
from tests.fakes.hubspot_schema import TYPES
from tests.fakes.service import Answer, Limit, Refusal, Request

CEILING = 10_000
PRIVATE_APP = (Limit(100, 10.0), Limit(5, 1.0, "search"))
_BOUND = {
    "notes": (202, 190, 214),
    "calls": (194, 182, 206),
    "emails": (198, 186, 210),
    "meetings": (200, 188, 212),
} | {"tasks": (204, 192, 216)}
ASSOCIATION_TYPES = {
    (of, to): identity
    for of, ids in _BOUND.items()
    for to, identity in zip(("contacts", "companies", "deals"), ids, strict=True)
} | {("contacts", "companies"): 1, ("deals", "contacts"): 3, ("deals", "companies"): 5, ("companies", "deals"): 342}


class FakeHubSpot(Portal):
    """A portal with its API. `put`, `change`, `archive` and `merge` are what people do in it."""

    described = DESCRIBED

    def __init__(self, *, limits: tuple[Limit, ...] = (), now: Callable[[], float] | None = None) -> None:
        super().__init__(limits=limits, now=now)
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
            ("GET", re.compile(r"/crm/v3/objects/(\w+)"), self._list),
            ("POST", re.compile(r"/crm/v3/objects/(\w+)/search"), self._search),
            ("POST", re.compile(r"/crm/v3/objects/(\w+)/batch/read"), self._batch_read),
            ("POST", re.compile(r"/crm/v3/objects/(\w+)/batch/update"), self._batch_update),
            ("POST", re.compile(r"/crm/v3/objects/(\w+)"), self._create),
            ("GET", re.compile(r"/crm/v3/objects/(\w+)/([^/]+)"), self._read),
            ("PATCH", re.compile(r"/crm/v3/objects/(\w+)/([^/]+)"), self._patch),
            ("POST", re.compile(r"/crm/v4/associations/(\w+)/(\w+)/batch/read"), self._associations),
            (
                "PUT",
                re.compile(r"/crm/v4/objects/(\w+)/(\d+)/associations/default/(\w+)/(\d+)"),
                self._associate,
            ),
            ("GET", re.compile(r"/crm/v3/owners"), self._owners),
            ("GET", re.compile(r"/crm/v3/pipelines/deals"), self._pipelines),
            ("GET", re.compile(r"/crm/v3/properties/(\w+)"), self._properties),
            ("GET", re.compile(r"/crm/v3/properties/(\w+)/groups"), self._groups),
            ("POST", re.compile(r"/crm/v3/properties/(\w+)"), self._new_property),
            ("POST", re.compile(r"/oauth/v1/token"), self._token),
            ("GET", re.compile(r"/oauth/authorize"), self._ask_a_person),
        ]

    # The API.

    def needs_token(self, request: Request) -> bool:
        """OAuth's own endpoint needs none."""
        return not request.path.startswith("/oauth/")

    def lane_of(self, request: Request) -> str | None:
        """Searches have a limit of their own."""
        return "search" if request.path.endswith("/search") else None

    def handle(self, request: Request) -> Answer:
        """Route a request."""
        for method, pattern, do in self._routes:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                return do(request, *found.groups())
        raise self.breach(f"unknown endpoint {request.method} {request.path}", 404)

    def _list(self, request: Request, kind: str) -> Answer:
        things = self._known(kind)
        limit = int(request.one("limit", "10"))
        if not 1 <= limit <= 100:
            raise self.breach(f"limit {limit} is not between 1 and 100")
        unknown = set(request.query) - {
            "limit",
            "after",
            "properties",
            "propertiesWithHistory",
            "associations",
            "archived",
        }
        if unknown:
            raise self.breach(f"unknown parameters {sorted(unknown)}")
        names = [name for part in request.query.get("properties", ()) for name in part.split(",")]
        to = [name for part in request.query.get("associations", ()) for name in part.split(",")]
        archived = request.one("archived", "false") == "true"
        after = int(request.one("after", "0") or 0)
        ids = [
            identity for identity in self._sorted(kind) if identity > after and things[identity].archived is archived
        ]
        shown = []
        for identity in ids[:limit]:
            one = self._shown(kind, things[identity], names)
            bound = {name: things[identity].bound[name] for name in to if things[identity].bound.get(name)}
            if bound:
                one["associations"] = {
                    name: {"results": [{"id": str(i), "type": f"{kind[:-1]}_to_{name[:-1]}"} for i in some]}
                    for name, some in bound.items()
                }
            shown.append(one)
        paging = {"paging": {"next": {"after": str(ids[limit - 1]), "link": "…"}}} if len(ids) > limit else {}
        return Answer(200, {"results": shown, **paging})

    def _sorted(self, kind: str) -> list[int]:
        return sorted(self.things[kind])

    def _search(self, request: Request, kind: str) -> Answer:
        body = self._object(request, {"filterGroups", "sorts", "properties", "limit", "after", "query"}, set())
        limit, after = body.get("limit", 10), int(body.get("after") or 0)
        if not isinstance(limit, int) or not 1 <= limit <= 200:
            raise self.breach("limit is not between 1 and 200")
        if after + limit > CEILING:
            raise self.breach("The search's results end at 10,000.")
        groups = body.get("filterGroups") or []
        for filters in groups:
            for one in filters["filters"]:
                if set(one) - {"propertyName", "operator", "value", "highValue", "values"} or "propertyName" not in one:
                    raise self.breach("a filter of another shape")
                if one["propertyName"] not in self.schema[kind]:
                    raise self.breach(f"filter by unknown property {one['propertyName']}")
        found = [
            thing
            for thing in self._known(kind).values()
            if not thing.archived
            and (not groups or any(all(self._fits(kind, thing, one) for one in group["filters"]) for group in groups))
        ]
        for sort in reversed(body.get("sorts") or ()):
            if not isinstance(sort, str):
                raise self.breach("sorts are texts in the API's description")
            found.sort(key=lambda thing: self._comparable(kind, thing, sort.lstrip("-")), reverse=sort.startswith("-"))
        some = found[after : after + limit]
        paging = {"paging": {"next": {"after": str(after + limit)}}} if len(found) > after + limit else {}
        names = list(body.get("properties") or ())
        return Answer(200, {"total": len(found), "results": [self._shown(kind, one, names) for one in some], **paging})

    def _object(self, request: Request, allowed: set[str], required: set[str]) -> dict[str, Any]:
        try:
            body = request.json
        except ValueError as error:
            raise self.breach("the body is no JSON") from error
        if not isinstance(body, dict) or set(body) - allowed or required - set(body):
            raise self.breach(f"body {sorted(body) if isinstance(body, dict) else body} of {request.path}")
        return body

    def _inputs(
        self, request: Request, allowed: set[str], most: int, extra: set[str]
    ) -> tuple[dict[str, Any], list[Any]]:
        body = self._object(request, {"inputs", *extra}, {"inputs", *extra})
        inputs = body["inputs"]
        if not 1 <= len(inputs) <= most:
            raise self.breach(f"{len(inputs)} inputs, of 1 to {most}")
        for one in inputs:
            if set(one) - allowed or "id" not in one or not isinstance(one["id"], str):
                raise self.breach("an input of another shape")
        return body, inputs

    def _batch_read(self, request: Request, kind: str) -> Answer:
        body, inputs = self._inputs(request, {"id"}, 100, {"properties", "propertiesWithHistory"})
        things = self._known(kind)
        there = [
            things[int(one["id"])] for one in inputs if int(one["id"]) in things and not things[int(one["id"])].archived
        ]
        shown = [self._shown(kind, one, body["properties"]) for one in there]
        errors = {} if len(there) == len(inputs) else {"numErrors": 1, "errors": [{"category": "OBJECT_NOT_FOUND"}]}
        return Answer(207 if errors else 200, self._batch(shown) | errors)

    def _batch(self, results: list[dict[str, Any]]) -> dict[str, Any]:
        at = iso(self.now())
        return {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}

    def _batch_update(self, request: Request, kind: str) -> Answer:
        _, inputs = self._inputs(request, {"id", "properties"}, 100, set())
        for one in inputs:
            self._thing(kind, one["id"])
            self._checked(kind, one["properties"])
        for one in inputs:
            self._write(self._thing(kind, one["id"]), one["properties"])
        return Answer(200, self._batch([self._shown(kind, self._thing(kind, one["id"]), []) for one in inputs]))

    def _patch(self, request: Request, kind: str, identity: str) -> Answer:
        body = self._object(request, {"properties"}, {"properties"})
        thing = self._thing(kind, identity)
        self._checked(kind, body["properties"])
        self._write(thing, body["properties"])
        return Answer(200, self._shown(kind, thing, []))

    def _read(self, request: Request, kind: str, identity: str) -> Answer:
        names = [name for part in request.query.get("properties", ()) for name in part.split(",")]
        by = request.one("idProperty")
        if not by:
            return Answer(200, self._shown(kind, self._thing(kind, identity), names))
        if by not in self.schema[kind] or not (self.schema[kind][by]["hasUniqueValue"] or by == "email"):
            raise self.breach(f"{by} is no unique property")
        for thing in self._known(kind).values():
            if thing.properties.get(by) == unquote(identity) and not thing.archived:
                return Answer(200, self._shown(kind, thing, names))
        raise Refusal(self.refused(404, "OBJECT_NOT_FOUND", "Object not found."))

    def _create(self, request: Request, kind: str) -> Answer:
        body = self._object(request, {"properties", "associations"}, {"properties"})
        values = body["properties"]
        self._checked(kind, values)
        if kind in _BOUND and not values.get("hs_timestamp"):
            # The guides of calls, emails, meetings, notes and tasks name it alone as required.
            raise self.breach(f"one of the {kind} without hs_timestamp")
        unique = [name for name in values if self.schema[kind][name]["hasUniqueValue"]] + (
            ["email"] if kind == "contacts" else []
        )
        for thing in self._known(kind).values():
            if any(values.get(name) and thing.properties.get(name) == values[name] for name in unique):
                raise Refusal(self.refused(409, "CONFLICT", f"Contact already exists. Existing ID: {thing.id}"))
        bound: dict[str, list[int]] = {}
        for one in body.get("associations") or ():
            of = next(
                (
                    to
                    for to in TYPES
                    if [
                        {
                            "associationCategory": "HUBSPOT_DEFINED",
                            "associationTypeId": ASSOCIATION_TYPES.get((kind, to)),
                        }
                    ]
                    == one["types"]
                ),
                None,
            )
            if of is None:
                raise self.breach(f"association {one['types']} of {kind}")
            self._thing(of, one["to"]["id"])
            bound.setdefault(of, []).append(int(one["to"]["id"]))
        identity = self.put(kind, None, bound, **values)
        self.created.append((kind, values))
        return Answer(201, self._shown(kind, self.things[kind][identity], []))

    def _associations(self, request: Request, of: str, to: str) -> Answer:
        _, inputs = self._inputs(request, {"id", "after"}, 1_000, set())
        results = []
        for one in inputs:
            thing = self._known(of).get(int(str(one["id"])))
            ids = thing.bound.get(to, []) if thing else []
            if ids:
                types = [{"category": "HUBSPOT_DEFINED", "typeId": ASSOCIATION_TYPES.get((of, to), 1), "label": None}]
                results.append(
                    {
                        "from": {"id": one["id"]},
                        "to": [{"toObjectId": i, "associationTypes": types} for i in ids],
                    }
                )
        return Answer(200, self._batch(results))

    def _associate(self, request: Request, of: str, identity: str, to: str, other: str) -> Answer:
        thing, target = self._thing(of, identity), self._thing(to, other)
        for one, kind, bound in ((thing, to, target.id), (target, of, thing.id)):
            if bound not in one.bound.setdefault(kind, []):
                one.bound[kind].append(bound)
        return Answer(200, self._batch([]))

    def _owners(self, request: Request) -> Answer:
        archived = request.one("archived", "false") == "true"
        return Answer(200, {"results": [one for one in self.owners if one["archived"] is archived]})

    def _pipelines(self, request: Request) -> Answer:
        return Answer(200, {"results": self.pipelines})

    def _properties(self, request: Request, kind: str) -> Answer:
        self._known(kind)
        return Answer(200, {"results": list(self.schema[kind].values())})

    def _groups(self, request: Request, kind: str) -> Answer:
        self._known(kind)
        groups = {one["groupName"] for one in self.schema[kind].values()}
        return Answer(
            200,
            {
                "results": [
                    {"name": name, "label": name, "displayOrder": 0, "archived": False} for name in sorted(groups)
                ]
            },
        )

    def _new_property(self, request: Request, kind: str) -> Answer:
        allowed = {
            "name",
            "label",
            "type",
            "fieldType",
            "groupName",
            "description",
            "options",
            "hasUniqueValue",
            "displayOrder",
        }
        body = self._object(request, allowed, {"name", "label", "type", "fieldType", "groupName"})
        if body["name"] in self.schema[kind]:
            raise Refusal(self.refused(409, "OBJECT_ALREADY_EXISTS", "A property of that name exists."))
        if body["groupName"] not in {one["groupName"] for one in self.schema[kind].values()}:
            raise self.breach(f"no group {body['groupName']}")
        options = {one["value"]: one["label"] for one in body.get("options") or ()}
        self.add_property(
            kind, body["name"], body["type"], body["label"], options=options, unique=body.get("hasUniqueValue", False)
        )
        return Answer(201, self.schema[kind][body["name"]])

    def _ask_a_person(self, request: Request) -> Answer:
        wanted = ("client_id", "redirect_uri", "scope", "state")
        if any(not request.one(name) for name in wanted):
            raise self.breach(f"a consent needs {wanted}")
        back = urlencode({"code": "consented", "state": request.one("state")})
        return Answer(302, "", {"Location": f"{request.one('redirect_uri')}?{back}"})

    def _token(self, request: Request) -> Answer:
        form = request.form
        if form.get("client_secret", self.client_secret) != self.client_secret:
            return Answer(400, {"status": "BAD_CLIENT_SECRET", "message": "missing or unknown client secret"})
        if form.get("grant_type") == "authorization_code" and form.get("code") == "consented":
            self.tokens = {"consented"}
            told = {"access_token": "consented", "refresh_token": self.refresh_token, "expires_in": 1800}
            return Answer(200, {"token_type": "bearer", **told})
        if form.get("grant_type") == "refresh_token" and form.get("refresh_token") == self.refresh_token:
            fresh = f"fresh-{len(self.calls)}"
            self.tokens = {fresh}
            return Answer(
                200,
                {
                    "token_type": "bearer",
                    "access_token": fresh,
                    "refresh_token": self.refresh_token,
                    "expires_in": 1800,
                },
            )
        return Answer(400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"})
