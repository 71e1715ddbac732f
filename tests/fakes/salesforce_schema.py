"""The objects of a fresh Salesforce organization, as far as connectors use them (the Object Reference for the Salesforce Platform)."""

from __future__ import annotations

from typing import Any

PREFIXES = {
    "User": "005",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "Task": "00T",
    "Event": "00U",
    "OpportunityHistory": "008",
    "OpportunityContactRole": "00K",
    "TaskStatus": "01J",
    "OpportunityStage": "01K",
    "PermissionSet": "0PS",
    "PermissionSetAssignment": "0Pa",
    "FieldPermissions": "01k",
}
NO_BIN = frozenset(
    ("User", "TaskStatus", "OpportunityStage", "PermissionSet", "PermissionSetAssignment", "FieldPermissions")
)
"""Objects whose records have no IsDeleted."""

MERGEABLE = frozenset(("Account", "Contact", "Lead"))
STAGES = {
    "Prospecting": (10, "Pipeline", False, False),
    "Qualification": (10, "Pipeline", False, False),
    "Proposal/Price Quote": (75, "Pipeline", False, False),
    "Negotiation/Review": (90, "Pipeline", False, False),
    "Closed Won": (100, "Closed", True, True),
    "Closed Lost": (0, "Omitted", True, False),
}
"""The usual stages: probability, category, closed, won."""

_FIELDS = {
    "User": "Name:s* Email:e Username:s IsActive:b UserRoleId:r UserType:p ManagerId:r TimeZoneSidKey:p",
    "Account": "Name:s Website:s Industry:p NumberOfEmployees:i AnnualRevenue:c BillingCity:s BillingState:s BillingCountry:s "
    "BillingAddress:a* Phone:s Type:p ParentId:r OwnerId:r Description:t YearStarted:s",
    "Contact": "Name:s* FirstName:s LastName:s Email:e Title:s Phone:s MobilePhone:s AccountId:r OwnerId:r Description:t MailingAddress:a*",
    "Lead": "Name:s* FirstName:s LastName:s Email:e Company:s Title:s Phone:s MobilePhone:s LeadSource:p Status:p OwnerId:r IsConverted:b* "
    "Description:t",
    "Opportunity": "Name:s AccountId:r OwnerId:r Amount:c StageName:p Probability:% CloseDate:d ForecastCategoryName:p "
    "ForecastCategory:p* NextStep:s Type:P LeadSource:p IsClosed:b* IsWon:b* Description:t LastStageChangeDate:D*",
    "Task": "Subject:s Description:t Status:p IsClosed:b* ActivityDate:d CompletedDateTime:D* TaskSubtype:p CallType:p "
    "CallDurationInSeconds:i CallObject:s WhoId:r WhatId:r AccountId:r* OwnerId:r IsArchived:b*",
    "Event": "Subject:s Description:t StartDateTime:D EndDateTime:D ActivityDateTime:D ActivityDate:d Location:s WhoId:r WhatId:r "
    "AccountId:r* OwnerId:r IsChild:b*",
    "OpportunityHistory": "OpportunityId:r* StageName:p* Amount:c* CloseDate:d* Probability:%* ForecastCategory:p* CreatedById:r*",
    "OpportunityContactRole": "OpportunityId:r ContactId:r Role:p IsPrimary:b",
    "TaskStatus": "ApiName:s* IsClosed:b* IsDefault:b* SortOrder:i*",
    "OpportunityStage": "ApiName:s* MasterLabel:s* SortOrder:i* IsActive:b* IsClosed:b* IsWon:b* DefaultProbability:%*",
    "PermissionSet": "Name:s Label:s",
    "PermissionSetAssignment": "PermissionSetId:r AssigneeId:r",
    "FieldPermissions": "ParentId:r SobjectType:p Field:p PermissionsRead:b PermissionsEdit:b",
}
_TYPES = {
    "s": "string",
    "t": "textarea",
    "e": "email",
    "b": "boolean",
    "r": "reference",
    "p": "picklist",
    "P": "picklist",
    "i": "int",
    "c": "currency",
    "%": "percent",
    "d": "date",
    "D": "datetime",
    "a": "address",
}
_OPTIONS = {
    ("Opportunity", "StageName"): list(STAGES),
    ("Opportunity", "ForecastCategoryName"): ["Omitted", "Pipeline", "Best Case", "Commit", "Closed"],
    ("Opportunity", "Type"): ["New Customer", "Existing Customer - Upgrade"],
}
REQUIRED = {
    "Account": ("Name",),
    "Contact": ("LastName",),
    "Lead": ("LastName", "Company"),
    "Opportunity": ("Name", "StageName", "CloseDate"),
    "Event": ("StartDateTime", "EndDateTime"),
    "OpportunityContactRole": ("OpportunityId", "ContactId"),
}


def field_of(object_type: str, name: str, type_: str, *, custom: bool = False, **more: Any) -> dict[str, Any]:
    """Return a field as `describe` shows it."""
    options = more.pop("options", None) or _OPTIONS.get((object_type, name), [])
    return {
        "name": name,
        "label": more.pop("label", name),
        "type": type_,
        "custom": custom,
        "updateable": True,
        "createable": True,
        "filterable": type_ not in ("textarea", "address"),
        "calculated": False,
        "externalId": False,
        "unique": False,
        "restrictedPicklist": False,
        "length": 255 if type_ == "string" else 0,
        "picklistValues": [{"value": one, "label": one, "active": True} for one in options],
    } | more


def default_fields() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the fields of all objects, by object and name."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for object_type, listed in _FIELDS.items():
        fields = {"Id": field_of(object_type, "Id", "id", updateable=False, createable=False)}
        for word in listed.split():
            name, _, letter = word.partition(":")
            free = not letter.endswith("*")
            fields[name] = field_of(
                object_type,
                name,
                _TYPES[letter[0]],
                updateable=free and name != "TaskSubtype",
                createable=free,
                restrictedPicklist=letter == "P" or name == "ForecastCategoryName",
            )
        system = [("CreatedDate", "datetime"), ("SystemModstamp", "datetime"), ("LastModifiedDate", "datetime")]
        system += [] if object_type in NO_BIN else [("IsDeleted", "boolean")]
        system += [("MasterRecordId", "reference")] if object_type in MERGEABLE else []
        for name, type_ in system:
            fields[name] = field_of(object_type, name, type_, updateable=False, createable=False)
        found[object_type] = fields
    return found
