"""Salesforce's objects that we read: their fields, what they are in the spine, and how they are asked for.

Names are those of the Object Reference for the Salesforce Platform (developer.salesforce.com/docs/platform/object-reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.connectors.stream import Kind

TITLE = "Salesforce"
MARKER = "Dealwright_Key__c"
"""Our own external id on every object that we create: what is created by it is never created twice."""

STAMP = "SystemModstamp"


@dataclass(frozen=True)
class ObjectType:
    """One object: its name there, the stream's name, what it is in the spine, the fields to ask for, which of its rows, and by which field contact roles name it.

    `masters` tells that its records can be merged, so that a deleted one names the one that took it over. `deletes` tells that it has a recycle bin.
    """

    name: str
    stream: str
    kind: Kind
    fields: tuple[str, ...]
    our_kind: str = ""
    only: str | None = None
    roles_by: str | None = None
    masters: bool = False
    deletes: bool = True


USERS = ObjectType(
    "User",
    "users",
    "user",
    ("Name", "Email", "IsActive", "UserRole.Name", "ManagerId", "TimeZoneSidKey"),
    only="UserType = 'Standard'",
    deletes=False,
)
ACCOUNTS = ObjectType(
    "Account",
    "accounts",
    "account",
    tuple(
        "Name Website Industry NumberOfEmployees AnnualRevenue BillingCity BillingState BillingCountry Phone Type ParentId OwnerId "
        "Description YearStarted CreatedDate".split()
    ),
    "account",
    masters=True,
)
CONTACTS = ObjectType(
    "Contact",
    "contacts",
    "contact",
    tuple("Name FirstName LastName Email Title Phone MobilePhone AccountId OwnerId Description CreatedDate".split()),
    "contact",
    roles_by="ContactId",
    masters=True,
)
LEADS = ObjectType(
    "Lead",
    "leads",
    "lead",
    tuple(
        "Name FirstName LastName Email Company Title Phone MobilePhone LeadSource Status OwnerId IsConverted Description "
        "CreatedDate".split()
    ),
    masters=True,
)
DEALS = ObjectType(
    "Opportunity",
    "opportunities",
    "deal",
    tuple(
        "Name AccountId OwnerId Amount CurrencyIsoCode StageName Probability CloseDate ForecastCategoryName NextStep Type LeadSource "
        "IsClosed IsWon Description LastStageChangeDate RecordType.Name CreatedDate".split()
    ),
    "deal",
    roles_by="OpportunityId",
)
TASKS = ObjectType(
    "Task",
    "tasks",
    "activity",
    tuple(
        "Subject Description Status IsClosed ActivityDate CompletedDateTime TaskSubtype CallType CallDurationInSeconds CallObject "
        "WhoId WhatId AccountId OwnerId CreatedDate".split()
    ),
    "task",
)
EVENTS = ObjectType(
    "Event",
    "events",
    "activity",
    tuple(
        "Subject Description StartDateTime EndDateTime ActivityDateTime ActivityDate Location WhoId WhatId AccountId OwnerId "
        "CreatedDate".split()
    ),
    "meeting",
    # An invitation stands in the calendar of each colleague as a child of the event.
    only="IsChild = false",
)
OBJECTS = (USERS, ACCOUNTS, CONTACTS, LEADS, DEALS, TASKS, EVENTS)
"""In the order in which they are applied: what is referred to before what refers to it."""

BY_NAME: Mapping[str, ObjectType] = {one.name: one for one in OBJECTS}
BY_KIND: Mapping[str, ObjectType] = {one.our_kind: one for one in OBJECTS if one.our_kind} | {
    "call": TASKS,
    "mail": TASKS,
    "note": TASKS,
}
PREFIXES: Mapping[str, str] = {"001": "Account", "003": "Contact", "005": "User", "006": "Opportunity", "00Q": "Lead"}
"""What the first three characters of an id tell (help.salesforce.com, "Standard Field Record ID Prefix Decoder")."""


def marked(kind: str, values: Mapping[str, object]) -> str | None:
    """Return the marker that a record bears, None where it is not one that we made."""
    names = (MARKER, "CallObject") if kind == TASKS.name else (MARKER,)
    for name in names:
        text = str(values.get(name) or "")
        if text.startswith("dw-"):
            return text
    return None
