"""Salesforce's requests, as far as connectors send them, by its reference: Salesforce publishes no OpenAPI description that is the same for every organization.

Written from developer.salesforce.com/docs/platform/api-rest/guide (resources-query, resources-queryall, resources-query-more-results,
resources-sobject-describe, resources-sobject-basic-info-post, resources-sobject-upsert-patch, resources-composite-sobjects-collections-retrieve,
requests-composite: no Accept, Authorization or Content-Type in a subrequest, names of letters, digits and underscores; intro-rest-conditional-requests: ETags
are for accounts alone, the dates of HTTP for all), .../api-asynch/guide (query-create-job, query-get-job-results), .../api-tooling (CustomField) with the
Metadata API's CustomField (a label of 40 characters, a name of 40 before `__c`; a length for texts, digits for numbers, a default for checkboxes), and
help.salesforce.com "OAuth 2.0 Web Server Flow for Web App Integration", "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration".
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from tests.fakes.described import NAME, TEXT, YES_NO, Described, Schema, listed, one_of, thing, values

VERSION = "v62.0"
_DATA = f"/services/data/{VERSION}"
_VALUE: Schema = {"type": ["string", "number", "boolean", "null"]}
_VALUES = {**values(_VALUE), "minProperties": 1, "propertyNames": {"pattern": r"^[A-Za-z]\w*$"}}
_ID: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$"}
_DATE: Schema = {"type": "string", "pattern": r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$"}
_SUBREQUEST = thing(
    "method referenceId url",
    method=one_of("POST", "PUT", "PATCH", "GET", "DELETE"),
    url={"type": "string", "pattern": rf"^{_DATA}/"},
    referenceId={"type": "string", "pattern": r"^\w+$"},
    body=_VALUES,
    httpHeaders={
        "type": "object",
        "properties": {"If-Unmodified-Since": _DATE, "If-Modified-Since": _DATE},
        "additionalProperties": False,
    },
)


def s256(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _field(type_: str, needs: str = "", **more: Schema) -> Schema:
    label = {"type": "string", "minLength": 1, "maxLength": 40}
    told: dict[str, Any] = {"type": one_of(type_), "label": label, "description": TEXT, "inlineHelpText": TEXT}
    return thing(f"type label {needs}", **told, **more)


_METADATA: Schema = {
    "anyOf": [
        _field(
            "Text", "length", length={"type": "integer", "minimum": 1, "maximum": 255}, externalId=YES_NO, unique=YES_NO
        ),
        _field(
            "Number",
            "precision scale",
            precision={"type": "integer", "minimum": 1, "maximum": 18},
            scale={"type": "integer", "minimum": 0, "maximum": 17},
        ),
        _field("Date"),
        _field("DateTime"),
        _field("Checkbox", "defaultValue", defaultValue=one_of("true", "false")),
    ]
}

DESCRIBED = (
    Described("GET", f"{_DATA}/query", {"q": "text"}, needs=("q",)),
    Described("GET", f"{_DATA}/queryAll", {"q": "text"}, needs=("q",)),
    Described("GET", f"{_DATA}/query/{{locator}}"),
    Described("GET", f"{_DATA}/sobjects/{{object}}/describe"),
    Described("POST", f"{_DATA}/sobjects/{{object}}", body=_VALUES),
    Described("PATCH", f"{_DATA}/sobjects/{{object}}/{{field}}/{{value}}", body=_VALUES),
    Described(
        "POST",
        f"{_DATA}/composite/sobjects/{{object}}",
        body=thing("ids fields", ids=listed(_ID, 2_000, 1), fields=listed(NAME, least=1)),
    ),
    Described(
        "POST",
        f"{_DATA}/composite",
        body=thing(
            "compositeRequest",
            allOrNone=YES_NO,
            collateSubrequests=YES_NO,
            compositeRequest=listed(_SUBREQUEST, 25, 1),
        ),
    ),
    Described(
        "POST",
        f"{_DATA}/jobs/query",
        body=thing(
            "operation query",
            operation=one_of("query", "queryAll"),
            query=NAME,
            contentType=one_of("CSV"),
            columnDelimiter=one_of("BACKQUOTE", "CARET", "COMMA", "PIPE", "SEMICOLON", "TAB"),
            lineEnding=one_of("LF", "CRLF"),
        ),
    ),
    Described("GET", f"{_DATA}/jobs/query/{{job}}"),
    Described("GET", f"{_DATA}/jobs/query/{{job}}/results", {"locator": "text", "maxRecords": "integer"}),
    Described(
        "POST",
        f"{_DATA}/tooling/sobjects/CustomField",
        body=thing(
            "FullName Metadata",
            FullName={"type": "string", "pattern": r"^[A-Z]\w*\.[A-Za-z]\w{0,39}__c$"},
            Metadata=_METADATA,
        ),
    ),
    Described("GET", "/services/oauth2/userinfo"),
    Described(
        "POST",
        "/services/oauth2/token",
        form=dict.fromkeys(
            "grant_type client_id client_secret code code_verifier redirect_uri refresh_token assertion format".split(),
            "text",
        ),
        needs=("grant_type",),
    ),
    Described(
        "GET",
        "/services/oauth2/authorize",
        dict.fromkeys(
            "response_type client_id redirect_uri scope state prompt login_hint nonce display code_challenge "
            "code_challenge_method".split(),
            "text",
        ),
        needs=("response_type", "client_id", "redirect_uri"),
    ),
)
