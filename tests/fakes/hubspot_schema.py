"""What a HubSpot portal knows of itself: the default properties that we use, pipelines, owners.

Written from HubSpot's public documentation: the object guides and default properties at developers.hubspot.com/docs/api-reference (crm-contacts-v3,
crm-companies-v3, crm-deals-v3, crm-calls-v3, crm-emails-v3, crm-meetings-v3, crm-notes-v3, crm-tasks-v3, crm-properties-v3, crm-pipelines-v3, crm-owners-v3).
"""

from __future__ import annotations

from typing import Any

_STRINGS = {
    "contacts": "firstname lastname email jobtitle phone mobilephone company",
    "companies": "name domain website city state country phone description founded_year",
    "deals": "dealname hs_next_step closed_lost_reason description",
    "calls": "hs_call_title hs_call_body",
    "emails": "hs_email_subject hs_email_text hs_email_html hs_email_headers hs_email_from_email hs_email_from_firstname "
    "hs_email_from_lastname hs_email_to_email hs_email_cc_email hs_email_message_id hs_email_thread_id hs_email_status",
    "meetings": "hs_meeting_title hs_meeting_body hs_meeting_external_url hs_internal_meeting_notes hs_meeting_location",
    "notes": "hs_note_body",
    "tasks": "hs_task_subject hs_task_body",
}
_NUMBERS = {
    "companies": "numberofemployees annualrevenue",
    "contacts": "associatedcompanyid",
    "deals": "amount",
    "calls": "hs_call_duration",
}
_MOMENTS = {
    "deals": "closedate",
    "meetings": "hs_timestamp hs_meeting_start_time hs_meeting_end_time",
    "calls": "hs_timestamp",
    "emails": "hs_timestamp",
    "notes": "hs_timestamp",
    "tasks": "hs_timestamp",
}
_CHOICES: dict[str, dict[str, dict[str, str]]] = {
    "contacts": {
        "hs_buying_role": {
            "CHAMPION": "Champion",
            "DECISION_MAKER": "Decision Maker",
            "LEGAL_AND_COMPLIANCE": "Legal & Compliance",
        }
    },
    "companies": {
        "industry": {"COMPUTER_SOFTWARE": "Computer Software", "RETAIL": "Retail"},
        "type": {"PROSPECT": "Prospect", "PARTNER": "Partner"},
    },
    "deals": {
        "dealtype": {"newbusiness": "New Business", "existingbusiness": "Existing Business"},
        "deal_currency_code": {"USD": "USD", "EUR": "EUR"},
        "hs_manual_forecast_category": {
            "OMIT": "Not forecasted",
            "PIPELINE": "Pipeline",
            "BEST_CASE": "Best case",
            "COMMIT": "Commit",
            "CLOSED": "Closed won",
        },
    },
    "calls": {
        "hs_call_direction": {"INBOUND": "Inbound", "OUTBOUND": "Outbound"},
        "hs_call_status": {
            one: one.capitalize().replace("_", " ")
            for one in "BUSY CALLING_CRM_USER CANCELED COMPLETED CONNECTING FAILED IN_PROGRESS NO_ANSWER QUEUED RINGING".split()
        },
    },
    "emails": {"hs_email_direction": {"EMAIL": "Email", "INCOMING_EMAIL": "Incoming", "FORWARDED_EMAIL": "Forwarded"}},
    "meetings": {
        "hs_meeting_outcome": {
            "SCHEDULED": "Scheduled",
            "COMPLETED": "Completed",
            "RESCHEDULED": "Rescheduled",
            "NO_SHOW": "No show",
            "CANCELED": "Canceled",
        }
    },
    "tasks": {
        "hs_task_status": {
            "NOT_STARTED": "Not started",
            "COMPLETED": "Completed",
            "IN_PROGRESS": "In progress",
            "DEFERRED": "Deferred",
            "WAITING": "Waiting",
        },
        "hs_task_type": {"TODO": "To-do", "CALL": "Call", "EMAIL": "Email"},
    },
}
_READ_ONLY: dict[str, dict[str, str]] = {
    "contacts": {"lastmodifieddate": "datetime", "createdate": "datetime", "hs_merged_object_ids": "enumeration"},
    "companies": {
        "hs_lastmodifieddate": "datetime",
        "createdate": "datetime",
        "hs_merged_object_ids": "enumeration",
        "hs_parent_company_id": "number",
    },
    "deals": {
        "hs_lastmodifieddate": "datetime",
        "createdate": "datetime",
        "hs_merged_object_ids": "enumeration",
        "hs_deal_stage_probability": "number",
        "hs_is_closed": "bool",
        "hs_is_closed_won": "bool",
        "hs_primary_associated_company": "number",
        "hs_v2_date_entered_current_stage": "datetime",
    },
}
TYPES = ("companies", "contacts", "deals", "calls", "meetings", "emails", "notes", "tasks")
MODIFIED = {name: "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate" for name in TYPES}
FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "bool": "booleancheckbox",
    "enumeration": "select",
}


def property_of(
    name: str,
    type_: str,
    *,
    label: str | None = None,
    options: dict[str, str] | None = None,
    read_only: bool = False,
    defined: bool = True,
    field_type: str | None = None,
    unique: bool = False,
    group: str = "info",
) -> dict[str, Any]:
    """Return a property as GET /crm/v3/properties/{objectType} shows it."""
    return {
        "name": name,
        "label": label or name,
        "type": type_,
        "fieldType": field_type or FIELD_TYPES[type_],
        "description": "",
        "groupName": group,
        "options": [
            {"label": text, "value": value, "displayOrder": place, "hidden": False}
            for place, (value, text) in enumerate((options or {}).items())
        ],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "archived": False,
        "hasUniqueValue": unique,
        "hidden": False,
        "hubspotDefined": defined,
        "modificationMetadata": {"archivable": not defined, "readOnlyDefinition": defined, "readOnlyValue": read_only},
        "formField": False,
    }


def default_properties() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the schema of every object type: name → property."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind in TYPES:
        listed = [property_of(name, "string") for name in _STRINGS.get(kind, "").split()]
        listed += [property_of(name, "number") for name in _NUMBERS.get(kind, "").split()]
        listed += [property_of(name, "datetime") for name in _MOMENTS.get(kind, "").split()]
        listed += [
            property_of(name, "enumeration", options=options) for name, options in _CHOICES.get(kind, {}).items()
        ]
        usual = {"hs_lastmodifieddate": "datetime", "hs_createdate": "datetime"}
        listed += [property_of(name, type_, read_only=True) for name, type_ in _READ_ONLY.get(kind, usual).items()]
        listed += [
            property_of("hs_object_id", "number", read_only=True),
            property_of("hubspot_owner_id", "enumeration"),
        ]
        if kind == "deals":
            listed += [property_of("dealstage", "enumeration"), property_of("pipeline", "enumeration")]
        found[kind] = {one["name"]: one for one in listed}
    return found


def default_pipelines() -> list[dict[str, Any]]:
    """Return the deal pipelines."""
    at = "2026-01-01T00:00:00Z"
    usual = ("appointmentscheduled Discovery 0.2", "qualifiedtobuy Proposal 0.5", "contractsent Negotiation 0.8")
    stages = [(*one.split(), "false") for one in usual]
    stages += [("closedwon", "Closed Won", "1.0", "true"), ("closedlost", "Closed Lost", "0.0", "true")]
    return [
        {
            "id": "default",
            "label": "Sales Pipeline",
            "displayOrder": 0,
            "archived": False,
            "createdAt": at,
            "updatedAt": at,
            "stages": [
                {
                    "id": identity,
                    "label": label,
                    "displayOrder": place,
                    "metadata": {"isClosed": closed, "probability": probability},
                    "archived": False,
                    "createdAt": at,
                    "updatedAt": at,
                    "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                }
                for place, (identity, label, probability, closed) in enumerate(stages)
            ],
        }
    ]


def default_owners() -> list[dict[str, Any]]:
    """Return two people who own records."""
    at = "2026-01-01T00:00:00Z"
    people = (("71001", "Dana", "Reyes"), ("71002", "Priya", "Shah"))
    return [
        {
            "id": identity,
            "email": f"{first.lower()}@northern.example",
            "firstName": first,
            "lastName": last,
            "type": "PERSON",
            "userId": int(identity),
            "createdAt": at,
            "updatedAt": at,
            "archived": False,
            "teams": [{"id": "9", "name": "West", "primary": True}],
        }
        for identity, first, last in people
    ]
