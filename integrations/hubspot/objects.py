"""HubSpot's object types that we read: their fields, what they are in the spine, and what they are bound to.

Names are those of HubSpot's default properties (developers.hubspot.com/docs/api-reference/crm-properties-v3/guide and the guides of each object).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.connectors.stream import Kind

TITLE = "HubSpot"
MARKER = "dealwright_key"
"""Our own property on every object type that we create: unique, so that a second create of the same record is refused."""


@dataclass(frozen=True)
class ObjectType:
    """One object type: its plural name in paths, the field that tells when it changed, the fields to ask for, and what to ask its associations to."""

    name: str
    kind: Kind
    modified: str
    properties: tuple[str, ...]
    to: tuple[str, ...] = ()
    our_kind: str = ""


COMPANIES = ObjectType(
    "companies",
    "account",
    "hs_lastmodifieddate",
    tuple(
        "name domain website industry numberofemployees annualrevenue city state country phone type founded_year description "
        "createdate hubspot_owner_id hs_parent_company_id hs_merged_object_ids hs_lastmodifieddate".split()
    ),
    (),
    "account",
)
CONTACTS = ObjectType(
    "contacts",
    "contact",
    "lastmodifieddate",
    tuple(
        "firstname lastname email jobtitle phone mobilephone hubspot_owner_id createdate associatedcompanyid hs_buying_role "
        "company hs_merged_object_ids lastmodifieddate".split()
    ),
    ("companies",),
    "contact",
)
DEALS = ObjectType(
    "deals",
    "deal",
    "hs_lastmodifieddate",
    tuple(
        "dealname amount deal_currency_code dealstage pipeline closedate createdate hubspot_owner_id hs_deal_stage_probability "
        "hs_manual_forecast_category hs_next_step dealtype closed_lost_reason description hs_v2_date_entered_current_stage "
        "hs_is_closed hs_is_closed_won hs_primary_associated_company hs_merged_object_ids hs_lastmodifieddate".split()
    ),
    ("companies", "contacts"),
    "deal",
)
_BOUND = ("companies", "contacts", "deals")
CALLS = ObjectType(
    "calls",
    "activity",
    "hs_lastmodifieddate",
    tuple(
        "hs_timestamp hs_call_title hs_call_body hs_call_direction hs_call_status hs_call_duration hubspot_owner_id "
        "hs_lastmodifieddate".split()
    ),
    _BOUND,
    "call",
)
MEETINGS = ObjectType(
    "meetings",
    "activity",
    "hs_lastmodifieddate",
    tuple(
        "hs_timestamp hs_meeting_title hs_meeting_body hs_meeting_start_time hs_meeting_end_time hs_meeting_outcome "
        "hs_meeting_external_url hubspot_owner_id hs_lastmodifieddate".split()
    ),
    _BOUND,
    "meeting",
)
EMAILS = ObjectType(
    "emails",
    "activity",
    "hs_lastmodifieddate",
    tuple(
        "hs_timestamp hs_email_subject hs_email_text hs_email_html hs_email_direction hs_email_status hs_email_headers "
        "hs_email_from_email hs_email_from_firstname hs_email_from_lastname hs_email_to_email hs_email_cc_email "
        "hs_email_message_id hs_email_thread_id hubspot_owner_id hs_lastmodifieddate".split()
    ),
    _BOUND,
    "mail",
)
NOTES = ObjectType(
    "notes",
    "activity",
    "hs_lastmodifieddate",
    ("hs_timestamp", "hs_note_body", "hubspot_owner_id", "hs_lastmodifieddate"),
    _BOUND,
    "note",
)
TASKS = ObjectType(
    "tasks",
    "activity",
    "hs_lastmodifieddate",
    tuple(
        "hs_timestamp hs_task_subject hs_task_body hs_task_status hs_task_type hs_createdate hubspot_owner_id "
        "hs_lastmodifieddate".split()
    ),
    _BOUND,
    "task",
)
OBJECTS = (COMPANIES, CONTACTS, DEALS, CALLS, MEETINGS, EMAILS, NOTES, TASKS)
"""In the order in which they are applied: what is referred to before what refers to it."""

BY_KIND: Mapping[str, ObjectType] = {one.our_kind: one for one in OBJECTS}
BY_NAME: Mapping[str, ObjectType] = {one.name: one for one in OBJECTS}

MERGEABLE = frozenset(("companies", "contacts", "deals"))
