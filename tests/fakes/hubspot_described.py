"""HubSpot's requests, as far as connectors send them, by its OpenAPI descriptions.

Written from github.com/HubSpot/HubSpot-public-api-spec-collection, PublicApiSpecs: CRM/{Contacts,Companies,Deals,Calls,…}/Rollouts/424/v3 (SimplePublicObjectInput,
SimplePublicObjectInputForCreate, BatchReadInputSimplePublicObjectId, BatchInputSimplePublicObjectBatchInput, PublicObjectSearchRequest, Filter),
CRM/Associations/Rollouts/130902/v4, CRM/Properties/Rollouts/145899/v3 (PropertyCreate, OptionInput), CRM/Pipelines/Rollouts/145896/v3,
CRM/Crm Owners/Rollouts/146888/v3, Auth/Oauth/Rollouts/155908/v1. Some rollouts want more than others: what any of them wants, this wants. How many of each
there may be is not in them but in the guides: search 200 a page, 5 groups of 10 filters, one sort; 100 inputs of a batch, 1,000 of associations.
"""

from __future__ import annotations

from tests.fakes.described import NAME, TEXT, WHOLE, YES_NO, Described, listed, one_of, thing, values

_OBJECTS = "/crm/v3/objects/{type}"
_SHOWN = {"properties": "texts", "propertiesWithHistory": "texts", "associations": "texts", "archived": "boolean"}
_PAGED = {"limit": "integer", "after": "text"}
_ID = thing("id", id=NAME)
_FILTER = thing(
    "operator propertyName",
    operator=one_of(
        *"EQ NEQ LT LTE GT GTE BETWEEN IN NOT_IN HAS_PROPERTY NOT_HAS_PROPERTY CONTAINS_TOKEN NOT_CONTAINS_TOKEN".split()
    ),
    propertyName=NAME,
    value=TEXT,
    highValue=TEXT,
    values=listed(TEXT),
)
_SEARCH = thing(
    "after filterGroups limit properties sorts",
    query=TEXT,
    limit={"type": "integer", "minimum": 1, "maximum": 200},
    after=NAME,
    sorts=listed(TEXT, 1),
    properties=listed(NAME),
    filterGroups=listed(thing("filters", filters=listed(_FILTER, 10, 1)), 5),
)
_BINDING = thing(
    "to types",
    to=_ID,
    types=listed(
        thing(
            "associationCategory associationTypeId",
            associationCategory=one_of("HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED"),
            associationTypeId=WHOLE,
        ),
        least=1,
    ),
)
_OPTION = thing("hidden label value", hidden=YES_NO, label=NAME, value=NAME, displayOrder=WHOLE, description=TEXT)
_PROPERTY = thing(
    "fieldType groupName label name type",
    name={"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
    label=NAME,
    groupName=NAME,
    type=one_of("bool", "date", "datetime", "enumeration", "number", "phone_number", "string"),
    fieldType=one_of(
        *"booleancheckbox calculation_equation checkbox date file html number phonenumber radio select text textarea".split()
    ),
    options=listed(_OPTION),
    description=TEXT,
    hasUniqueValue=YES_NO,
    hidden=YES_NO,
    formField=YES_NO,
    displayOrder=WHOLE,
    externalOptions=YES_NO,
    referencedObjectType=TEXT,
    calculationFormula=TEXT,
    dataSensitivity=one_of("non_sensitive", "sensitive", "highly_sensitive"),
)

DESCRIBED = (
    Described("GET", _OBJECTS, _PAGED | _SHOWN),
    Described("GET", f"{_OBJECTS}/{{id}}", _SHOWN | {"idProperty": "text"}),
    Described(
        "POST",
        _OBJECTS,
        body=thing("associations properties", associations=listed(_BINDING), properties=values(TEXT)),
    ),
    Described("PATCH", f"{_OBJECTS}/{{id}}", {"idProperty": "text"}, body=thing("properties", properties=values(TEXT))),
    Described("POST", f"{_OBJECTS}/search", body=_SEARCH),
    Described(
        "POST",
        f"{_OBJECTS}/batch/read",
        {"archived": "boolean"},
        body=thing(
            "inputs properties propertiesWithHistory",
            inputs=listed(_ID, 100, 1),
            properties=listed(NAME),
            propertiesWithHistory=listed(NAME),
            idProperty=NAME,
        ),
    ),
    Described(
        "POST",
        f"{_OBJECTS}/batch/update",
        body=thing(
            "inputs",
            inputs=listed(
                thing("id properties", id=NAME, properties=values(TEXT), idProperty=NAME, objectWriteTraceId=NAME),
                100,
                1,
            ),
        ),
    ),
    Described(
        "POST",
        "/crm/v4/associations/{from}/{to}/batch/read",
        body=thing("inputs", inputs=listed(thing("id", id=NAME, after=NAME), 1_000, 1)),
    ),
    Described("PUT", "/crm/v4/objects/{from}/{id}/associations/default/{to}/{other}"),
    Described("GET", "/crm/v3/owners", _PAGED | {"archived": "boolean", "email": "text"}),
    Described("GET", "/crm/v3/pipelines/{type}"),
    Described(
        "GET",
        "/crm/v3/properties/{type}",
        {"archived": "boolean", "dataSensitivity": "text", "locale": "text", "properties": "text"},
    ),
    Described("POST", "/crm/v3/properties/{type}", body=_PROPERTY),
    Described("GET", "/crm/v3/properties/{type}/groups", {"locale": "text"}),
    Described(
        "POST",
        "/oauth/v1/token",
        form=dict.fromkeys(
            "grant_type client_id client_secret code code_verifier redirect_uri refresh_token scope".split(), "text"
        ),
        needs=("grant_type", "client_id", "client_secret"),
    ),
    Described(
        "GET",
        "/oauth/authorize",
        dict.fromkeys("client_id redirect_uri scope optional_scope state".split(), "text"),
        needs=("client_id", "redirect_uri", "scope"),
    ),
)
