"""What the fakes refuse is what the vendors' own descriptions don't allow, so that a request of ours that passes them passes there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes import gong, hubspot_described, salesforce_described
from tests.fakes.described import FORM, JSON, Described, faults_of
from tests.fakes.service import Request

HUBSPOT, SALESFORCE = hubspot_described.DESCRIBED, salesforce_described.DESCRIBED
DATA = "/services/data/v62.0"
SEARCH: dict[str, Any] = {"filterGroups": [{"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": "1"}]}], "sorts": ["hs_object_id"], "properties": ["amount"], "limit": 200, "after": "0"}  # fmt: skip
SUB: dict[str, Any] = {"method": "PATCH", "url": f"{DATA}/sobjects/Opportunity/006000000000101", "referenceId": "r0", "body": {"Amount": 1}}  # fmt: skip
FIELD = {"FullName": "Opportunity.Dealwright_Health__c", "Metadata": {"type": "Text", "length": 255, "label": "Health"}}
CALLS = {"filter": {"callIds": ["7782342274025937895"]}, "contentSelector": {"exposedFields": {"parties": True}}}


def _asked(method: str, path: str, body: Any = None, query: str = "", kind: str = JSON) -> Request:
    given: dict[str, list[str]] = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        given.setdefault(name, []).append(value)
    raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Request(method, path, given, {"content-type": kind} if body is not None else {}, raw)


@pytest.mark.parametrize(
    ("table", "request_"),
    [
        (HUBSPOT, _asked("GET", "/crm/v3/objects/deals", query="limit=100&archived=false&properties=a&properties=b")),
        (HUBSPOT, _asked("POST", "/crm/v3/objects/deals/search", SEARCH)),
        (SALESFORCE, _asked("POST", f"{DATA}/composite", {"allOrNone": True, "compositeRequest": [SUB]})),
        (SALESFORCE, _asked("POST", f"{DATA}/tooling/sobjects/CustomField", FIELD)),
        (gong.DESCRIBED, _asked("POST", "/v2/calls/extensive", CALLS)),
    ],
)
def test_what_is_described_is_taken(table: tuple[Described, ...], request_: Request) -> None:
    assert faults_of(table, request_) == []


@pytest.mark.parametrize(
    ("table", "request_"),
    [
        (HUBSPOT, _asked("GET", "/crm/v3/objects/deals", query="limit=100&offset=5")),
        (HUBSPOT, _asked("GET", "/crm/v3/objects/deals", query="archived=False")),
        (HUBSPOT, _asked("GET", "/crm/v1/deals")),
        (HUBSPOT, _asked("POST", "/crm/v3/objects/deals/search", SEARCH | {"limit": 201})),
        (HUBSPOT, _asked("POST", "/crm/v3/objects/deals/search", SEARCH | {"limit": "200"})),
        (HUBSPOT, _asked("POST", "/crm/v3/objects/deals/search", SEARCH | {"sorts": ["a", "b"]})),
        (HUBSPOT, _asked("POST", "/crm/v3/objects/deals/search", SEARCH | {"filterGroups": SEARCH["filterGroups"] * 6})),
        (HUBSPOT, _asked("PATCH", "/crm/v3/objects/deals/1", {"properties": {"amount": 5}})),
        (HUBSPOT, _asked("PATCH", "/crm/v3/objects/deals/1", {"properties": {"amount": None}})),
        (HUBSPOT, _asked("POST", "/crm/v4/associations/deals/contacts/batch/read", {"inputs": [{"id": 5}]})),
        (HUBSPOT, _asked("POST", "/crm/v3/objects/deals/batch/update", {"inputs": [{"id": "1", "properties": {}}] * 101})),
        (HUBSPOT, _asked("POST", "/oauth/v1/token", {"grant_type": "refresh_token"})),
        (HUBSPOT, _asked("POST", "/oauth/v1/token", "grant_type=refresh_token&client_id=a", kind=FORM)),
        (SALESFORCE, _asked("POST", f"{DATA}/composite", {"compositeRequest": [SUB] * 26})),
        (SALESFORCE, _asked("POST", f"{DATA}/composite", {"compositeRequest": [SUB | {"referenceId": "a-b"}]})),
        (SALESFORCE, _asked("POST", f"{DATA}/composite", {"compositeRequest": [SUB | {"httpHeaders": {"Accept": JSON}}]})),
        (SALESFORCE, _asked("POST", f"{DATA}/composite", {"compositeRequest": [SUB | {"httpHeaders": {"If-Match": '"x"'}}]})),
        (SALESFORCE, _asked("POST", f"{DATA}/composite/sobjects/Opportunity", {"ids": ["1"], "fields": ["Id"]})),
        (SALESFORCE, _asked("POST", f"{DATA}/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead", "lineEnding": "\n"})),
        (SALESFORCE, _asked("POST", f"{DATA}/tooling/sobjects/CustomField", FIELD | {"Metadata": {"type": "Text", "label": "Health"}})),
        (SALESFORCE, _asked("POST", f"{DATA}/tooling/sobjects/CustomField", FIELD | {"FullName": f"Opportunity.{'D' * 41}__c"})),
        (SALESFORCE, _asked("GET", f"{DATA}/sobjects/Lead/describe", {"a": 1})),
        (gong.DESCRIBED, _asked("POST", "/v2/calls/transcript", CALLS)),
        (gong.DESCRIBED, _asked("POST", "/v2/calls/extensive", {"filter": {"fromDateTime": "yesterday"}})),
    ],
)  # fmt: skip
def test_what_no_description_allows_is_refused(table: tuple[Described, ...], request_: Request) -> None:
    assert faults_of(table, request_)
